"""A database that plays the developer's own in a rehearsal.

Without it, data that is brought down to this machine would go to wherever the
operator's DATABASE_URL leads.
"""

from __future__ import annotations

from psycopg import sql

from minion.sandbox.postgres.access import DEVELOPER as ROLE
from minion.sandbox.postgres.server import Postgres

NAME = "development"


class LocalDatabase:
    """The database `NAME`; its owner may make others beside it and rename them."""

    def __init__(self, postgres: Postgres, password: str) -> None:
        self._postgres = postgres
        self._password = password

    @property
    def url(self) -> str:
        """Where it is, with its password. The port may change when the daemon starts again."""
        return f"postgres://{ROLE}:{self._password}@127.0.0.1:{self._postgres.port}/{NAME}"

    async def provide(self) -> None:
        """Make the database where its owner has none at all.

        One under another name may be the old one, set aside by a swap that was
        interrupted: an empty one in its old place would be in the way.
        """
        role = sql.Identifier(ROLE)
        async with await self._postgres.connect() as admin:
            found = await admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            verb = sql.SQL("ALTER" if await found.fetchone() else "CREATE")
            await admin.execute(
                sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                    verb, role, sql.Literal(self._password)
                )
            )
            found = await admin.execute(
                "SELECT 1 FROM pg_database WHERE datdba = %s::regrole", [ROLE]
            )
            if not await found.fetchone():
                await admin.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                        sql.Identifier(NAME), role
                    )
                )
