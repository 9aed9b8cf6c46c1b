"""Expressions in the functions of a migration: what each is, and what it writes."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from minion.analyser.migrations.text.names import ModuleNames
from minion.analyser.migrations.text.values import (
    Ref,
    Unknown,
    evaluate,
)
from minion.analyser.migrations.writes.calls import (
    NotRead,
    Write,
    is_quiet,
    of_other,
    of_row,
    of_rows,
)
from minion.analyser.migrations.writes.kinds import (
    CONNECTION,
    GET_MODEL,
    HARMLESS,
    OPAQUE,
    PLAIN,
    Kind,
    either,
    element,
    listed,
)
from minion.analyser.migrations.writes.values import is_plain, model_named, of_quiet

_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
_OF_MODELS = frozenset({"DoesNotExist", "MultipleObjectsReturned", "__name__"})
#: These put what they are given into what they are called on.
_FILLING = frozenset({"append", "extend", "insert", "add", "setdefault", "update", "appendleft"})


class Expressions(ABC):
    """Judges expressions; `env` has the names of the function that is being followed."""

    def __init__(self, names: ModuleNames, functions: Mapping[str, ast.FunctionDef]) -> None:
        self.env: dict[str, Kind] = {}
        self.written: list[Write] = []
        self._names = names
        self._functions = functions

    @abstractmethod
    def call(
        self, function: object, given: Sequence[Kind], named: Mapping[str, Kind], line: int
    ) -> Kind:
        """What a call of a function of this file gives."""

    def kind(self, node: ast.expr) -> Kind:
        """What an expression is. Raises NotRead."""
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript):
            self.kind(node.slice)
            of = self.kind(node.value)
            return of if isinstance(node.slice, ast.Slice) else element(of)
        if isinstance(node, (ast.List, ast.Set)):
            return listed(map(self.kind, node.elts))
        if isinstance(node, ast.Tuple):
            parts = tuple(map(self.kind, node.elts))
            return PLAIN if set(parts) <= {PLAIN} else Kind("tuple", parts=parts)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._comprehension(node)
        if isinstance(node, ast.IfExp):
            self.kind(node.test)
            return either((self.kind(node.body), self.kind(node.orelse)))
        if isinstance(node, ast.BoolOp):
            return either(map(self.kind, node.values))
        if isinstance(node, ast.Lambda):
            return self._lambda(node)
        if isinstance(node, ast.NamedExpr):
            kind = self.kind(node.value)
            self.bind(node.target, kind)
            return kind
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            raise NotRead(node.lineno, f"an expression ({type(node).__name__}) is not followed")
        return self._all_of(node)

    def _all_of(self, node: ast.AST) -> Kind:
        """An expression of others: plain where all of them are."""
        parts = [
            self.kind(inner) if isinstance(inner, ast.expr) else self._all_of(inner)
            for inner in ast.iter_child_nodes(node)
        ]
        if isinstance(node, (ast.Compare, ast.JoinedStr, ast.FormattedValue, ast.UnaryOp)):
            return PLAIN
        return either(parts)

    def bind(self, target: ast.expr, kind: Kind) -> None:
        """Give a name, or what else is assigned to, its value. Raises NotRead."""
        if isinstance(target, ast.Name):
            old = self.env.get(target.id)
            self.env[target.id] = kind if old is None else either((old, kind))
        elif isinstance(target, (ast.Tuple, ast.List)):
            fits = kind.word == "tuple" and len(kind.parts) == len(target.elts)
            parts = kind.parts if fits else [element(kind)] * len(target.elts)
            for one, part in zip(target.elts, parts):
                self.bind(one, part)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, OPAQUE)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            if self.kind(target.value).word not in HARMLESS - {"ref"}:
                raise NotRead(target.lineno, "something is changed that is no row")
            self._fill(target.value, kind)

    def _fill(self, place: ast.expr, kind: Kind) -> None:
        """What is put into something may be taken out of it again."""
        while isinstance(place, (ast.Attribute, ast.Subscript)):
            place = place.value
        if kind != PLAIN and not (isinstance(place, ast.Name) and place.id in self.env):
            raise NotRead(place.lineno, "rows are kept where they are not followed")
        old = self.env.get(place.id) if isinstance(place, ast.Name) else None
        if kind != PLAIN and old is not None and old.word not in ("row", "rows"):
            assert isinstance(place, ast.Name)
            self.env[place.id] = either((old, OPAQUE))

    def _name(self, node: ast.Name) -> Kind:
        if node.id in self.env:
            return self.env[node.id]
        value = self._names.lookup(node.id, node.lineno)
        bound = self._names.bindings(node.id)
        if isinstance(value, Unknown) and len(bound) == 1 and isinstance(bound[0].value, ast.expr):
            # Whatever is put into it later: `_fill` sees to it that it is no row.
            value = evaluate(bound[0].value, self._names)
        if isinstance(value, Unknown):
            raise NotRead(node.lineno, value.why)
        if not isinstance(value, Ref):
            if not is_plain(value):
                raise NotRead(node.lineno, f"what {node.id} is is not known")
            return PLAIN
        function = self._functions.get(value.path)
        if function is not None:
            return Kind("function", path=value.path, node=function)
        return Kind("ref", path=value.path)

    def _attribute(self, node: ast.Attribute) -> Kind:
        of, name = self.kind(node.value), node.attr
        if of.word == "apps" and name == "get_model":
            return GET_MODEL
        if of.word == "editor" and name == "connection":
            return CONNECTION
        if of.word == "connection" and name in ("alias", "vendor"):
            return PLAIN
        if of.word == "model" and name in _MANAGERS:
            return Kind("rows", of.model)
        if of.word == "model" and name in _OF_MODELS:
            return PLAIN
        if of.word == "ref":
            return Kind("ref", path=f"{of.path}.{name}")
        if of.word in ("row", "opaque", "tuple", "list", "rows"):
            return PLAIN if name in ("pk", "id") or name.endswith("_id") else OPAQUE
        if of == PLAIN:
            return PLAIN
        raise NotRead(node.lineno, f"what {name} is is not known")

    def _call(self, node: ast.Call) -> Kind:
        given = [self.kind(one.value if isinstance(one, ast.Starred) else one) for one in node.args]
        named = {one.arg or "**": self.kind(one.value) for one in node.keywords}
        function = node.func
        if isinstance(function, ast.Attribute):
            of = self.kind(function.value)
            if of.word in ("rows", "row"):
                found, write = (of_rows if of.word == "rows" else of_row)(of, function.attr, node)
                if write is not None:
                    self.written.append(write)
                return found
            if of.word in ("plain", "opaque", "list", "tuple"):
                if function.attr in _FILLING:
                    for kind in (*given, *named.values()):
                        self._fill(function.value, kind)
                if of.word == "plain" and any(kind != PLAIN for kind in given):
                    self._refuse(node, given, named)
                return of_other(of, function.attr, node)
        return self._called(self.kind(function), node, given, named)

    def _called(
        self, function: Kind, node: ast.Call, given: list[Kind], named: dict[str, Kind]
    ) -> Kind:
        if function == GET_MODEL:
            return model_named(node)
        if function.word == "model":
            return Kind("row", function.model)
        if function.word == "function":
            if any(isinstance(one, ast.Starred) for one in node.args) or "**" in named:
                raise NotRead(node.lineno, "what a function is given is not followed")
            return self.call(function.node, given, named, node.lineno)
        if function.word == "ref" and is_quiet(function.path):
            self._refuse(node, given, named)
            return of_quiet(function.path, given)
        what = f"what {function.path.lstrip('.')}() does" if function.path else "a call"
        raise NotRead(node.lineno, f"{what} is not known")

    def _refuse(self, node: ast.Call, given: list[Kind], named: dict[str, Kind]) -> None:
        """Raises NotRead: what is called gets what it could write with."""
        if any(kind.word not in HARMLESS for kind in (*given, *named.values())):
            raise NotRead(node.lineno, "models or functions are handed on")

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Kind:
        outer, own = dict(self.env), set()
        for part in node.generators:
            kind = element(self.kind(part.iter))
            names = {one.id for one in ast.walk(part.target) if isinstance(one, ast.Name)}
            own |= names
            for name in names:
                self.env.pop(name, None)
            self.bind(part.target, kind)
            for test in part.ifs:
                self.kind(test)
        if isinstance(node, ast.DictComp):
            kind = either((self.kind(node.key), self.kind(node.value)))
            found = PLAIN if kind == PLAIN else OPAQUE
        else:
            found = listed([self.kind(node.elt)])
        self._leave(outer, own)
        return found

    def _leave(self, outer: dict[str, Kind], own: set[str]) -> None:
        """Forget the names of an expression; what it has done to others stays."""
        kept = {name: kind for name, kind in self.env.items() if name not in own}
        self.env = {**kept, **{name: outer[name] for name in own if name in outer}}

    def _lambda(self, node: ast.Lambda) -> Kind:
        outer, count = dict(self.env), len(self.written)
        own = {one.arg for one in node.args.args}
        self.env.update(dict.fromkeys(own, OPAQUE))
        self.kind(node.body)
        self._leave(outer, own)
        if len(self.written) > count:
            raise NotRead(node.lineno, "a lambda writes")
        return PLAIN
