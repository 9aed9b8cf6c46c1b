"""Every call of the ORM that code with certain models may make, each one by itself.

Which of the calls are legal is not decided here: those are that succeed on the
schema which belongs to the models. So there may be too many, never too few.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Callable

from django.db import connection, models
from django.db.migrations.state import StateApps
from trial_rows import FRESH, Model, Rows, many_to_many, written
from trial_values import at_the_limits

Call = Callable[[], object]
"""Does it, and gives what was written, read again; None if nothing was written."""


def calls(apps: StateApps) -> Iterator[tuple[str, Call]]:
    """The calls, each with a name that says what it does."""
    rows = Rows(apps)
    for model in rows.models:
        fresh, double = rows.values(model, FRESH), rows.values(model, 1)
        for name, call in itertools.chain(
            _reads(model, double),
            _inserts(model, fresh, double),
            _updates(model, fresh),
            _deletes(model),
            _links(model),
        ):
            yield f"{model._meta.label} {name}", call


def deletions(apps: StateApps) -> Iterator[tuple[str, Call]]:
    """Calls that delete one row, for every row there is now."""
    for model in Rows(apps).models:
        for key in list(model._base_manager.values_list("pk", flat=True)):
            yield (
                f"{model._meta.label} delete {key}",
                lambda m=model, k=key: _nothing(m._base_manager.filter(pk=k).delete()),
            )


def _nothing(*done: object) -> None:
    """For calls that do not write what can be compared."""


def _reads(model: Model, values: dict[str, Any]) -> Iterator[tuple[str, Call]]:
    rows = model._base_manager
    yield "select", lambda: _nothing(*rows.all())
    yield "count", lambda: _nothing(rows.count())
    for name, value in values.items():
        yield f"filter {name}", lambda n=name, v=value: _nothing(*rows.filter(**{n: v}))
        yield f"order {name}", lambda n=name: _nothing(*rows.order_by(n))
    for field in model._meta.fields:
        if field.is_relation:
            yield (
                f"select_related {field.name}",
                lambda n=field.name: _nothing(*rows.select_related(n)),
            )
    for relation in model._meta.related_objects:
        if not relation.hidden:
            yield (
                f"rows of {relation.name}",
                lambda n=relation.name: _nothing(*rows.filter(**{f"{n}__isnull": False})),
            )


def _inserts(
    model: Model, fresh: dict[str, Any], double: dict[str, Any]
) -> Iterator[tuple[str, Call]]:
    yield "insert", _saver(model, fresh)
    yield "insert with defaults only", _saver(model, {})
    for name, value in _each_limit(model):
        yield f"insert {name}={value!r:.40}", _saver(model, {**fresh, name: value})
    for name in fresh:
        rest = {key: value for key, value in fresh.items() if key != name}
        yield f"insert without {name}", _saver(model, rest, reads=False)
    for names in _some_of(list(fresh)):
        same = {name: double[name] for name in names}
        yield f"insert a double of {' '.join(names)}", _saver(model, {**fresh, **same}, reads=False)
    if not model._meta.parents:
        yield "insert many", lambda: _nothing(model._base_manager.bulk_create([model(**fresh)]))


def _some_of(names: list[str]) -> list[tuple[str, ...]]:
    """One name, two, all, and all but one."""
    count = len(names)
    sizes = sorted({1, 2, count - 1, count} & set(range(1, count + 1)))
    return [some for size in sizes for some in itertools.combinations(names, size)]


def _each_limit(model: Model) -> Iterator[tuple[str, Any]]:
    """Field by field: nothing, the least, the most."""
    for field in written(model):
        name = field.attname if field.is_relation else field.name
        for value in (None, *at_the_limits(field)):
            yield name, value
    key = model._meta.pk
    if isinstance(key, models.AutoField):
        yield "pk", connection.ops.integer_field_range(key.get_internal_type())[1]


def _updates(model: Model, fresh: dict[str, Any]) -> Iterator[tuple[str, Call]]:
    rows = model._base_manager
    yield "save", _changer(model, {})
    for name, value in fresh.items():
        yield f"save {name}", _changer(model, {name: value})
        yield f"save {name}=None", _changer(model, {name: None})
        yield f"update {name}", lambda n=name, v=value: _nothing(rows.update(**{n: v}))


def _saver(model: Model, values: dict[str, Any], *, reads: bool = True) -> Call:
    def save() -> object:
        row = model(**values)
        row.save(force_insert=True)
        return _read_again(row, values) if reads else None

    return save


def _changer(model: Model, values: dict[str, Any]) -> Call:
    def change() -> object:
        row = model._base_manager.order_by("pk").first()
        if row is None:
            return None
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        return _read_again(row, values)

    return change


def _read_again(row: Any, values: dict[str, Any]) -> object:
    """What the database made of the values, with their types; it may cut and round them."""
    names = [
        field.attname
        for field in written(type(row))
        if {field.name, field.attname} & set(values)
        and not (getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
    ]
    found = type(row)._base_manager.filter(pk=row.pk).values_list(*names).get() if names else ()
    return [(type(value), value) for value in found]


def _deletes(model: Model) -> Iterator[tuple[str, Call]]:
    rows = model._base_manager
    yield "delete", lambda: _nothing(*(row.delete() for row in rows.order_by("pk")[:1]))
    yield "delete all", lambda: _nothing(rows.all().delete())


def _links(model: Model) -> Iterator[tuple[str, Call]]:
    for field in many_to_many(model):
        for verb in ("add", "remove", "set", "all", "clear"):
            yield f"{verb} {field.name}", _linker(model, field, verb)


def _linker(model: Model, field: Any, verb: str) -> Call:
    def link() -> None:
        row = model._base_manager.order_by("pk").first()
        if row is None:
            return
        others = list(field.related_model._base_manager.order_by("-pk")[:2])
        arguments = {"add": others, "remove": others, "set": [others]}.get(verb, [])
        done = getattr(getattr(row, field.name), verb)(*arguments)
        if verb == "all":
            _nothing(*done)

    return link
