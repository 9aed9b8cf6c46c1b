"""The one account of the sandbox."""

from __future__ import annotations

from minion.sandbox.api.apps import user
from minion.sandbox.api.http import Call, Routes

routes = Routes()


@routes("GET", "/account")
async def info(call: Call) -> object:
    made = call.platform.installation
    return {
        "id": made.id,
        "allow_tracking": False,
        "beta": False,
        "country_of_residence": None,
        "created_at": made.created_at,
        "default_organization": None,
        "default_team": None,
        "delinquent_at": None,
        "email": made.email,
        "federated": False,
        "identity_provider": None,
        "last_login": made.created_at,
        "name": "Sandbox developer",
        "sms_number": None,
        "suspended_at": None,
        "two_factor_authentication": False,
        "updated_at": made.updated_at,
        "verified": True,
    }


@routes("GET", "/account/rate-limits")
async def rate_limits(call: Call) -> object:
    return {"remaining": call.platform.rate_limit.remaining()}


@routes("GET", "/oauth/authorizations")
async def authorizations(call: Call) -> object:
    """The sandbox's token, which does not expire."""
    made = call.platform.installation
    return [
        {
            "id": made.id,
            "access_token": {"expires_in": None, "id": made.id, "token": made.token},
            "client": None,
            "created_at": made.created_at,
            "description": "Sandbox",
            "grant": None,
            "refresh_token": None,
            "scope": ["global"],
            "session": None,
            "updated_at": made.updated_at,
            "user": {**user(call.platform), "full_name": "Sandbox developer"},
        }
    ]
