"""The source's values are read once, and remembered as digests."""

from __future__ import annotations

import secrets
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.database.connection import connected
from minion.privacy.database.inventory import Column, Inventory, Table, inventory_of
from minion.privacy.database.rows import row_name, splitter, stream
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.memory import DATE, LONG, STRONG, WORD, ColumnMemory, Memory, most_of
from minion.privacy.proof.moved import day_of
from minion.privacy.proof.spelling import hashes
from minion.privacy.proof.vectors import Words
from minion.privacy.values import LONG_TEXT, emails, is_date, kind, normal

if TYPE_CHECKING:
    from psycopg import Connection

#: Rows of a table that are remembered unless the caller says otherwise.
LIMIT_ROWS = 100_000
#: All values that are remembered, in 25 bytes each; beyond, every table's sample shrinks.
MOST_VALUES = 3_000_000


def remember(
    url: str,
    columns: Sequence[Column],
    *,
    limit_rows: int = LIMIT_ROWS,
    seed: int | None = None,
    origin: str | None = None,
) -> Memory:
    """The values of `columns` in the database at `url`.

    Of a table with more than `limit_rows` rows it is a random sample of about
    as many, by `seed` (default: another one each time). With `origin`, a
    sentence on the proof that the data went through already, nothing is read.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    if origin is not None:
        return Memory((), origin=origin)
    wanted = {column.key for column in columns}
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    with connected(url) as connection:
        inventory = inventory_of(connection)
        limit_rows = _affordable(inventory, wanted, limit_rows)
        found = [
            memory
            for table in inventory.tables
            for memory in _of_table(connection, table, wanted, limit_rows, seed)
        ]
        quoted = frozenset(_quoted(connection, inventory, found, wanted, limit_rows))
    return Memory(tuple(found), quoted)


def _affordable(inventory: Inventory, wanted: set[str], limit_rows: int) -> int:
    """`limit_rows`, or fewer if all the columns together would be too much."""
    rows = [t.rows for t in inventory.tables for c in t.columns if c.key in wanted]
    while sum(min(count, limit_rows) for count in rows) > MOST_VALUES:
        limit_rows = limit_rows * 3 // 4
    return limit_rows


def sample(table: Table, limit_rows: int, seed: int = 7) -> sql.Composable | None:
    """SQL for about `limit_rows` random rows; None if there are no more than these.

    BERNOULLI draws each row by itself, SYSTEM whole pages (PostgreSQL: SELECT).
    """
    if table.rows <= limit_rows:
        return None
    share = sql.Literal(100.0 * limit_rows / table.rows)
    return sql.SQL("TABLESAMPLE BERNOULLI ({}) REPEATABLE ({})").format(share, sql.Literal(seed))


def _of_table(
    connection: Connection[tuple[Any, ...]],
    table: Table,
    wanted: set[str],
    limit_rows: int,
    seed: int,
) -> Iterator[ColumnMemory]:
    columns = [column for column in table.columns if column.key in wanted]
    if not columns:
        return
    rows, keys = 0, array("Q")
    collected = [Collected(column, limit_rows) for column in columns]
    width = len(table.primary_key)
    has_vectors = any(column.type == "tsvector" for column in columns)
    texts = [n for n, one in enumerate(columns) if one.is_textual and one.type != "tsvector"]
    if table.rows:
        for row in stream(connection, table, columns, sample(table, limit_rows, seed)):
            rows += 1
            name = row_name(row[:width])
            own = None if name is None else DIGESTS.of(name)
            if own is not None:
                keys.append(own)
            values = row[width:]
            words = Words(values[n] or "" for n in texts) if has_vectors else None
            for one, value in zip(collected, values):
                if value:
                    one.add(own, value, words)
    shared = DigestSet(keys)
    # An estimate may be wrong; what was read is not.
    of_rows = max(table.rows, rows) if rows > limit_rows or not table.is_exact else table.rows
    for one in collected:
        yield one.memory(rows, of_rows, shared)


def _quoted(
    connection: Connection[tuple[Any, ...]],
    inventory: Inventory,
    found: Sequence[ColumnMemory],
    wanted: set[str],
    limit_rows: int,
) -> Iterator[tuple[str, str]]:
    """Pairs of a personal column and one that is not, with the same long texts in both."""
    identifying = {one.column.key: DigestSet(one.identifying(LONG)) for one in found}
    identifying = {key: numbers for key, numbers in identifying.items() if len(numbers)}
    for table in inventory.tables if identifying else ():
        columns = [one for one in table.columns if one.is_textual and one.key not in wanted]
        if columns and table.rows:
            rows = stream(connection, table, columns, sample(table, limit_rows))
            yield from _pairs(rows, len(table.primary_key), columns, identifying)


def _pairs(
    rows: Iterator[tuple[Any, ...]],
    width: int,
    columns: Sequence[Column],
    identifying: Mapping[str, DigestSet],
) -> Iterator[tuple[str, str]]:
    splits = [splitter(column) for column in columns]
    seen: set[tuple[str, str]] = set()
    for row in rows:
        for column, split, value in zip(columns, splits, row[width:]):
            # Nothing shorter is a long text, and most values are.
            if value and len(value) >= LONG_TEXT:
                digests = {DIGESTS.of(text) for text in split(value) if len(text) >= LONG_TEXT}
                for key, numbers in identifying.items() if digests else ():
                    if (key, column.key) not in seen and any(one in numbers for one in digests):
                        seen.add((key, column.key))
    yield from seen


#: Values of a column for each of its rows, as JSON has them; beyond, they are thinned out.
PER_ROW = 4


class Collected:
    """The values of one column while they come in, as digests, in 17 bytes each."""

    def __init__(self, column: Column, limit_rows: int) -> None:
        self._column = column
        self._split = splitter(column)
        self._is_vector = column.type == "tsvector"
        self._most = PER_ROW * max(limit_rows, 1000)
        self._mask = 0
        self._values, self._pairs, self._inner = array("Q"), array("Q"), array("Q")
        self._hashed = [array("Q") for _ in hashes("")]
        self._flags = bytearray()
        self._dated, self._days = array("Q"), array("i")

    def add(self, own: int | None, value: str, words: Words | None = None) -> None:
        """Remember `value` of the row `own`; of a search vector, those of the `words` in it."""
        texts = set(self._split(value))
        if self._is_vector and words is not None:
            texts = {text for text in texts if words.have(text)}
        for text in texts:
            digest = DIGESTS.of(text)
            flag = _flag(text)
            if "@" in text and not flag & STRONG:
                self._inner.extend(map(DIGESTS.of, emails(text)))
            if flag == DATE and own is not None and (day := day_of(text)):
                self._dated.append(own)
                self._days.append(day)
            if flag & STRONG and not digest & self._mask:
                self._hash(text, value)
            if not digest & self._mask:
                self._values.append(digest)
                self._flags.append(flag)
                self._pairs.append(0 if own is None else DIGESTS.pair(own, digest))
        if len(self._values) > self._most:
            self._thin()

    def _hash(self, text: str, value: str) -> None:
        """Remember the hashes of an address or a telephone number, as it was written too."""
        if "@" in text:
            written = {text}
        elif text.isdigit():
            written = {text, "+" + text}
        else:
            return
        value = value.strip()
        if normal(value) == text:
            written.add(value)
        for one in written:
            for kept, number in zip(self._hashed, hashes(one)):
                kept.append(number)

    def _thin(self) -> None:
        """Forget every second value, whatever its rows: digests are as good as dice."""
        self._mask = self._mask * 2 + 1
        kept = [n for n, digest in enumerate(self._values) if not digest & self._mask]
        self._values = array("Q", [self._values[n] for n in kept])
        self._pairs = array("Q", [self._pairs[n] for n in kept])
        self._flags = bytearray(self._flags[n] for n in kept)

    def memory(self, rows: int, of_rows: int, keys: DigestSet) -> ColumnMemory:
        counts: dict[int, int] = {}
        flags: dict[int, int] = {}
        for digest, flag in zip(self._values, self._flags):
            counts[digest] = counts.get(digest, 0) + 1
            flags[digest] = flag
        values = DigestSet(counts)
        return ColumnMemory(
            column=self._column,
            rows=rows,
            of_rows=of_rows,
            keys=keys,
            pairs=DigestSet(pair for pair in self._pairs if pair),
            values=values,
            counts=array("L", [counts[digest] for digest in values]),
            flags=bytearray(flags[digest] for digest in values),
            inner=DigestSet(_rare(self._inner, rows)),
            share=1 / (self._mask + 1),
            hashed=tuple(DigestSet(_rare(one, rows)) for one in self._hashed if one),
            days=self._days_of(keys),
        )

    def _days_of(self, keys: DigestSet) -> array[int] | None:
        # A column of lists has several for a row: then none can be told to be moved.
        if not self._days or len(self._days) > len(keys):
            return None
        days = array("i", bytes(4 * len(keys)))
        for own, day in zip(self._dated, self._days):
            days[keys.position(own)] = day
        return days


def _rare(numbers: Iterable[int], rows: int) -> Iterator[int]:
    """Those of `numbers` that are in few of the `rows`."""
    most = most_of(rows)
    for number, same in groupby(sorted(numbers)):
        if sum(1 for _ in same) <= most:
            yield number


def _flag(text: str) -> int:
    what = kind(text)
    if what is not None:
        return LONG if what == "text" else STRONG
    if is_date(text):
        return DATE
    return WORD if len(text) >= (4 if text.isdigit() else 2) else 0
