"""The developer's own database, as minion finds and replaces it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from minion.errors import Refused
from minion.postgres import copy
from minion.postgres.address import Address
from minion.postgres.copy import Copy
from minion.postgres.errors import LocalError
from minion.postgres.programs import open_dump
from minion.postgres.restore import restore
from minion.postgres.server import Server, connect, told

if TYPE_CHECKING:
    from psycopg import Connection

#: Tables of the user, with partitions counted where their rows are read: at the parent.
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""
_RIGHTS = """
    SELECT rolname, rolsuper OR rolcreatedb,
        coalesce((SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = %s), true)
    FROM pg_roles WHERE rolname = current_user
"""


class LocalDatabase:
    """A database on this machine, which need not exist yet.

    `url` is a secret and always has host and port in it.
    """

    def __init__(self, address: Address, environ: Mapping[str, str]) -> None:
        self.name = address.name
        self.url = address.url
        self._address = address
        self._environ = environ
        self._server = Server(address)

    def __repr__(self) -> str:
        return f"LocalDatabase({self.name!r})"

    @classmethod
    def open(cls, url: str, environ: Mapping[str, str]) -> LocalDatabase:
        """The database at `url`, on a server that answers.

        `environ` is what PostgreSQL's programs are found by and run with.

        Raises:
            Refused: the URL is not PostgreSQL's, or leads away from this machine.
            LocalError: the server does not answer, or refuses the user.
        """
        database = cls(Address.of(url), environ)
        database.exists()
        return database

    def exists(self) -> bool:
        with told():
            return self._server.exists(self.name)

    def size_bytes(self) -> int:
        """What the database takes on the disk; 0 if it does not exist."""
        with told(), self._server.administration() as connection:
            found = connection.execute(
                "SELECT pg_database_size(datname) FROM pg_database WHERE datname = %s", [self.name]
            ).fetchone()
            return int(found[0]) if found else 0

    def row_counts(self) -> dict[str, int]:
        """The exact number of rows of each table; tables outside `public` with their schema."""
        return row_counts(self.url)

    def restore_copy(self, dump: Path, on_output: Callable[[str], None]) -> Copy:
        """A new database with what is in `dump`, next to this one; nothing else is changed.

        `on_output` gets pg_restore's lines. If anything fails, Ctrl-C included,
        the new database is removed again.

        Raises:
            Refused: the user may not make databases, or not replace this one.
            LocalError: there is no pg_restore for this dump, or it failed.
        """
        with told():
            with self._server.administration() as connection:
                self._check_rights(connection)
                version = connection.info.server_version // 10000
            prepared = open_dump(dump, self._environ, version)
            made = Copy.create(self._address)
            try:
                restore(prepared, Address.of(made.url), self._environ, on_output)
            except BaseException:
                # That it failed is what is told; a later run removes what is left.
                with contextlib.suppress(LocalError):
                    made.discard()
                raise
        return made

    def leftovers(self) -> list[str]:
        """The databases that runs which were killed have left next to this one.

        Another run that is under way is connected to its database, which is none.
        """
        with told(), self._server.administration() as connection:
            return copy.leftovers(connection, self.name)

    def drop_leftovers(self) -> list[str]:
        """Remove the leftovers; their names."""
        with told(), self._server.administration() as connection:
            return copy.drop_leftovers(connection, self.name)

    def _check_rights(self, connection: Connection[Any]) -> None:
        found = connection.execute(_RIGHTS, [self.name]).fetchone()
        assert found is not None
        user, may_create, may_rename = found
        if not may_create:
            raise Refused(
                f"The local user {user!r} may not make databases; nothing was changed. As a "
                f"superuser: ALTER USER {_quoted(user)} CREATEDB"
            )
        if not may_rename:
            raise Refused(
                f"The local database {self.name!r} does not belong to the user {user!r}, who could "
                "not replace it; nothing was changed. As a superuser: ALTER DATABASE "
                f"{_quoted(self.name)} OWNER TO {_quoted(user)}"
            )


def row_counts(url: str) -> dict[str, int]:
    """The rows of each table of the local database at `url`, exactly.

    Raises:
        LocalError: it cannot be read.
    """
    from psycopg import sql

    count = sql.SQL("SELECT count(*) FROM {}")
    counts = {}
    with told(), contextlib.closing(connect(Address.of(url))) as connection:
        for schema, table in connection.execute(_TABLES).fetchall():
            found = connection.execute(count.format(sql.Identifier(schema, table))).fetchone()
            name = table if schema == "public" else f"{schema}.{table}"
            counts[name] = int(found[0]) if found else 0
    return counts


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
