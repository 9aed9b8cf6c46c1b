"""Columns that Django forgets while the table keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from minion.analyser.migrations.calls import Operation, operation_of
from minion.analyser.migrations.scene import Scene


def state_only_removals(
    operation: Operation, database: Sequence[object], scene: Scene
) -> Iterator[str]:
    """A warning for each NOT NULL column that is removed from the state alone."""
    dropped = {_column(part) for part in _operations(database)}
    for part in _operations(operation.get("state_operations")):
        if part.name != "RemoveField" or _column(part) in dropped:
            continue
        model, name = scene.model(part), part.text("name")
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
