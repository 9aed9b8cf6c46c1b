"""The names of a module, and what is bound to them when it has been imported."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from minion.analyser.migrations.text.mutations import (
    Mutations,
    mutations_in,
    names_bound,
    names_declared_global,
)
from minion.analyser.migrations.text.values import Ref, Unknown, evaluate

#: The one class of a module that Django looks for.
MIGRATION = "Migration"

_BUILTINS = frozenset(dir(builtins))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Binding:
    """One place that binds a name."""

    line: int
    #: An expression to evaluate, a Ref to an import, or why it is neither.
    value: ast.expr | Ref | Unknown


class ModuleNames:
    """The names that a module binds outside of its functions and classes.

    A name that is bound in two ways, or whose list is changed after it was made,
    has an Unknown value: which one counts depends on what runs.
    """

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self._bindings: dict[str, list[Binding]] = {}
        self._known: dict[str, object] = {}
        self._mutations = Mutations()
        #: The line of the last ``import *``, which may bind anything bound before it.
        self._star_line = 0
        for statement in body:
            self._bind(statement)

    def lookup(self, name: str, line: int) -> object:
        """The value of `name`; Unknown where that is not certain."""
        if name not in self._known:
            # While it is evaluated, a name that leads back to itself is not known.
            self._known[name] = Unknown(line, f"{name} is defined by itself")
            self._known[name] = self._value(name, line)
        return self._known[name]

    @property
    def has_star_import(self) -> bool:
        """Whether an ``import *`` may bind names that are not seen."""
        return self._star_line > 0

    def bindings(self, name: str) -> Sequence[Binding]:
        """The places that bind `name`."""
        return self._bindings.get(name, ())

    def _value(self, name: str, line: int) -> object:
        found = self._bindings.get(name, [])
        if name in self._mutations.patched:
            return Unknown(line, f"{name} is changed in this file")
        if not found:
            if self._star_line:
                return Unknown(line, f"{name} may come from an import *")
            if name in _BUILTINS:
                return Ref(f"builtins.{name}")
            return Unknown(line, f"{name} is not defined in this file")
        if min(binding.line for binding in found) < self._star_line:
            return Unknown(line, f"an import * may redefine {name}")
        values = [self._evaluated(binding) for binding in found]
        first = values[0]
        if isinstance(first, Ref) and all(value == first for value in values):
            return first
        if len(values) > 1:
            return Unknown(line, f"{name} is defined more than once")
        if name in self._mutations.mutated and isinstance(first, (list, dict)):
            return Unknown(line, f"{name} is changed after it was made")
        return first

    def _evaluated(self, binding: Binding) -> object:
        if isinstance(binding.value, ast.expr):
            return evaluate(binding.value, self)
        return binding.value

    def _add(self, name: str, line: int, value: ast.expr | Ref | Unknown) -> None:
        self._bindings.setdefault(name, []).append(Binding(line, value))

    def _bind(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._bind_import(node)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            self._add(node.name, node.lineno, Ref(f".{node.name}"))
            if node.name != MIGRATION:
                self._mutations.update(mutations_in(node))
                for name in names_declared_global(node):
                    self._doubt(name, node.lineno)
        elif isinstance(node, ast.Assign) and all(_is_plain(t) for t in node.targets):
            for target in node.targets:
                self._bind_target(target, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.value is not None:
                self._add(node.target.id, node.lineno, node.value)
        else:
            self._bind_compound(node)

    def _bind_target(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._add(target.id, target.lineno, value)
            if isinstance(value, ast.Name):
                # Two names for one list: what is done to it by one is done to both.
                self._mutations.mutated.update((target.id, value.id))
        else:
            self._mutations.update(mutations_in(ast.Expr(value=target)))

    def _bind_compound(self, node: ast.stmt) -> None:
        """Whatever else: the statements inside count, and so does what it changes."""
        blocks = [
            block
            for name in ("body", "orelse", "finalbody")
            for block in [getattr(node, name, None)]
            if isinstance(block, list)
        ]
        blocks += [handler.body for handler in getattr(node, "handlers", ())]
        if isinstance(node, (ast.If, ast.Try)):
            for block in blocks:
                for statement in block:
                    self._bind(statement)
            if isinstance(node, ast.Try):
                for handler in node.handlers:
                    if handler.name:
                        self._doubt(handler.name, node.lineno)
            return
        for name in names_bound(node):
            self._doubt(name, node.lineno)
        self._mutations.update(mutations_in(node))

    def _doubt(self, name: str, line: int) -> None:
        self._add(name, line, Unknown(line, f"{name} is not set in a plain way"))

    def _bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                path = alias.name if alias.asname else alias.name.partition(".")[0]
                self._add(alias.asname or path, node.lineno, Ref(path))
            return
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self._star_line = max(self._star_line, node.lineno)
                continue
            self._add(alias.asname or alias.name, node.lineno, Ref(f"{module}.{alias.name}"))


def _is_plain(target: ast.expr) -> bool:
    return isinstance(target, (ast.Name, ast.Attribute, ast.Subscript))
