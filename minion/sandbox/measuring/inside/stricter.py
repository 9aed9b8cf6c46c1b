"""What one field allows and another does not, and what depends on a field."""

from django.db import models
from django.db.models.fields import NOT_PROVIDED

#: A whole number's type takes what those before it take.
_INTEGERS = ("smallint", "integer", "bigint")


class Cannot(Exception):
    """An operation has no halves; the text says why."""


def has_own_default(field):
    """Whether the database itself gives the value (Django 5.0: db_default, GeneratedField)."""
    return getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED or bool(
        getattr(field, "generated", False)
    )


def names_in(value):
    """All texts within a deconstructed index or constraint."""
    if isinstance(value, str):
        return {value, *value.split("__"), value.lstrip("-")}
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, models.Q)):
        parts = value.children if isinstance(value, models.Q) else value
        return set().union(*map(names_in, parts)) if parts else set()
    deconstructed = getattr(value, "deconstruct", None)
    return names_in(deconstructed()) if deconstructed else set()


def types(was, now):
    """Whether the type `now` takes less than `was`, and whether it takes more.

    Raises:
        Cannot: neither can hold what the other one does.
    """
    if was == now:
        return False, False
    if was in _INTEGERS and now in _INTEGERS:
        is_less = _INTEGERS.index(now) < _INTEGERS.index(was)
        return is_less, not is_less
    lengths = [_length(one) for one in (was, now)]
    if None in lengths:
        raise Cannot(f"{was} becomes {now}, and neither code can live with the other's")
    return lengths[1] < lengths[0], lengths[1] > lengths[0]


def _length(kind):
    """How many characters the type takes; None if it is no text."""
    if kind in ("text", "varchar"):
        return float("inf")
    if kind.startswith("varchar(") and kind.endswith(")"):
        return int(kind[8:-1])
    return None
