"""The classes of a change to the database, and how several in one file combine."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Kind(str, Enum):
    """When a migration can run without a maintenance page.

    Two questions decide: does the old code work on the new schema, and does the new
    code work on the old one? "Works" means that every write succeeds that is legal
    under that code's own models.
    """

    #: No DDL, no change of data: at any moment.
    NEUTRAL = "neutral"
    #: Old code works on the new schema: before the new code serves.
    EXPAND = "expand"
    #: New code works on the old schema: once no old code is left.
    CONTRACT = "contract"
    #: Neither works: behind the maintenance page.
    BREAKING = "breaking"
    #: Cannot be told: as BREAKING.
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


def combine(parts: Iterable[tuple[Kind, bool]]) -> tuple[Kind, bool]:
    """The class of several operations together; each part, as the answer, is (kind, order-free).

    NEUTRAL changes nothing. UNKNOWN wins over the rest, except over a BREAKING that
    follows from the known parts alone.
    """
    old_works = new_works = True
    seen = unknown = False
    for kind, order_free in parts:
        if kind is Kind.NEUTRAL:
            continue
        if kind is Kind.UNKNOWN:
            unknown = True
            continue
        seen = True
        old_works = old_works and kind is Kind.EXPAND
        new_works = new_works and (kind is Kind.CONTRACT or order_free)
    if seen and not old_works and not new_works:
        return Kind.BREAKING, False
    if unknown:
        return Kind.UNKNOWN, False
    if not seen:
        return Kind.NEUTRAL, False
    if old_works:
        return Kind.EXPAND, new_works
    return Kind.CONTRACT, False
