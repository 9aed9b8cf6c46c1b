"""Which names a piece of code may change: their lists, their attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_SETTERS = frozenset(("setattr", "delattr"))


@dataclass
class Mutations:
    """Names by what may have happened to what they stand for."""

    #: A method was called on it, an item was set, or it was handed to somebody else.
    mutated: set[str] = field(default_factory=set)
    #: An attribute of it was set.
    patched: set[str] = field(default_factory=set)

    def update(self, other: Mutations) -> None:
        """Add what `other` has."""
        self.mutated |= other.mutated
        self.patched |= other.patched


def mutations_in(node: ast.stmt) -> Mutations:
    """What a statement may change, or a function when it is called.

    A function's own variables are not counted.
    """
    found = Mutations()
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Attribute, ast.Subscript)):
            if not isinstance(inner.ctx, ast.Load):
                names = found.patched if isinstance(inner, ast.Attribute) else found.mutated
                names.update(_root(inner))
        elif isinstance(inner, ast.Call):
            if isinstance(inner.func, ast.Attribute):
                found.mutated.update(_root(inner.func))
            elif isinstance(inner.func, ast.Name) and inner.func.id in _SETTERS and inner.args:
                found.patched.update(_root(inner.args[0]))
            for argument in inner.args:
                if isinstance(argument, ast.Name):
                    found.mutated.add(argument.id)
        elif isinstance(inner, (ast.For, ast.AsyncFor)):
            found.mutated.update(name.id for name in _loaded(inner.iter))
        elif isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
            found.mutated.add(inner.target.id)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        own = _own_names(node)
        found.mutated -= own
        found.patched -= own
    return found


def names_bound(node: ast.AST) -> set[str]:
    """The names that a statement binds or deletes, in whatever way."""
    stored = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            stored.add(inner.id)
        elif isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            stored.add(inner.name)
        elif isinstance(inner, (ast.Import, ast.ImportFrom)):
            stored.update((a.asname or a.name).partition(".")[0] for a in inner.names)
        elif isinstance(inner, ast.Global):
            stored.update(inner.names)
    return stored


def names_declared_global(node: ast.AST) -> set[str]:
    """The names of the module that the functions in `node` may bind anew."""
    return {
        name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names
    }


def _own_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    spec = function.args
    own = {arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)}
    own |= {arg.arg for arg in (spec.vararg, spec.kwarg) if arg is not None}
    shared: set[str] = set()
    for inner in ast.walk(function):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            own.add(inner.id)
        elif isinstance(inner, ast.Global):
            shared.update(inner.names)
    return own - shared


def _root(node: ast.expr) -> Iterator[str]:
    """The name that a chain of attributes and subscripts starts with."""
    current = node
    while isinstance(current, (ast.Attribute, ast.Subscript)):
        current = current.value
    if isinstance(current, ast.Name):
        yield current.id


def _loaded(node: ast.expr) -> Iterator[ast.Name]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner
