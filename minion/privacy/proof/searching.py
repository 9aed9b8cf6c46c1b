"""A pass through the whole target, for everything that is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from minion.privacy.database.inventory import Column, Inventory, Table
from minion.privacy.database.rows import row_name, splitter, stream
from minion.privacy.proof.comparing import EXAMPLES, ColumnComparison
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.memory import LONG, STRONG, ColumnMemory, Memory
from minion.privacy.proof.spelling import hashes_in, spelled
from minion.privacy.proof.vectors import Words
from minion.privacy.values import emails

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass
class Misplaced:
    """Values of personal columns in a column that they do not belong to."""

    rows: int
    found: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Watched:
    """A column of the target, what it is compared with, and whether identifying
    values are looked for."""

    key: str
    split: Callable[[str], Iterator[str]]
    own: Sequence[ColumnComparison]
    replacements: Sequence[ColumnComparison]
    is_searched: bool
    long: DigestSet
    is_vector: bool


@dataclass(frozen=True)
class _Row:
    """A row of the target: its digest, what it is called in the report, and whether it is
    among the rows remembered, by the identity of their set. `words` are those of its texts."""

    digest: int | None
    name: str | None
    known: dict[int, bool]
    words: Words | None


class Search:
    """What one pass through the target finds.

    `own` are the comparisons of the remembered columns by key, `replacements` those of
    other columns with remembered ones that are gone, `misplaced` what stands
    where it does not belong.
    """

    def __init__(self, memories: Sequence[Memory], inventory: Inventory) -> None:
        self.own: dict[str, list[ColumnComparison]] = {}
        self.replacements: dict[str, list[ColumnComparison]] = {}
        self.misplaced: dict[str, Misplaced] = {}
        remembered = [one for memory in memories for one in memory.columns]
        self._quoted = frozenset(chain.from_iterable(memory.quoted for memory in memories))
        self._strong = DigestSet(chain.from_iterable(one.identifying(STRONG) for one in remembered))
        self._hashed = [numbers for one in remembered for numbers in one.hashed]
        self._long: dict[frozenset[str], DigestSet] = {}
        self._remembered = remembered
        there = {column.key for column in inventory.columns}
        self._gone = [one for one in remembered if one.column.key not in there]
        for one in remembered:
            self.own.setdefault(one.column.key, []).append(ColumnComparison(one))

    def table(self, connection: Connection[tuple[Any, ...]], table: Table) -> None:
        """Look through all rows of `table`."""
        columns = [one for one in table.columns if self._is_wanted(one)]
        if not columns or not table.rows:
            return
        watched = [self._watch(one) for one in columns]
        compared = [one for each in watched for one in (*each.own, *each.replacements)]
        keys = {id(one.memory.keys): one.memory.keys for one in compared}
        met = dict.fromkeys(keys, 0)
        width, rows = len(table.primary_key), 0
        # A key may be somebody's own, a session's or an e-mail address: then no row is named.
        is_shown = not any(one.is_textual or one.key in self.own for one in table.primary_key)
        texts = [width + n for n, one in enumerate(columns) if one.is_textual]
        texts = [n for n in texts if columns[n - width].type != "tsvector"]
        has_vectors = any(one.is_vector and one.own for one in watched)
        for row in stream(connection, table, columns):
            rows += 1
            # What the texts of a row say now is judged with them, not with its vector.
            words = Words(row[n] or "" for n in texts) if has_vectors else None
            name = row_name(row[:width])
            row_digest = DIGESTS.of(name) if name is not None and keys else None
            name = shown(name) if is_shown and name is not None else None
            known_rows = {
                key: row_digest is not None and row_digest in numbers
                for key, numbers in keys.items()
            }
            for key, is_known_row in known_rows.items():
                met[key] += is_known_row
            seen = _Row(row_digest, name, known_rows, words)
            for one, value in zip(watched, row[width:]):
                if value:
                    self._value(one, value, seen)
        for comparison in compared:
            comparison.rows = rows
            comparison.compared = met[id(comparison.memory.keys)]
        for one in watched:
            if one.key in self.misplaced:
                self.misplaced[one.key].rows = rows

    def _is_wanted(self, column: Column) -> bool:
        return column.key in self.own or column.is_textual or bool(self._replaced_by(column))

    def _watch(self, column: Column) -> _Watched:
        replacements = [
            ColumnComparison(one, is_replacement=True) for one in self._replaced_by(column)
        ]
        if replacements:
            self.replacements[column.key] = replacements
        return _Watched(
            column.key,
            splitter(column),
            self.own.get(column.key, []),
            replacements,
            column.is_textual,
            self._long_for(column.key),
            column.type == "tsvector",
        )

    def _long_for(self, key: str) -> DigestSet:
        """The long texts that must not stand in a column: not those it had in common before."""
        shared = frozenset(personal for personal, other in self._quoted if other == key)
        if shared not in self._long:
            others = (one for one in self._remembered if one.column.key not in shared)
            identifying = chain.from_iterable(one.identifying(LONG) for one in others)
            self._long[shared] = DigestSet(identifying)
        return self._long[shared]

    def _replaced_by(self, column: Column) -> list[ColumnMemory]:
        """The remembered columns that are gone and may be this one by now."""
        if column.key in self.own or column.is_primary or column.is_foreign:
            return []
        return [
            one
            for one in self._gone
            if one.column.category == column.category
            or (column.is_textual and one.column.is_textual)
        ]

    def _value(self, watched: _Watched, value: str, row: _Row) -> None:
        texts = set(watched.split(value))
        for text in texts:
            is_explained = watched.is_vector and row.words is not None and row.words.have(text)
            self._text(watched, text, row, is_own=not is_explained)
        if not watched.is_searched or watched.is_vector:
            return
        for text in spelled(value, texts, is_personal=bool(watched.own or watched.replacements)):
            self._text(watched, text, row, is_own=True)
        if self._hashed and any(
            number in numbers for number in hashes_in(value) for numbers in self._hashed
        ):
            self._misplace(watched, row)

    def _text(self, watched: _Watched, text: str, row: _Row, *, is_own: bool) -> None:
        digest = DIGESTS.of(text)
        is_known = False
        for one in watched.own if is_own else ():
            is_known_row = row.known[id(one.memory.keys)]
            is_known |= one.see(digest, row.digest, row.name, is_known_row)
            if is_known_row and one.memory.days is not None:
                one.see_date(row.digest, text)
        for one in watched.replacements:
            one.see(digest, row.digest, row.name, row.known[id(one.memory.keys)])
        if watched.is_searched and not is_known and self._is_identifying(watched, text, digest):
            self._misplace(watched, row)

    def _misplace(self, watched: _Watched, row: _Row) -> None:
        misplaced_here = self.misplaced.setdefault(watched.key, Misplaced(0))
        misplaced_here.found += 1
        if row.name is not None and len(misplaced_here.examples) < EXAMPLES:
            misplaced_here.examples.append(row.name)

    def _is_identifying(self, watched: _Watched, text: str, digest: int) -> bool:
        if digest in self._strong or digest in watched.long:
            return True
        return "@" in text and any(DIGESTS.of(inner) in self._strong for inner in emails(text))


def shown(name: str) -> str:
    """A row's name for the report; the parts of a composite key are set apart."""
    return name.replace("\0", "/")
