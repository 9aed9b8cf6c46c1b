"""Lists cut down by the query: ``?eq[name]=bookshop``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

EQUAL = re.compile(r"eq\[(\w+)\]")


def filtered(items: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> Sequence[Any]:
    """The items whose fields have the values that the query names; other parameters are none.

    An item without such a field is not among them.
    """
    wanted = [
        (match[1], value) for name, value in query.items() if (match := EQUAL.fullmatch(name))
    ]
    return [item for item in items if all(_is(item.get(name), value) for name, value in wanted)]


def _is(value: object, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == str(value).lower()
    return value is not None and str(value) == wanted
