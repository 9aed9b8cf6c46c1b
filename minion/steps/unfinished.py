"""Indexes whose concurrent build was broken off: found, waited for, and dropped.

Such a build is no transaction. Where it gives way, or its dyno is killed, an INVALID index stays
that nothing uses, that every write keeps up, and on whose name the next try fails (PostgreSQL:
CREATE INDEX, "Building Indexes Concurrently"). One that a server process has gone on to build
after its dyno was killed is whole, and stands in the way of the next try as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minion.errors import HerokuError
from minion.heroku.waiting import until
from minion.steps.world import World
from minion.text import plain

if TYPE_CHECKING:
    from psycopg import Connection

#: How long a build that is still under way is waited for.
BUILD_S = 30 * 60
POLL_S = 1.0
CONNECT_S = 6
#: While it is built, a session holds SHARE UPDATE EXCLUSIVE on the table from the first phase to
#: the last (indexcmds.c: DefineIndex); so does autovacuum, which is no build. pg_locks may be read
#: by anybody.
_STATE = """
SELECT n.nspname, c.relname, i.indisvalid, EXISTS (
    SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.pid <> pg_backend_pid()
        AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY(%s) AND n.nspname NOT LIKE 'pg\\_%%'
ORDER BY 1, 2
"""
_HAS_RUN = "SELECT EXISTS (SELECT FROM django_migrations WHERE app = %s AND name = %s)"
_RECORDS = "SELECT to_regclass('django_migrations') IS NOT NULL"


@dataclass(frozen=True)
class Built:
    """The indexes that one migration builds concurrently, by their names."""

    label: str
    migration: str
    indexes: tuple[str, ...]


@dataclass(frozen=True)
class _Index:
    schema: str
    name: str
    is_valid: bool
    is_being_built: bool


def indexes_there(url: str, built: Sequence[Built]) -> tuple[str, ...]:
    """The names, of those to be built, under which the database at `url` has an index already.

    Raises:
        DatabaseUnreachable: it cannot be asked.
    """
    return tuple(one.name for one in _not_recorded(url, built))


def mend_indexes(
    world: World, app: str, url: str, built: Sequence[Built], before: Sequence[str] | None
) -> None:
    """Drop what earlier tries have left of the indexes that the migrations `built` are to make.

    Only those whose migration has not run: INVALID ones, and whole ones that were not there
    `before` the first try (None: nobody knows). What is still being built is waited for.

    Raises:
        HerokuError: its build does not come to an end.
        DatabaseUnreachable: the database at `url` cannot be asked.
    """

    def look() -> list[_Index]:
        return _not_recorded(url, built)

    found = look()
    if any(one.is_being_built and not one.is_valid for one in found):
        found = _waited_for(world, app, look, found)
    for one in found:
        shown = plain(one.name)
        if not one.is_valid:
            world.console.say(
                f"{app}: the index {shown} is INVALID, a build broken off: it is dropped. That "
                "waits for who uses the table, and nobody waits for it."
            )
            _drop(url, one)
        elif before is not None and one.name not in before:
            world.console.say(
                f"{app}: the index {shown} was built by a try whose migration was not recorded: it "
                "is dropped, to be built again."
            )
            _drop(url, one)
        else:
            world.console.say(
                f"{app}: the index {shown} is there and whole, but its migration has not run, "
                "which may fail on the name. If an earlier try has built it: "
                f'DROP INDEX CONCURRENTLY "{shown}"; if it is meant to stay: migrate --fake'
            )


def _waited_for(
    world: World, app: str, look: Callable[[], list[_Index]], found: list[_Index]
) -> list[_Index]:
    names = ", ".join(plain(one.name) for one in found if not one.is_valid)
    last = found

    def is_over() -> bool:
        nonlocal last
        last = look()
        tell_left(None)
        return not any(one.is_being_built and not one.is_valid for one in last)

    stopping = world.is_stopping
    with world.console.waiting(f"{app}: waiting for the index {names}, still being built") as told:
        tell_left = told
        if not until(is_over, timeout_s=BUILD_S, poll_s=POLL_S, is_stopping=stopping):
            raise HerokuError(
                f"{app}: the index {names} is still being built; who does: heroku pg:ps -a {app}"
            )
    return last


def _not_recorded(url: str, built: Sequence[Built]) -> list[_Index]:
    """Those of the indexes that are there although their migration has not run."""
    from minion.privacy.database.connection import connected

    with connected(url, connect_s=CONNECT_S) as connection:
        names = [name for one in built if not _has_run(connection, one) for name in one.indexes]
        rows = connection.execute(_STATE, [names]).fetchall()
    return [_Index(str(row[0]), str(row[1]), bool(row[2]), bool(row[3])) for row in rows]


def _has_run(connection: Connection[tuple[Any, ...]], one: Built) -> bool:
    if connection.execute(_RECORDS).fetchone() == (False,):
        return False
    return connection.execute(_HAS_RUN, [one.label, one.migration]).fetchone() == (True,)


def _drop(url: str, index: _Index) -> None:
    """Raises MinionError: it cannot be dropped."""
    from psycopg import sql

    from minion.privacy.database.connection import connected

    with connected(url, writes=True, connect_s=CONNECT_S) as connection:
        name = sql.Identifier(index.schema, index.name)
        connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
