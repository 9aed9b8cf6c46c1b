"""Operations by name and argument, however they are spelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from minion.analyser.migrations.text.values import IGNORED, Call, Ref, Unknown

#: The parameters of each operation in their order (Django 1.11 to 6.0).
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "CreateModel": ("name", "fields", "options", "bases", "managers"),
    "DeleteModel": ("name",),
    "RenameModel": ("old_name", "new_name"),
    "AlterModelTable": ("name", "table"),
    "AlterModelTableComment": ("name", "table_comment"),
    "AlterUniqueTogether": ("name", "unique_together"),
    "AlterIndexTogether": ("name", "index_together"),
    "AlterOrderWithRespectTo": ("name", "order_with_respect_to"),
    "AlterModelOptions": ("name", "options"),
    "AlterModelManagers": ("name", "managers"),
    "AddField": ("model_name", "name", "field", "preserve_default"),
    "RemoveField": ("model_name", "name"),
    "AlterField": ("model_name", "name", "field", "preserve_default"),
    "RenameField": ("model_name", "old_name", "new_name"),
    "AddIndex": ("model_name", "index"),
    "RemoveIndex": ("model_name", "name"),
    "RenameIndex": ("model_name", "new_name", "old_name", "old_fields"),
    "AddConstraint": ("model_name", "constraint"),
    "RemoveConstraint": ("model_name", "name"),
    "AlterConstraint": ("model_name", "name", "constraint"),
    "RunSQL": ("sql", "reverse_sql", "state_operations", "hints", "elidable"),
    "RunPython": ("code", "reverse_code", "atomic", "hints", "elidable"),
    "SeparateDatabaseAndState": ("database_operations", "state_operations"),
}
#: Those of django.contrib.postgres.operations.
POSTGRES: Mapping[str, tuple[str, ...]] = {
    "CreateExtension": ("name", "hints"),
    "BloomExtension": ("hints",),
    "BtreeGinExtension": ("hints",),
    "BtreeGistExtension": ("hints",),
    "CITextExtension": ("hints",),
    "CryptoExtension": ("hints",),
    "HStoreExtension": ("hints",),
    "TrigramExtension": ("hints",),
    "UnaccentExtension": ("hints",),
    "CreateCollation": ("name", "locale"),
    "RemoveCollation": ("name", "locale"),
    "AddIndexConcurrently": ("model_name", "index"),
    "RemoveIndexConcurrently": ("model_name", "name"),
    "AddConstraintNotValid": ("model_name", "constraint"),
    "ValidateConstraint": ("model_name", "name"),
}
_MODEL_NAMES = ("model_name", "name", "old_name")
_MODULES = ("", "operations", "operations.models", "operations.fields", "operations.special")
_HOMES = {
    **{
        f"django.db.migrations.{module}.{name}".replace("..", "."): name
        for module in _MODULES
        for name in PARAMETERS
    },
    **{f"django.contrib.postgres.operations.{name}": name for name in POSTGRES},
}
#: What does nothing, as the code of RunPython and the text of RunSQL.
NOOPS = frozenset(
    path + ".noop" for path, name in _HOMES.items() if name in ("RunPython", "RunSQL")
)


@dataclass(frozen=True)
class Operation:
    """One operation of Django's, its arguments by name."""

    name: str
    options: Mapping[str, object]
    line: int

    def get(self, key: str) -> object:
        """The argument; None where it is not given."""
        return self.options.get(key)

    def text(self, key: str) -> str | None:
        """The argument if it is a literal string that is not empty."""
        value = self.options.get(key)
        return value if isinstance(value, str) and value else None

    @property
    def model(self) -> str | None:
        """The name of the model that it is about, as written; None if it is no literal."""
        params = PARAMETERS.get(self.name) or POSTGRES[self.name]
        return self.text(params[0]) if params[0] in _MODEL_NAMES else None


@dataclass(frozen=True)
class UnknownOperation:
    """What is no operation of Django's, or cannot be read."""

    line: int
    name: str
    why: str
    #: The strings among its arguments, which may name models; None if not all could be read.
    strings: frozenset[str] | None = None


def operation_of(value: object) -> Operation | UnknownOperation:
    """The operation that an element of ``operations`` is."""
    if isinstance(value, Unknown):
        return UnknownOperation(value.line, "operation", value.why)
    if not isinstance(value, Call):
        return UnknownOperation(0, "operation", "an element of operations is not a call")
    name = _HOMES.get(value.path)
    if name is None:
        short = value.path.rpartition(".")[2]
        why = f"{value.path.lstrip('.')} is not Django's own operation"
        return UnknownOperation(value.line, short, why, strings_in(value))
    params = PARAMETERS.get(name) or POSTGRES[name]
    if value.is_open or len(value.args) > len(params):
        why = "some of its arguments cannot be read"
        return UnknownOperation(value.line, name, why, strings_in(value))
    options = {**dict(zip(params, value.args)), **value.keywords}
    return Operation(name, options, value.line)


def strings_in(value: object) -> frozenset[str] | None:
    """The strings in a value, in lower case; None if some of it could not be read."""
    found: set[str] = set()
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            found.add(part.lower())
        elif isinstance(part, Call):
            if part.is_open:
                return None
            pending += [*part.args, *part.keywords.values()]
        elif isinstance(part, (list, tuple)):
            pending += part
        elif isinstance(part, dict):
            pending += [*part, *part.values()]
        elif isinstance(part, Unknown) or (isinstance(part, Ref) and _may_be_a_name(part)):
            return None
    return frozenset(found)


def _may_be_a_name(part: Ref) -> bool:
    """Whether what it stands for may be a string: not a function of this file, nor Django's."""
    return part is not IGNORED and not part.path.startswith((".", "django.", "builtins."))


def is_noop(value: object) -> bool:
    """Whether the code or SQL of an operation does nothing at all."""
    if isinstance(value, Ref):
        return value.path in NOOPS
    return value == "" or value == [] or value == ()
