"""Rules for code, SQL, extensions and collations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from minion.analyser.migrations.rules.context import Context
from minion.analyser.migrations.rules.effects import Effect, cannot_run
from minion.analyser.migrations.rules.indexes import may_stay_invalid
from minion.analyser.migrations.rules.sql import judge_sql
from minion.analyser.migrations.rules.written import written
from minion.analyser.migrations.text.operations import Operation, is_noop
from minion.analyser.migrations.text.values import Ref
from minion.analyser.migrations.verdicts import Kind

_MARK = "if you know it, say so above it: # minion: expand (or contract, neutral) - the reason"


def run_python(operation: Operation, context: Context) -> Effect:
    """Python that nobody carries out here, but whose writes may all be seen."""
    effect = _run(operation, "code", "reverse_code", "it runs Python")
    code = operation.get("code")
    if effect.kind is not Kind.UNKNOWN or not isinstance(code, Ref):
        return effect
    return written(effect, context.writes(code.path), context)


#: What PostgreSQL refuses inside of a transaction (CREATE INDEX, DROP INDEX, REINDEX).
_CONCURRENTLY = re.compile(
    r"\s*(?:(?P<makes>CREATE\s+(?:UNIQUE\s+)?INDEX)|DROP\s+INDEX|REINDEX\b[^;]*?)"
    r"\s+CONCURRENTLY\b(?:\s+IF\s+NOT\s+EXISTS)?\s+(?P<name>(?!ON\b)[\w.\"]+)?",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def run_sql(operation: Operation, context: Context) -> Effect:
    """SQL, as far as it can be read."""
    concurrent = [
        found
        for statement in _statements(operation.get("sql"))
        if (found := _CONCURRENTLY.match(statement)) is not None
    ]
    if context.is_atomic and concurrent:
        return cannot_run("not inside a transaction", "set atomic = False in this file")
    effect = _run(operation, "sql", "reverse_sql", "it runs SQL")
    texts = _texts(operation.get("sql"))
    read = judge_sql(texts, context) if texts and effect.kind is Kind.UNKNOWN else None
    if read is not None:
        effect = replace(
            read, irreversible=effect.irreversible, advice=read.advice or _marked(read, effect)
        )
    made = [match["name"] for match in concurrent if match["makes"]]
    warnings = tuple(may_stay_invalid(operation.line, name) for name in made)
    return replace(effect, warnings=(*effect.warnings, *warnings))


def _marked(read: Effect, effect: Effect) -> str:
    return effect.advice if read.kind is Kind.UNKNOWN else ""


def _run(operation: Operation, forwards: str, backwards: str, what: str) -> Effect:
    irreversible = operation.get(backwards) is None
    if is_noop(operation.options.get(forwards, "?")):
        return Effect(Kind.NEUTRAL, "it does nothing", irreversible=irreversible)
    return Effect(
        Kind.UNKNOWN,
        f"{what}, and what that does is not read",
        irreversible=irreversible,
        works_on_rows=True,
        advice=_MARK,
    )


def create_extension(operation: Operation, context: Context) -> Effect:
    """An extension of PostgreSQL."""
    return Effect(Kind.EXPAND, "an extension of the database", order_free=True)


def create_collation(operation: Operation, context: Context) -> Effect:
    """A collation that nothing uses yet."""
    return Effect(Kind.EXPAND, "a new collation", order_free=True)


def remove_collation(operation: Operation, context: Context) -> Effect:
    """A collation that old code may name."""
    return Effect(Kind.CONTRACT, "old code may name the collation")


def _statements(sql: object) -> Iterator[str]:
    """The statements of a RunSQL, which takes a text, or a list of texts or of (text, values)."""
    if isinstance(sql, str):
        yield from _COMMENT.sub(" ", sql).split(";")
    for part in sql if isinstance(sql, (list, tuple)) else ():
        yield from _statements(part[0] if isinstance(part, (list, tuple)) and part else part)


def _texts(sql: object) -> list[str] | None:
    """The SQL of a RunSQL whose text is all there is to it; None if values are put into it."""
    if isinstance(sql, str):
        return [sql]
    if not isinstance(sql, (list, tuple)):
        return None
    found = []
    for part in sql:
        if isinstance(part, (list, tuple)) and len(part) == 2 and part[1] is None:
            part = part[0]
        if not isinstance(part, str):
            return None
        found.append(part)
    return found
