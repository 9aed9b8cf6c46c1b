"""A database's mark: what is in it was proven to be anonymised.

It is the comment on the table in which Django keeps its migrations, and names
the tables by their ids. A reset takes the table away, and the mark with it; a
restore from elsewhere makes new tables, with other ids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.database.connection import connected

if TYPE_CHECKING:
    from psycopg import Connection

TABLE = "django_migrations"
PREFIX = "heroku-minion: anonymised "
_TABLES = """
SELECT c.relname, c.oid::int8 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
"""


@dataclass(frozen=True)
class Mark:
    """What the data came from, and when they were proven (aware)."""

    source: str
    at: datetime


def write_mark(url: str, mark: Mark) -> None:
    """Mark the database at `url`.

    Raises:
        DatabaseUnreachable: it cannot be written to, or has no migrations of Django's.
    """
    with connected(url, writes=True) as connection:
        text = json.dumps(
            {"source": mark.source, "at": mark.at.isoformat(), "tables": _tables(connection)}
        )
        statement = sql.SQL("COMMENT ON TABLE public.{} IS {}")
        connection.execute(statement.format(sql.Identifier(TABLE), sql.Literal(PREFIX + text)))


def read_mark(url: str) -> Mark | None:
    """The mark of the database at `url`; None if what it holds was never proven.

    Tables that were made since, by migrations, take nothing from the proof;
    one that stands in the place of a proven one does.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    with connected(url) as connection:
        row = connection.execute(
            "SELECT obj_description(to_regclass(%s), 'pg_class')", [f"public.{TABLE}"]
        ).fetchone()
        text = row[0] if row else None
        there = _tables(connection)
    if not isinstance(text, str) or not text.startswith(PREFIX):
        return None
    try:
        fields = json.loads(text[len(PREFIX) :])
        mark = Mark(str(fields["source"]), datetime.fromisoformat(fields["at"]))
        proven = dict(fields["tables"])
    except (ValueError, KeyError, TypeError):
        return None
    is_same = all(there.get(name, oid) == oid for name, oid in proven.items())
    return mark if is_same and TABLE in proven else None


def _tables(connection: Connection[tuple[Any, ...]]) -> dict[str, int]:
    return {str(name): int(oid) for name, oid in connection.execute(_TABLES)}
