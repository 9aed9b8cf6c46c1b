"""What the data API tells of a database.

Dev Center: Heroku Postgres, "pg:info"; Choosing the Right Heroku Postgres Plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minion.sandbox.errors import invalid
from minion.sandbox.postgres.server import Postgres
from minion.sandbox.state.records import AddOn

#: What an essential-0 database allows; the sandbox does not enforce it.
MOST_CONNECTIONS = 20
_FACTS = """
    SELECT pg_database_size(current_database()) AS size_bytes,
           (SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()) AS connections,
           (SELECT count(*) FROM pg_stat_user_tables) AS tables,
           current_setting('server_version') AS version
"""


@dataclass(frozen=True)
class Facts:
    """A database as it is now."""

    size_bytes: int
    connections: int
    tables: int
    version: str


async def facts(postgres: Postgres, database: str) -> Facts:
    """Look at a database of the sandbox."""
    async with await postgres.connect(database) as admin:
        row = await (await admin.execute(_FACTS)).fetchone()
    assert row is not None
    return Facts(*row)


async def size_bytes(postgres: Postgres, database: str) -> int:
    """How large a database of the sandbox is on the disk."""
    return (await facts(postgres, database)).size_bytes


async def check_extensions(postgres: Postgres, names: object) -> list[str]:
    """The extensions in a request's body; nothing means none.

    Raises:
        ApiError: they are no list of names, or the owner of a database cannot create them all.
    """
    wanted = names or []
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
        raise invalid("extensions must be a list of names.")
    async with await postgres.connect() as admin:
        found = await admin.execute(
            "SELECT name FROM pg_available_extension_versions WHERE trusted"
        )
        missing = set(wanted) - {name for (name,) in await found.fetchall()}
    if missing:
        raise invalid(f"The sandbox has no extension {', '.join(sorted(missing))}.")
    return wanted


def show(addon: AddOn, url: str, now: Facts) -> Mapping[str, Any]:
    """A database, with the lines that ``pg:info`` prints."""
    service, _, plan = addon.plan.partition(":")
    lines = {
        "Plan": plan.replace("-", " ").title(),
        "Status": "Available",
        "Connections": f"{now.connections}/{MOST_CONNECTIONS}",
        "PG Version": now.version.split()[0],
        "Created": addon.created_at.replace("T", " ").replace("Z", " UTC"),
        "Data Size": human(now.size_bytes),
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


def human(size: float) -> str:
    """A size as a person reads it: "7.4 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
