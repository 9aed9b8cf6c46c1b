"""The functions of a migration file: each statement is followed, or none of it is trusted."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from minion.analyser.migrations.text.names import ModuleNames
from minion.analyser.migrations.text.values import Unknown
from minion.analyser.migrations.writes.calls import NotRead, Write
from minion.analyser.migrations.writes.expressions import Expressions
from minion.analyser.migrations.writes.kinds import (
    APPS,
    EDITOR,
    OPAQUE,
    PLAIN,
    Kind,
    either,
    element,
)

Function = ast.FunctionDef
_MOST_CALLS = 200
_MOST_ROUNDS = 9


class Functions:
    """The functions that the operations of a file may name: ``.fill``, ``.Migration.fill``."""

    def __init__(self, module: ast.Module, names: ModuleNames) -> None:
        self._names = names
        self._functions: dict[str, Function] = {}
        for node in module.body:
            if isinstance(node, Function) and len(names.bindings(node.name)) == 1:
                self._functions[f".{node.name}"] = node
            elif isinstance(node, ast.ClassDef) and node.name == "Migration":
                self._functions.update(
                    (f".Migration.{one.name}", one)
                    for one in node.body
                    if isinstance(one, Function)
                )

    def writes(self, path: str) -> tuple[Write, ...] | Unknown:
        """What a function writes when ``migrate`` calls it; Unknown: it may write anything."""
        function = self._functions.get(path)
        if function is None:
            return Unknown(0, f"{path.lstrip('.')} is no function of this file")
        walk = _Walk(self._names, self._functions)
        try:
            walk.call(function, [APPS, EDITOR], {}, function.lineno)
        except NotRead as exc:
            return Unknown(exc.line, exc.why)
        except RecursionError:
            return Unknown(function.lineno, "it is nested too deeply")
        return tuple(dict.fromkeys(walk.written))


class _Walk(Expressions):
    """One call of a function with all that it calls in turn."""

    def __init__(self, names: ModuleNames, functions: Mapping[str, Function]) -> None:
        super().__init__(names, functions)
        self.calls = 0
        self._open: list[Function] = []
        self._returned: list[Kind] = []

    def call(
        self, function: object, given: Sequence[Kind], named: Mapping[str, Kind], line: int
    ) -> Kind:
        """What a call of a function of this file gives. Raises NotRead."""
        self.calls += 1
        assert isinstance(function, Function)
        if function in self._open or self.calls > _MOST_CALLS or function.decorator_list:
            raise NotRead(line, f"what {function.name}() does is not followed")
        spec = function.args
        params = [one.arg for one in (*spec.posonlyargs, *spec.args)]
        if len(given) > len(params) and spec.vararg is None:
            raise NotRead(line, f"{function.name}() is given too many values")
        outer, outer_returned = self.env, self._returned
        self.env, self._returned = (
            dict.fromkeys([*params, *(one.arg for one in spec.kwonlyargs)], PLAIN),
            [],
        )
        self.env.update(zip(params, given))
        self.env.update({name: kind for name, kind in named.items() if name in self.env})
        for extra in filter(None, (spec.vararg, spec.kwarg)):
            self.env[extra.arg] = OPAQUE
        self._open.append(function)
        self._until_nothing_changes(function)
        self._open.pop()
        returned = either(self._returned)
        self.env, self._returned = outer, outer_returned
        return returned

    def _until_nothing_changes(self, function: Function) -> None:
        """What the end of a loop leaves is there at its beginning."""
        for _ in range(_MOST_ROUNDS):
            before = dict(self.env)
            self._block(function.body)
            if self.env == before:
                return
        raise NotRead(function.lineno, f"what {function.name}() does is not followed")

    def _block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Expr):
            self.kind(node.value)
        elif isinstance(node, ast.Assign):
            kind = self.kind(node.value)
            for target in node.targets:
                self.bind(target, kind)
        elif isinstance(node, ast.AnnAssign):
            self.bind(node.target, PLAIN if node.value is None else self.kind(node.value))
        elif isinstance(node, ast.AugAssign):
            kind = self.kind(node.value)
            self.bind(node.target, kind if kind == PLAIN else OPAQUE)
        elif isinstance(node, (ast.For, ast.While, ast.If, ast.With, ast.Try)):
            self._compound(node)
        elif isinstance(node, ast.Return):
            self._returned.append(PLAIN if node.value is None else self.kind(node.value))
        elif isinstance(node, (ast.Raise, ast.Assert, ast.Delete)):
            for inner in ast.iter_child_nodes(node):
                if isinstance(inner, ast.expr):
                    self.kind(inner)
        elif isinstance(node, Function):
            self.env[node.name] = Kind("function", path=node.name, node=node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node)
        elif not isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
            raise NotRead(node.lineno, f"a statement ({type(node).__name__}) is not followed")

    def _compound(self, node: ast.For | ast.While | ast.If | ast.With | ast.Try) -> None:
        if isinstance(node, ast.For):
            self.bind(node.target, element(self.kind(node.iter)))
        elif isinstance(node, (ast.While, ast.If)):
            self.kind(node.test)
        elif isinstance(node, ast.With):
            for item in node.items:
                kind = self.kind(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, kind)
        self._block(node.body)
        for handler in getattr(node, "handlers", []):
            if handler.name:
                self.env[handler.name] = PLAIN
            self._block(handler.body)
        self._block(getattr(node, "orelse", []))
        self._block(getattr(node, "finalbody", []))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = "" if isinstance(node, ast.Import) else "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                raise NotRead(node.lineno, "an import * is not followed")
            path = f"{module}.{alias.name}" if module else alias.name
            name = alias.asname or alias.name.partition(".")[0]
            if not module and not alias.asname:
                path = name
            self.env[name] = Kind("ref", path=path)
