"""Rules for fields that come, go or get another name."""

from __future__ import annotations

from minion.analyser.migrations.rules.context import Context
from minion.analyser.migrations.rules.effects import (
    Effect,
    breaking,
    cannot_run,
    cannot_run_on_rows,
    neutral,
    unknown,
)
from minion.analyser.migrations.rules.tables import delete_hazard
from minion.analyser.migrations.state.fields import Field, field_of
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.text.values import Call, is_literal
from minion.analyser.migrations.verdicts import Kind

_NOT_NULL = "give it db_default= (Django 5.0) or null=True now; make it NOT NULL in a later release"
_DROP_LATER = "first a release with null=True or db_default=, then one that removes it"
_INDEX = "add it with db_index=False, then the index by AddIndexConcurrently"
_POSITIVE = "add an IntegerField, then the CHECK by AddConstraintNotValid and ValidateConstraint"
_VOLATILE = "add it with null=True, fill it in batches, then AlterField"
_KEY = "add it with null=True and no default, then fill it in batches"
_UNIQUE = "add it with null=True and no default, fill it, then make it unique in later releases"


def add_field(operation: Operation, context: Context) -> Effect:
    """A new column: old code's INSERTs do not name it, so it must do without them."""
    added = field_of(operation.get("field"))
    name = operation.text("name")
    if added is None or name is None:
        return unknown("the field is not a plain call with a literal name")
    present = _present(operation, context, name)
    if present is not None:
        return present
    if added.is_many_to_many:
        return _add_many_to_many(added, operation)
    effect = _added(added)
    if effect.kind is not Kind.EXPAND:
        return effect
    warnings = (delete_hazard(operation.model or "", added),) if added.points_somewhere else ()
    return Effect(
        effect.kind,
        effect.why,
        locks=effect.locks,
        exclusive=True,
        advice=effect.advice,
        warnings=warnings,
        rewrites=effect.rewrites,
    )


def _present(operation: Operation, context: Context, name: str) -> Effect | None:
    model = context.model(operation)
    if model is not None and name in model.fields:
        if not context.state.surely_has(model.key, name):
            return unknown("the state has the field already, and the table may have its column")
        return cannot_run("the model has a field of this name already")
    earlier = context.base_state and context.base_state.get(context.app, operation.model)
    if earlier and name in earlier.fields and model is not None and model.is_complete:
        return cannot_run_on_rows(
            "a migration that is gone added this column already",
            "keep the old file, or name it in `replaces`",
        )
    return None


def _add_many_to_many(added: Field, operation: Operation) -> Effect:
    if added.has_through is None:
        return unknown("whether it has through= cannot be told")
    if added.has_through:
        return neutral("the table in between belongs to a model of its own")
    warnings = (delete_hazard(operation.model or "", added),) if added.points_somewhere else ()
    return Effect(Kind.EXPAND, "a new table in between", warnings=warnings)


def _added(added: Field) -> Effect:
    """The class of a new column of an existing table, with locks and advice."""
    if added.is_generated:
        why = "a generated column rewrites the table; where it fails, old code's INSERTs fail"
        return Effect(Kind.EXPAND, why, locks=True, rewrites=True)
    any_default = added.has_default or added.has_db_default or added.has_auto_now
    if any_default and added.is_unique is not False:
        if added.is_unique is None:
            return unknown("whether it is unique is not a literal")
        return cannot_run_on_rows("every row gets the same value of a unique column", _UNIQUE)
    slow, advice = _slow(added)
    if added.field_class is not None and added.has_db_default is None:
        return unknown("whether it has a db_default cannot be told")
    if added.field_class is not None and added.has_db_default:
        why = f"the database fills it in{slow}"
        rewrites = bool(slow) and not added.is_relation
        return Effect(Kind.EXPAND, why, locks=bool(slow), advice=advice, rewrites=rewrites)
    if added.is_null:
        why = f"a column that may stay empty{slow}"
        return Effect(Kind.EXPAND, why, locks=bool(slow), advice=advice)
    if added.field_class is None:
        return unknown(
            f"{added.path.lstrip('.')} is not a field of Django's, and null=True not given"
        )
    if added.is_null is None:
        return unknown("whether it takes NULL is not a literal")
    if not any_default and not (added.flag("blank") and added.field_class.is_text):
        return cannot_run_on_rows(
            "NOT NULL without any default, while the table has rows", _NOT_NULL
        )
    why = f"old code's INSERTs fail: NOT NULL, and the default is Django's{slow}"
    return breaking(why, _NOT_NULL, locks=bool(slow))


def _slow(added: Field) -> tuple[str, str]:
    """Why adding the column takes long, in words to append, and a faster way; "" if it does not."""
    if needs_index(added):
        is_plain = added.is_unique is False
        words = ", with an index that is built while nobody can read or write"
        return words, _INDEX if is_plain else _UNIQUE
    if added.field_class is not None and added.field_class.is_positive:
        return ", with a CHECK that reads the whole table", _POSITIVE
    if added.has_db_default and not _is_constant(added.get("db_default")):
        return ", row by row: its db_default is not a constant", _VOLATILE
    is_filled = added.has_default or added.has_db_default
    if added.is_relation and is_filled and added.points_somewhere:
        return ", with a foreign key that is checked for every row", _KEY
    return "", ""


def needs_index(item: Field) -> bool:
    """Whether the column comes with an index, also where it is not certain."""
    if item.is_unique is not False or item.is_indexed is not False:
        return True
    if item.field_class is None:
        return item.has("to") and item.flag("db_index", default=True) is not False
    if item.field_class.type.startswith("geometry"):
        return item.flag("spatial_index", default=True) is not False
    return False


def _is_constant(default: object) -> bool:
    if is_literal(default):
        return True
    if not isinstance(default, Call):
        return False
    name = default.path.rpartition(".")[2]
    if not default.path.startswith("django.db.models."):
        return False
    return name == "Now" or (name == "Value" and all(is_literal(part) for part in default.args))


def remove_field(operation: Operation, context: Context) -> Effect:
    """A column goes that new code does not name and old code selects."""
    name = operation.text("name")
    model = context.model(operation)
    present = model.fields.get(name) if model is not None and name is not None else None
    if present is None:
        return unknown("the field is not known: the migration that made it was not read")
    removed = context.field_before(present)
    if removed.is_many_to_many:
        return _remove_many_to_many(removed, operation)
    irreversible = _cannot_be_added_again(removed)
    gone = "old code selects the column in every query"
    warnings: tuple[str, ...] = ()
    if removed.points_somewhere:
        warnings = (_points_still(operation),)
    if removed.is_null or removed.is_generated or (removed.field_class and removed.has_db_default):
        return Effect(
            Kind.CONTRACT,
            gone,
            irreversible=irreversible,
            lossy=not removed.is_generated,
            exclusive=True,
            warnings=warnings,
        )
    if removed.field_class is None or removed.is_null is None or removed.has_db_default is None:
        kind, why = Kind.UNKNOWN, "whether the column takes NULL cannot be told"
    else:
        kind, why = Kind.BREAKING, f"{gone}, and new code's INSERTs leave it out: it is NOT NULL"
    return Effect(
        kind,
        why,
        irreversible=irreversible,
        lossy=True,
        exclusive=True,
        advice=_DROP_LATER,
        warnings=warnings,
    )


def _points_still(operation: Operation) -> str:
    return (
        f"line {operation.line}: until this has run, new code cannot delete rows that "
        f"{operation.model}.{operation.get('name')} points at"
    )


def _remove_many_to_many(removed: Field, operation: Operation) -> Effect:
    if removed.has_through is None:
        return unknown("whether it has through= cannot be told")
    if removed.has_through:
        return neutral("the table in between belongs to a model of its own")
    return Effect(
        Kind.CONTRACT,
        "old code uses the table in between",
        lossy=True,
        exclusive=True,
        warnings=(_points_still(operation),) if removed.points_somewhere else (),
    )


def _cannot_be_added_again(removed: Field) -> bool:
    """Whether going back fails on rows: NOT NULL, and nothing to fill it with."""
    if removed.is_null or removed.is_generated:
        return False
    if removed.has_default or removed.has_db_default or removed.has_auto_now:
        return False
    is_text = removed.field_class is not None and removed.field_class.is_text
    return not (removed.flag("blank") and is_text)


def rename_field(operation: Operation, context: Context) -> Effect:
    """The column follows the field's name, unless db_column pins it."""
    old, new = operation.text("old_name"), operation.text("new_name")
    if old is None or new is None:
        return unknown("the names of the field are not literals")
    model = context.model(operation)
    item = model.fields.get(old) if model is not None else None
    advice = "pin it first: AlterField with db_column= its present name, then RenameField"
    if item is None:
        return breaking("the column is renamed", advice)
    if old == new:
        return neutral("the field keeps its name")
    if item.is_many_to_many:
        if item.has_through or isinstance(item.get("db_table"), str):
            return neutral("the table in between keeps its name")
        return breaking("the table in between is renamed", "give it db_table= first")
    before, after = item.column(old), item.column(new)
    if before is not None and before == after:
        return neutral("the column keeps its name")
    if item.field_class is not None and (before is None or after is None):
        return unknown("db_column is not a literal")
    return breaking("the column is renamed", advice, locks=item.is_relation)
