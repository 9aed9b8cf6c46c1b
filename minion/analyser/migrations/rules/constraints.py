"""Rules for constraints, which new rows and old ones must meet."""

from __future__ import annotations

from minion.analyser.migrations.rules.checkconditions import fields_of_check
from minion.analyser.migrations.rules.context import Context, plain_unique
from minion.analyser.migrations.rules.effects import Effect, neutral, unknown
from minion.analyser.migrations.state.models import Key, Together, together
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.text.values import Call
from minion.analyser.migrations.verdicts import Kind

_HOMES = ("django.db.models.", "django.contrib.postgres.constraints.")
_KINDS = ("CheckConstraint", "UniqueConstraint", "ExclusionConstraint")
_NOT_VALID = "AddConstraintNotValid now, ValidateConstraint in a migration of its own after it"
_UNIQUE = (
    "build the index first: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... USING INDEX, "
    "in SeparateDatabaseAndState"
)


def add_constraint(operation: Operation, context: Context) -> Effect:
    """Old code may write what the constraint refuses; every row there is gets checked."""
    constraint = operation.get("constraint")
    name = _kind_of(constraint)
    if name is None or not isinstance(constraint, Call):
        return unknown("the constraint is not one of Django's own classes")
    advice = _NOT_VALID if name == "CheckConstraint" else _UNIQUE
    if _is_met_by_null(constraint, name, operation, context):
        why = "it covers a column that this file adds, which is NULL in all that old code writes"
        return _added(Kind.EXPAND, why, advice)
    columns = plain_unique(constraint)
    if columns is not None and _only_looser(columns, constraint, operation, context):
        return _added(Kind.EXPAND, "it asks for less than the one that it replaces", advice)
    return _added(Kind.CONTRACT, "old code may write rows that it refuses", advice)


def _added(kind: Kind, why: str, advice: str) -> Effect:
    return Effect(kind, why, locks=True, exclusive=True, advice=advice)


def _kind_of(constraint: object) -> str | None:
    if not isinstance(constraint, Call) or not constraint.path.startswith(_HOMES):
        return None
    name = constraint.path.rpartition(".")[2]
    return name if name in _KINDS and not constraint.is_open else None


def _is_met_by_null(constraint: Call, name: str, operation: Operation, context: Context) -> bool:
    key = context.key(operation)
    added = {column for owner, column in context.added_null if owner == key}
    if not added:
        return False
    if name == "CheckConstraint":
        words = constraint.keywords
        columns = fields_of_check(words.get("condition", words.get("check")))
        return columns is not None and columns <= added
    if name == "UniqueConstraint":
        if constraint.keywords.get("nulls_distinct") not in (None, True):
            return False
        columns = _strings(constraint.keywords.get("fields"))
    else:
        columns = _excluded(constraint.keywords.get("expressions"))
    return bool(columns & added)


def _strings(value: object) -> frozenset[str]:
    if not isinstance(value, (list, tuple)):
        return frozenset()
    return frozenset(part for part in value if isinstance(part, str))


def _excluded(value: object) -> frozenset[str]:
    """The plain columns among the expressions of an ExclusionConstraint."""
    found = set()
    for part in value if isinstance(value, (list, tuple)) else ():
        column = part[0] if isinstance(part, (list, tuple)) and len(part) == 2 else None
        if isinstance(column, Call) and column.path.endswith(".F") and len(column.args) == 1:
            column = column.args[0]
        if isinstance(column, str):
            found.add(column)
    return frozenset(found)


def _only_looser(
    columns: frozenset[str], constraint: Call, operation: Operation, context: Context
) -> bool:
    """Whether a constraint that this file removes forbade all that this one forbids."""
    if constraint.keywords.get("nulls_distinct") not in (None, True):
        return False
    return _replaces(columns, context.key(operation), context)


def _replaces(columns: frozenset[str], key: Key, context: Context) -> bool:
    return any(owner == key and old <= columns for owner, old in context.removed_unique)


def remove_constraint(operation: Operation, context: Context) -> Effect:
    """Old code may go on; new code may write what the constraint still refuses."""
    name, model = operation.get("name"), context.model(operation)
    constraint = model.constraints.get(name) if model and isinstance(name, str) else None
    why, free = "new code may write rows that it refuses", False
    if constraint is not None and _loses_column(constraint, operation, context):
        why, free = "it covers a column that this file removes, which new code leaves NULL", True
    return Effect(Kind.EXPAND, why, order_free=free, exclusive=True)


def _loses_column(constraint: Call, operation: Operation, context: Context) -> bool:
    """Whether new code, for which a column is gone, meets the constraint by leaving it NULL."""
    name, key = _kind_of(constraint), context.key(operation)
    removed = {column for owner, column in context.removed_null if owner == key}
    if name == "CheckConstraint":
        words = constraint.keywords
        columns = fields_of_check(words.get("condition", words.get("check")))
        return columns is not None and columns <= removed
    if name == "ExclusionConstraint":
        return bool(_excluded(constraint.keywords.get("expressions")) & removed)
    return bool((plain_unique(constraint) or frozenset()) & removed)


def alter_unique(operation: Operation, context: Context) -> Effect:
    """``unique_together``, as unique constraints that come and go."""
    wanted, old = together(operation.get("unique_together")), context.unique_before(operation)
    if wanted is None:
        return unknown("the new sets of columns are not literals")
    if old is None:
        if not wanted:
            return Effect(
                Kind.EXPAND, "sets of columns need not be unique any more", exclusive=True
            )
        return unknown("the sets of columns that were unique before are not known")
    added, removed = _by_columns(wanted) - _by_columns(old), _by_columns(old) - _by_columns(wanted)
    if not added and not removed:
        return neutral("the same sets of columns stay unique")
    return _changed_unique(added, removed, operation, context)


def _by_columns(sets: Together) -> set[frozenset[str]]:
    return {frozenset(part) for part in sets}


def _changed_unique(
    added: set[frozenset[str]],
    removed: set[frozenset[str]],
    operation: Operation,
    context: Context,
) -> Effect:
    key = context.key(operation)
    added_here = {column for owner, column in context.added_null if owner == key}
    strict = [
        columns
        for columns in added
        if not columns & added_here and not any(old <= columns for old in removed)
        if not _replaces(columns, key, context)
    ]
    if not added:
        free = all(any((key, name) in context.removed_null for name in part) for part in removed)
        why = "sets of columns need not be unique any more"
        return Effect(Kind.EXPAND, why, order_free=free, exclusive=True)
    if not strict:
        return _added(Kind.EXPAND, "the new sets forbid nothing that old code writes", _UNIQUE)
    why = "old code may write rows that are not unique by the new sets"
    if not removed:
        return _added(Kind.CONTRACT, why, _UNIQUE)
    return _added(Kind.BREAKING, f"{why}, and new code rows that the old sets refuse", _UNIQUE)


def add_not_valid(operation: Operation, context: Context) -> Effect:
    """New rows are checked from now on, those there are by ValidateConstraint."""
    why = "old code may write rows that it refuses"
    return Effect(Kind.CONTRACT, why, exclusive=True)


def validate(operation: Operation, context: Context) -> Effect:
    """All rows are checked under SHARE UPDATE EXCLUSIVE, which hinders nobody."""
    return Effect(
        Kind.EXPAND, "rows are checked while others go on", order_free=True, works_on_rows=True
    )
