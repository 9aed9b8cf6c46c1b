"""The source's values are read once, and remembered as digests."""

from __future__ import annotations

import secrets
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.database.connection import connected
from minion.privacy.database.inventory import Column, Inventory, Table, inventory_of
from minion.privacy.database.rows import row_name, splitter, stream
from minion.privacy.proof.collecting import Collected
from minion.privacy.proof.derived import OWN_LENGTH
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.memory import LONG, NAMED, ColumnMemory, Memory
from minion.privacy.proof.reading import Reader
from minion.privacy.proof.vectors import Words

if TYPE_CHECKING:
    from psycopg import Connection

#: Rows of a table that are remembered unless the caller says otherwise.
LIMIT_ROWS = 100_000
#: All values that are remembered, in about 100 bytes each; beyond, every table's sample shrinks.
MOST_VALUES = 3_000_000
#: Values whose hashes are remembered, of all columns and of one at least: in 50 bytes each.
MOST_HASHED, HASHED = 400_000, 20_000


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
        share = _hashed_share(inventory, wanted, limit_rows)
        found = [
            memory
            for table in inventory.tables
            for memory in _of_table(connection, table, wanted, limit_rows, seed, share)
        ]
        quoted = frozenset(_quoted(connection, inventory, found, wanted, limit_rows))
    return Memory(tuple(found), quoted)


def _affordable(inventory: Inventory, wanted: set[str], limit_rows: int) -> int:
    """`limit_rows`, or fewer if all the columns together would be too much."""
    while _values(inventory, wanted, limit_rows) > MOST_VALUES:
        limit_rows = limit_rows * 3 // 4
    return limit_rows


def _values(inventory: Inventory, wanted: set[str], limit_rows: int) -> int:
    """How many values of the columns are looked at, about."""
    columns = [(table, one) for table in inventory.tables for one in table.columns]
    return sum(min(table.rows, limit_rows) for table, one in columns if one.key in wanted)


def _hashed_share(inventory: Inventory, wanted: set[str], limit_rows: int) -> int:
    """Of one value in how many the hashes can be remembered."""
    return max(-(-_values(inventory, wanted, limit_rows) // MOST_HASHED), 1)


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
    hash_of: int,
) -> Iterator[ColumnMemory]:
    columns = [column for column in table.columns if column.key in wanted]
    if not columns:
        return
    rows, keys = 0, array("Q")
    # A column with few values has all of them hashed.
    hash_of = max(min(hash_of, min(table.rows, limit_rows) // HASHED), 1)
    collected = [Collected(column, limit_rows, table.rows, hash_of) for column in columns]
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
                    one.add(own, value, words, name)
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
    """Pairs of a personal column and one that is not, with the same long texts or names in both."""
    kept = {one.column.key: DigestSet(one.identifying(LONG | NAMED)) for one in found}
    kept = {key: numbers for key, numbers in kept.items() if len(numbers)}
    reader = Reader(DigestSet(chain.from_iterable(one.starts for one in found)))
    for table in inventory.tables if kept else ():
        columns = [one for one in table.columns if one.is_textual and one.key not in wanted]
        if columns and table.rows:
            rows = stream(connection, table, columns, sample(table, limit_rows))
            yield from _pairs(rows, len(table.primary_key), columns, kept, reader)


def _pairs(
    rows: Iterator[tuple[Any, ...]],
    width: int,
    columns: Sequence[Column],
    kept: Mapping[str, DigestSet],
    reader: Reader,
) -> Iterator[tuple[str, str]]:
    splits = [splitter(column) for column in columns]
    seen: set[tuple[str, str]] = set()
    for row in rows:
        for column, split, value in zip(columns, splits, row[width:]):
            # Nothing shorter is a name or a long text, and most values are.
            if value and len(value) > OWN_LENGTH:
                read = reader.read(value, set(split(value)), is_personal=False)
                digests = [*(digest for digest, _ in read.plain), *read.other]
                for key, numbers in kept.items():
                    if (key, column.key) not in seen and any(one in numbers for one in digests):
                        seen.add((key, column.key))
    yield from seen
