"""What is in a database: tables, their columns, and how many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.connection import connected

if TYPE_CHECKING:
    from psycopg import Connection

#: Larger tables are not counted but estimated, from PostgreSQL's own statistics.
COUNTED_ROWS = 5_000_000

#: Tables proper and partitioned ones; partitions are seen through their parent.
_COLUMNS = """
SELECT n.nspname, c.relname, c.oid::int8, greatest(c.reltuples, 0)::int8, a.attname,
       CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN '_' || e.typname ELSE b.typname END,
       NOT a.attnotnull, a.attgenerated <> '', b.typtype = 'e',
       EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
               AND a.attnum = ANY (k.conkey)),
       EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
               AND a.attnum = ANY (k.conkey))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_type e ON e.oid = t.typelem
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True)
class Column:
    """A column; `type` is PostgreSQL's name of it, with ``_`` before it for an array."""

    schema: str
    table: str
    name: str
    type: str
    is_nullable: bool = True
    is_generated: bool = False
    is_enum: bool = False
    is_primary: bool = False
    is_foreign: bool = False

    @property
    def key(self) -> str:
        """``table.column``, with the schema before it where that is not ``public``."""
        return f"{table_key(self.schema, self.table)}.{self.name}"


@dataclass(frozen=True)
class Table:
    """A table; `rows` is a count, or an estimate where `is_exact` is false."""

    schema: str
    name: str
    oid: int
    rows: int
    is_exact: bool
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        return table_key(self.schema, self.name)

    @property
    def primary_key(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_primary)


@dataclass(frozen=True)
class Inventory:
    """A database as it was found; `server_version` is as people say it, ``16.2``."""

    server_version: str
    size_bytes: int
    tables: tuple[Table, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for table in self.tables for column in table.columns)


def take_inventory(url: str) -> Inventory:
    """What is in the database at `url`.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    with connected(url) as connection:
        version, size = connection.execute(
            "SELECT current_setting('server_version'), pg_database_size(current_database())"
        ).fetchone() or ("", 0)
        found: dict[tuple[str, str, int, int], list[Column]] = {}
        for row in connection.execute(_COLUMNS):
            schema, table, oid, estimate, name, kind, nullable, generated, enum, pk, fk = row
            columns = found.setdefault((schema, table, oid, estimate), [])
            if name is not None:
                columns.append(Column(schema, table, name, kind, nullable, generated, enum, pk, fk))
        tables = tuple(_table(connection, *key, columns) for key, columns in found.items())
    return Inventory(str(version).split(" ")[0], int(size), tables)


def _table(
    connection: Connection[tuple[Any, ...]],
    schema: str,
    name: str,
    oid: int,
    estimate: int,
    columns: list[Column],
) -> Table:
    if estimate > COUNTED_ROWS:
        return Table(schema, name, oid, estimate, False, tuple(columns))
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
    counted = connection.execute(statement).fetchone()
    return Table(schema, name, oid, int(counted[0]) if counted else 0, True, tuple(columns))


def table_key(schema: str, table: str) -> str:
    """How settings and reports name a table."""
    return table if schema == "public" else f"{schema}.{table}"
