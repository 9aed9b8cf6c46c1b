"""What a database tells of the tables that migrations lock: their sizes, who holds them, and room.

Asked read-only and for seconds only. What is found differs from one moment to the next, so no
plan's identifier may depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from minion.analyser.migrations import Reading
from minion.errors import MinionError
from minion.operations.pending import DatabaseUser
from minion.steps.holders import CONNECT_S, Holder, Tables, brief, holders

#: Rows are what the planner takes them for: -1, or 0 before PostgreSQL 14, where no ANALYZE or
#: VACUUM has counted them (PostgreSQL: pg_class). Of a partitioned table all partitions count.
_SIZES = """
SELECT c.relname, c.reltuples::float8, coalesce(
    (SELECT sum(pg_total_relation_size(p.relid)) FROM pg_partition_tree(c.oid) p),
    pg_total_relation_size(c.oid)
)::int8
FROM pg_class c
WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
ORDER BY 1
"""
#: Which of the limits is met first: the server's, the database's, or the role's, as Heroku sets it
#: by the plan.
_CONNECTIONS = """
SELECT least(
    current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - (SELECT count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL),
    (SELECT CASE WHEN datconnlimit < 0 THEN NULL ELSE datconnlimit
        - (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND usesysid IS NOT NULL)
        END FROM pg_database d WHERE datname = current_database()),
    (SELECT CASE WHEN rolconnlimit < 0 THEN NULL ELSE rolconnlimit
        - (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid)
        END FROM pg_roles r WHERE rolname = current_user)
)::int
"""
#: PostgreSQL: Explicit Locking.
_EXCLUSIVE = "AccessExclusiveLock"
_AGAINST_WRITING = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock")


@dataclass(frozen=True)
class TableSize:
    """A table's rows, None where nobody has counted them, and its bytes with all its indexes."""

    name: str
    rows: int | None
    size_bytes: int


@dataclass(frozen=True)
class DatabaseLook:
    """The database of `app` as it was a moment ago; `why` says why it could not be asked.

    `free` is how many connections may still be made to it, ours not counted.
    """

    app: str
    tables: tuple[TableSize, ...] = ()
    free: int | None = None
    holders: tuple[Holder, ...] = ()
    why: str | None = None

    @property
    def by_name(self) -> Mapping[str, TableSize]:
        return {table.name: table for table in self.tables}


@dataclass(frozen=True)
class Locked:
    """A table that existed before, and what a migration does to it.

    `exclusive`: nobody reads it meanwhile, else nobody writes; `is_long`: for longer the more
    rows there are; `rewrites`: every row is written anew.
    """

    migration: str
    path: str
    table: str
    exclusive: bool
    is_long: bool
    rewrites: bool


def locked_by(readings: Iterable[Reading]) -> Iterator[Locked]:
    """The tables that migrations lock: as they were measured, or as far as they can be read."""
    for reading in readings:
        name, measured = ".".join(reading.key), reading.measured
        if measured is None:
            for one in reading.findings:
                for table in one.tables:
                    what = (one.exclusive, one.locks, one.rewrites)
                    yield Locked(name, reading.path, table, *what)
            continue
        for table, mode in measured.locks.items():
            if mode in (_EXCLUSIVE, *_AGAINST_WRITING):
                is_rewritten = table in measured.rewritten
                is_long = table in measured.held or is_rewritten
                what = (mode == _EXCLUSIVE, is_long, is_rewritten)
                yield Locked(name, reading.path, table, *what)


def tables_of(readings: Iterable[Reading]) -> Tables:
    """The tables that are locked, each where it is locked most."""
    locked = list(locked_by(readings))
    exclusive = {one.table for one in locked if one.exclusive}
    shared = {one.table for one in locked} - exclusive
    return Tables(tuple(sorted(exclusive)), tuple(sorted(shared)))


def look_at_databases(
    apps: Sequence[DatabaseUser], urls: Mapping[str, str | None], tables: Tables
) -> tuple[DatabaseLook, ...]:
    """A look at each distinct database, all at once; none where no table is known to be locked.

    `urls` are the apps' DATABASE_URLs, secrets. Never raises: what cannot be asked says why.
    """
    first: dict[str, DatabaseUser] = {}
    for app in apps if tables else ():
        first.setdefault(app.database or f"app {app.name}", app)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return tuple(pool.map(lambda app: _look(app.name, urls[app.name], tables), first.values()))


def _look(app: str, url: str | None, tables: Tables) -> DatabaseLook:
    from minion.privacy.database.connection import connected

    if not url:
        return DatabaseLook(app, why="it has no DATABASE_URL")
    try:
        with connected(url, connect_s=CONNECT_S) as connection:
            brief(connection)
            held = holders(connection, tables)
            free = connection.execute(_CONNECTIONS).fetchone()
            # Last, as it may wait for a lock.
            names = [*tables.exclusive, *tables.shared]
            sizes = connection.execute(_SIZES, [names]).fetchall()
    except MinionError as error:
        return DatabaseLook(app, why=str(error))
    # Ours is one of those that are made already.
    left = None if free is None else int(free[0]) + 1
    return DatabaseLook(app, tuple(map(_size, sizes)), left, held)


def _size(row: tuple[Any, ...]) -> TableSize:
    name, rows, size_bytes = row
    return TableSize(str(name), None if rows < 0 else int(rows), int(size_bytes))
