"""What each statement of a migration does to the tables that were there before it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable

import psycopg
from django.db import connection

STRONG = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
"""Modes that keep readers or writers waiting (PostgreSQL's manual, table 13.2)."""

_CONTROL = ("SET", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "")

_TABLES = """
    SELECT t.oid, t.relname,
           (SELECT array_agg(f.relfilenode ORDER BY f.oid) FROM pg_class f WHERE f.oid = t.oid
               OR f.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = t.oid)),
           coalesce((SELECT seq_tup_read + idx_tup_fetch + n_tup_upd + n_tup_del
                     FROM pg_stat_xact_user_tables s WHERE s.relid = t.oid), 0),
           coalesce((SELECT n_live FROM rows_before b WHERE b.oid = t.oid), 0)
    FROM pg_class t WHERE t.relkind = 'r' AND t.oid IN (SELECT oid FROM rows_before)
"""
_LOCKS = """
    SELECT relation::bigint, mode FROM pg_locks
    WHERE locktype = 'relation' AND granted AND pid = %s
"""
_WAITS = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"


@dataclass
class Watched:
    """What was seen: whether anything was changed at all, and what was done under strong locks."""

    statements: list[str] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watched() -> Iterator[Watched]:
    """Look at every statement of the default connection while this lasts.

    Its transactions stay as they are. A statement outside of one gets one of its
    own, which is what PostgreSQL does with it too, so that its locks can be seen.
    """
    with contextlib.closing(_Watch()) as watch:
        with connection.execute_wrapper(watch):
            yield watch.seen


@dataclass(frozen=True)
class _Table:
    name: str
    files: tuple[int, ...]
    read: int
    rows: int


class _Watch:
    def __init__(self) -> None:
        connection.ensure_connection()
        self._raw = connection.connection
        self.seen = Watched()
        with self._raw.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE rows_before (oid oid, n_live bigint)")
            cursor.execute(
                "SELECT oid, relname FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = current_schema()::regnamespace"
            )
            for oid, name in cursor.fetchall():
                cursor.execute(f'INSERT INTO rows_before SELECT {int(oid)}, count(*) FROM "{name}"')

    def close(self) -> None:
        self._raw.execute("DROP TABLE IF EXISTS rows_before")

    def __call__(
        self, execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any
    ) -> Any:
        text = str(statement)
        word = text.split(None, 1)[0].upper() if text.strip() else ""
        if word in _CONTROL:
            return execute(statement, params, many, context)
        if word != "SELECT":
            self.seen.statements.append(text)
        if " CONCURRENTLY " in text:
            with self._writer_at_work():
                return execute(statement, params, many, context)
        with self._in_transaction():
            before = self._tables()
            result = execute(statement, params, many, context)
            self._compare(text, before)
            return result

    @contextlib.contextmanager
    def _in_transaction(self) -> Iterator[None]:
        if connection.in_atomic_block:
            yield
            return
        self._raw.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("COMMIT")

    def _tables(self) -> dict[int, _Table]:
        with self._raw.cursor() as cursor:
            # The views of pg_stat_xact_ tell what this transaction has done so far.
            cursor.execute(_TABLES)
            return {
                row[0]: _Table(row[1], tuple(row[2]), row[3], row[4]) for row in cursor.fetchall()
            }

    def _compare(self, text: str, before: dict[int, _Table]) -> None:
        after = self._tables()
        worked = [
            f"{now.name} {deed}"
            for oid, now in after.items()
            if oid in before
            for deed in _deeds(before[oid], now)
        ]
        if worked:
            strong = self._strong_locks(set(before))
            if strong:
                self.seen.locks.append(f"{text[:120]}: {', '.join(worked)}; {', '.join(strong)}")

    def _strong_locks(self, tables: set[int]) -> list[str]:
        with self._raw.cursor() as cursor:
            cursor.execute(_LOCKS, [self._raw.info.backend_pid])
            return [mode for oid, mode in cursor.fetchall() if oid in tables and mode in STRONG]

    @contextlib.contextmanager
    def _writer_at_work(self) -> Iterator[None]:
        """Another session has written and not committed yet when the statement comes.

        A statement that says CONCURRENTLY waits for such sessions, with its locks in
        its hands, and then it is looked at. It cannot be in a transaction.
        """
        pid = self._raw.info.backend_pid
        with psycopg.connect(self._raw.info.dsn, password=self._raw.info.password) as writer:
            with self._raw.cursor() as cursor:
                cursor.execute("SELECT current_schema(), array_agg(oid) FROM rows_before")
                schema, tables = cursor.fetchone()
            writer.execute(f'SET search_path TO "{schema}"')
            for name in self._names():
                writer.execute(f'LOCK TABLE "{name}" IN ROW EXCLUSIVE MODE')
            over = threading.Event()
            arguments = (writer, pid, set(tables or ()), over)
            watcher = threading.Thread(target=self._look, args=arguments)
            watcher.start()
            try:
                yield
            finally:
                over.set()
                watcher.join()

    def _names(self) -> list[str]:
        return [table.name for table in self._tables().values()]

    def _look(self, writer: Any, pid: int, tables: set[int], over: threading.Event) -> None:
        try:
            with psycopg.connect(
                self._raw.info.dsn, password=self._raw.info.password, autocommit=True
            ) as other:
                while not (other.execute(_WAITS, [pid]).fetchone() or over.wait(0.005)):
                    pass
                held = other.execute(_LOCKS, [pid]).fetchall()
            strong = [mode for oid, mode in held if oid in tables and mode in STRONG]
            if strong:
                self.seen.locks.append(f"CONCURRENTLY: {', '.join(strong)}")
        finally:
            writer.rollback()


def _deeds(before: _Table, now: _Table) -> Iterator[str]:
    if before.rows and now.read - before.read >= before.rows:
        yield f"{now.read - before.read} rows"
    if set(now.files) - set(before.files):
        yield "written anew"
