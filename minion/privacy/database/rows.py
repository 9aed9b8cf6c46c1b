"""Rows as they come from a database: a batch at a time, each value in its texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.database.inventory import Column, Table
from minion.privacy.values import (
    of_array,
    of_hstore,
    of_json,
    of_number,
    of_range,
    of_text,
    of_vector,
)

if TYPE_CHECKING:
    from psycopg import Connection

#: Rows and bytes that come over the wire at a time.
BATCH_ROWS, BATCH_BYTES = 2000, 8_000_000
#: PostgreSQL keeps long values compressed, about this much.
_COMPRESSED = 4

#: The database writes every value as text, and always in the same way: Python
#: knows no date before Christ and none that is infinite.
SESSION = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; "
    "SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL extra_float_digits = 1"
)


def expression(column: Column) -> sql.Composable:
    """SQL for the text of a column's value, as `splitter` takes it."""
    name = sql.Identifier(column.name)
    if column.is_array or column.category == "C":
        return sql.SQL("to_json({})::text").format(name)
    if column.type in ("inet", "cidr"):
        return sql.SQL("host({})").format(name)
    return sql.SQL("{}::text").format(name)


def splitter(column: Column) -> Callable[[str], Iterator[str]]:
    """What takes the text of a column's value apart into texts in normal form."""
    if column.is_array or column.category == "C":
        return of_array if column.is_array else of_json
    if column.type in ("json", "jsonb"):
        return of_json
    if column.type == "hstore":
        return of_hstore
    if column.type in ("tsvector", "tsquery"):
        return of_vector
    if column.category == "R":
        return of_range
    return of_number if column.category == "N" else of_text


def stream(
    connection: Connection[tuple[Any, ...]],
    table: Table,
    columns: Sequence[Column],
    sampled: sql.Composable | None = None,
) -> Iterator[tuple[Any, ...]]:
    """The rows of `table` as texts: those of the primary key, then those of `columns`.

    A table of any size takes no more memory than a batch of its rows.
    """
    wanted = [expression(column) for column in (*table.primary_key, *columns)]
    statement = sql.SQL("SELECT {} FROM {} {}").format(
        sql.SQL(", ").join(wanted),
        sql.Identifier(table.schema, table.name),
        sampled or sql.SQL(""),
    )
    connection.execute(SESSION)
    with connection.cursor(name="minion") as cursor:
        row_bytes = max(table.row_bytes * _COMPRESSED, 1)
        cursor.itersize = max(1, min(BATCH_ROWS, BATCH_BYTES // row_bytes))
        cursor.execute(statement)
        yield from cursor


def row_name(key: Sequence[Any]) -> str | None:
    """What a row is known by; None where it has no key."""
    return "\0".join(map(str, key)) if key else None
