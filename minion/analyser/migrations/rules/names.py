"""Rules for names: PostgreSQL has no two indexes of one name, nor a table two checks."""

from __future__ import annotations

from minion.analyser.migrations.rules.context import Context, NeedWholeTree
from minion.analyser.migrations.rules.effects import Effect, cannot_run
from minion.analyser.migrations.state.relations import made_by
from minion.analyser.migrations.text.operations import Operation, operation_of
from minion.analyser.migrations.text.source import Source

_KEEPING = frozenset(
    {"CreateModel", "AddField", "AddIndex", "AddConstraint", "AlterModelOptions"}
    | {"AlterModelManagers", "AddIndexConcurrently", "AddConstraintNotValid"}
)
_NAMING = ("RemoveIndex", "RemoveIndexConcurrently", "RenameIndex", "RemoveConstraint")


def taken(operation: Operation, context: Context) -> Effect | None:
    """Why what an operation makes cannot have its name; None where nothing is in its way."""
    seen = set()
    for named in made_by(operation, context.app):
        if not context.sees_all and not named.is_check and context.is_mentioned(named.name):
            raise NeedWholeTree
        other = context.state.relations.taken(named)
        if operation.name == "CreateModel" and context.may_free(named.name):
            continue  # its indexes are made when all of the file has run
        if other is not None or named.place in seen:
            model = context.state.get(*(other or named).model)
            owner = f" of {model.label}.{model.name}" if model is not None else ""
            kind = "a constraint" if named.is_check else "an index or constraint"
            return cannot_run(
                f"{kind}{owner} has the name {named.name} already", "give it another name"
            )
        seen.add(named.place)
    return None


def may_free(source: Source, name: str) -> bool:
    """Whether an operation of the file may take away what has the name."""
    for operation in map(operation_of, source.operations):
        if not isinstance(operation, Operation):
            return True
        if operation.name in _NAMING:
            if name in (operation.text("name"), operation.text("old_name")):
                return True
        elif operation.name not in _KEEPING:
            return True
    return False
