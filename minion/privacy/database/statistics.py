"""The statistics that PostgreSQL keeps of every column, made anew from the rows that are there.

They hold the most common values and a hundred others of each column (PostgreSQL: pg_stats), and
autovacuum may have taken them between the restore and the anonymise command. Only ``ANALYZE``
makes them anew, and it leaves those of a table without rows as they were (analyze.c: statistics
are written where rows were sampled). Those go with a change of the column's type, to the same one:
PostgreSQL drops them then, and rewrites nothing (tablecmds.c: ATExecAlterColumnType).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.database.connection import connected
from minion.privacy.database.inventory import Table

if TYPE_CHECKING:
    from psycopg import Connection

#: Whatever holds such a table is waited for no longer; what it keeps there, the proof finds.
LOCK_MS = 10_000
#: Columns with statistics; the collation only where it is another than the type's own.
_KEPT = """
SELECT s.schemaname, s.tablename, s.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> t.typcollation THEN ln.nspname END, l.collname
FROM pg_stats s
JOIN pg_namespace n ON n.nspname = s.schemaname
JOIN pg_class c ON c.relname = s.tablename AND c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema') AND s.schemaname NOT LIKE 'pg\\_%'
"""


_WORK = """
SELECT attname, CASE WHEN n_distinct < 0 THEN -n_distinct ELSE n_distinct / %s END,
    avg_width FROM pg_stats WHERE schemaname = %s AND tablename = %s
"""
#: Bytes of a value that take as long as any value does.
_SHORT = 30


def work_of(connection: Connection[tuple[Any, ...]], table: Table) -> dict[str, float]:
    """How many values of each column, by its key, have to be read anew, for each row.

    Longer ones count for more; columns without statistics are left out.
    """
    found = connection.execute(_WORK, [max(table.rows, 1), table.schema, table.name]).fetchall()
    return {
        f"{table.key}.{name}": float(share) * (1 + width / _SHORT) for name, share, width in found
    }


def renew_statistics(url: str) -> None:
    """Leave nothing in the statistics of the database at `url` that its rows do not say.

    What cannot be dropped of a table without rows, as where a view needs the column, stays: the
    proof looks at what is there afterwards.

    Raises:
        DatabaseUnreachable: it cannot be written to.
    """
    with connected(url, writes=True) as connection:
        connection.execute("ANALYZE")
        connection.execute(f"SET lock_timeout = {LOCK_MS}")
        for schema, table, column, kind, *collation in connection.execute(_KEPT).fetchall():
            if not _has_rows(connection, schema, table):
                _drop(connection, (schema, table), column, kind, collation)


def _has_rows(connection: Connection[tuple[Any, ...]], schema: str, table: str) -> bool:
    question = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, table))
    found = connection.execute(question).fetchone()
    return bool(found and found[0])


def _drop(
    connection: Connection[tuple[Any, ...]],
    table: tuple[str, str],
    column: str,
    kind: str,
    collation: list[str | None],
) -> None:
    import psycopg

    statement = sql.SQL("ALTER TABLE {} ALTER COLUMN {} TYPE {}").format(
        sql.Identifier(*table), sql.Identifier(column), sql.SQL(kind)
    )
    schema, name = collation
    if schema and name:
        statement += sql.SQL(" COLLATE {}").format(sql.Identifier(schema, name))
    with suppress(psycopg.Error):
        connection.execute(statement)
