"""The values of one column while they come in, as digests."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from minion.privacy.digests import DIGESTS, Numbers
from minion.privacy.inventory import Column
from minion.privacy.memory import DATE, LONG, STRONG, WORD, ColumnMemory, most_of
from minion.privacy.reading import splitter
from minion.privacy.values import emails, is_date, kind

#: Values of a column for each of its rows, as JSON has them; beyond, they are thinned out.
PER_ROW = 4


class Collected:
    """The values of one column while they come in, as digests, in 17 bytes each."""

    def __init__(self, column: Column, limit_rows: int) -> None:
        self._column = column
        self._split = splitter(column)
        self._most = PER_ROW * max(limit_rows, 1000)
        self._mask = 0
        self._values, self._pairs, self._inner = array("Q"), array("Q"), array("Q")
        self._flags = bytearray()

    def add(self, own: int | None, value: str) -> None:
        for text in set(self._split(value)):
            digest = DIGESTS.of(text)
            flag = _flag(text)
            if "@" in text and not flag & STRONG:
                self._inner.extend(map(DIGESTS.of, emails(text)))
            if not digest & self._mask:
                self._values.append(digest)
                self._flags.append(flag)
                self._pairs.append(0 if own is None else DIGESTS.pair(own, digest))
        if len(self._values) > self._most:
            self._thin()

    def _thin(self) -> None:
        """Forget every second value, whatever its rows: digests are as good as dice."""
        self._mask = self._mask * 2 + 1
        kept = [n for n, digest in enumerate(self._values) if not digest & self._mask]
        self._values = array("Q", [self._values[n] for n in kept])
        self._pairs = array("Q", [self._pairs[n] for n in kept])
        self._flags = bytearray(self._flags[n] for n in kept)

    def memory(self, rows: int, of_rows: int, keys: Numbers) -> ColumnMemory:
        counts: dict[int, int] = {}
        flags: dict[int, int] = {}
        for digest, flag in zip(self._values, self._flags):
            counts[digest] = counts.get(digest, 0) + 1
            flags[digest] = flag
        values = Numbers(counts)
        return ColumnMemory(
            column=self._column,
            rows=rows,
            of_rows=of_rows,
            keys=keys,
            pairs=Numbers(pair for pair in self._pairs if pair),
            values=values,
            counts=array("L", [counts[digest] for digest in values]),
            flags=bytearray(flags[digest] for digest in values),
            inner=Numbers(self._rare_inner(rows)),
            share=1 / (self._mask + 1),
        )

    def _rare_inner(self, rows: int) -> Iterable[int]:
        counts: dict[int, int] = {}
        for digest in self._inner:
            counts[digest] = counts.get(digest, 0) + 1
        most = most_of(rows)
        return [digest for digest, count in counts.items() if count <= most]


def _flag(text: str) -> int:
    what = kind(text)
    if what is not None:
        return LONG if what == "text" else STRONG
    if is_date(text):
        return DATE
    return WORD if len(text) >= (4 if text.isdigit() else 2) else 0
