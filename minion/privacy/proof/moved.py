"""Dates that were moved by as much in every row: whoever knows one of them knows all. Pure."""

from __future__ import annotations

from datetime import date

#: This share of the rows, of so many at least, moved alike is no coincidence.
_RULES = ((0.9, 5), (0.5, 20))
#: A column with fewer different dates than this, moved alike, is a constant or two.
_DIFFERENT = 3
#: One of 30 is; people who do not know their date of birth are said to be as well.
_BORN_ON_THE_FIRST = 0.1


def day_of(text: str) -> int:
    """The number of the day of a date or a point in time in normal form; 0 for none."""
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return 0


class Moves:
    """How far the dates of rows are from those that they were, in days and in months."""

    def __init__(self) -> None:
        self._rows = self._same = self._first = 0
        # By the distance: how many rows, and some of their days.
        self._seen: dict[tuple[str, int], tuple[int, frozenset[int]]] = {}

    def see(self, before: int, after: int) -> None:
        """Count a row whose date was the day `before` and is the day `after`."""
        self._rows += 1
        self._same += before == after
        self._first += date.fromordinal(after).day == 1
        if before == after:
            return
        self._count(("days", after - before), before)
        old, new = date.fromordinal(before), date.fromordinal(after)
        if old.day == new.day:
            months = (new.year - old.year) * 12 + new.month - old.month
            self._count(("months", months), before)

    def _count(self, distance: tuple[str, int], before: int) -> None:
        rows, days = self._seen.get(distance, (0, frozenset()))
        if len(days) < _DIFFERENT:
            days |= {before}
        self._seen[distance] = rows + 1, days

    @property
    def are_truncated(self) -> bool:
        """Whether all dates are the first of a month by now, and few were before.

        Who was born on the first keeps the date, and is one of many who have it.
        """
        return 0 < self._rows == self._first and self._same <= _BORN_ON_THE_FIRST * self._rows

    @property
    def alike(self) -> int:
        """How many rows were moved by as much, if that is no coincidence; else 0."""
        most = max(
            (rows for rows, days in self._seen.values() if len(days) == _DIFFERENT), default=0
        )
        told = any(most >= max(share * self._rows, least) for share, least in _RULES)
        return most if told else 0
