"""Connections to databases elsewhere: read-only, consistent, and discreet when they fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from minion.database_url import identity
from minion.errors import MinionError
from minion.text import plain

if TYPE_CHECKING:
    import psycopg
    from psycopg import Connection

CONNECT_S = 20
#: One statement of ours may look at a whole table.
STATEMENT_MS = 60 * 60 * 1000
_HERE = ("localhost", "127.0.0.1", "::1", "")


class DatabaseUnreachable(MinionError):
    """A database cannot be connected to, or does not let us read."""


@contextmanager
def connected(
    url: str, *, writes: bool = False, connect_s: int = CONNECT_S, snapshot: str | None = None
) -> Iterator[Connection[tuple[Any, ...]]]:
    """A connection to the database at `url`, in one snapshot unless it `writes`.

    `snapshot` names that of another connection, which is still open (`snapshot_of`).

    Raises:
        DatabaseUnreachable: in PostgreSQL's own words, without values and passwords.
    """
    import psycopg
    from psycopg import sql

    where = identity(url)
    if where is None:
        raise DatabaseUnreachable("a DATABASE_URL is none that dj-database-url can read")
    read_only: dict[str, Any] = {} if writes else {"options": _options(url)}
    try:
        connection = psycopg.connect(
            url,
            connect_timeout=connect_s,
            application_name="heroku-minion",
            autocommit=writes,
            **_encryption(url),
            **read_only,
        )
        try:
            if not writes:
                connection.read_only = True
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            if snapshot is not None:
                connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
            connection.execute(f"SET statement_timeout = {STATEMENT_MS}")
            yield connection
        finally:
            connection.close()
    except psycopg.Error as error:
        raise DatabaseUnreachable(f"{where}: {_told(error)}") from None


def snapshot_of(connection: Connection[tuple[Any, ...]]) -> str:
    """The name of the connection's snapshot, for as long as its transaction is open."""
    found = connection.execute("SELECT pg_export_snapshot()").fetchone()
    return str(found[0]) if found else ""


def _told(error: psycopg.Error) -> str:
    """What went wrong, on one line and without anything secret.

    DETAIL may quote a row, data exceptions (class 22: PostgreSQL, Appendix A)
    quote a value, and a URL that cannot be read is told in pieces.
    """
    import psycopg

    if error.diag.message_primary:
        if (error.sqlstate or "").startswith("22"):
            return f"a value cannot be read (SQLSTATE {error.sqlstate})"
        return plain(error.diag.message_primary)
    if isinstance(error, psycopg.ProgrammingError):
        return "its URL has something in it that PostgreSQL does not take"
    return plain((str(error).splitlines() or ["no answer"])[0])


def _options(url: str) -> str:
    """The server's options for a session that cannot write, with those of the URL."""
    given = parse_qs(urlsplit(url).query).get("options", [])
    return " ".join([*given, "-c default_transaction_read_only=on"])


def _encryption(url: str) -> dict[str, Any]:
    """Heroku Postgres wants TLS (Dev Center: Heroku Postgres); this machine needs none."""
    parts = urlsplit(url)
    if "sslmode" in parse_qs(parts.query) or (parts.hostname or "") in _HERE:
        return {}
    return {"sslmode": "require"}
