"""Values of the module, and what calls give that write nothing."""

from __future__ import annotations

import ast

from minion.analyser.migrations.text.values import Call, Expression, Ref, is_literal
from minion.analyser.migrations.writes.calls import NotRead, is_quiet
from minion.analyser.migrations.writes.kinds import OPAQUE, PLAIN, Kind, element

_KEEPING = frozenset(f"builtins.{name}" for name in ("list", "sorted", "reversed", "set", "iter"))


def is_plain(value: object) -> bool:
    """Whether a value of the module is made of literals and of what writes nothing."""
    if isinstance(value, Call):
        parts: list[object] = [*value.args, *value.keywords.values()]
        return is_quiet(value.path) and not value.is_open and all(map(is_plain, parts))
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    if isinstance(value, Expression):
        return all(map(is_plain, value.parts))
    return is_literal(value) or (isinstance(value, Ref) and is_quiet(value.path))


def model_named(node: ast.Call) -> Kind:
    """``get_model("shop", "Order")`` or ``get_model("shop.Order")``."""
    words = {"app_label": 0, "model_name": 1}
    parts = dict(enumerate(node.args))
    parts.update({words[one.arg]: one.value for one in node.keywords if one.arg in words})
    given = [parts.get(0), parts.get(1)]
    texts = [one.value if isinstance(one, ast.Constant) else None for one in given]
    first, second = texts
    if isinstance(first, str) and 1 not in parts:
        first, _, second = first.partition(".")
    if not isinstance(first, str) or not isinstance(second, str) or not second:
        raise NotRead(node.lineno, "which model it gets is not a literal")
    return Kind("model", (first.lower(), second.lower()))


def of_quiet(path: str, given: list[Kind]) -> Kind:
    """What a call of something that writes nothing gives."""
    if path in _KEEPING and given:
        inner = element(given[0])
        return PLAIN if inner == PLAIN else Kind("list", parts=(inner,))
    if path == "builtins.enumerate" and given:
        return Kind("list", parts=(Kind("tuple", parts=(PLAIN, element(given[0]))),))
    if path == "builtins.zip":
        return Kind("list", parts=(Kind("tuple", parts=tuple(map(element, given))),))
    if path.startswith("tqdm.") and given:
        return given[0]
    if path in ("builtins.len", "builtins.str", "builtins.int", "builtins.print", "builtins.bool"):
        return PLAIN
    return PLAIN if all(kind.word in ("plain", "ref") for kind in given) else OPAQUE
