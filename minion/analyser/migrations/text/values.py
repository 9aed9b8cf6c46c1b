"""What an expression in a migration file is worth, without carrying it out.

A value is a Python literal, or a list, tuple or dict of values, or one of the four
classes below.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Ref:
    """Something that has a name: ``django.db.models.CASCADE``, or ``.forwards`` of this file."""

    path: str


@dataclass(frozen=True)
class Call:
    """A call of what `path` names, such as a field or an operation."""

    path: str
    args: tuple[object, ...]
    keywords: Mapping[str, object]
    line: int = field(compare=False)
    #: Whether there are arguments that could not be read (``**something``).
    is_open: bool = False


@dataclass(frozen=True)
class Expression:
    """An operator on values that are not all literals, such as ``Q(a=1) | Q(b=2)``."""

    operator: str
    parts: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Unknown:
    """What could not be evaluated, and why. Equal to nothing but itself."""

    line: int
    why: str
    #: The values between which a condition decides, where that much is known.
    choices: tuple[object, ...] = ()


#: Stands for the value of a keyword that never reaches the database.
IGNORED = Ref("<ignored>")

#: Keywords of fields and constraints that decide nothing, so that nobody evaluates them.
_UNREAD = frozenset(
    {"choices", "editable", "error_messages", "help_text", "limit_choices_to", "hints"}
    | {"related_name", "related_query_name", "validators", "verbose_name", "elidable"}
    | {"violation_error_message", "violation_error_code"}
)
_MAX_LENGTH = 1_000_000


class Names(Protocol):
    """Where names get their values from."""

    def lookup(self, name: str, line: int) -> object:
        """The value of `name` as it is when the file is imported."""


def evaluate(node: ast.expr, names: Names) -> object:
    """The value of an expression. Raises RecursionError: it is nested too deeply."""
    if isinstance(node, ast.Constant):
        return node.value
    handler = _HANDLERS.get(type(node))
    if handler is None:
        return Unknown(node.lineno, _described(node))
    return handler(node, names)


def is_given(value: object) -> bool:
    """Whether a default's value is one: anything except Django's NOT_PROVIDED."""
    return not (isinstance(value, Ref) and value.path.rpartition(".")[2] == "NOT_PROVIDED")


def is_literal(value: object) -> bool:
    """Whether `value` is a plain constant: a string, a number, a boolean or None."""
    return value is None or isinstance(value, (str, bytes, int, float, complex))


def _described(node: ast.expr) -> str:
    for kinds, words in _DESCRIPTIONS:
        if isinstance(node, kinds):
            return words
    return f"an expression ({type(node).__name__}) is not read"


_DESCRIPTIONS: tuple[tuple[tuple[type[ast.expr], ...], str], ...] = (
    ((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), "a comprehension is not read"),
    ((ast.IfExp, ast.BoolOp, ast.Compare), "a condition decides"),
    ((ast.Subscript,), "a subscript is not read"),
    ((ast.JoinedStr,), "a formatted string is not read"),
)


def _name(node: ast.Name, names: Names) -> object:
    return names.lookup(node.id, node.lineno)


def _attribute(node: ast.Attribute, names: Names) -> object:
    owner = evaluate(node.value, names)
    if isinstance(owner, Ref):
        return Ref(f"{owner.path}.{node.attr}")
    if isinstance(owner, Unknown):
        return owner
    return Unknown(node.lineno, f"the attribute {node.attr} of a value is not read")


def _elements(nodes: list[ast.expr], names: Names) -> list[object] | Unknown:
    found: list[object] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            found.append(evaluate(node, names))
            continue
        inner = evaluate(node.value, names)
        if not isinstance(inner, (list, tuple)):
            return inner if isinstance(inner, Unknown) else Unknown(node.lineno, "* of no list")
        found.extend(inner)
    return found


def _list(node: ast.List, names: Names) -> object:
    return _elements(node.elts, names)


def _tuple(node: ast.Tuple | ast.Set, names: Names) -> object:
    """A set's elements keep the order in which they are written."""
    found = _elements(node.elts, names)
    return found if isinstance(found, Unknown) else tuple(found)


def _dict(node: ast.Dict, names: Names) -> object:
    found: dict[object, object] = {}
    for key_node, value_node in zip(node.keys, node.values):
        if key_node is None:
            inner = evaluate(value_node, names)
            if not isinstance(inner, dict):
                return (
                    inner if isinstance(inner, Unknown) else Unknown(node.lineno, "** of no dict")
                )
            found.update(inner)
            continue
        key = evaluate(key_node, names)
        if not is_literal(key):
            return Unknown(node.lineno, "a key is not a literal")
        found[key] = evaluate(value_node, names)
    return found


def _binary(node: ast.BinOp, names: Names) -> object:
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if isinstance(node.op, ast.Add):
        joined = _joined(left, right)
        if joined is not None:
            return joined
    if type(left) is int and type(right) is int and max(abs(left), abs(right)) < 2**63:
        for operator, function in _ARITHMETIC.items():
            if isinstance(node.op, operator):
                return function(left, right)
    if any(isinstance(side, (list, tuple, dict)) for side in (left, right)):
        return Unknown(node.lineno, "this way of putting lists together is not read")
    return Expression(type(node.op).__name__, (left, right))


def _joined(left: object, right: object) -> object:
    """Two lists, tuples or strings put together; None where they are not, or too long."""
    if isinstance(left, list) and isinstance(right, list):
        return [*left, *right] if len(left) + len(right) <= _MAX_LENGTH else None
    if isinstance(left, tuple) and isinstance(right, tuple):
        return (*left, *right) if len(left) + len(right) <= _MAX_LENGTH else None
    if isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) + len(right) <= _MAX_LENGTH else None
    return None


_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
}


def _unary(node: ast.UnaryOp, names: Names) -> object:
    value = evaluate(node.operand, names)
    if isinstance(value, Unknown):
        return value
    if isinstance(node.op, ast.USub) and type(value) in (int, float):
        return -value  # type: ignore[operator]
    if isinstance(node.op, ast.Not):
        return not value if is_literal(value) else Unknown(node.lineno, "a condition decides")
    return Expression(type(node.op).__name__, (value,))


def _lambda(node: ast.Lambda, names: Names) -> object:
    return Expression("lambda", (Unknown(node.lineno, "a function's body is not read"),))


def _call(node: ast.Call, names: Names) -> object:
    function = evaluate(node.func, names)
    if isinstance(function, Unknown):
        return function
    if not isinstance(function, Ref):
        return Unknown(node.lineno, "a call of something without a name is not read")
    args = _elements(node.args, names)
    keywords: dict[str, object] = {}
    is_open = isinstance(args, Unknown)
    for keyword in node.keywords:
        if keyword.arg is not None:
            unread = keyword.arg in _UNREAD
            keywords[keyword.arg] = IGNORED if unread else evaluate(keyword.value, names)
            continue
        inner = evaluate(keyword.value, names)
        if isinstance(inner, dict) and all(isinstance(key, str) for key in inner):
            keywords.update(inner)
        else:
            is_open = True
    if isinstance(args, Unknown):
        return Call(function.path, (), keywords, node.lineno, is_open)
    container = _CONTAINERS.get(function.path)
    if container is not None and not keywords and not is_open:
        parts = args[0] if args else ()
        if len(args) < 2 and isinstance(parts, (list, tuple)):
            return container(parts)
    return Call(function.path, tuple(args), keywords, node.lineno, is_open)


_CONTAINERS: dict[str, Callable[[list[object] | tuple[object, ...]], object]] = {
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": tuple,
    "builtins.frozenset": tuple,
}
_HANDLERS: dict[type[ast.expr], Callable[..., object]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _tuple,
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Lambda: _lambda,
    ast.Call: _call,
}
