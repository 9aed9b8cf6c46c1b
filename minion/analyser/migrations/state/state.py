"""The models after a number of migrations, replayed from their text."""

from __future__ import annotations

from collections.abc import Mapping

from minion.analyser.migrations.state.fields import Field, field_of
from minion.analyser.migrations.state.models import (
    Key,
    Model,
    literal_options,
    named_constraints,
    together,
)
from minion.analyser.migrations.state.relations import Relations
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.text.values import Unknown


class State:
    """All models, by app and name."""

    def __init__(self, models: Mapping[Key, Model] | None = None) -> None:
        self.models: dict[Key, Model] = dict(models or {})
        #: Apps of which something could not be replayed.
        self.incomplete: set[str] = set()
        #: Tables that are still there though no model has them any more, each with the model
        #: that left the state.
        self.left_tables: dict[str, str] = {}
        #: (model, field), or "" for the model itself, that only the state surely has: it was made
        #: there alone, and whether the database has it cannot be told.
        self.only_here: set[tuple[Key, str]] = set()
        self.relations = Relations()

    def fork(self) -> State:
        """A copy that can be changed alone."""
        copy = State(self.models)
        copy.incomplete = set(self.incomplete)
        copy.left_tables = dict(self.left_tables)
        copy.only_here = set(self.only_here)
        copy.relations = self.relations.fork()
        return copy

    def get(self, app: str, name: str | None) -> Model | None:
        """The model of an app; None if there is none, or none that is known."""
        return self.models.get((app, name.lower())) if name else None

    def labelled(self, label: str, name: str) -> Model | None:
        """The model of an app label and a name in any case; None if not just one is known."""
        found = [
            model
            for model in self.models.values()
            if (model.label.lower(), model.name.lower()) == (label.lower(), name.lower())
        ]
        return found[0] if len(found) == 1 else None

    def owner(self, table: str, other_than: Key) -> Model | None:
        """The model that has a table, if it is another one."""
        for key, model in self.models.items():
            if key != other_than and model.surely_has_table and model.table == table:
                return model
        return None

    def forget(self, app: str, strings: frozenset[str] | None = None) -> None:
        """Give up what is known of an app, since something there could not be replayed.

        Where it names models in `strings`, it is taken to be about those alone. A
        model given up is kept as a shell, to which later migrations may add.
        """
        self.incomplete.add(app)
        self.relations.clear_of(app)
        known = [model for key, model in self.models.items() if key[0] == app]
        named = [model for model in known if _is_named(model, strings)] if strings else []
        for model in named or known:
            doubt = Unknown(0, "something before could not be read")
            options = {**model.options, "managed": doubt, "db_table": doubt}
            shell = Model(model.app, model.label, model.name, {}, False, options, None, None)
            self.put(shell)

    def put(self, model: Model) -> None:
        """Add a model, or replace the one of its name."""
        self.models[model.key] = model

    def surely_has(self, key: Key, name: str = "") -> bool:
        """Whether what the state has of a model, or of a field of it, is in the database too."""
        return (key, name) not in self.only_here

    def made(self, key: Key, name: str = "") -> None:
        """Note that the database has it by now, or that neither has: a model with its fields."""
        gone = {part for part in self.only_here if part[0] == key and name in ("", part[1])}
        self.only_here -= gone


def _is_named(model: Model, strings: frozenset[str]) -> bool:
    return model.name.lower() in strings or any(
        word.endswith(f".{model.name.lower()}") for word in strings
    )


def model_of(operation: Operation, app: str, label: str) -> Model | None:
    """The model that a CreateModel makes; None if its name cannot be read."""
    name, pairs = operation.text("name"), operation.get("fields")
    if name is None:
        return None
    fields: dict[str, Field] = {}
    is_complete = isinstance(pairs, (list, tuple))
    for pair in pairs if isinstance(pairs, (list, tuple)) else ():
        made = field_of(pair[1]) if isinstance(pair, (list, tuple)) and len(pair) == 2 else None
        if made is None or not isinstance(pair[0], str):
            is_complete = False
        else:
            fields[pair[0]] = made
    options = literal_options(operation.get("options"))
    unique = together(options.get("unique_together"))
    index = together(options.get("index_together"))
    constraints = named_constraints(options.get("constraints"))
    return Model(app, label, name, fields, is_complete, options, unique, index, constraints)
