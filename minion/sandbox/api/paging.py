"""Lists in pages, by the Range header.

Dev Center: Platform API Reference, "Ranges". Clients write the header in many
ways ("version ..; max=15, order=desc", "id ..; max=1000;"), so it is read
leniently: what is not understood is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from minion.sandbox.errors import ApiError

DEFAULT_MAX = 200
LARGEST_MAX = 1000
#: What Heroku ranges by although its answers do not show it (builds).
SHOWN_AS = {"started_at": "created_at"}
RANGE = re.compile(r"^\s*([a-z_]+)\s*([^;]*)(.*)$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A part of a list: 206 when there is more, and the headers that lead to it."""

    items: Sequence[object]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Range:
    """What a client asked for; `start` is where its way through the list begins."""

    field: str = "id"
    start: str = ""
    start_exclusive: bool = False
    end: str = ""
    max: int = DEFAULT_MAX
    descending: bool = False


def parse_range(header: str) -> Range:
    """The wishes in a Range header."""
    match = RANGE.match(header)
    if match is None:
        return Range()
    name, bounds, rest = match.groups()
    start, _, end = bounds.strip().partition("..")
    maximum = re.search(r"max\s*=\s*(\d+)", rest)
    return Range(
        field=name.lower(),
        start=start.strip().lstrip("]["),
        start_exclusive=start.strip().startswith("]"),
        end=end.strip().strip("[]"),
        max=min(max(int(maximum.group(1)), 1), LARGEST_MAX) if maximum else DEFAULT_MAX,
        descending=re.search(r"order\s*=\s*desc", rest, re.IGNORECASE) is not None,
    )


def paged(items: Sequence[Mapping[str, Any]], header: str) -> Page:
    """The page of `items` that a Range header asks for.

    Raises:
        ApiError: 416, the items have no such field to go by.
    """
    if not items:
        return Page([])
    wanted = parse_range(header)
    if wanted.field not in items[0] and wanted.field in SHOWN_AS:
        wanted = replace(wanted, field=SHOWN_AS[wanted.field])
    sortable = [name for name in items[0] if _can_be_sorted(items, name)]
    if not header.strip() and wanted.field not in sortable:
        return Page(items[: wanted.max])
    if wanted.field not in sortable:
        raise ApiError(
            416,
            "requested_range_not_satisfiable",
            f"Cannot range by {wanted.field}; choose from {', '.join(sortable)}.",
        )
    if wanted.descending and wanted.start and wanted.end and not wanted.start_exclusive:
        wanted = _from_the_top(wanted)
    ordered = sorted(items, key=lambda item: item[wanted.field], reverse=wanted.descending)
    inside = [item for item in ordered if _is_inside(item[wanted.field], wanted)]
    page = inside[: wanted.max]
    headers = {"Accept-Ranges": ", ".join(sortable)}
    if page:
        first, last = page[0][wanted.field], page[-1][wanted.field]
        headers["Content-Range"] = f"{wanted.field} {first}..{last}"
    if len(inside) <= wanted.max:
        return Page(page, 200, headers)
    order = ", order=desc" if wanted.descending else ""
    headers["Next-Range"] = (
        f"{wanted.field} ]{page[-1][wanted.field]}..{wanted.end}; max={wanted.max}{order}"
    )
    return Page(page, 206, headers)


def _can_be_sorted(items: Sequence[Mapping[str, Any]], name: str) -> bool:
    kinds = {type(item.get(name)) for item in items}
    return kinds in ({str}, {int}) and items[0][name] != ""


def _from_the_top(wanted: Range) -> Range:
    """Both bounds of a descending range, which clients give in either order."""
    numbers = wanted.start.isdecimal() and wanted.end.isdecimal()
    low_first = int(wanted.start) < int(wanted.end) if numbers else wanted.start < wanted.end
    return replace(wanted, start=wanted.end, end=wanted.start) if low_first else wanted


def _is_inside(value: str | int, wanted: Range) -> bool:
    """Whether a value lies between start and end, in the direction of travel."""
    sign = -1 if wanted.descending else 1
    if wanted.start:
        to_start = sign * _compare(value, wanted.start)
        if to_start < 0 or (to_start == 0 and wanted.start_exclusive):
            return False
    return not wanted.end or sign * _compare(value, wanted.end) <= 0


def _compare(value: str | int, bound: str) -> int:
    """-1, 0 or 1; a number is compared as a number, whatever else as text."""
    if isinstance(value, int):
        try:
            other = int(bound)
        except ValueError:
            return 0
        return (value > other) - (value < other)
    return (value > bound) - (value < bound)
