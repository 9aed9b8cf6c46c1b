"""What a file removes, which its rules know beforehand: from the database, or from the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from minion.analyser.migrations.rules.context import Context, plain_unique
from minion.analyser.migrations.state.models import Key, Model, together
from minion.analyser.migrations.state.state import State
from minion.analyser.migrations.text.operations import Operation, operation_of
from minion.analyser.migrations.text.source import Source


def removed_null(source: Source, app: str, before: State) -> frozenset[tuple[Key, str]]:
    """The fields that a file removes and that took NULL before it."""
    found = set()
    for operation in _database_side(source.operations):
        name, model = operation.text("name"), before.get(app, operation.model)
        if operation.name == "RemoveField" and model is not None and name is not None:
            item = model.fields.get(name)
            if item is not None and item.is_null and not item.is_many_to_many:
                found.add((model.key, name))
    return frozenset(found)


def removed_unique(
    source: Source, app: str, before: State
) -> frozenset[tuple[Key, frozenset[str]]]:
    """The plain unique constraints that a file removes and that held before it."""
    return frozenset(
        (model.key, columns)
        for operation in _database_side(source.operations)
        for model in [before.get(app, operation.model)]
        if model is not None
        for columns in _unique_of(operation, model)
    )


def _unique_of(operation: Operation, model: Model) -> Iterator[frozenset[str]]:
    name = operation.text("name")
    constraint = model.constraints.get(name) if name is not None else None
    if operation.name == "RemoveConstraint" and constraint is not None:
        columns = plain_unique(constraint)
        if columns is not None and constraint.keywords.get("deferrable") is None:
            yield columns
    elif operation.name == "AlterUniqueTogether":
        wanted = together(operation.get("unique_together"))
        if model.unique is not None and wanted is not None:
            kept = {frozenset(part) for part in wanted}
            yield from ({frozenset(part) for part in model.unique} - kept)


def _database_side(values: object) -> Iterator[Operation]:
    for value in values if isinstance(values, (list, tuple)) else ():
        operation = operation_of(value)
        if not isinstance(operation, Operation):
            continue
        if operation.name == "SeparateDatabaseAndState":
            yield from _database_side(operation.get("database_operations"))
        else:
            yield operation


def state_only_removals(
    operation: Operation, database: Sequence[object], context: Context
) -> Iterator[str]:
    """A warning for each NOT NULL column that is removed from the state alone."""
    dropped = {_column(part) for part in _operations(database)}
    for part in _operations(operation.get("state_operations")):
        if part.name != "RemoveField" or _column(part) in dropped:
            continue
        model, name = context.model(part), part.text("name")
        item = model.fields.get(name) if model is not None and name is not None else None
        if item is None or item.is_null or item.is_many_to_many or item.has_db_default:
            continue
        yield (
            f"line {part.line}: {part.model}.{name} leaves the state but not the table: where the "
            "column is NOT NULL, new code's INSERTs fail, before and after this"
        )


def _operations(values: object) -> Iterable[Operation]:
    for value in values if isinstance(values, (list, tuple)) else ():
        operation = operation_of(value)
        if isinstance(operation, Operation):
            yield operation


def _column(operation: Operation) -> tuple[str, object]:
    if operation.name != "RemoveField":
        return "", operation.line
    return (operation.model or "").lower(), operation.get("name")
