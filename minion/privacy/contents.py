"""A bounded look at the values of columns: what kind of thing is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from minion.privacy.connection import connected
from minion.privacy.inventory import Column, Inventory, Table
from minion.privacy.values import EMAIL, IBAN, PHONE, TOKEN, leaves, texts

#: Rows of each table that are looked at.
ROWS = 2000
#: This share of the values decides what a column holds.
SHARE = 0.2
#: A column with this few values, each met this often, is a choice from a list.
CHOICES, REPEATED = 40, 5

TEXTUAL = frozenset(
    [
        "text",
        "varchar",
        "bpchar",
        "citext",
        "name",
        "xml",
        "json",
        "jsonb",
        "hstore",
        "bytea",
        "inet",
        "cidr",
        "macaddr",
        "tsvector",
    ]
)


@dataclass(frozen=True)
class Look:
    """What was seen in a column: how many values, how many different ones, and their kind.

    `is_choice` says that few values come back again and again.
    """

    values: int
    distinct: int
    kind: str | None
    is_choice: bool


def is_textual(column: Column) -> bool:
    """Whether a column can hold text of any kind."""
    return column.type.lstrip("_") in TEXTUAL and not column.is_enum


def look(url: str, inventory: Inventory) -> Mapping[str, Look]:
    """What a look at the text columns of the database at `url` tells, by their keys.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    seen: dict[str, Look] = {}
    with connected(url) as connection:
        for table in inventory.tables:
            columns = [column for column in table.columns if is_textual(column)]
            if columns and table.rows:
                rows = connection.execute(_sample(table, columns)).fetchall()
                for number, column in enumerate(columns):
                    seen[column.key] = look_at([row[number] for row in rows])
    return seen


def _sample(table: Table, columns: list[Column]) -> sql.Composed:
    """A few rows from all over the table: the first ones may be somebody's tests."""
    share = min(100.0, max(0.01, 300.0 * ROWS / max(table.rows, 1)))
    sampled = sql.SQL(" TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(sql.Literal(share))
    return sql.SQL("SELECT {} FROM {}{} LIMIT {}").format(
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.Identifier(table.schema, table.name),
        sampled if table.rows > 10 * ROWS else sql.SQL(""),
        sql.Literal(ROWS),
    )


def look_at(values: list[Any]) -> Look:
    """What `values`, all of one column, have in common."""
    found = [text for value in values for text in texts(_parsed(value))]
    counts = Counter(found)
    kinds = Counter(kind for text in found if (kind := _kind(text)) is not None)
    kind, count = kinds.most_common(1)[0] if kinds else (None, 0)
    is_choice = len(counts) <= CHOICES and len(found) >= REPEATED * len(counts)
    return Look(
        values=len(found),
        distinct=len(counts),
        kind=kind if found and count >= SHARE * len(found) else None,
        is_choice=bool(found) and is_choice,
    )


def _parsed(value: Any) -> Any:
    return leaves(value) if isinstance(value, str) else value


def _kind(text: str) -> str | None:
    if EMAIL.fullmatch(text):
        return "e-mail addresses"
    if IBAN.fullmatch(text.upper()):
        return "bank accounts"
    if PHONE.fullmatch(text) and sum(c.isdigit() for c in text) >= 8 and not text.isdigit():
        return "telephone numbers"
    if TOKEN.fullmatch(text) and "/" not in text and "." not in text:
        return "tokens"
    return None
