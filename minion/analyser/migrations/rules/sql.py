"""Rules for the SQL of RunSQL, as far as a parser of PostgreSQL's language reads it.

What is not surely understood is nobody's guess: the answer is None then.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from minion.analyser.migrations.rules import sqltables
from minion.analyser.migrations.rules.context import Context
from minion.analyser.migrations.rules.effects import (
    NEW_TABLE,
    Effect,
    cannot_run_on_rows,
    neutral,
)
from minion.analyser.migrations.verdicts import Kind, combine

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

#: Settings that change how long something takes or waits, and nothing else.
_HARMLESS = frozenset(
    {
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "maintenance_work_mem",
        "work_mem",
        "max_parallel_maintenance_workers",
        "client_min_messages",
    }
)
#: Types that extensions bring; another one may be a domain.
_EXTENSIONS_TYPES = frozenset({"citext", "hstore", "ltree", "geometry", "geography", "vector"})
#: Statements that the parser hands on as text.
_EXTENSION = re.compile(r"CREATE\s+EXTENSION\s+(IF\s+NOT\s+EXISTS\s+)?[\w\"-]+\s*\Z", re.IGNORECASE)
_VALIDATE = re.compile(
    r"ALTER\s+TABLE\s+(ONLY\s+)?[\w.\"]+\s+VALIDATE\s+CONSTRAINT\s+[\w\"]+\s*\Z", re.IGNORECASE
)

_ADVICE = "CREATE INDEX CONCURRENTLY, in a file with atomic = False"
_NOT_NULL = "let it be empty or give it a DEFAULT; SET NOT NULL once every row has a value"


def judge_sql(texts: Sequence[str], context: Context) -> Effect | None:
    """What all statements in `texts` do together, as the strictest of them; None: unknown.

    The rules are those for Django's own operations of the same kind.
    """
    statements = [statement for text in texts for statement in _parsed(text)]
    effects: list[Effect] = []
    for statement in statements:
        effect = _judge(statement, context) if statement is not None else None
        if effect is None:
            return None
        if effect.locks or effect.exclusive:
            effect = replace(effect, tables=_tables(statement))
        held = any(one.exclusive for one in effects)
        if held and (effect.locks or effect.works_on_rows):
            effect = replace(effect, locks=True)
        effects.append(effect)
    return _together(effects) if effects else None


def _parsed(text: str) -> Iterator[Expression | None]:
    """The statements of `text`; None for what is none of PostgreSQL's."""
    # Only where there is SQL: it takes a tenth of a second.
    import sqlglot
    from sqlglot.errors import SqlglotError
    from sqlglot.expressions import Semicolon

    # It would say on standard error what it hands on as text.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        parsed = cast("list[Expression | None]", sqlglot.parse(text, read="postgres"))
        yield from (one for one in parsed if one and not isinstance(one, Semicolon))
    except (SqlglotError, RecursionError):
        yield None


def _together(effects: Sequence[Effect]) -> Effect:
    kind, order_free = combine((one.kind, one.order_free) for one in effects)
    told = [one for one in effects if one.kind is not Kind.NEUTRAL] or effects
    return Effect(
        kind,
        "; ".join(dict.fromkeys(one.why for one in told)),
        order_free=order_free,
        locks=any(one.locks for one in effects),
        exclusive=any(one.exclusive for one in effects),
        lossy=any(one.lossy for one in effects),
        works_on_rows=any(one.works_on_rows for one in effects),
        data=tuple(dict.fromkeys(model for one in effects for model in one.data)),
        warnings=tuple(dict.fromkeys(text for one in effects for text in one.warnings)),
        # Broken off, it can be run again only if it does nothing else.
        builds=_all_built(effects),
        tables=tuple(dict.fromkeys(name for one in effects for name in one.tables)),
        rewrites=any(one.rewrites for one in effects),
        advice=next((one.advice for one in effects if one.advice), ""),
    )


def _tables(statement: Expression | None) -> tuple[str, ...]:
    """The table that a statement is about; nothing where it has another schema."""
    from sqlglot import expressions as exp

    name = sqltables.name_of(statement.find(exp.Table) if statement else None)
    return () if name is None else (name,)


def _all_built(effects: Sequence[Effect]) -> tuple[str, ...]:
    names = tuple(name for one in effects for name in one.builds)
    return names if all(one.builds for one in effects) else ()


def _judge(statement: Expression, context: Context) -> Effect | None:
    from sqlglot import expressions as exp

    if isinstance(statement, exp.Create):
        return _create(statement, context)
    if isinstance(statement, exp.Drop):
        is_index = statement.args.get("kind") == "INDEX"
        return _drop_index(statement) if is_index else sqltables.drop(statement)
    if isinstance(statement, exp.Alter):
        return _alter(statement, context)
    if isinstance(statement, (exp.Update, exp.Insert, exp.Delete)):
        return sqltables.rows(statement, context)
    if isinstance(statement, exp.Comment):
        return neutral("a comment in the database")
    if isinstance(statement, exp.Set):
        return _set(statement)
    if isinstance(statement, exp.Analyze):
        return neutral("statistics are made anew")
    if isinstance(statement, exp.Command):
        return _command(f"{statement.this} {statement.args.get('expression') or ''}")
    return None


def _create(statement: Expression, context: Context) -> Effect | None:
    from sqlglot import expressions as exp

    kind, words = statement.args.get("kind"), statement.args
    if words.get("replace") or (kind != "INDEX" and statement.find(exp.Anonymous)):
        # What is replaced is in use; a function may do anything.
        return None
    if kind == "INDEX":
        if sqltables.is_created(sqltables.name_of(statement.this.args.get("table")), context):
            return NEW_TABLE
        if words.get("unique"):
            why = "old code may write rows that it refuses"
            quiet = bool(words.get("concurrently"))
            builds = _index_name(statement) if quiet else ()
            advice = "" if quiet else _ADVICE
            return Effect(Kind.CONTRACT, why, locks=not quiet, advice=advice, builds=builds)
        if words.get("concurrently"):
            why = "an index is built while others go on"
            return Effect(Kind.EXPAND, why, order_free=True, builds=_index_name(statement))
        why = "an index is built while nobody can write"
        return Effect(Kind.EXPAND, why, order_free=True, locks=True, advice=_ADVICE)
    if kind == "VIEW":
        return Effect(Kind.EXPAND, "a new view", works_on_rows=True)
    if kind == "SEQUENCE":
        return Effect(Kind.EXPAND, "a new sequence")
    if kind == "TABLE":
        if statement.find(exp.ForeignKey, exp.Reference):
            return Effect(Kind.EXPAND, "a new table", exclusive=True)
        return Effect(Kind.EXPAND, "a new table", works_on_rows=bool(words.get("expression")))
    return None


def _index_name(statement: Expression) -> tuple[str, ...]:
    """The name of the index that is made, as PostgreSQL keeps it; nothing where it has none."""
    made = statement.this.this
    if made is None or not made.name:
        return ()
    return (made.name if made.args.get("quoted") else made.name.lower(),)


def _drop_index(statement: Expression) -> Effect | None:
    if statement.args.get("cascade"):
        return None
    is_quiet = bool(statement.args.get("concurrently"))
    return Effect(Kind.EXPAND, "an index goes", order_free=True, exclusive=not is_quiet)


def _alter(statement: Expression, context: Context) -> Effect | None:
    from sqlglot import expressions as exp

    actions = statement.args.get("actions") or []
    kind = statement.args.get("kind")
    if kind == "INDEX" and all(isinstance(action, exp.AlterRename) for action in actions):
        return Effect(Kind.EXPAND, "an index gets another name", order_free=True)
    if kind != "TABLE" or not actions:
        return None
    if sqltables.is_created(sqltables.name_of(statement.this), context):
        return NEW_TABLE
    others = sqltables.actions(statement, context)
    effects = [
        _column(action) if isinstance(action, exp.ColumnDef) else other
        for action, other in zip(actions, others)
    ]
    found = [effect for effect in effects if effect is not None]
    return _together(found) if len(found) == len(effects) else None


def _column(column: Expression) -> Effect | None:
    """A new column: old code's INSERTs leave it out, so it must do without a value."""
    from sqlglot import expressions as exp

    if not _is_plain(column.args.get("kind")):
        return None
    is_required, default = False, None
    for constraint in column.args.get("constraints") or []:
        said = constraint.args.get("kind")
        if isinstance(said, exp.NotNullColumnConstraint):
            is_required = not said.args.get("allow_null")
        elif isinstance(said, exp.DefaultColumnConstraint):
            default = said.this
        else:
            return None
    if default is None:
        if is_required:
            return cannot_run_on_rows(
                "NOT NULL without any default, while the table has rows", _NOT_NULL
            )
        return Effect(Kind.EXPAND, "a column that may stay empty", exclusive=True)
    if isinstance(default, exp.Cast):
        default = default.this
    if isinstance(default, (exp.Literal, exp.Boolean, exp.Null)):
        if is_required and isinstance(default, exp.Null):
            return None
        return Effect(Kind.EXPAND, "the database fills it in", exclusive=True)
    why = "the database fills it in, row by row: its default is not a constant"
    return Effect(Kind.EXPAND, why, locks=True, exclusive=True)


def _is_plain(kind: Expression | None) -> bool:
    """Whether it is a type without a sequence, nor a domain, which may have conditions."""
    from sqlglot import expressions as exp

    if not isinstance(kind, exp.DataType):
        return False
    name = str(kind.args.get("kind") or kind.sql("postgres")).lower()
    if kind.this == exp.DataType.Type.USERDEFINED:
        return name in _EXTENSIONS_TYPES
    return "serial" not in name


def _set(statement: Expression) -> Effect | None:
    from sqlglot import expressions as exp

    names = [column.name.lower() for column in statement.find_all(exp.Column)]
    items = statement.args.get("expressions") or []
    if len(names) != len(items) or not names or not _HARMLESS.issuperset(names):
        return None
    return neutral("a setting of the session")


def _command(text: str) -> Effect | None:
    text = " ".join(text.split())
    if _EXTENSION.match(text):
        return Effect(Kind.EXPAND, "an extension of the database", order_free=True)
    if _VALIDATE.match(text):
        why = "rows are checked while others go on"
        return Effect(Kind.EXPAND, why, order_free=True, works_on_rows=True)
    return sqltables.command(text)
