"""What a rule may look at: the models before an operation, and the file around it."""

from __future__ import annotations

from dataclasses import dataclass, field

from minion.analyser.migrations.calls import Operation
from minion.analyser.migrations.fields import Field
from minion.analyser.migrations.models import Key, Model, Together
from minion.analyser.migrations.state import State
from minion.analyser.migrations.values import Call


class NeedWholeTree(Exception):
    """A rule depends on models of apps that were not replayed."""


@dataclass
class Scene:
    """One file while its operations are judged one after the other."""

    app: str
    label: str
    #: The models right before the operation.
    state: State
    #: The models before the file.
    before: State
    #: None where `atomic` is not a literal.
    is_atomic: bool | None
    #: Whether all apps of the tree were replayed, not only those that have new files.
    sees_all: bool
    #: The models that the old commit's migrations made, where some of those are gone.
    made_before: State | None = None
    #: Models whose table this file creates.
    created: set[Key] = field(default_factory=set)
    #: Fields (by model) whose nullable column without any default this file adds.
    added_null: set[tuple[Key, str]] = field(default_factory=set)
    #: Fields (by model) that this file removes and that took NULL before it.
    removed_null: frozenset[tuple[Key, str]] = frozenset()
    #: Plain unique constraints (by model) that existed before and that this file removes.
    removed_unique: frozenset[tuple[Key, frozenset[str]]] = frozenset()
    #: Whether an operation before this one took ACCESS EXCLUSIVE on an existing table.
    holds_lock: bool = False

    def key(self, operation: Operation) -> Key:
        """The model that an operation is about."""
        return self.app, (operation.model or "").lower()

    def model(self, operation: Operation) -> Model | None:
        """The model that an operation is about; None if it is not known."""
        return self.state.get(self.app, operation.model)

    def model_before(self, operation: Operation) -> Model | None:
        """The same before the file, by its name."""
        return self.before.get(self.app, operation.model)

    def is_created(self, operation: Operation) -> bool:
        """Whether this file creates the model's table."""
        return self.key(operation) in self.created

    def has_no_table(self, operation: Operation) -> bool:
        """Whether the model is known to be one that migrations leave alone."""
        model = self.model(operation)
        return model is not None and model.has_no_table

    def field_before(self, item: Field) -> Field:
        """The field as it was before the file; as it is if the file made it."""
        for (app, _), model in self.before.models.items():
            if app == self.app:
                for candidate in model.fields.values():
                    if candidate.born == item.born:
                        return candidate
        return item

    def unique_before(self, operation: Operation) -> Together | None:
        """``unique_together`` before the operation; None where it is not known."""
        model = self.model(operation)
        return model.unique if model is not None else None


def plain_unique(constraint: Call) -> frozenset[str] | None:
    """The fields of a UniqueConstraint over plain columns of all rows; None for others."""
    if not constraint.path.endswith(".UniqueConstraint") or constraint.is_open or constraint.args:
        return None
    if constraint.keywords.get("condition") is not None:
        return None
    names = constraint.keywords.get("fields")
    if not isinstance(names, (list, tuple)) or not names:
        return None
    found = frozenset(name for name in names if isinstance(name, str))
    return found if len(found) == len(names) else None
