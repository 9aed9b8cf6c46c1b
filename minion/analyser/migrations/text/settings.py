"""MIGRATION_MODULES, as a settings file sets it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from minion.analyser.migrations.text.classbody import ClassBody
from minion.analyser.migrations.text.names import ModuleNames
from minion.analyser.migrations.text.parsing import Unreadable, parse

NAME = "MIGRATION_MODULES"
_USER = "AUTH_USER_MODEL"


def migration_modules(content: bytes) -> dict[str, str] | None:
    """The module of migrations for each app label that the file sets; None if it cannot be read.

    An app whose migrations are switched off (None) is left out.
    """
    if NAME.encode() not in content:
        return {}
    try:
        values = list(_values(parse(content)))
    except (Unreadable, RecursionError):
        return None
    found: dict[str, str] = {}
    for value in values:
        if not isinstance(value, dict):
            return None
        for label, module in value.items():
            if not isinstance(label, str) or not (module is None or isinstance(module, str)):
                return None
            if module is not None:
                found[label] = module
    return found


def user_models(content: bytes) -> set[str | None]:
    """What the file sets AUTH_USER_MODEL to; None stands for what cannot be read."""
    if _USER.encode() not in content:
        return set()
    try:
        values = list(_values(parse(content), _USER))
    except (Unreadable, RecursionError):
        return {None}
    return {value if isinstance(value, str) and "." in value else None for value in values}


def _values(module: ast.Module, name: str = NAME) -> Iterator[object]:
    """What the name is set to in the module, and in its classes (django-configurations)."""
    names = ModuleNames(module.body)
    if names.bindings(name):
        yield names.lookup(name, 0)
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            value = ClassBody(node, names).get(name, None)
            if value is not None:
                yield value
