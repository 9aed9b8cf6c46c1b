"""What is in a database: tables, their columns, and how many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.database.connection import connected

if TYPE_CHECKING:
    from psycopg import Connection

#: Larger tables are not counted but estimated, from PostgreSQL's own statistics.
COUNTED_ROWS = 5_000_000

#: Tables, partitioned ones (their partitions are seen through them) and
#: materialized views, which keep copies of rows. Foreign tables hold none, and
#: pg_dump leaves their rows out. What belongs to an extension is not the project's.
#: An array's category is that of its elements (PostgreSQL: pg_type.typcategory).
_COLUMNS = """
SELECT n.nspname, c.relname, c.oid::int8,
       CASE WHEN c.relispopulated THEN greatest(c.reltuples, 0)::int8 ELSE -1 END,
       pg_table_size(c.oid), a.attname,
       CASE WHEN b.typcategory = 'A' THEN '_' || e.typname ELSE b.typname END,
       CASE WHEN b.typcategory = 'A' THEN e.typcategory ELSE b.typcategory END,
       a.attgenerated <> '', coalesce(e.typtype, b.typtype) = 'e',
       EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
               AND a.attnum = ANY (k.conkey)),
       EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
               AND a.attnum = ANY (k.conkey))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, a.attnum
"""

#: Types in which a hash or words may stand, though nothing is written in them.
_OTHERS = ("uuid", "_uuid", "tsquery")


@dataclass(frozen=True)
class Column:
    """A column; `type` is PostgreSQL's name of it, with ``_`` before it for an array.

    `category` is PostgreSQL's letter for the kind of type: ``S`` for text,
    ``N`` for numbers, ``D`` for dates, ``U`` for JSON and what users define.
    """

    schema: str
    table: str
    name: str
    type: str
    category: str = "S"
    is_generated: bool = False
    is_enum: bool = False
    is_primary: bool = False
    is_foreign: bool = False

    @property
    def key(self) -> str:
        """``table.column``, with the schema before it where that is not ``public``."""
        return f"{table_key(self.schema, self.table)}.{self.name}"

    @property
    def is_array(self) -> bool:
        return self.type.startswith("_")

    @property
    def is_textual(self) -> bool:
        """Whether it can hold text of any kind, within JSON or a composite value too."""
        if self.is_enum or self.type in ("uuid", "_uuid", "tsquery"):
            return False
        return self.category in "SUICGX" or self.type == "bytea"

    @property
    def is_searchable(self) -> bool:
        """Whether a value of another column may stand in it, in any form."""
        if self.is_enum or (self.is_foreign and not self.is_textual):
            return False
        if self.category == "N":
            return self.type.lstrip("_") in ("int8", "numeric", "float8")
        return self.is_textual or self.category == "R" or self.type in _OTHERS


#: What settings and reports call the large objects: they are nobody's column.
LARGE_OBJECTS = Column("public", "pg_largeobject", "data", "bytea", "U")


@dataclass(frozen=True)
class Table:
    """A table; `rows` is a count, or an estimate where `is_exact` is false.

    `row_bytes` is what a row takes on the disk, on average.
    """

    schema: str
    name: str
    oid: int
    rows: int
    is_exact: bool
    columns: tuple[Column, ...]
    row_bytes: int = 0

    @property
    def key(self) -> str:
        return table_key(self.schema, self.name)

    @property
    def primary_key(self) -> tuple[Column, ...]:
        """The columns of the primary key, in the table's order; empty without one."""
        return tuple(column for column in self.columns if column.is_primary)


@dataclass(frozen=True)
class Inventory:
    """A database as it was found; `server_version` is as people say it, ``16.2``.

    `large_objects` is how many of them there are: pg_dump copies them with the rows.
    """

    server_version: str
    size_bytes: int
    tables: tuple[Table, ...]
    large_objects: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for table in self.tables for column in table.columns)


def take_inventory(url: str) -> Inventory:
    """What is in the database at `url`.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    with connected(url) as connection:
        return inventory_of(connection)


def inventory_of(connection: Connection[tuple[Any, ...]]) -> Inventory:
    """What is in the database of `connection`, in its snapshot."""
    # Their contents are for their owners, that they exist is for everybody to see.
    version, size, large_objects = connection.execute(
        "SELECT current_setting('server_version'), pg_database_size(current_database()), "
        "(SELECT count(*) FROM pg_largeobject_metadata)"
    ).fetchone() or ("", 0, 0)
    found: dict[tuple[str, str, int, int, int], list[Column]] = {}
    for row in connection.execute(_COLUMNS).fetchall():
        schema, table, *numbers, name = row[:6]
        columns = found.setdefault((schema, table, *numbers), [])
        if name is not None:
            columns.append(Column(schema, table, name, *row[6:]))
    tables = tuple(_table(connection, *key, columns) for key, columns in found.items())
    return Inventory(str(version).split(" ")[0], int(size), tables, int(large_objects))


def _table(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    name: str,
    oid: int,
    estimate: int,
    size_bytes: int,
    columns: list[Column],
) -> Table:
    is_exact = estimate <= COUNTED_ROWS
    rows = max(estimate, 0)
    # A materialized view that was never filled (-1) must not even be counted.
    if is_exact and estimate >= 0:
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
        counted = connection.execute(statement).fetchone()
        rows = int(counted[0]) if counted else 0
    return Table(schema, name, oid, rows, is_exact, tuple(columns), size_bytes // max(rows, 1))


def table_key(schema: str, table: str) -> str:
    """How settings and reports name a table."""
    return table if schema == "public" else f"{schema}.{table}"
