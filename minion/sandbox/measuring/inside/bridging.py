"""SQL for PostgreSQL by which old and new code find what they know in the same table."""

import datetime
import uuid

from django.db import models
from django.utils import timezone

#: What is called for every row, and what PostgreSQL calls for it.
_CALLED = {
    timezone.now: "now()",
    datetime.date.today: "CURRENT_DATE",
    uuid.uuid4: "gen_random_uuid()",
}
#: PostgreSQL cuts longer names.
_LONGEST_NAME = 63


def trigger_name(table, old, new):
    return f"{table}_{old}_is_{new}"[:_LONGEST_NAME]


def synchronised(connection, table, name, old, new):
    """The SQL that keeps two columns alike by a trigger, and the SQL that takes it away."""
    table, name, old, new = map(connection.ops.quote_name, (table, name, old, new))
    make = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "BEGIN\n"
        "    IF TG_OP = 'INSERT' THEN\n"
        f"        NEW.{new} := COALESCE(NEW.{new}, NEW.{old});\n"
        f"        NEW.{old} := COALESCE(NEW.{old}, NEW.{new});\n"
        f"    ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN\n"
        f"        NEW.{old} := NEW.{new};\n"
        f"    ELSIF NEW.{old} IS DISTINCT FROM OLD.{old} THEN\n"
        f"        NEW.{new} := NEW.{old};\n"
        "    END IF;\n"
        "    RETURN NEW;\n"
        "END $$;\n"
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table}\n"
        f"    FOR EACH ROW EXECUTE FUNCTION {name}();"
    )
    return make, f"DROP TRIGGER {name} ON {table};\nDROP FUNCTION {name}();"


def view(connection, old, new):
    """A view that can be written to (PostgreSQL: CREATE VIEW, Updatable Views)."""
    quote = connection.ops.quote_name
    pairs = zip(new._meta.local_concrete_fields, old._meta.local_concrete_fields)
    columns = ", ".join(f"{quote(now.column)} AS {quote(was.column)}" for now, was in pairs)
    view, table = quote(old._meta.db_table), quote(new._meta.db_table)
    return f"CREATE VIEW {view} AS SELECT {columns} FROM {table};", f"DROP VIEW {view};"


def default_sql(connection, field):
    """The value for rows that have none, as SQL; None if there is none."""
    is_moment = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if is_moment:
        if isinstance(field, models.DateTimeField):
            return "now()"
        return "CURRENT_DATE" if isinstance(field, models.DateField) else "LOCALTIME"
    if callable(field.default) and field.default in _CALLED:
        return _CALLED[field.default]
    with connection.schema_editor(collect_sql=True) as editor:
        value = editor.effective_default(field)
        return None if value is None else str(editor.quote_value(value))
