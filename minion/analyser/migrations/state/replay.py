"""What each operation does to the models, carried out on their replayed state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from minion.analyser.migrations.state.fields import field_of
from minion.analyser.migrations.state.models import (
    Key,
    Model,
    literal_options,
    named_constraints,
    pointing_at,
    together,
)
from minion.analyser.migrations.state.relations import follow
from minion.analyser.migrations.state.state import State, model_of
from minion.analyser.migrations.text.operations import (
    Operation,
    UnknownOperation,
    is_noop,
    operation_of,
    strings_in,
)
from minion.analyser.migrations.text.values import Unknown

#: Options that AlterModelOptions takes away where it does not name them
#: (``ALTER_OPTION_KEYS`` in django/db/migrations/operations/models.py). Only one decides here.
_ALTERABLE = ("managed",)


def forget_unread(state: State, doubt: Unknown | None, app: str) -> None:
    """Give up what a file may have changed whose list of operations was not read."""
    if doubt is None:
        return
    if not doubt.choices:
        state.forget(app)
    for choice in doubt.choices:
        if not isinstance(choice, (list, tuple)):
            state.forget(app)
            continue
        for operation in map(operation_of, choice):
            if isinstance(operation, UnknownOperation):
                state.forget(app, operation.strings)
            elif operation.name in _CHANGES and operation.model is None:
                state.forget(app)
            elif operation.name in _CHANGES and state.get(app, operation.model) is not None:
                state.forget(app, frozenset([(operation.model or "").lower()]))


def apply(state: State, operation: Operation | UnknownOperation, app: str, label: str) -> None:
    """Carry out what an operation does to the models of its app."""
    if isinstance(operation, UnknownOperation):
        state.forget(app, operation.strings)
        state.left_tables.clear()
        state.relations.clear()
        return
    if operation.name == "RunPython" and not is_noop(operation.get("code")):
        state.left_tables.clear()
    change = _CHANGES.get(operation.name)
    if change is not None and not change(state, operation, app, label):
        state.forget(app)
    follow(state.relations, operation, app)


def apply_all(state: State, values: object, app: str, label: str) -> None:
    """`apply` to each of a list; a list that cannot be read tears the app."""
    if values is None:
        return
    if not isinstance(values, (list, tuple)):
        state.forget(app)
        return
    for value in values:
        apply(state, operation_of(value), app, label)


def _create(state: State, operation: Operation, app: str, label: str) -> bool:
    model = model_of(operation, app, label)
    if model is not None:
        state.put(model)
        state.made(model.key)
        state.left_tables.pop(model.table or "", None)
    return model is not None


def _delete(state: State, operation: Operation, app: str, label: str) -> bool:
    name = operation.text("name")
    if name is not None:
        state.models.pop((app, name.lower()), None)
        state.made((app, name.lower()))
    return name is not None


def _rename(state: State, operation: Operation, app: str, label: str) -> bool:
    old, new = operation.text("old_name"), operation.text("new_name")
    if old is None or new is None:
        return False
    target = f"{label}.{old}".lower()
    for key in {other.key for other, _ in pointing_at(state.models.values(), target)}:
        state.put(_pointed_anew(state.models[key], target, f"{label}.{new}"))
    model = state.models.pop((app, old.lower()), None)
    if model is not None:
        state.put(replace(model, name=new))
    return True


def _pointed_anew(model: Model, target: str, renamed: str) -> Model:
    """The model, its relations to `target` pointing at the new name."""
    fields = dict(model.fields)
    for name, link in model.fields.items():
        if link.has("to") and link.get("to") != "self" and model.target_of(link) == target:
            fields[name] = replace(link, options={**link.options, "to": renamed})
    return replace(model, fields=fields)


def _add_field(state: State, operation: Operation, app: str, label: str) -> bool:
    state.made((app, (operation.model or "").lower()), operation.text("name") or "?")
    return _set_field(state, operation, app, label, keeps_identity=False)


def _alter_field(state: State, operation: Operation, app: str, label: str) -> bool:
    return _set_field(state, operation, app, label, keeps_identity=True)


def _set_field(
    state: State, operation: Operation, app: str, label: str, *, keeps_identity: bool
) -> bool:
    model, name = state.get(app, operation.text("model_name")), operation.text("name")
    if operation.text("model_name") is None or name is None:
        return False
    if model is None:
        doubt = Unknown(0, "the migration that made it was not read")
        options: dict[str, object] = {"managed": doubt, "db_table": doubt}
        shell = operation.text("model_name") or ""
        model = Model(app, label, shell, {}, False, options, None, None)
    made = field_of(operation.get("field"))
    fields = dict(model.fields)
    old = fields.pop(name, None)
    if made is None:
        state.put(replace(model, fields=fields, is_complete=False))
        return True
    if operation.options.get("preserve_default", True) is not True:
        made = made.without_default()
    if old is not None and keeps_identity:
        made = replace(made, identity=old.identity)
    state.put(replace(model, fields={**fields, name: made}))
    return True


def _remove_field(state: State, operation: Operation, app: str, label: str) -> bool:
    model, name = state.get(app, operation.text("model_name")), operation.text("name")
    if model is not None and name is not None:
        fields = {key: item for key, item in model.fields.items() if key != name}
        state.put(replace(model, fields=fields))
        state.made(model.key, name)
    return operation.text("model_name") is not None and name is not None


def _rename_field(state: State, operation: Operation, app: str, label: str) -> bool:
    old, new = operation.text("old_name"), operation.text("new_name")
    if operation.text("model_name") is None or old is None or new is None:
        return False
    model = state.get(app, operation.text("model_name"))
    if model is not None:
        fields = {new if key == old else key: item for key, item in model.fields.items()}
        state.put(
            replace(
                model,
                fields=fields,
                unique=_renamed(model.unique, old, new),
                index=_renamed(model.index, old, new),
            )
        )
    return True


def _renamed(
    sets: frozenset[tuple[str, ...]] | None, old: str, new: str
) -> frozenset[tuple[str, ...]] | None:
    if sets is None:
        return None
    return frozenset(tuple(new if name == old else name for name in part) for part in sets)


def _set_options(state: State, operation: Operation, app: str, label: str) -> bool:
    model = state.get(app, operation.text("name"))
    if model is not None:
        kept = {key: item for key, item in model.options.items() if key not in _ALTERABLE}
        given = literal_options(operation.get("options"))
        changed = {key: given[key] for key in _ALTERABLE if key in given}
        state.put(replace(model, options={**kept, **changed}))
    return operation.text("name") is not None


def _set_table(state: State, operation: Operation, app: str, label: str) -> bool:
    model = state.get(app, operation.text("name"))
    if model is not None:
        options = {**model.options, "db_table": operation.get("table")}
        state.put(replace(model, options=options))
    return operation.text("name") is not None


def _set_unique(state: State, operation: Operation, app: str, label: str) -> bool:
    model = state.get(app, operation.text("name"))
    if model is not None:
        state.put(replace(model, unique=together(operation.get("unique_together"))))
    return operation.text("name") is not None


def _set_index(state: State, operation: Operation, app: str, label: str) -> bool:
    model = state.get(app, operation.text("name"))
    if model is not None:
        state.put(replace(model, index=together(operation.get("index_together"))))
    return operation.text("name") is not None


def _set_constraint(state: State, operation: Operation, app: str, label: str) -> bool:
    model = state.get(app, operation.text("model_name"))
    if model is not None:
        made = named_constraints([operation.get("constraint")])
        state.put(replace(model, constraints={**model.constraints, **made}))
    return operation.text("model_name") is not None


def _drop_constraint(state: State, operation: Operation, app: str, label: str) -> bool:
    model, name = state.get(app, operation.text("model_name")), operation.get("name")
    if model is not None:
        kept = {key: item for key, item in model.constraints.items() if key != name}
        state.put(replace(model, constraints=kept))
    return operation.text("model_name") is not None


def _run_sql(state: State, operation: Operation, app: str, label: str) -> bool:
    words = strings_in(operation.get("sql"))
    for table in list(state.left_tables):
        if words is None or any(table.lower() in word for word in words):
            del state.left_tables[table]
    _apply_to_state_alone(state, operation, app, label)
    return True


def _separate(state: State, operation: Operation, app: str, label: str) -> bool:
    kept = _kept_tables(state, operation, app)
    _apply_to_state_alone(state, operation, app, label)
    for table, model in kept.items():
        if state.owner(table, (app, "")) is None:
            state.left_tables[table] = model
    return True


def _apply_to_state_alone(state: State, operation: Operation, app: str, label: str) -> None:
    """Carry out `state_operations`, and note what they make that nothing makes in the database."""
    before = _parts_of(state, app)
    known = state.relations.fork()
    apply_all(state, operation.get("state_operations"), app, label)
    state.relations.keep(known)
    new = _parts_of(state, app) - before
    database = operation.get("database_operations")
    for inner in map(operation_of, database if isinstance(database, (list, tuple)) else ()):
        if isinstance(inner, Operation) and inner.name in ("CreateModel", "AddField"):
            key, name = (app, (inner.model or "").lower()), inner.text("name") or ""
            is_model = inner.name == "CreateModel"
            new = {part for part in new if part[0] != key or not (is_model or part[1] == name)}
    state.only_here |= new


def _parts_of(state: State, app: str) -> set[tuple[Key, str]]:
    models = [model for model in state.models.values() if model.app == app]
    return {(model.key, name) for model in models for name in ("", *model.fields)}


def _kept_tables(state: State, operation: Operation, app: str) -> dict[str, str]:
    """The tables of models that leave the state while nothing is done in the database."""
    if not is_noop(operation.get("database_operations") or []):
        return {}
    leaving = operation.get("state_operations")
    found = {}
    for inner in map(operation_of, leaving if isinstance(leaving, (list, tuple)) else ()):
        model = state.get(app, inner.model) if isinstance(inner, Operation) else None
        if inner.name == "DeleteModel" and model is not None and model.surely_has_table:
            found[model.table or ""] = f"{model.label}.{model.name}"
    return found


_CHANGES: Mapping[str, Callable[[State, Operation, str, str], bool]] = {
    "CreateModel": _create,
    "DeleteModel": _delete,
    "RenameModel": _rename,
    "AddField": _add_field,
    "AlterField": _alter_field,
    "RemoveField": _remove_field,
    "RenameField": _rename_field,
    "AlterModelOptions": _set_options,
    "AlterModelTable": _set_table,
    "AlterUniqueTogether": _set_unique,
    "AlterIndexTogether": _set_index,
    "AddConstraint": _set_constraint,
    "AddConstraintNotValid": _set_constraint,
    "AlterConstraint": _set_constraint,
    "RemoveConstraint": _drop_constraint,
    "RunSQL": _run_sql,
    "SeparateDatabaseAndState": _separate,
}
