"""Which rule judges which operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from minion.analyser.migrations.rules import code, columns, constraints, indexes, names, tables
from minion.analyser.migrations.rules.alterfield import alter_field
from minion.analyser.migrations.rules.context import Context
from minion.analyser.migrations.rules.effects import NEW_TABLE, NO_TABLE, Effect, neutral, unknown
from minion.analyser.migrations.text.operations import Operation
from minion.analyser.migrations.verdicts import Kind

Rule = Callable[[Operation, Context], Effect]

#: For operations on a model. They are asked only about tables that existed before.
_ON_TABLES: Mapping[str, Rule] = {
    "DeleteModel": tables.delete_model,
    "RenameModel": tables.rename_model,
    "AlterModelTable": tables.alter_table,
    "AlterModelTableComment": tables.alter_comment,
    "AlterOrderWithRespectTo": tables.alter_order,
    "AddField": columns.add_field,
    "RemoveField": columns.remove_field,
    "RenameField": columns.rename_field,
    "AlterField": alter_field,
    "AddIndex": indexes.add_index,
    "RemoveIndex": indexes.remove_index,
    "RenameIndex": indexes.rename_index,
    "AlterIndexTogether": indexes.alter_together,
    "AddIndexConcurrently": indexes.add_concurrently,
    "RemoveIndexConcurrently": indexes.remove_concurrently,
    "AddConstraint": constraints.add_constraint,
    "RemoveConstraint": constraints.remove_constraint,
    "AlterUniqueTogether": constraints.alter_unique,
    "AddConstraintNotValid": constraints.add_not_valid,
    "ValidateConstraint": constraints.validate,
}
_OTHERS: Mapping[str, Rule] = {
    "CreateModel": tables.create_model,
    "RunPython": code.run_python,
    "RunSQL": code.run_sql,
    "CreateCollation": code.create_collation,
    "RemoveCollation": code.remove_collation,
    "CreateExtension": code.create_extension,
    "BloomExtension": code.create_extension,
    "BtreeGinExtension": code.create_extension,
    "BtreeGistExtension": code.create_extension,
    "CITextExtension": code.create_extension,
    "CryptoExtension": code.create_extension,
    "HStoreExtension": code.create_extension,
    "TrigramExtension": code.create_extension,
    "UnaccentExtension": code.create_extension,
}
_NO_SQL = ("AlterModelOptions", "AlterModelManagers", "AlterConstraint")
#: Django refuses these in a transaction, whatever the model.
_OUTSIDE = ("AddIndexConcurrently", "RemoveIndexConcurrently")


def judge(operation: Operation, context: Context) -> Effect:
    """What an operation does. SeparateDatabaseAndState is not judged here, but its parts."""
    if operation.name in _NO_SQL:
        return neutral("no SQL")
    if not context.has_no_table(operation):
        conflict = names.taken(operation, context)
        if conflict is not None:
            return conflict
    if operation.name in _OTHERS:
        return _OTHERS[operation.name](operation, context)
    if operation.model is None:
        return unknown("the name of the model is not a literal")
    if operation.name in _OUTSIDE:
        refused = indexes.refused(context)
        if refused is not None:
            return refused
    if context.has_no_table(operation):
        return NO_TABLE
    if context.is_created(operation):
        return NEW_TABLE
    effect = _ON_TABLES[operation.name](operation, context)
    if effect.kind is Kind.UNKNOWN:
        return replace(effect, exclusive=True)  # nearly all of these take such a lock
    return effect
