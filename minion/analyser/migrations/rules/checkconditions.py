"""Which columns a CheckConstraint looks at, where NULL in all of them surely meets it."""

from __future__ import annotations

from minion.analyser.migrations.text.values import Call, Expression, is_literal

#: Lookups that give NULL for NULL. ``isnull`` is the one that does not.
_PLAIN = frozenset(
    {"exact", "iexact", "gt", "gte", "lt", "lte", "in", "range", "regex", "iregex", "contains"}
    | {"icontains", "startswith", "istartswith", "endswith", "iendswith", "date", "year"}
    | {"month", "day", "week", "quarter", "time", "hour", "minute", "second", "length", "len"}
)
_Q = ("django.db.models.Q", "django.db.models.query_utils.Q")
_F = ("django.db.models.F", "django.db.models.expressions.F")


def fields_of_check(condition: object) -> frozenset[str] | None:
    """The fields that a check names; None where NULL in them may violate it, or nobody knows.

    A CHECK holds when it is NULL. Django's ``~Q`` adds IS NOT NULL inside the
    negation, so that one negation holds for NULL and one inside another does not.
    """
    found: set[str] = set()
    return frozenset(found) if _collect(condition, found, negated=False) and found else None


def _collect(condition: object, found: set[str], *, negated: bool) -> bool:
    if isinstance(condition, Expression):
        if condition.operator == "Invert" and not negated:
            return _collect(condition.parts[0], found, negated=True)
        if condition.operator in ("BitAnd", "BitOr"):
            return all(_collect(part, found, negated=negated) for part in condition.parts)
        return False
    if not isinstance(condition, Call) or condition.path not in _Q or condition.is_open:
        return False
    words = dict(condition.keywords)
    connector, turned = words.pop("_connector", "AND"), words.pop("_negated", False)
    if connector not in ("AND", "OR", None) or not isinstance(turned, bool):
        return False
    if turned and negated:
        return False
    inner = negated or turned
    return all(_child(part, found, inner) for part in (*condition.args, *words.items()))


def _child(part: object, found: set[str], negated: bool) -> bool:
    if not isinstance(part, (tuple, list)):
        return _collect(part, found, negated=negated)
    if len(part) != 2 or not isinstance(part[0], str):
        return False
    name, *lookups = part[0].split("__")
    if not set(lookups) <= _PLAIN:
        return False
    found.add(name)
    return _operand(part[1], found)


def _operand(value: object, found: set[str]) -> bool:
    if isinstance(value, Call) and value.path in _F and len(value.args) == 1:
        if not isinstance(value.args[0], str) or "__" in value.args[0]:
            return False
        found.add(value.args[0])
        return True
    if isinstance(value, (list, tuple)):
        return bool(value) and all(is_literal(part) and part is not None for part in value)
    return is_literal(value) and value is not None
