"""Values as JSON: steps and requests for the journal, whole plans for their identifier."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from minion.engine.operation import Before
from minion.git.records import Commit
from minion.options import Option
from minion.steps import Built, Step, Tables

#: Marks an object that is not plain JSON; a step's field cannot have this name.
KIND = "@"


def encode(value: Any) -> Any:
    """`value` as plain JSON; dataclasses by their fields and their name.

    Raises:
        TypeError: something in it has no form of its own there.
    """
    if isinstance(value, Option):
        return {KIND: "Option", "value": int(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {KIND: type(value).__name__, **fields}
    if value is None or isinstance(value, (str, int, bool, float)):
        return value
    raise TypeError(f"{type(value).__name__} cannot stand in a journal")


def decode(value: Any, more: Iterable[type[Any]] = ()) -> Any:
    """The value that `encode` made this of: a step, a record, or one of the types in `more`.

    Raises:
        ValueError: it names something that this minion does not have.
    """
    known = {each.__name__: each for each in (Before, Built, Commit, Tables, *all_steps(), *more)}
    return _decode(value, known)


def _decode(value: Any, known: Mapping[str, type[Any]]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, known) for item in value)
    if not isinstance(value, dict):
        return value
    kind = str(value.get(KIND))
    if kind == "Option":
        return Option(value["value"])
    if kind not in known:
        raise ValueError(f"there is no step called {kind}")
    fields = {name: _decode(item, known) for name, item in value.items() if name != KIND}
    try:
        made: Any = known[kind](**fields)
    except TypeError as error:
        raise ValueError(f"{kind} is another step now: {error}") from None
    return made


def all_steps(base: type[Step] = Step) -> list[type[Step]]:
    """Every kind of step that there is."""
    found = []
    for each in base.__subclasses__():
        found += [each, *all_steps(each)]
    return found


def identifier(*parts: Any) -> str:
    """Twelve digits that change whenever anything in `parts` does.

    Sets and mappings count whatever their order; a field that does not count where two
    values are compared, such as how long something took, does not count here.
    """
    text = json.dumps([_canonical(part) for part in parts], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _key(key: Any) -> str:
    """The key of a mapping as text: options by number, for Python 3.9 writes them otherwise."""
    return str(int(key)) if isinstance(key, Option) else str(key)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(json.dumps(_canonical(item), sort_keys=True) for item in value)
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            f.name: _canonical(getattr(value, f.name))
            for f in dataclasses.fields(value)
            if f.compare
        }
        return {KIND: type(value).__name__, **fields}
    return encode(value)
