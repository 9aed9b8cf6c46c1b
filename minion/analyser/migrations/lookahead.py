"""What the rules know about the rest of a file: what it removes, and what it has made so far."""

from __future__ import annotations

from collections.abc import Iterator

from minion.analyser.migrations.calls import Operation, operation_of
from minion.analyser.migrations.effects import Effect
from minion.analyser.migrations.fields import Field, field_of
from minion.analyser.migrations.kinds import Kind
from minion.analyser.migrations.models import Key, Model, together
from minion.analyser.migrations.scene import Scene, plain_unique
from minion.analyser.migrations.source import Source
from minion.analyser.migrations.state import State, model_of


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


def note_changes(operation: Operation, effect: Effect, scene: Scene) -> None:
    """Remember what an operation, just judged, has made in the database."""
    key = scene.key(operation)
    if operation.name == "CreateModel":
        model = model_of(operation, scene.app, scene.label)
        if effect.kind is Kind.EXPAND and model is not None and model.surely_has_table:
            scene.created.add(key)
    elif operation.name == "DeleteModel":
        scene.created.discard(key)
        scene.added_null = {pair for pair in scene.added_null if pair[0] != key}
    elif operation.name == "RenameModel":
        _rename_model(operation, key, scene)
    elif operation.name == "RenameField":
        _rename_field(operation, key, scene)
    elif operation.name in ("AddField", "AlterField", "RemoveField"):
        _note_field(operation, effect, key, scene)


def _note_field(operation: Operation, effect: Effect, key: Key, scene: Scene) -> None:
    name = operation.text("name") or ""
    was_added = (key, name) in scene.added_null
    scene.added_null.discard((key, name))
    item = field_of(operation.get("field"))
    is_new = operation.name == "AddField" and effect.kind is Kind.EXPAND
    if item is not None and _stays_null(item) and (is_new or was_added):
        scene.added_null.add((key, name))


def _stays_null(item: Field) -> bool:
    """Whether the column is NULL in every row until new code writes it."""
    return (
        item.family is not None
        and item.is_null is True
        and not item.is_open
        and not (item.is_many_to_many or item.is_generated)
        and not (item.has_default or item.has("db_default") or item.has_auto_now)
    )


def _rename_model(operation: Operation, key: Key, scene: Scene) -> None:
    renamed = (scene.app, (operation.text("new_name") or "").lower())
    if key in scene.created:
        scene.created.discard(key)
        scene.created.add(renamed)
    scene.added_null = {
        (renamed if owner == key else owner, name) for owner, name in scene.added_null
    }


def _rename_field(operation: Operation, key: Key, scene: Scene) -> None:
    old, new = operation.text("old_name"), operation.text("new_name")
    if old is not None and new is not None and (key, old) in scene.added_null:
        scene.added_null.discard((key, old))
        scene.added_null.add((key, new))
