"""The source's values, remembered as digests."""

from __future__ import annotations

import math
import secrets
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.connection import connected
from minion.privacy.inventory import Column
from minion.privacy.values import Digests, is_distinctive, leaves, texts

if TYPE_CHECKING:
    from psycopg import Connection

#: Rows that come over the wire at a time.
BATCH = 2000
#: A value in more rows than this, and than this share of them, is nobody's own.
COMMON_ROWS, COMMON_SHARE = 10, 0.01
#: One key for all memories of this process; it is in no file and ends with it.
DIGESTS = Digests(secrets.token_bytes(32))


class Numbers:
    """A set of 64-bit numbers in 8 bytes each."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._sorted = array("Q", sorted(numbers))

    def __contains__(self, number: int) -> bool:
        position = bisect_left(self._sorted, number)
        return position < len(self._sorted) and self._sorted[position] == number

    def __len__(self) -> int:
        return len(self._sorted)


@dataclass(frozen=True)
class ColumnMemory:
    """What is remembered of one column.

    `rows` were looked at, of `of_rows` that there were. `own` are values with
    the key of their row, `values` those that hardly any other row has,
    `marks` those that nobody else has at all, wherever they turn up. `common`
    counts the values that too many rows have for one of them to tell anything;
    `shared` holds these with the key of their row, if there are several.
    """

    column: Column
    rows: int
    of_rows: int
    own: Numbers = field(repr=False)
    values: Numbers = field(repr=False)
    marks: Numbers = field(repr=False)
    common: int = 0
    shared: Numbers = field(default_factory=lambda: Numbers(()), repr=False)

    @property
    def at_least(self) -> int:
        """With how many rows left as they were, the sample shows it 99 times in 100."""
        if self.rows >= self.of_rows:
            return 1
        return math.ceil(math.log(0.01) / math.log(1 - self.rows / self.of_rows))


@dataclass(frozen=True)
class Memory:
    """The memory of one look at a database."""

    columns: tuple[ColumnMemory, ...]


def remember(url: str, columns: Sequence[Column], *, limit_rows: int) -> Memory:
    """The values of `columns` in the database at `url`.

    Of a table with more than `limit_rows` rows it is a random sample of about as many.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    tables: dict[tuple[str, str], list[Column]] = {}
    for column in columns:
        tables.setdefault((column.schema, column.table), []).append(column)
    with connected(url) as connection:
        found = [
            memory
            for (schema, table), wanted in tables.items()
            for memory in _of_table(connection, schema, table, wanted, limit_rows)
        ]
    return Memory(tuple(found))


def _of_table(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    table: str,
    columns: Sequence[Column],
    limit_rows: int,
) -> Iterator[ColumnMemory]:
    name = sql.Identifier(schema, table)
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
    count = int(counted[0]) if counted else 0
    key = primary_key(connection, schema, table)
    source: sql.Composable = name
    if count > limit_rows:
        share = sql.Literal(100.0 * limit_rows / count)
        source = sql.SQL("{} TABLESAMPLE BERNOULLI ({}) REPEATABLE (7)").format(name, share)
    collected = [_Collected() for _ in columns]
    rows = 0
    for row in stream(connection, source, [*key, *(column.name for column in columns)]):
        rows += 1
        own = row_name(row[: len(key)])
        for one, value in zip(collected, row[len(key) :]):
            one.add(own, value)
    for column, one in zip(columns, collected):
        yield one.memory(column, rows, count)


class _Collected:
    """The values of one column while they come in, as digests."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._own: list[tuple[int, int]] = []
        self._marks: set[int] = set()

    def add(self, own: str | None, value: Any) -> None:
        for text in set(texts(_taken_apart(value))):
            digest = DIGESTS.of(text)
            self._counts[digest] += 1
            if is_distinctive(text):
                self._marks.add(digest)
            if own is not None:
                self._own.append((digest, DIGESTS.of(own, text)))

    def memory(self, column: Column, rows: int, of_rows: int) -> ColumnMemory:
        most = max(COMMON_ROWS, COMMON_SHARE * rows)
        common = {digest for digest, count in self._counts.items() if count > most}
        rare = [digest for digest, count in self._counts.items() if count <= 3]
        return ColumnMemory(
            column=column,
            rows=rows,
            of_rows=of_rows,
            own=Numbers(pair for digest, pair in self._own if digest not in common),
            values=Numbers(rare),
            marks=Numbers(self._marks - common),
            common=len(common),
            shared=Numbers(pair for digest, pair in self._own if digest in common)
            if len(self._counts) > 1
            else Numbers(()),
        )


def primary_key(connection: Connection[tuple[Any, ...]], schema: str, table: str) -> list[str]:
    """The names of the table's primary key; none if it has none, or is not there."""
    found = connection.execute(
        "SELECT a.attname FROM pg_constraint k"
        " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN unnest(k.conkey) WITH ORDINALITY AS u (attnum, position) ON true"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum"
        " WHERE k.contype = 'p' AND n.nspname = %s AND c.relname = %s ORDER BY u.position",
        [schema, table],
    )
    return [name for (name,) in found]


def stream(
    connection: Connection[tuple[Any, ...]], source: sql.Composable, names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The rows of `source`, a batch at a time: a table of any size takes no more memory."""
    statement = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(sql.Identifier(name) for name in names), source
    )
    with connection.cursor(name="minion") as cursor:
        cursor.itersize = BATCH
        cursor.execute(statement)
        yield from cursor


def row_name(key: Sequence[Any]) -> str | None:
    """What a row is known by; None where it has no key."""
    return "\0".join(str(part) for part in key) if key else None


def _taken_apart(value: Any) -> Any:
    return leaves(value) if isinstance(value, str) else value
