"""A database that is made next to the developer's own, and takes its place when it is whole."""

from __future__ import annotations

import contextlib
import secrets
from datetime import datetime, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any

from minion.postgres.address import LONGEST_NAME, Address
from minion.postgres.errors import LocalError
from minion.postgres.server import Server, connect, has, patiently, statement, told

if TYPE_CHECKING:
    from psycopg import Connection

#: Says on the database itself that it is ours, and not finished.
MARK = "heroku-minion: being restored"
RANDOM_BYTES = 4

_LEFTOVERS = """
    SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') = %s
    AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = pg_database.oid) ORDER BY 1
"""


class Copy:
    """The new database, while it is not yet in place. Leaving its block discards it.

    A connection to it is kept all the time: PostgreSQL drops no database that
    somebody is connected to, so another run takes it for no leftover.
    """

    def __init__(self, own: Address, address: Address) -> None:
        self.own_name = own.name
        self.name = address.name
        self.url = address.url
        self._server = Server(own)
        self._address = address
        self._claim: Connection[Any] | None = None
        self._is_over = False

    def __repr__(self) -> str:
        return f"Copy({self.name!r})"

    def __enter__(self) -> Copy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    @classmethod
    def create(cls, own: Address) -> Copy:
        """A new, empty database next to `own`, sorted and encoded as that is, if it exists.

        Raises:
            psycopg.Error: PostgreSQL refuses.
        """
        name = fitting(own.name, f"_minion_{secrets.token_hex(RANDOM_BYTES)}")
        copy = cls(own, own.on_same_server(name))
        with copy._server.administration() as connection:
            connection.execute(_create(connection, name, own.name))
            try:
                copy._claim = connect(copy._address)
                connection.execute(_comment(name, MARK))
            except BaseException:
                with contextlib.suppress(LocalError):
                    copy.discard()
                raise
        return copy

    def swap(self, keep_old: bool) -> str | None:
        """Put the new database in the place of the old one; the name that the old one has now.

        None where there is no old one any more, or never was. Both renamings
        are one transaction: whatever happens, there is always one database in
        place. Only after that the old one is removed, unless `keep_old`.

        Raises:
            LocalError: it could not be done; the old database is in place as it was.
        """
        self._release()
        try:
            with told():
                old = self._rename()
        except LocalError as error:
            raise LocalError(
                f"{error}. {self.own_name} is as it was; close what is connected to it, and repeat"
            ) from None
        self._is_over = True
        if old is None or keep_old:
            return old
        try:
            with told():
                self._server.drop(old)
        except LocalError:
            # The work is done; its caller tells that the old one is still there.
            return old
        return None

    def discard(self) -> None:
        """Remove the new database, unless it is in place. Never harms the old one.

        Raises:
            LocalError: it could not be removed; a later run will.
        """
        if self._is_over:
            return
        self._release()
        with told():
            self._server.drop(self.name)
        self._is_over = True

    def _rename(self) -> str | None:
        new, own = self.name, self.own_name
        with self._server.nobody_else([own, new]) as connection:
            old = _free_name(connection, own) if has(connection, own) else None

            def rename() -> None:
                with connection.transaction():
                    if old is not None:
                        connection.execute(statement("ALTER DATABASE {} RENAME TO {}", own, old))
                    connection.execute(statement("ALTER DATABASE {} RENAME TO {}", new, own))
                    connection.execute(_comment(own, None))

            patiently(rename)
        return old

    def _release(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None


def fitting(name: str, suffix: str) -> str:
    """`name` with `suffix`, the name shortened so that both fit into a database's name."""
    room = LONGEST_NAME - len(suffix.encode())
    return name.encode()[:room].decode("utf-8", "ignore") + suffix


def _free_name(connection: Connection[Any], name: str) -> str:
    stamp = f"_before_{datetime.now(timezone.utc):%Y%m%d_%H%M%S}"
    free, count = fitting(name, stamp), 1
    while has(connection, free):
        count += 1
        free = fitting(name, f"{stamp}_{count}")
    return free


def _create(connection: Connection[Any], name: str, like: str) -> Any:
    """The statement that makes the database; template0 because nobody is ever connected to it."""
    from psycopg import sql

    made = statement("CREATE DATABASE {} TEMPLATE template0", name)
    found = connection.execute(
        # As JSON, because the columns for locales differ from version to version.
        "SELECT to_jsonb(d), pg_encoding_to_char(d.encoding) FROM pg_database d WHERE datname = %s",
        [like],
    ).fetchone()
    if found is None:
        return made + sql.SQL(" ENCODING 'UTF8'")
    row, encoding = found
    made += sql.SQL(" ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
        encoding, row["datcollate"], row["datctype"]
    )
    locale = row.get("datlocale") or row.get("daticulocale")
    if row.get("datlocprovider") == "i":
        made += sql.SQL(" LOCALE_PROVIDER icu ICU_LOCALE {}").format(locale)
    elif row.get("datlocprovider") == "b":
        made += sql.SQL(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}").format(locale)
    elif row.get("datlocprovider") == "c":
        made += sql.SQL(" LOCALE_PROVIDER libc")
    return made


def _comment(name: str, text: str | None) -> Any:
    from psycopg import sql

    return sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), text)


def leftovers(connection: Connection[Any], own: str) -> list[str]:
    """The databases that killed runs have left next to `own`: nobody is connected to them."""
    found = connection.execute(_LEFTOVERS, [MARK])
    length = len("_minion_") + 2 * RANDOM_BYTES
    return [name for (name,) in found if name == fitting(own, name[-length:])]


def drop_leftovers(connection: Connection[Any], own: str) -> list[str]:
    """Removes the leftovers, and names them."""
    import psycopg

    dropped = []
    for name in leftovers(connection, own):
        # Should another run have made it only just now, PostgreSQL does not drop it.
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            connection.execute(statement("DROP DATABASE IF EXISTS {}", name))
            dropped.append(name)
    return dropped
