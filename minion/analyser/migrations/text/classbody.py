"""The body of a class, statement by statement."""

from __future__ import annotations

import ast

from minion.analyser.migrations.text.mutations import mutations_in, names_bound
from minion.analyser.migrations.text.names import ModuleNames
from minion.analyser.migrations.text.values import Ref, Unknown, evaluate

_GROWING = frozenset(("append", "extend", "insert"))


class ClassBody:
    """The attributes of a class, in so far as plain statements set them.

    Understood are assignments, ``+=``, and ``append``, ``extend`` and ``insert`` on an
    attribute's list. Whatever another statement mentions is Unknown from there on.
    """

    def __init__(self, node: ast.ClassDef, names: ModuleNames) -> None:
        self.line = node.lineno
        self.unread: list[Unknown] = []
        self._names = names
        self._own: dict[str, object] = {}
        for statement in node.body:
            self._run(statement)

    def get(self, name: str, default: object) -> object:
        """The attribute's value, `default` if the class does not set it."""
        return self._own.get(name, default)

    def lookup(self, name: str, line: int) -> object:
        """The value of a name as the class's body sees it."""
        if name in self._own:
            return self._own[name]
        return self._names.lookup(name, line)

    def _run(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
            self._assign(node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.value is not None:
                self._own[node.target.id] = evaluate(node.value, self)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._grow_by(node, node.target.id)
        elif isinstance(node, ast.Expr) and self._is_growth(node.value):
            assert isinstance(node.value, ast.Call)
            self._grow(node.value)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._own[node.name] = Ref(f".Migration.{node.name}")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            pass
        elif isinstance(node, ast.If) and _is_choice(node):
            self._choose(node)
        elif not isinstance(node, ast.Pass):
            self._doubt(node)

    def _assign(self, node: ast.Assign) -> None:
        value = evaluate(node.value, self)
        shared = isinstance(value, list) and (
            len(node.targets) > 1 or isinstance(node.value, ast.Name)
        )
        for target in node.targets:
            assert isinstance(target, ast.Name)
            # Two names for one list: what is done by one of them would be seen by the other.
            self._own[target.id] = tuple(value) if shared and isinstance(value, list) else value

    def _grow_by(self, node: ast.AugAssign, name: str) -> None:
        old, more = self.lookup(name, node.lineno), evaluate(node.value, self)
        if isinstance(more, Unknown):
            self._own[name] = more
        elif isinstance(old, list) and isinstance(more, (list, tuple)):
            self._own[name] = [*old, *more]
        elif isinstance(old, tuple) and isinstance(more, tuple):
            self._own[name] = (*old, *more)
        else:
            self._own[name] = Unknown(node.lineno, f"{name} is changed in a way that is not read")

    def _is_growth(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _GROWING
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in self._own
            and not node.keywords
        )

    def _grow(self, node: ast.Call) -> None:
        assert isinstance(node.func, ast.Attribute)
        assert isinstance(node.func.value, ast.Name)
        name = node.func.value.id
        old = self._own[name]
        args = [evaluate(argument, self) for argument in node.args]
        grown = _grown(old, node.func.attr, args) if isinstance(old, list) else None
        doubt = Unknown(node.lineno, f"{name} is changed in a way that is not read")
        self._own[name] = doubt if grown is None else grown

    def _choose(self, node: ast.If) -> None:
        """A condition between plain assignments: not known, but one of these."""
        found: dict[str, list[object]] = {}
        for statement in (*node.body, *node.orelse):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                found.setdefault(statement.targets[0].id, []).append(
                    evaluate(statement.value, self)
                )
        for name, values in found.items():
            values.append(self._own.get(name, []))
            self._own[name] = Unknown(node.lineno, "a condition decides", tuple(values))

    def _doubt(self, node: ast.stmt) -> None:
        """Forget whatever the statement may set or change."""
        mutations = mutations_in(node)
        for name in names_bound(node) | mutations.mutated | mutations.patched:
            self._own[name] = Unknown(node.lineno, f"{name} is set or changed in a way not read")


def _is_choice(node: ast.If) -> bool:
    return all(
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        for statement in (*node.body, *node.orelse)
    )


def _grown(old: list[object], method: str, args: list[object]) -> list[object] | None:
    """The list after one of `_GROWING`; None if the arguments cannot be read."""
    if method == "append" and len(args) == 1:
        return [*old, args[0]]
    if method == "extend" and len(args) == 1 and isinstance(args[0], (list, tuple)):
        return [*old, *args[0]]
    if method == "insert" and len(args) == 2 and type(args[0]) is int:
        return [*old[: args[0]], args[1], *old[args[0] :]]
    return None
