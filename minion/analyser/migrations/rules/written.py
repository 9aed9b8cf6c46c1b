"""Rules for rows that Python writes: old code must not see what it does not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from minion.analyser.migrations.rules.context import Context, NeedWholeTree
from minion.analyser.migrations.rules.effects import Effect
from minion.analyser.migrations.state.models import Model
from minion.analyser.migrations.text.source import Source
from minion.analyser.migrations.text.values import Unknown
from minion.analyser.migrations.verdicts import Kind
from minion.analyser.migrations.writes import Functions, Write

_ALL_FIELDS = "save(update_fields=[...]) or update() instead of save(), which writes every column"
_LATE = "rows that old code adds after it keep what the column has by itself"


def written(
    effect: Effect, writes: tuple[Write, ...] | Unknown, context: Context, by: str = "Python"
) -> Effect:
    """What an operation is that writes that and does nothing else; UNKNOWN but for it."""
    if isinstance(writes, Unknown):
        where = f"line {writes.line}: " if writes.line else ""
        return replace(effect, why=f"{effect.why} ({where}{writes.why})")
    if not writes:
        return replace(effect, why="it runs Python that is not seen to write any row")
    found = [(write, _model(write, context)) for write in writes]
    missing = next((write for write, model in found if model is None), None)
    if missing is not None:
        what = f"line {missing.line}: {missing.label}.{missing.name} is not known"
        return replace(effect, why=f"{effect.why} ({what})")
    models = tuple(dict.fromkeys(_named(model) for _, model in found if model is not None))
    effect = replace(effect, data=models)
    seen = [
        (write, model) for write, model in found if model and not _is_new(write, model, context)
    ]
    if seen:
        what = ", ".join(dict.fromkeys(_told(write, model) for write, model in seen))
        why = f"data: it writes what old code reads too: {what}"
        is_save = any(write.verb == "update" and write.fields is None for write, _ in seen)
        advice = f"{effect.advice}; {_ALL_FIELDS}" if is_save and by == "Python" else effect.advice
        return replace(effect, why=why, advice=advice)
    what = ", ".join(dict.fromkeys(_told(write, model) for write, model in found if model))
    return replace(
        effect,
        kind=Kind.EXPAND,
        why=f"data: it writes what old code does not know: {what}",
        advice="",
        warnings=(*effect.warnings, *_late(found, by)),
    )


def _late(found: Iterable[tuple[Write, Model | None]], by: str) -> Iterable[str]:
    for write, model in found:
        if model is not None and write.verb == "update" and write.fields is not None:
            yield f"{_told(write, model)} is filled by {by}: {_LATE}"


def _model(write: Write, context: Context) -> Model | None:
    if not context.sees_all and context.state.labelled(write.label, write.name) is None:
        raise NeedWholeTree
    return context.state.labelled(write.label, write.name)


def _named(model: Model) -> str:
    return f"{model.label}.{model.name}"


def _told(write: Write, model: Model) -> str:
    if write.verb == "delete":
        return f"{_named(model)} (deleted rows)"
    return f"{_named(model)} ({', '.join(sorted(write.fields))})" if write.fields else _named(model)


def _is_new(write: Write, model: Model, context: Context) -> bool:
    """Whether old code surely has no use for what is written."""
    released = context.released
    if released.incomplete or context.state.incomplete or not model.is_complete:
        return False
    if write.verb == "delete" or model.has_no_table or not context.state.surely_has(model.key):
        return False
    old = {one.identity for other in released.models.values() for one in other.fields.values()}
    if any(item.flag("parent_link") is not False for item in model.fields.values()):
        return False
    if not any(item.identity in old for item in model.fields.values()):
        return released.get(*model.key) is None and not _is_known_table(model, context)
    if not write.fields:
        return False
    return all(
        name is not None
        and model.fields[name].identity not in old
        and not model.fields[name].is_many_to_many
        and context.state.surely_has(model.key, name)
        for name in (_field(model, one) for one in write.fields)
    )


def _is_known_table(model: Model, context: Context) -> bool:
    return model.table is None or context.released.owner(model.table, ("", "")) is not None


def _field(model: Model, name: str) -> str | None:
    """The field that a keyword sets: ``customer``, or ``customer_id``."""
    for one in (name, name[:-3] if name.endswith("_id") else name):
        if one in model.fields:
            return one
    return None


def writes_of(source: Source, path: str) -> tuple[Write, ...] | Unknown:
    """What a function of a file writes, by its path; Unknown where that is not known."""
    if source.module is None:
        return Unknown(0, "its file is not read")
    return Functions(*source.module).writes(path)
