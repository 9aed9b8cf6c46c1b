"""Steps as JSON and back, for the journal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from minion.git.records import Commit
from minion.options import Option
from minion.steps.base import Step

#: Marks an object that is not plain JSON; a step's field cannot have this name.
KIND = "@"


def encode(value: Any) -> Any:
    """`value`, a step or something in one, as plain JSON."""
    if isinstance(value, Option):
        return {KIND: "Option", "value": int(value)}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {KIND: type(value).__name__, **fields}
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise TypeError(f"{type(value).__name__} cannot stand in a journal")


def decode(value: Any) -> Any:
    """The value that `encode` made this of.

    Raises:
        ValueError: it names a step that this minion does not have.
    """
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    kind = value.get(KIND)
    if kind == "Option":
        return Option(value["value"])
    known: dict[str, type[Any]] = {each.__name__: each for each in _kinds()}
    if kind not in known:
        raise ValueError(f"there is no step called {kind}")
    fields = {name: decode(item) for name, item in value.items() if name != KIND}
    try:
        made: Any = known[kind](**fields)
    except TypeError as error:
        raise ValueError(f"{kind} is another step now: {error}") from None
    return made


def _kinds() -> Iterator[type[Any]]:
    yield Commit
    yield from all_steps()


def all_steps(base: type[Step] = Step) -> Iterator[type[Step]]:
    """Every kind of step that there is."""
    for each in base.__subclasses__():
        yield each
        yield from all_steps(each)
