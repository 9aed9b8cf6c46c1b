"""The local PostgreSQL server: connections, databases by name, who is connected."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Callable

from minion.postgres.address import Address
from minion.postgres.errors import LocalError
from minion.text import plain

if TYPE_CHECKING:
    from psycopg import Connection, sql
    from typing_extensions import LiteralString

CONNECT_S = 10
#: Seconds between two looks at who is connected.
LOOK_S = 0.05
#: PostgreSQL itself waits 5 seconds for others to leave before it gives up.
PATIENCE_S = 12.0

_CONNECTED = "SELECT pid FROM pg_stat_activity WHERE datname = ANY(%s)"


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turns what psycopg raises into a `LocalError` in PostgreSQL's own words."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        # Without DETAIL, which may quote a row. A failed connection has no such parts.
        text = error.diag.message_primary or str(error)
        raise LocalError(f"The local PostgreSQL: {plain(' '.join(text.split()))}") from None


def connect(address: Address) -> Connection[tuple[Any, ...]]:
    """A connection without transactions of its own.

    Raises:
        psycopg.Error: see `told`.
    """
    import psycopg

    return psycopg.connect(
        autocommit=True,
        connect_timeout=CONNECT_S,
        application_name="heroku-minion",
        **address.parameters(),
    )


class Server:
    """The server of the database at `address`. Its methods raise psycopg's errors."""

    def __init__(self, address: Address) -> None:
        self._address = address

    @contextlib.contextmanager
    def administration(self) -> Iterator[Connection[tuple[Any, ...]]]:
        """A connection, but not to the database itself, which could not be renamed then."""
        with contextlib.closing(self._connect()) as connection:
            yield connection

    def exists(self, name: str) -> bool:
        """Whether the server has a database of that name."""
        with self.administration() as connection:
            return has(connection, name)

    def drop(self, name: str) -> None:
        """Remove the database, if it is there; whoever is connected to it is thrown out."""
        with self.nobody_else([name]) as connection:
            patiently(lambda: connection.execute(statement("DROP DATABASE IF EXISTS {}", name)))

    @contextlib.contextmanager
    def nobody_else(self, names: Sequence[str]) -> Iterator[Connection[tuple[Any, ...]]]:
        """An administration during which others' connections to `names` are ended.

        PostgreSQL renames or drops a database only when nobody is connected to
        it. It lets nobody in while it does so, but those who came just before
        have to be sent away meanwhile, which needs a second connection.
        """
        over = threading.Event()
        with self.administration() as connection, self.administration() as second:
            _end_connections(second, names)
            thread = threading.Thread(target=_keep_ending, args=(second, names, over), daemon=True)
            thread.start()
            try:
                yield connection
            finally:
                over.set()
                thread.join()

    def _connect(self) -> Connection[tuple[Any, ...]]:
        import psycopg

        try:
            return connect(self._address.on_same_server("postgres"))
        except psycopg.OperationalError as error:
            # It may have been dropped, or be closed to this user.
            with contextlib.suppress(psycopg.OperationalError):
                return connect(self._address.on_same_server("template1"))
            raise error


def has(connection: Connection[Any], name: str) -> bool:
    """Whether the server has a database of that name."""
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def patiently(change: Callable[[], object]) -> None:
    """Carry out `change`, again while others are still connected to the database."""
    import psycopg

    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            change()
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise


def statement(template: LiteralString, *names: str) -> sql.Composed:
    """`template` with the names of databases in the place of ``{}``."""
    from psycopg import sql

    return sql.SQL(template).format(*map(sql.Identifier, names))


def _keep_ending(connection: Connection[Any], names: Sequence[str], over: threading.Event) -> None:
    import psycopg

    with contextlib.suppress(psycopg.Error):
        while not over.wait(LOOK_S):
            _end_connections(connection, names)


def _end_connections(connection: Connection[Any], names: Sequence[str]) -> None:
    import psycopg

    for (pid,) in connection.execute(_CONNECTED, [list(names)]).fetchall():
        # Another user's connection may not be ours to end; PostgreSQL then
        # says that the database is in use.
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
