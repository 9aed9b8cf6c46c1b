"""Who holds tables that a migration needs for itself: backups, open transactions, vacuums.

Whoever waits for a lock holds up everybody who comes after, so it is looked at before. What a
session does is never read: the text of a query may hold secrets and people's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minion.text import duration, plain

if TYPE_CHECKING:
    from psycopg import Connection

#: A transaction that is so old is not one of a request: the router gives those up after 30 s
#: (Dev Center: Request Timeout).
LONG_S = 60.0
#: Longer lists are cut.
NAMED = 3
#: A backup reads until it is done: pg_dump is in one transaction from its first table to its last
#: (PostgreSQL: pg_dump).
_BACKUP = "pg_dump"
#: Reading stands in the way of ACCESS EXCLUSIVE only, writing of SHARE, too (PostgreSQL: Explicit
#: Locking). An autovacuum gives way to whoever waits for it, unless it is to prevent wraparound
#: (Routine Vacuuming, "The Autovacuum Daemon"), which its row in pg_stat_activity says in a text of
#: PostgreSQL's own. Of others' sessions a role without pg_read_all_stats sees the application's
#: name and no time (pgstatfuncs.c: pg_stat_get_activity). pg_locks may be read by anybody.
_HOLDERS = """
SELECT coalesce(a.application_name, ''), coalesce(a.state, ''),
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8,
    coalesce(a.query LIKE 'autovacuum:%%(to prevent wraparound)%%', false),
    array_agg(DISTINCT c.relname::text ORDER BY c.relname::text)
FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.locktype = 'relation' AND l.pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (c.relname = ANY(%(exclusive)s) OR c.relname = ANY(%(shared)s)
        AND l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
    AND (a.usesysid IS NOT NULL OR a.query LIKE 'autovacuum:%%(to prevent wraparound)%%')
GROUP BY a.pid, 1, 2, 3, 4
ORDER BY 3 DESC NULLS LAST, 1
"""


@dataclass(frozen=True)
class Tables:
    """The tables that migrations lock: against everybody, and against writing only."""

    exclusive: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exclusive or self.shared)


NO_TABLES = Tables()


@dataclass(frozen=True)
class Holder:
    """A session that holds locks which stand in a migration's way.

    `age_s` is the age of its transaction, None where we may not know; `is_idle` says that
    nothing runs in it, `is_vacuum` that it is a vacuum that does not give way.
    """

    application: str
    age_s: float | None
    tables: tuple[str, ...]
    is_idle: bool = False
    is_vacuum: bool = False

    @property
    def is_backup(self) -> bool:
        return self.application == _BACKUP

    @property
    def is_long(self) -> bool:
        """Whether it goes on for longer than a migration should wait."""
        is_old = self.age_s is not None and self.age_s >= LONG_S
        return self.is_backup or self.is_vacuum or is_old

    def __str__(self) -> str:
        who = plain(self.application) or "a session without a name"
        if self.is_vacuum:
            who = "an autovacuum to prevent wraparound, which does not give way,"
        elif self.is_backup:
            who = f"a backup ({who})"
        elif self.is_idle:
            who = f"an idle transaction of {who}"
        else:
            who = f"a transaction of {who}"
        more = f" and {len(self.tables) - NAMED} more" if len(self.tables) > NAMED else ""
        held = ", ".join(map(plain, self.tables[:NAMED])) + more
        since = "nobody knows how long" if self.age_s is None else duration(self.age_s)
        return f"{who} has held {held} for {since}"


def holders(connection: Connection[tuple[Any, ...]], tables: Tables) -> tuple[Holder, ...]:
    """The sessions that hold `tables`, the oldest first; those that give way are left out."""
    names = {"exclusive": list(tables.exclusive), "shared": list(tables.shared)}
    return tuple(
        Holder(str(name), age, tuple(held), str(state).startswith("idle in"), bool(vacuum))
        for name, state, age, vacuum, held in connection.execute(_HOLDERS, names).fetchall()
    )


def holders_at(url: str, tables: Tables) -> Sequence[Holder]:
    """The same, asked of the database at `url`. Raises DatabaseUnreachable."""
    from minion.privacy.database.connection import connected

    with connected(url, connect_s=CONNECT_S) as connection:
        brief(connection)
        return holders(connection, tables)


#: Seconds that a database may take to answer, and milliseconds for a question of ours.
CONNECT_S = 6
STATEMENT_MS = 5_000
LOCK_MS = 1_000


def brief(connection: Connection[tuple[Any, ...]]) -> None:
    """Let no question of ours last, nor wait behind a lock."""
    connection.execute(f"SET statement_timeout = {STATEMENT_MS}")
    connection.execute(f"SET lock_timeout = {LOCK_MS}")
