"""What a database has written down besides rows: comments, labels, definitions, statistics.

Data come into it by migrations and commands: ``COMMENT ON``, a label for each customer, a
default. PostgreSQL itself keeps the most common values of every column, and makes them anew
with ``ANALYZE`` only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minion.privacy.values import of_text

if TYPE_CHECKING:
    from psycopg import Connection

_OURS = "{0} NOT IN ('pg_catalog', 'information_schema', '_heroku') AND {0} NOT LIKE 'pg\\_%%'"
#: What comes with an extension is nobody's of the project.
_OF_NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.objid = {0} AND x.deptype = 'e')"
_SCHEMA = _OURS.format("n.nspname")
#: What each is called in the report, which names no value, and its texts.
_TEXTS = {
    "a comment": "SELECT coalesce(c.relname, t.typname, n.nspname, 'something'), d.description "
    "FROM pg_description d LEFT JOIN pg_class c ON c.oid = d.objoid AND d.classoid = "
    "'pg_class'::regclass LEFT JOIN pg_type t ON t.oid = d.objoid AND d.classoid = "
    "'pg_type'::regclass LEFT JOIN pg_namespace n ON n.oid = d.objoid AND d.classoid = "
    "'pg_namespace'::regclass WHERE d.objoid >= 16384 AND " + _OF_NO_EXTENSION.format("d.objoid"),
    "a label": "SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid "
    "WHERE " + _OF_NO_EXTENSION.format("t.oid"),
    "a default": "SELECT c.relname, pg_get_expr(a.adbin, a.adrelid) FROM pg_attrdef a "
    "JOIN pg_class c ON c.oid = a.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    f"WHERE {_SCHEMA}",
    "a type": "SELECT t.typname, t.typdefault FROM pg_type t JOIN pg_namespace n ON "
    f"n.oid = t.typnamespace WHERE t.typdefault IS NOT NULL AND {_SCHEMA}",
    "a constraint": "SELECT coalesce(c.relname, k.conname), pg_get_constraintdef(k.oid) "
    "FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace "
    f"LEFT JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype IN ('c', 'x') AND {_SCHEMA}",
    "a view": "SELECT c.relname, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON "
    f"n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_SCHEMA} AND "
    + _OF_NO_EXTENSION.format("c.oid"),
    "a rule": "SELECT tablename, definition FROM pg_rules r WHERE " + _OURS.format("r.schemaname"),
    "an index": "SELECT tablename, indexdef FROM pg_indexes i WHERE "
    + _OURS.format("i.schemaname"),
    "a function": "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON "
    f"n.oid = p.pronamespace WHERE {_SCHEMA} AND " + _OF_NO_EXTENSION.format("p.oid"),
    "a trigger": "SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON "
    f"c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    f"WHERE NOT t.tgisinternal AND {_SCHEMA}",
    "a policy": "SELECT c.relname, concat_ws(' ', p.polname, pg_get_expr(p.polqual, p.polrelid), "
    "pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p JOIN pg_class c ON "
    f"c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_SCHEMA}",
    "a partition's bound": "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c "
    f"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relpartbound IS NOT NULL AND {_SCHEMA}",
    "a name": "SELECT c.relname, concat_ws(' / ', c.relname, (SELECT string_agg(a.attname, ' / ') "
    "FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) "
    f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_SCHEMA}",
    "a setting": "SELECT 'of the database', unnest(setconfig) FROM pg_db_role_setting "
    "WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())",
    # Each value by itself, as it would be in a row.
    "statistics, which ANALYZE makes anew": "SELECT concat_ws('.', "
    "nullif(s.schemaname, 'public'), s.tablename, s.attname), value FROM pg_stats s, "
    "unnest(most_common_vals::text::text[] || histogram_bounds::text::text[] || "
    "most_common_elems::text::text[]) value WHERE " + _OURS.format("s.schemaname"),
}
#: What cannot be looked into, or does things by itself. Heroku's own event triggers call
#: functions in its own schema.
_REFUSED = {
    "a foreign table, whose rows are elsewhere: DROP FOREIGN TABLE": "SELECT c.relname "
    "FROM pg_class c WHERE c.relkind = 'f'",
    "an event trigger, which runs by itself: DROP EVENT TRIGGER": "SELECT e.evtname "
    "FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_namespace n ON "
    "n.oid = p.pronamespace WHERE n.nspname <> '_heroku' AND " + _OF_NO_EXTENSION.format("e.oid"),
}


@dataclass(frozen=True)
class Entry:
    """A `text` in the catalog, of what is called `name`, which is a column's key where it is one's.

    `what` it is stands in the report, too.
    """

    name: str
    what: str
    text: str

    @property
    def key(self) -> str:
        """What it is called in the report."""
        return f"{self.name} ({self.what})"

    @staticmethod
    def split(text: str) -> Iterator[str]:
        return of_text(text)


def entries(connection: Connection[tuple[Any, ...]]) -> Iterator[Entry]:
    """All texts in the catalog that are the project's own."""
    for what, statement in _TEXTS.items():
        for name, text in connection.execute(statement).fetchall():
            if text:
                yield Entry(str(name), what, text)


def refused(connection: Connection[tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    """The names of what cannot be proven, and why with what to do."""
    for why, statement in _REFUSED.items():
        for (name,) in connection.execute(statement).fetchall():
            yield str(name), why
