"""The one account of the sandbox."""

from __future__ import annotations

from minion.sandbox.api.apps import show, user
from minion.sandbox.api.http import Call, Routes
from minion.sandbox.errors import NotFound
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App

routes = Routes()


def _check_user(call: Call) -> None:
    made = call.platform.installation
    if call.part("user") not in ("~", made.id, made.email):
        raise NotFound("user")


@routes("GET", "/account")
async def info(call: Call) -> object:
    return _show(call.platform)


@routes("GET", "/users/{user}")
async def info_by_name(call: Call) -> object:
    """The account by its id, its email address or ``~``, which is whoever asks."""
    _check_user(call)
    return _show(call.platform)


@routes("GET", "/users/{user}/apps")
async def own_apps(call: Call) -> object:
    """All apps: the sandbox has one user, to whom they belong."""
    _check_user(call)
    return [show(call.platform, app) for app in call.platform.store.all(App)]


def _show(platform: Platform) -> dict[str, object]:
    made = platform.installation
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


@routes("GET", "/account/features")
async def features(call: Call) -> object:
    """None: what Heroku offers accounts for a try, the sandbox does not."""
    return []


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
