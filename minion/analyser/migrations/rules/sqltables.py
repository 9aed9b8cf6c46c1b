"""Rules for SQL on tables that are there: altered, dropped, written. As Django's operations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from minion.analyser.migrations.rules.context import Context, NeedWholeTree
from minion.analyser.migrations.rules.effects import NEW_TABLE, Effect, breaking, unknown
from minion.analyser.migrations.rules.written import written
from minion.analyser.migrations.state.fields import Field
from minion.analyser.migrations.state.models import Model
from minion.analyser.migrations.state.state import State
from minion.analyser.migrations.verdicts import Kind
from minion.analyser.migrations.writes import Write

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

_NOT_VALID = "add it NOT VALID, then VALIDATE CONSTRAINT in a migration of its own"
_DROP_LATER = "DROP NOT NULL or SET DEFAULT in a release before the one that drops it"
_OLD_ROWS = "old code may write rows that it refuses"
#: What the parser hands on as text.
_USING = re.compile(
    r"ALTER TABLE (?:ONLY )?[\w.\"]+ ADD CONSTRAINT [\w\"]+ UNIQUE USING INDEX [\w\"]+",
    re.IGNORECASE,
)
_RENAME = re.compile(
    r"ALTER TABLE (?:ONLY )?[\w.\"]+ RENAME CONSTRAINT [\w\"]+ TO [\w\"]+", re.IGNORECASE
)


def name_of(table: Expression | None) -> str | None:
    """The table's name as PostgreSQL keeps it; None for one of another schema."""
    from sqlglot import expressions as exp

    if isinstance(table, exp.Schema):
        table = table.this
    if not isinstance(table, exp.Table) or table.db not in ("", "public"):
        return None
    return _word(table.this)


def is_created(table: str | None, context: Context) -> bool:
    """Whether this file makes the table, so that no old code knows it."""
    owner = context.state.owner(table, ("", "")) if table else None
    return owner is not None and owner.key in context.created


def command(text: str) -> Effect | None:
    """What a statement does that the parser hands on as text; None: not known."""
    if _USING.fullmatch(text):
        return Effect(Kind.CONTRACT, _OLD_ROWS, exclusive=True)
    if _RENAME.fullmatch(text):
        return Effect(
            Kind.EXPAND, "a constraint gets another name", order_free=True, exclusive=True
        )
    return None


def drop(statement: Expression) -> Effect | None:
    """DROP TABLE or VIEW: new code does not use what goes, old code may."""
    kind = statement.args.get("kind")
    if statement.args.get("cascade") or kind not in ("TABLE", "VIEW"):
        return None
    why = f"old code may use the {str(kind).lower()} until it is gone"
    return Effect(Kind.CONTRACT, why, lossy=kind == "TABLE", exclusive=True)


def actions(statement: Expression, context: Context) -> Iterator[Effect | None]:
    """What each action of an ALTER TABLE does but ADD COLUMN; None: not known."""
    from sqlglot import expressions as exp

    table = name_of(statement.this)
    for action in statement.args.get("actions") or []:
        if isinstance(action, exp.AddConstraint):
            yield _add_constraint(action, bool(statement.args.get("not_valid")))
        elif isinstance(action, exp.AlterColumn):
            yield _alter_column(action, table, context)
        elif isinstance(action, exp.Drop):
            yield _drop_part(action, table, context)
        elif isinstance(action, exp.AlterRename):
            yield breaking("the table is renamed")
        elif isinstance(action, exp.RenameColumn):
            yield breaking("a column is renamed")
        else:
            yield None


def _add_constraint(action: Expression, not_valid: bool) -> Effect | None:
    from sqlglot import expressions as exp

    if action.find(exp.PrimaryKey, exp.PrimaryKeyColumnConstraint, exp.Anonymous):
        return None
    checked = action.find(exp.CheckColumnConstraint, exp.ForeignKey)
    others = action.find(exp.UniqueColumnConstraint, exp.ExcludeColumnConstraint)
    if checked is None and others is None:
        return None
    return Effect(
        Kind.CONTRACT,
        _OLD_ROWS,
        locks=not not_valid,
        exclusive=True,
        advice="" if not_valid or checked is None else _NOT_VALID,
    )


def _alter_column(action: Expression, table: str | None, context: Context) -> Effect | None:
    words = action.args
    if words.get("dtype") is not None or words.get("comment") is not None:
        return None
    if words.get("allow_null") is True:
        return Effect(Kind.EXPAND, "the column takes NULL", exclusive=True)
    if words.get("allow_null") is False and not words.get("drop"):
        return Effect(Kind.CONTRACT, "the column becomes NOT NULL", locks=True, exclusive=True)
    if words.get("default") is not None:
        return Effect(Kind.EXPAND, "the database fills the column in", exclusive=True)
    if words.get("drop") and words.get("allow_null") is None:
        found = _field(action.this, table, context.state, context)
        free = isinstance(found, Field) and found.is_null is True
        kind = Kind.EXPAND if free else Kind.CONTRACT
        return Effect(kind, "no default in the database any more", order_free=free, exclusive=True)
    return None


def _drop_part(action: Expression, table: str | None, context: Context) -> Effect | None:
    kind = action.args.get("kind")
    if action.args.get("cascade"):
        return None
    if kind == "CONSTRAINT":
        return Effect(Kind.EXPAND, "new code may write rows that it refuses", exclusive=True)
    columns = action.args.get("tables") or [action.this]
    if kind != "COLUMN" or len(columns) != 1:
        return None
    return _drop_column(columns[0].this, table, context)


def _drop_column(column: Expression, table: str | None, context: Context) -> Effect:
    old = _field(column, table, context.released, context)
    gone = "old code selects the column in every query"
    if isinstance(old, Unknowable):
        effect = unknown("whether old code knows the column cannot be told")
    elif old is None:
        why = "a column that no code knows any more"
        return Effect(Kind.EXPAND, why, order_free=True, lossy=True, exclusive=True)
    elif old.is_null or old.is_generated or (old.field_class and old.has_db_default):
        effect = Effect(Kind.CONTRACT, gone)
    elif old.field_class is None or old.is_null is None or old.has_db_default is None:
        effect = unknown("whether the column takes NULL cannot be told")
    else:
        effect = breaking(f"{gone}, and new code's INSERTs leave it out: it is NOT NULL")
    return Effect(effect.kind, effect.why, lossy=True, exclusive=True, advice=_DROP_LATER)


class Unknowable:
    """Stands for a field of which nothing can be told."""


def _field(
    column: Expression, table: str | None, state: State, context: Context
) -> Field | Unknowable | None:
    """The field that has a column of a table; None if there surely is none."""
    owner = state.owner(table, ("", "")) if table else None
    if owner is None and not context.sees_all:
        raise NeedWholeTree
    if owner is None or not owner.is_complete or state.incomplete:
        return Unknowable()
    found = {
        item.column(name): item for name, item in owner.fields.items() if not item.is_many_to_many
    }
    # One whose column cannot be told may be anywhere.
    return found.get(_word(column), Unknowable() if None in found else None)


def rows(statement: Expression, context: Context) -> Effect | None:
    """UPDATE, INSERT and DELETE; None where more may happen than they say."""
    from sqlglot import expressions as exp

    writing = (exp.Update, exp.Insert, exp.Delete, exp.Anonymous, exp.Command)
    if sum(1 for _ in statement.find_all(*writing)) != 1:
        return None
    table = name_of(statement.this)
    if is_created(table, context):
        return NEW_TABLE
    owner = context.state.owner(table, ("", "")) if table else None
    if owner is None:
        if table and not context.sees_all:
            raise NeedWholeTree
        return None
    verb = type(statement).__name__.lower()
    write = Write(owner.label, owner.name, verb, _set(statement, owner), 0)
    effect = Effect(Kind.UNKNOWN, "it runs SQL", works_on_rows=True)
    return written(effect, (write,), context, by="SQL")


def _set(statement: Expression, model: Model) -> frozenset[str] | None:
    """The fields that an UPDATE sets; None where they are not known."""
    from sqlglot import expressions as exp

    names = {item.column(name): name for name, item in model.fields.items()}
    words = [
        part.this.name if isinstance(part, exp.EQ) and isinstance(part.this, exp.Column) else ""
        for part in statement.args.get("expressions") or []
    ]
    fields = {names.get(word) for word in words}
    return frozenset(name for name in fields if name) if fields and None not in fields else None


def _word(part: Expression | None) -> str | None:
    """An identifier as PostgreSQL keeps it."""
    name = getattr(part, "name", "")
    if not name or part is None:
        return None
    return str(name) if part.args.get("quoted") else str(name).lower()
