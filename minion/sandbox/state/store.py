"""The sandbox's state, kept in an SQLite file that survives a killed daemon.

All records are in memory; a change is written before the request that made it
is answered.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, TypeVar

from minion.sandbox.state import records
from minion.sandbox.state.records import Record, now

KINDS: dict[str, type[Record]] = {
    kind.__name__: kind
    for kind in (
        records.Installation,
        records.App,
        records.Release,
        records.Slug,
        records.Build,
        records.AddOn,
        records.Attachment,
        records.Transfer,
        records.Pipeline,
        records.Coupling,
        records.Promotion,
        records.PromotionTarget,
    )
}
Kind = TypeVar("Kind", bound=Record)


class Store:
    """Every record of one sandbox."""

    def __init__(self, path: Path) -> None:
        # The file holds the token and config vars: it is made private before it has them.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None)
        # WAL needs no sync for each change to survive the death of this process.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS record"
            " (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL)"
        )
        self._records: dict[type[Record], dict[str, Record]] = {k: {} for k in KINDS.values()}
        self._seq = 0
        loaded = [
            KINDS[kind](**json.loads(body))
            for kind, body in self._db.execute("SELECT kind, body FROM record")
        ]
        for record in sorted(loaded, key=lambda each: each.seq):
            self._records[type(record)][record.id] = record
            self._seq = record.seq

    def close(self) -> None:
        """Give the file free."""
        self._db.close()

    def all(self, kind: type[Kind], **fields: object) -> list[Kind]:
        """The records of a kind whose fields have these values, oldest first."""
        return self.where(kind, lambda each: all(getattr(each, k) == v for k, v in fields.items()))

    def where(self, kind: type[Kind], fits: Callable[[Kind], bool]) -> list[Kind]:
        """The records of a kind that fit, oldest first."""
        return [each for each in self._of(kind).values() if fits(each)]

    def first(self, kind: type[Kind], **fields: object) -> Kind | None:
        """The oldest record of a kind with these values."""
        found = self.all(kind, **fields)
        return found[0] if found else None

    def get(self, kind: type[Kind], record_id: str | None) -> Kind | None:
        """The record with this id."""
        return self._of(kind).get(record_id or "")

    def find(self, kind: type[Kind], identity: str) -> Kind | None:
        """The record with this id, or else with this name."""
        return self.get(kind, identity) or self.first(kind, name=identity)

    def save(self, *records: Record) -> None:
        """Keep new records and the changes of known ones, all or none."""
        for record in records:
            if not record.seq:
                self._seq += 1
                record.seq = self._seq
            record.updated_at = now()
            self._records[type(record)][record.id] = record
        rows = [(each.id, type(each).__name__, json.dumps(asdict(each))) for each in records]
        self._write("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", rows)

    def delete(self, *records: Record) -> None:
        """Forget records, all or none."""
        for record in records:
            self._records[type(record)].pop(record.id, None)
        self._write("DELETE FROM record WHERE id = ?", [(each.id,) for each in records])

    def _of(self, kind: type[Kind]) -> dict[str, Kind]:
        found: dict[str, Any] = self._records[kind]
        return found

    def _write(self, statement: str, rows: Sequence[tuple[str, ...]]) -> None:
        self._db.execute("BEGIN")
        try:
            self._db.executemany(statement, rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
