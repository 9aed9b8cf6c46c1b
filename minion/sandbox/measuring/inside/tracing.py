"""What a migration's statements do: locks, rewrites, scans, indexes, rows."""

import contextlib
import time

#: Weakest first. PostgreSQL documentation: Explicit Locking, "Table-Level Lock Modes".
MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
_BLOCKS_WRITES = MODES.index("ShareLock")
_OUR_OWN = "django_migrations"

_TABLES = """
SELECT c.oid, c.relname, c.relfilenode FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema'
AND n.nspname NOT LIKE 'pg\\_%'
"""
_INDEXES = """
SELECT i.indexrelid, i.indrelid, c.relfilenode FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
JOIN pg_namespace n ON n.oid = relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
"""
_LOCKS = """
SELECT relation, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
"""
# Counted per transaction. PostgreSQL documentation: The Cumulative Statistics System.
_COUNTS = """
SELECT relid, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0),
n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
"""


class Trace:
    """Watches the statements of one migration on `connection`."""

    def __init__(self, connection):
        self._connection = connection
        self.statements = 0
        self.changing = 0
        self.shape = False
        self.locks = {}
        self.rewritten = set()
        self.indexed = set()
        self.scanned = set()
        self.held = set()
        self.rows = {}
        self.seconds = 0.0
        self._names = {}
        self._last = {}

    @contextlib.contextmanager
    def watching(self):
        """Everything that runs inside is watched."""
        self._before = self._tables()
        self._before_indexes = self._ask(_INDEXES)
        self._names = {oid: name for oid, (name, _) in self._before.items()}
        with self._connection.execute_wrapper(self._statement):
            yield
        for oid, (name, _node) in self._tables().items():
            self._names.setdefault(oid, name)

    def touched(self):
        """The names of all tables that were changed, new ones and earlier names included."""
        found = {self._names[oid] for oid in self.locks if oid in self._names}
        found.update(name for oid, (name, _) in self._tables().items() if oid in self.locks)
        return found

    def document(self):
        """What was seen, for JSON; only tables that were there before the migration."""
        old = self._before
        return {
            "seconds": round(self.seconds, 4),
            "statements": self.statements,
            "changing": self.changing,
            "changes_shape": self.shape,
            "locks": {old[oid][0]: mode for oid, mode in self.locks.items() if oid in old},
            "rewritten": sorted(old[oid][0] for oid in self.rewritten if oid in old),
            "indexed": sorted(old[oid][0] for oid in self.indexed if oid in old),
            "scanned": sorted(old[oid][0] for oid in self.scanned if oid in old),
            "held": sorted(old[oid][0] for oid in self.held if oid in old),
            "rows": {old[oid][0]: count for oid, count in self.rows.items() if oid in old},
        }

    def _statement(self, execute, sql, params, many, context):
        text = str(sql).strip()
        ours = _OUR_OWN in text or text.upper().startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO"))
        alone = not self._connection.in_atomic_block and not ours and not _refuses(text)
        if alone:
            self._raw("BEGIN")
        # Of this connection's counts some are those of earlier transactions, not yet handed over.
        earlier = self._counts()
        started = time.monotonic()
        try:
            result = execute(sql, params, many, context)
        except BaseException:
            if alone:
                self._raw("ROLLBACK")
            raise
        self.seconds += time.monotonic() - started
        if not ours:
            self.statements += 1
            self._look(text, earlier)
        if alone:
            self._raw("COMMIT")
        return result

    def _look(self, text, earlier):
        # Strings are not looked into: what they say is no statement.
        word = text.split(None, 1)[0].upper() if text else ""
        changes = word not in ("SELECT", "SHOW", "SET", "--", "WITH")
        concurrent = _refuses(text)
        strong = set()
        for oid, mode in self._ask(_LOCKS):
            if mode in MODES and MODES.index(mode) >= _BLOCKS_WRITES:
                strong.add(oid)
            known = self.locks.get(oid)
            if mode in MODES and MODES.index(mode) > MODES.index("RowShareLock"):
                if known is None or MODES.index(mode) > MODES.index(known):
                    self.locks[oid] = mode
                    changes = True
        if changes:
            self.changing += 1
        if word in ("CREATE", "ALTER", "DROP", "COMMENT", "TRUNCATE", "DO", "GRANT", "REVOKE"):
            self.shape = True
        self._shapes(strong, concurrent)
        if self._connection.in_atomic_block or not concurrent:
            self._count(earlier, strong)

    def _shapes(self, strong, concurrent):
        for oid, (_name, node) in self._tables().items():
            if oid in self._before and node and node != self._before[oid][1]:
                self.rewritten.add(oid)
                self.held.add(oid)
        old = {index: node for index, _table, node in self._before_indexes}
        for index, table, node in self._ask(_INDEXES):
            if table in self._before and old.get(index) != node:
                self.indexed.add(table)
                if not concurrent:
                    self.held.add(table)

    def _count(self, earlier, strong):
        """Rows that the statement read or wrote while a lock held others back."""
        for oid, counts in self._counts().items():
            before = earlier.get(oid, (0, 0, 0, 0))
            read, inserted, updated, deleted = (now - then for now, then in zip(counts, before))
            written = inserted + updated + deleted
            if written:
                self.rows[oid] = self.rows.get(oid, 0) + written
            if read:
                self.scanned.add(oid)
            if (read or written) and oid in self._before and strong & set(self._before):
                self.held.update(strong & set(self._before))

    def _counts(self):
        return {oid: tuple(counts) for oid, *counts in self._ask(_COUNTS)}

    def _tables(self):
        return {oid: (name, node) for oid, name, node in self._ask(_TABLES)}

    def _ask(self, sql):
        """Ask beside Django's own cursors, so that nothing of it is traced."""
        with self._connection.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def _raw(self, sql):
        with self._connection.connection.cursor() as cursor:
            cursor.execute(sql)


def _refuses(text):
    """Whether the statement runs outside of transactions only."""
    words = text.upper().split()
    return "CONCURRENTLY" in words[:8] or words[:1] == ["VACUUM"] or words[1:2] == ["DATABASE"]
