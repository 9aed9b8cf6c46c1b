"""The columns that migrations make, by replaying them from their text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from minion.analyser.migrations.graph.files import Files, Place
from minion.analyser.migrations.graph.history import History
from minion.analyser.migrations.state.fields import Field, field_of
from minion.analyser.migrations.state.models import Model
from minion.analyser.migrations.state.replay import apply_all, forget_unread
from minion.analyser.migrations.state.state import State
from minion.analyser.migrations.text.fieldsources import FieldSources, Modules


@dataclass(frozen=True)
class MadeColumn:
    """A column of a model, and the line of the migration that made it, from 1.

    `field` is the name of the field's class, `type` what kind of column that is (`FieldClass`),
    with ``_`` before it for an array; None for a class that is not known. `has_choices`: only
    what a list names is written into it.
    """

    table: str
    name: str
    field: str
    type: str | None
    has_choices: bool
    path: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """The table and the column."""
        return self.table, self.name


def columns_of(
    tree: Mapping[str, bytes],
    *,
    packages: Collection[str] | None,
    folders: Mapping[str, str],
    user_model: str | None,
    modules: Modules,
) -> dict[tuple[str, str], MadeColumn]:
    """Every column of the models that the migrations in `tree` make, as far as they can be read.

    The arguments are those of `read_migrations`. Keys, relations and generated columns are left
    out: they point at rows, or have their values from others.
    """
    files = Files(tree, {}, folders, packages, FieldSources(modules))
    history = History(files, files.by_app, set(files.places), (), user_model)
    state = State()
    found: dict[tuple[str, str], MadeColumn] = {}
    for place in history.in_order():
        if place.path in history.skipped:
            continue
        source = files.source(place)
        forget_unread(state, source.unread_operations, place.app)
        apply_all(state, source.operations, place.app, files.label(place.app))
        now = {one.key: one for one in _columns(state, place)}
        gone = [key for key, one in found.items() if _is_of(one, place) and key not in now]
        for key in gone:
            del found[key]
        for key, one in now.items():
            was = found.get(key)
            # The line is that of the file in which the column came to be what it is.
            if was is None or replace(one, path=was.path, line=was.line) != was:
                found[key] = one
    return found


def _is_of(column: MadeColumn, place: Place) -> bool:
    return column.path.rpartition("/")[0] == place.path.rpartition("/")[0]


def _columns(state: State, place: Place) -> Iterator[MadeColumn]:
    for key, model in state.models.items():
        if key[0] == place.app and not model.has_no_table:
            yield from _of_model(model, place)


def _of_model(model: Model, place: Place) -> Iterator[MadeColumn]:
    if model.table is None:
        return
    for name, one in model.fields.items():
        is_key = one.flag("primary_key") and _type(one) in ("auto", "uuid", "integer")
        if one.is_many_to_many or one.is_relation or one.is_generated or one.has("to") or is_key:
            continue
        yield MadeColumn(
            model.table,
            one.column(name) or name,
            one.path.rpartition(".")[2],
            _type(one),
            one.has("choices"),
            place.path,
            one.line,
        )


def _type(one: Field) -> str | None:
    """The type of the column; that of an array is the one of its elements."""
    if one.field_class is None:
        return None
    if one.field_class.type == "array":
        inner = field_of(one.get("base_field"))
        of = _type(inner) if inner else None
        return f"_{of}" if of else None
    return one.field_class.type
