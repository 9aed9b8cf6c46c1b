"""Rules for models: created, deleted, renamed, moved."""

from __future__ import annotations

from dataclasses import replace

from minion.analyser.migrations.rules.context import Context, NeedWholeTree
from minion.analyser.migrations.rules.effects import (
    Effect,
    breaking,
    cannot_run,
    cannot_run_on_rows,
    neutral,
    unknown,
)
from minion.analyser.migrations.state.fields import Field
from minion.analyser.migrations.state.models import Key, Model, pointing_at
from minion.analyser.migrations.state.state import model_of
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.text.values import Ref
from minion.analyser.migrations.verdicts import Kind

_KEEP_NAME = "pin the table first: AlterModelTable with its present name, then RenameModel"


_TYPES = (
    "RenameModel renames the model's row in django_content_type as well: old code that looks it up "
    "makes another one"
)
_MOVE = (
    "a model moves between apps in the state alone: DeleteModel here and CreateModel with db_table "
    "there, both as state_operations of SeparateDatabaseAndState"
)
_USER = Ref("django.conf.settings.AUTH_USER_MODEL")


def create_model(operation: Operation, context: Context) -> Effect:
    """A new table; nobody else's. A proxy or an unmanaged model has none."""
    model = model_of(operation, context.app, context.label)
    if model is None:
        return unknown("the name of the model is not a literal")
    name = model.name
    if model.has_no_table:
        return neutral("the model is unmanaged or a proxy: no table is made")
    if context.state.get(context.app, name) is not None:
        if not context.state.surely_has(model.key):
            return unknown("the state has the model already, and the database may have its table")
        return cannot_run("there is a model of this name already")
    if context.base_state is not None and context.base_state.get(context.app, name) is not None:
        return cannot_run_on_rows(
            "a migration that is gone made this table already",
            "keep the old file, or name it in `replaces`",
        )
    taken = _taken(model, context)
    if taken is not None:
        return taken
    new = {*context.created, model.key}
    hazards = [
        delete_hazard(name, link)
        for link in model.fields.values()
        if _is_delete_hazard(context, link, new)
    ]
    return Effect(Kind.EXPAND, "a new table", warnings=tuple(hazards))


def _taken(model: Model, context: Context) -> Effect | None:
    """Why the model's table cannot be made: it is there already, or was until just now."""
    table = model.table
    if table is None:
        return None
    if model.is_pinned:
        _see_all_that_have(table, context)
    owner = context.state.owner(table, model.key) if model.is_pinned else None
    if owner is not None:
        return cannot_run(f"{owner.label}.{owner.name} has the table {table} already", _MOVE)
    if table in context.state.left_tables:
        left = context.state.left_tables[table]
        return cannot_run(f"the table {table} is still there: {left} left the state alone", _MOVE)
    if table in context.dropped:
        by = context.dropped[table]
        return breaking(f"{by} drops the table {table} and this makes it: its rows are lost", _MOVE)
    return None


def _see_all_that_have(table: str, context: Context) -> None:
    """Nothing. Raises NeedWholeTree: apps that were not replayed may name the table."""
    if not context.sees_all and context.is_mentioned(table):
        raise NeedWholeTree


def takes_over(operation: Operation, context: Context) -> Effect | None:
    """What becomes of a model that is made in the state alone; None if its table is there."""
    model = model_of(operation, context.app, context.label)
    if model is None or not model.surely_has_table or model.table not in context.dropped:
        return None
    return breaking(f"its table {model.table} is dropped by {context.dropped[model.table]}", _MOVE)


def delete_model(operation: Operation, context: Context) -> Effect:
    """The table goes; old code reads and writes it until it is gone."""
    model = context.model(operation)
    if model is not None and model.table is not None:
        _see_all_that_have(model.table, context)
        owner = context.state.owner(model.table, model.key)
        if owner is not None:
            what = f"it drops the table {model.table}, which {owner.label}.{owner.name} has by now"
            return replace(breaking(what, _MOVE), lossy=True)
    links = [link for link in model.fields.values() if link.points_somewhere] if model else []
    warnings = (
        "until this has run, new code cannot delete rows that rows of "
        f"{operation.model} point at: it does not know them any more",
    )
    return Effect(
        Kind.CONTRACT,
        "old code uses the table until it is gone",
        lossy=True,
        exclusive=True,
        warnings=warnings if links else (),
    )


def rename_model(operation: Operation, context: Context) -> Effect:
    """The table is renamed, unless its name is pinned and no column elsewhere has its name."""
    old, new = operation.text("old_name"), operation.text("new_name")
    if old is None or new is None:
        return unknown("the names of the model are not literals")
    if old.lower() == new.lower():
        return neutral("tables and columns are named in lower case: nothing changes")
    model = context.model(operation)
    if model is None:
        return breaking("the table is renamed", _KEEP_NAME)
    if not context.sees_all:
        raise NeedWholeTree
    if model.is_pinned is None:
        return unknown("db_table is not a literal")
    effect = _renamed(model, context)
    return effect if effect.kind is Kind.UNKNOWN else replace(effect, warnings=(_TYPES,))


def _renamed(model: Model, context: Context) -> Effect:
    inward = [link for _, link in pointing_at(context.state.models.values(), model.target)]
    tables = [link for link in (*model.fields.values(), *inward) if _is_auto_table(link)]
    keys = [link for link in inward if not link.is_many_to_many]
    if not model.is_pinned:
        advice = "" if tables else _KEEP_NAME
        return breaking("the table is renamed", advice, locks=bool(keys or tables))
    if tables:
        return breaking("the column of its ManyToManyField is renamed", locks=True)
    if context.state.incomplete or not model.is_complete or _may_be_named_elsewhere(model, context):
        return unknown("whether a ManyToManyField names it cannot be told from what was read")
    return neutral("the table is pinned by db_table")


def _may_be_named_elsewhere(model: Model, context: Context) -> bool:
    """Whether a ManyToManyField may mean the model by words that are not understood.

    Those are a name under a label that no folder has, as an AppConfig may set it, and
    a setting: AUTH_USER_MODEL means models that have a password.
    """
    labels = {other.label.lower() for other in context.state.models.values()}
    for other in context.state.models.values():
        for link in filter(_is_auto_table, other.fields.values()):
            target = other.target_of(link)
            if isinstance(target, str):
                label, _, name = target.rpartition(".")
                if name == model.name.lower() and label not in labels:
                    return True
            elif "password" in model.fields or target != _USER:
                return True
    return False


def alter_table(operation: Operation, context: Context) -> Effect:
    """Another name for the table, or the name that it has."""
    model, wanted = context.model(operation), operation.get("table")
    if model is None:
        return unknown("the model's present table is not known")
    if wanted is None or wanted == "":
        wanted = f"{model.label}_{model.name.lower()}"
    if not isinstance(wanted, str) or model.table is None:
        return unknown("the table's name is not a literal")
    if wanted == model.table:
        return neutral("the table keeps its name")
    return breaking(f"the table {model.table} is renamed to {wanted}")


def alter_comment(operation: Operation, context: Context) -> Effect:
    """A comment in the database's catalogue."""
    return Effect(Kind.EXPAND, "a comment only", order_free=True)


def alter_order(operation: Operation, context: Context) -> Effect:
    """The column ``_order``, which is NOT NULL without a default in the database."""
    if operation.get("order_with_respect_to") is None:
        return breaking("the column _order is dropped, which old code writes")
    return breaking("the column _order is NOT NULL, and old code does not write it")


def delete_hazard(name: str, link: Field) -> str:
    """The warning about rows that old code cannot delete any more."""
    return (
        f"line {link.line}: a new relation from {name} to a table that old code deletes from: "
        "while both run, its delete fails where a new row points at the old one"
    )


def _is_delete_hazard(context: Context, link: Field, new: set[Key]) -> bool:
    """Whether the relation points at a table that was there before the file."""
    if not link.points_somewhere:
        return False
    to = link.get("to")
    if to == "self" or not isinstance(to, str):
        return to != "self"
    label, _, name = to.lower().rpartition(".")
    return (label or context.label.lower()) != context.label.lower() or (
        context.app,
        name,
    ) not in new


def _is_auto_table(link: Field) -> bool:
    return link.is_many_to_many and link.has_through is not True
