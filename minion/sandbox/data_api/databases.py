"""Databases: what ``pg:info``, ``pg:wait``, ``pg:reset`` and ``pg:credentials`` ask for.

Dev Center: Heroku Postgres, "pg:info"; Choosing the Right Heroku Postgres Plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from minion.sandbox.api.http import Call, Routes
from minion.sandbox.data_api.addressed import DATABASES, database
from minion.sandbox.errors import NotFound
from minion.sandbox.postgres.facts import Facts, check_extensions, end_connections, facts
from minion.sandbox.postgres.plans import most_connections
from minion.sandbox.state.records import AddOn

routes = Routes(is_versioned=False)


def _show(addon: AddOn, url: str, now: Facts) -> Mapping[str, Any]:
    """A database, with the lines that ``pg:info`` prints."""
    service, _, plan = addon.plan.partition(":")
    lines = {
        "Plan": plan.replace("-", " ").title(),
        "Status": "Available",
        "Connections": f"{now.connections}/{most_connections(addon.plan)}",
        "PG Version": now.version.split()[0],
        "Created": addon.created_at.replace("T", " ").replace("Z", " UTC"),
        "Data Size": _human(now.size_bytes),
        "Tables": str(now.tables),
        "Fork/Follow": "Unsupported",
        "Rollback": "Unsupported",
        "Continuous Protection": "Off",
    }
    return {
        "addon_id": addon.id,
        "name": addon.name,
        "addon_service": service,
        "plan": plan,
        "database_name": addon.database,
        "database_user": addon.database,
        "resource_url": url,
        "created_at": addon.created_at,
        "postgres_version": now.version,
        "num_bytes": now.size_bytes,
        "num_tables": now.tables,
        "num_connections": now.connections,
        "following": None,
        "leader": None,
        "forks": [],
        "waiting?": False,
        "info": [{"name": name, "values": [value]} for name, value in lines.items()],
    }


def _human(size: float) -> str:
    """A size as a person reads it: "7.4 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


@routes("GET", DATABASES)
async def info(call: Call) -> object:
    addon, postgres = database(call), call.platform.postgres
    now = await facts(postgres, addon.database)
    return _show(addon, call.platform.database_url(addon), now)


@routes("GET", f"{DATABASES}/wait_status")
async def wait_status(call: Call) -> object:
    """The sandbox's databases can be used as soon as they are there."""
    database(call)
    return {"waiting?": False, "message": "available"}


@routes("PUT", f"{DATABASES}/reset")
async def reset(call: Call) -> object:
    """Dynos are not restarted; their connections break, and they find nothing when they return."""
    addon, postgres = database(call), call.platform.postgres
    extensions = await check_extensions(postgres, call.body.get("extensions"))
    await postgres.reset_database(addon.database, extensions)
    return {"message": "Reset successful."}


@routes("POST", f"{DATABASES}/connection_reset")
async def connection_reset(call: Call) -> object:
    """End all connections, as ``heroku pg:killall`` asks for it."""
    await end_connections(call.platform.postgres, database(call).database)
    return {"message": "Connections terminated."}


@routes("GET", "/postgres/v0/databases/{database}/credentials")
async def credentials(call: Call) -> object:
    """The default credential; the sandbox makes no others."""
    return web.json_response([_credential(call)])


@routes("GET", "/postgres/v0/databases/{database}/credentials/{credential}")
async def credential(call: Call) -> object:
    """As ``heroku pg:credentials:url`` asks for it."""
    if call.part("credential") != "default":
        raise NotFound("credential")
    return _credential(call)


def _credential(call: Call) -> dict[str, Any]:
    addon = database(call)
    user = {"user": addon.database, "password": addon.password, "state": "active"}
    return {
        "uuid": addon.id,
        "name": "default",
        "state": "active",
        "database": addon.database,
        "host": "127.0.0.1",
        "port": call.platform.postgres.port,
        "credentials": [user],
    }


@routes("POST", "/postgres/v0/databases/{database}/credentials/{credential}/credentials_rotation")
async def rotate(call: Call) -> object:
    """As ``heroku pg:credentials:rotate`` asks for it; open connections are left alone."""
    if call.part("credential") != "default":
        raise NotFound("credential")
    await call.platform.addons.rotate(database(call))
    return {"message": "Rotated."}
