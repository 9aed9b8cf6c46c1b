"""What a value in the code of a migration is, as far as it decides what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One of the words below, with the model that it is about and what is in it.

    ``plain``: a value without rows. ``rows`` and ``row``: a queryset or manager, and an
    instance. ``list`` and ``tuple``: of `parts`. ``opaque``: it may be, or hold, an instance of
    whatever model. ``ref``: something imported, by its path. ``function``: one of the file.
    """

    word: str
    #: (app label, name).
    model: tuple[str, str] = ("", "")
    parts: tuple[Kind, ...] = ()
    path: str = ""
    node: object = field(default=None, compare=False)


PLAIN, OPAQUE = Kind("plain"), Kind("opaque")
APPS, EDITOR, CONNECTION, GET_MODEL = (
    Kind(word) for word in ("apps", "editor", "connection", "get_model")
)
#: What may be handed to code that is known to write nothing.
HARMLESS = frozenset({"plain", "rows", "row", "list", "tuple", "opaque", "ref"})


def either(kinds: Iterable[Kind]) -> Kind:
    """What a value is that may be any of `kinds`."""
    found = list(dict.fromkeys(kinds))
    if not found:
        return PLAIN
    return found[0] if len(found) == 1 else OPAQUE


def element(kind: Kind) -> Kind:
    """What there is in it, one after the other."""
    if kind.word == "rows":
        return Kind("row", kind.model)
    if kind.word in ("list", "tuple"):
        return either(kind.parts)
    return PLAIN if kind.word == "plain" else OPAQUE


def listed(inner: Iterable[Kind]) -> Kind:
    """A list of such values; plain where they are."""
    kind = either(inner)
    return PLAIN if kind == PLAIN else Kind("list", parts=(kind,))
