"""What can be told of the server's databases, and what extensions they can have."""

from __future__ import annotations

from dataclasses import dataclass

from minion.sandbox.errors import invalid
from minion.sandbox.postgres.server import Postgres

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


async def available(postgres: Postgres) -> list[str]:
    """The names of all extensions that the server has."""
    async with await postgres.connect() as admin:
        found = await admin.execute("SELECT name FROM pg_available_extensions ORDER BY name")
        return [name for (name,) in await found.fetchall()]


async def check_extensions(postgres: Postgres, names: object) -> list[str]:
    """The extensions in a request's body, each without its schema; nothing means none.

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
        trusted = {name for (name,) in await found.fetchall()}
    bare = [name.rpartition(".")[2] for name in wanted]
    if set(bare) - trusted:
        missing = ", ".join(sorted(set(bare) - trusted))
        raise invalid(f"The sandbox's PostgreSQL has no extension {missing}.")
    return bare


async def end_connections(postgres: Postgres, database: str) -> None:
    """Throw out whoever is connected to a database."""
    async with await postgres.connect() as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )
