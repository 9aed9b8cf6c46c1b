"""Models as the migrations replayed so far have made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from minion.analyser.migrations.state.fields import Field
from minion.analyser.migrations.text.values import Call, Unknown

#: (folder of the app, name of the model in lower case): labels may occur twice in a tree.
Key = tuple[str, str]
#: The columns of one ``unique_together`` or ``index_together``, by field name.
Together = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Model:
    """One model. Never changed: the state replaces it."""

    app: str
    label: str
    name: str
    fields: Mapping[str, Field]
    #: Whether all fields could be read.
    is_complete: bool
    options: Mapping[str, object]
    #: ``unique_together`` and ``index_together``; None where they could not be read.
    unique: Together | None = frozenset()
    index: Together | None = frozenset()
    constraints: Mapping[str, Call] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Where the state keeps it."""
        return self.app, self.name.lower()

    @property
    def target(self) -> str:
        """What a relation to it says: ``shop.order``."""
        return f"{self.label}.{self.name}".lower()

    @property
    def has_no_table(self) -> bool:
        """Whether migrations leave it alone: unmanaged, or a proxy."""
        return self.options.get("managed") is False or self.options.get("proxy") is True

    @property
    def surely_has_table(self) -> bool:
        """Whether CreateModel made a table for it, beyond doubt."""
        return self.options.get("managed", True) is True and not self.options.get("proxy", False)

    @property
    def table(self) -> str | None:
        """The table; None where it cannot be told."""
        pinned = self.options.get("db_table")
        if pinned is None or pinned == "":
            return f"{self.label}_{self.name.lower()}"
        return pinned if isinstance(pinned, str) else None

    @property
    def is_pinned(self) -> bool | None:
        """Whether the table keeps its name whatever the model's; None: cannot be told."""
        pinned = self.options.get("db_table")
        if pinned is None or pinned == "":
            return False
        return True if isinstance(pinned, str) else None

    def target_of(self, link: Field) -> object:
        """What a relation of this model points at, in a form that can be compared."""
        to = link.get("to")
        if not isinstance(to, str):
            return to
        if to == "self":
            return self.target
        return to.lower() if "." in to else f"{self.label}.{to}".lower()


def together(value: object) -> Together | None:
    """The sets in a value of ``unique_together``; None where it cannot be read."""
    if value is None:
        return frozenset()
    if not isinstance(value, (list, tuple)):
        return None
    if value and all(isinstance(name, str) for name in value):
        value = [value]
    found = set()
    for part in value:
        names = _names(part)
        if names is None:
            return None
        found.add(names)
    return frozenset(found)


def _names(part: object) -> tuple[str, ...] | None:
    if not isinstance(part, (list, tuple)):
        return None
    names = tuple(name for name in part if isinstance(name, str))
    return names if len(names) == len(part) else None


def named_constraints(value: object) -> dict[str, Call]:
    """The constraints of ``options`` by their names, those that can be read."""
    found = {}
    if isinstance(value, (list, tuple)):
        for part in value:
            name = part.keywords.get("name") if isinstance(part, Call) else None
            if isinstance(part, Call) and isinstance(name, str):
                found[name] = part
    return found


def literal_options(value: object) -> dict[str, object]:
    """The options of a model by name; what cannot be read is there as Unknown."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        doubt = value if isinstance(value, Unknown) else Unknown(0, "the options cannot be read")
        return dict.fromkeys(("managed", "proxy", "db_table"), doubt)
    return {key: part for key, part in value.items() if isinstance(key, str)}


def pointing_at(models: Iterable[Model], target: str) -> list[tuple[Model, Field]]:
    """The relations of `models` that point at the model named `target`."""
    return [
        (model, link)
        for model in models
        for link in model.fields.values()
        if link.has("to") and model.target_of(link) == target
    ]
