"""What a rule may look at: the models before an operation, and the file around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from minion.analyser.migrations.rules.effects import Effect
from minion.analyser.migrations.state.fields import Field, field_of
from minion.analyser.migrations.state.models import Key, Model, Together
from minion.analyser.migrations.state.state import State, model_of
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.text.values import Call, Unknown
from minion.analyser.migrations.verdicts import Kind
from minion.analyser.migrations.writes import Write


class NeedWholeTree(Exception):
    """A rule depends on models of apps that were not replayed."""


@dataclass
class Context:
    """One file while its operations are judged one after the other."""

    app: str
    label: str
    #: The file as people call it: ``shop.0002_order``.
    migration: str
    #: The models right before the operation.
    state: State
    #: The models before the file.
    before: State
    #: None where `atomic` is not a literal.
    is_atomic: bool | None
    #: The models that the code knows which runs so far.
    released: State
    #: What a function of the file writes, by its path; Unknown where that is not known.
    writes: Callable[[str], tuple[Write, ...] | Unknown]
    #: Whether an operation of the file may take away what has the name.
    may_free: Callable[[str], bool]
    #: Whether all apps of the tree were replayed, not only those that have new files.
    sees_all: bool
    #: Whether a text stands in migrations of apps that were not replayed.
    is_mentioned: Callable[[str], bool] = field(default=lambda text: True)
    #: The models that the old commit's migrations made, where some of those are gone.
    base_state: State | None = None
    #: Tables that this release has dropped so far, each with the migration that does; shared
    #: by all its files.
    dropped: dict[str, str] = field(default_factory=dict)
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
                    if candidate.identity == item.identity:
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


def remember(operation: Operation, effect: Effect, context: Context) -> None:
    """Note in `context` what an operation, just judged, has made in the database."""
    key = context.key(operation)
    if operation.name == "CreateModel":
        model = model_of(operation, context.app, context.label)
        if effect.kind is Kind.EXPAND and model is not None and model.surely_has_table:
            context.created.add(key)
    elif operation.name == "DeleteModel":
        dropped = context.model(operation)
        if dropped is not None and dropped.surely_has_table and key not in context.created:
            context.dropped[dropped.table or ""] = context.migration
        context.created.discard(key)
        context.added_null = {pair for pair in context.added_null if pair[0] != key}
    elif operation.name == "RenameModel":
        _rename_model(operation, key, context)
    elif operation.name == "RenameField":
        _rename_field(operation, key, context)
    elif operation.name in ("AddField", "AlterField", "RemoveField"):
        _note_field(operation, effect, key, context)


def _note_field(operation: Operation, effect: Effect, key: Key, context: Context) -> None:
    name = operation.text("name") or ""
    was_added = (key, name) in context.added_null
    context.added_null.discard((key, name))
    item = field_of(operation.get("field"))
    is_new = operation.name == "AddField" and effect.kind is Kind.EXPAND
    if item is not None and _stays_null(item) and (is_new or was_added):
        context.added_null.add((key, name))


def _stays_null(item: Field) -> bool:
    """Whether the column is NULL in every row until new code writes it."""
    return (
        item.field_class is not None
        and item.is_null is True
        and not item.is_open
        and not (item.is_many_to_many or item.is_generated)
        and not (item.has_default or item.has("db_default") or item.has_auto_now)
    )


def _rename_model(operation: Operation, key: Key, context: Context) -> None:
    renamed = (context.app, (operation.text("new_name") or "").lower())
    if key in context.created:
        context.created.discard(key)
        context.created.add(renamed)
    context.added_null = {
        (renamed if owner == key else owner, name) for owner, name in context.added_null
    }


def _rename_field(operation: Operation, key: Key, context: Context) -> None:
    old, new = operation.text("old_name"), operation.text("new_name")
    if old is not None and new is not None and (key, old) in context.added_null:
        context.added_null.discard((key, old))
        context.added_null.add((key, new))
