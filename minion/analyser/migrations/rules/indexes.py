"""Rules for indexes, none of which any code depends on."""

from __future__ import annotations

from minion.analyser.migrations.rules.context import Context
from minion.analyser.migrations.rules.effects import Effect, cannot_run, neutral, unknown
from minion.analyser.migrations.state.models import together
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.text.values import Call
from minion.analyser.migrations.verdicts import Kind

_CONCURRENTLY = (
    "AddIndexConcurrently of django.contrib.postgres.operations, in a file with atomic = False"
)
_INDEXES = ("django.db.models.", "django.contrib.postgres.indexes.")


def add_index(operation: Operation, context: Context) -> Effect:
    """CREATE INDEX holds SHARE: nobody writes until it is built."""
    if not _is_djangos(operation):
        return unknown("the index is not one of Django's own classes")
    why = "an index is built while nobody can write"
    return Effect(Kind.EXPAND, why, order_free=True, locks=True, advice=_CONCURRENTLY)


def remove_index(operation: Operation, context: Context) -> Effect:
    """DROP INDEX."""
    return Effect(Kind.EXPAND, "an index goes", order_free=True, exclusive=True)


def rename_index(operation: Operation, context: Context) -> Effect:
    """ALTER INDEX ... RENAME."""
    return Effect(Kind.EXPAND, "an index gets another name", order_free=True)


def alter_together(operation: Operation, context: Context) -> Effect:
    """Indexes by ``index_together``. What was there before is needed for the locks only."""
    model, wanted = context.model(operation), together(operation.get("index_together"))
    old = model.index if model is not None else None
    if old is not None and wanted == old:
        return neutral("the indexes stay as they are")
    adds = wanted is None or bool(wanted - (old or frozenset()))
    removes = old is None or wanted is None or bool(old - wanted)
    return Effect(
        Kind.EXPAND,
        "an index is built while nobody can write" if adds else "an index goes",
        order_free=True,
        locks=adds,
        exclusive=removes,
        advice=_CONCURRENTLY if adds else "",
    )


def refused(context: Context) -> Effect | None:
    """Why a concurrent operation cannot run in this file; None if it can."""
    if context.is_atomic is False:
        return None
    if context.is_atomic is None:
        return unknown("whether the file is atomic is not a literal")
    return cannot_run("not inside a transaction", "set atomic = False in this file")


def add_concurrently(operation: Operation, context: Context) -> Effect:
    """CREATE INDEX CONCURRENTLY: SHARE UPDATE EXCLUSIVE, which lets everybody read and write."""
    index = operation.get("index")
    if not _is_djangos(operation):
        return unknown("the index is not one of Django's own classes")
    name = index.keywords.get("name") if isinstance(index, Call) else None
    return Effect(
        Kind.EXPAND,
        "an index is built while others go on",
        order_free=True,
        builds=(name,) if isinstance(name, str) else (),
        warnings=(may_stay_invalid(operation.line, name),),
    )


def may_stay_invalid(line: int, name: object) -> str:
    """The warning about what a concurrent build leaves (PostgreSQL: CREATE INDEX)."""
    which = name if isinstance(name, str) else "its name"
    return (
        f"line {line}: if the index's build is broken off, by a lock_timeout for instance, an "
        "INVALID index stays and the next try fails on its name: DROP INDEX CONCURRENTLY IF EXISTS "
        f"{which}, then migrate again"
    )


def remove_concurrently(operation: Operation, context: Context) -> Effect:
    """DROP INDEX CONCURRENTLY."""
    return Effect(Kind.EXPAND, "an index goes while others go on", order_free=True)


def _is_djangos(operation: Operation) -> bool:
    """Other classes of indexes may be unique ones."""
    index = operation.get("index")
    return isinstance(index, Call) and index.path.startswith(_INDEXES)
