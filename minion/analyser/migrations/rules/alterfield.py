"""The rule for AlterField: what differs, aspect by aspect."""

from __future__ import annotations

from collections.abc import Iterator

from minion.analyser.migrations.rules import aspects
from minion.analyser.migrations.rules.aspects import NO_SQL
from minion.analyser.migrations.rules.columntypes import ColumnChange, Undecided, type_change
from minion.analyser.migrations.rules.context import Context, NeedWholeTree
from minion.analyser.migrations.rules.effects import Effect, cannot_run, neutral, unknown
from minion.analyser.migrations.state.fields import Field, field_of
from minion.analyser.migrations.state.models import Model
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.verdicts import Kind, combine

_NO_CHANGE = neutral("nothing changes in the database")


def alter_field(operation: Operation, context: Context) -> Effect:
    """From the field that the earlier migrations made to the one given here."""
    name, new = operation.text("name"), field_of(operation.get("field"))
    if name is None or new is None:
        return unknown("the field is not a plain call with a literal name")
    model = context.model(operation)
    old = model.fields.get(name) if model is not None else None
    if model is None or old is None:
        return unknown("the field is not known: the migration that made it was not read")
    if operation.options.get("preserve_default", True) is not True:
        new = new.without_default()
    if old.is_open or new.is_open:
        return unknown("some arguments of the field cannot be read")
    if old.field_class is None or new.field_class is None:
        return _custom(old, new)
    if old.is_many_to_many or new.is_many_to_many:
        return _many_to_many(old, new, model, context)
    if old.is_generated or new.is_generated:
        return _generated(old, new)
    return _column_changes(old, new, name, model, context)


def _custom(old: Field, new: Field) -> Effect:
    """Classes of others: nothing is known but that some keywords never make SQL."""
    changed = _changed_keys(old, new) - NO_SQL
    if old.path == new.path and not changed:
        return _NO_CHANGE
    path = new.path if new.field_class is None else old.path
    return unknown(f"{path.lstrip('.')} is not a field of Django's: what changes is not known")


def _changed_keys(old: Field, new: Field) -> set[str]:
    return {key for key in {*old.options, *new.options} if old.get(key) != new.get(key)}


def _generated(old: Field, new: Field) -> Effect:
    if old.is_generated != new.is_generated:
        return cannot_run("a column cannot become a generated one, nor stop being one")
    changed = _changed_keys(old, new) - NO_SQL
    if changed & {"expression", "output_field", "db_persist"}:
        return cannot_run("the expression of a generated column cannot be changed")
    return unknown("a generated column is altered") if changed else _NO_CHANGE


def _many_to_many(old: Field, new: Field, model: Model, context: Context) -> Effect:
    if not (old.is_many_to_many and new.is_many_to_many):
        return cannot_run("a field cannot become a ManyToManyField, nor stop being one")
    if old.get("through") != new.get("through"):
        if old.has_through and new.has_through:
            return _NO_CHANGE  # both tables belong to models (BaseDatabaseSchemaEditor.alter_field)
        names = [_model_name(item.get("through"), model) for item in (old, new)]
        if isinstance(names[0], str) and names[0] == names[1]:
            return _many_to_many_kept(old, new, model, context)
        if None in (old.has_through, new.has_through):
            return unknown("whether it has through= cannot be told")
        return cannot_run("the model in between of a ManyToManyField cannot be changed")
    return _many_to_many_kept(old, new, model, context)


def _model_name(value: object, model: Model) -> object:
    if not isinstance(value, str):
        return value
    return value.lower() if "." in value else f"{model.label}.{value}".lower()


def _many_to_many_kept(old: Field, new: Field, model: Model, context: Context) -> Effect:
    if new.has_through:
        return _NO_CHANGE
    changes = []
    try:
        if _target_changes(old, new, model, context):
            changes.append(ColumnChange(False, False, "it points at another model", locks=True))
        if old.get("db_table") != new.get("db_table"):
            changes.append(ColumnChange(False, False, "the table in between is renamed"))
        changes += aspects.key_check(old, new)
    except Undecided as doubt:
        return _combined(changes, str(doubt))
    return _combined(changes)


def _column_changes(old: Field, new: Field, name: str, model: Model, context: Context) -> Effect:
    changes: list[ColumnChange] = []
    doubt = ""
    parts = _relation(old, new, name, model, context) if old.is_relation else _plain(old, new, name)
    if old.is_relation != new.is_relation:
        kind = "a relation becomes a plain column, or the other way round"
        changes.append(ColumnChange(False, False, kind, locks=True))
        parts = iter(())
    for part in parts:
        try:
            changes += part()
        except Undecided as exc:
            doubt = doubt or str(exc)
    return _combined(changes, doubt)


def _plain(old: Field, new: Field, name: str) -> Iterator[aspects.Part]:
    yield from aspects.of_every_column(old, new, name)
    indexed = old.is_indexed is not False or old.is_unique is not False
    yield lambda: type_change(old, new, is_indexed=indexed)
    yield lambda: aspects.unknown_keywords(old, new)


def _relation(
    old: Field, new: Field, name: str, model: Model, context: Context
) -> Iterator[aspects.Part]:
    """Whatever keyword changes, the foreign key is dropped and made anew."""
    yield from aspects.of_every_column(old, new, name)
    yield lambda: aspects.key_check(old, new)
    yield lambda: aspects.other_key(old, new)
    yield (
        lambda: (
            [ColumnChange(False, False, "it points at another model", locks=True)]
            if _target_changes(old, new, model, context)
            else []
        )
    )
    yield lambda: aspects.anything(old, new)


def _target_changes(old: Field, new: Field, model: Model, context: Context) -> bool:
    before, after = model.target_of(old), model.target_of(new)
    if before == after:
        return False
    if isinstance(before, str) and isinstance(after, str):
        if not context.sees_all:
            raise NeedWholeTree  # the model that it points at may have been renamed
        return True
    raise Undecided("the model that it points at is not a literal")


def _combined(changes: list[ColumnChange], doubt: str = "") -> Effect:
    parts = [(_kind(change), change.old_works and change.new_works) for change in changes]
    if doubt:
        parts.append((Kind.UNKNOWN, False))
    kind, order_free = combine(parts)
    if kind is Kind.NEUTRAL:
        return _NO_CHANGE
    words = [change.what for change in changes] + ([doubt] if doubt else [])
    return Effect(
        kind,
        "; ".join(dict.fromkeys(words)),
        order_free=order_free,
        locks=any(change.locks for change in changes),
        exclusive=bool(changes),
        rewrites=any(change.rewrites for change in changes),
        advice=aspects.ADVICE.get(kind) or _advice(changes),
    )


def _advice(changes: list[ColumnChange]) -> str:
    return "; ".join(dict.fromkeys(change.advice for change in changes if change.advice))


def _kind(change: ColumnChange) -> Kind:
    if change.old_works:
        return Kind.EXPAND
    return Kind.CONTRACT if change.new_works else Kind.BREAKING
