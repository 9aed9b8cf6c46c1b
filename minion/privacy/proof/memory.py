"""What is remembered of the source: digests of values, and how often they were met."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from minion.privacy.database.inventory import Column
from minion.privacy.proof.digests import DigestSet
from minion.privacy.proof.kept import Trait

#: A value in more rows than this, and than this share of them, is nobody's own.
COMMON_ROWS, COMMON_SHARE = 10, 0.01

#: What is known of a value: nobody else has an e-mail address, a telephone
#: number, a token (STRONG); hardly anybody writes the same LONG text; a DATE
#: many share; a WORD is any other text, and longer than a letter or a small number. A NAMED
#: one is somebody's full name, and may be somebody else's too.
STRONG, LONG, DATE, WORD, NAMED = 1, 2, 4, 8, 16
IDENTIFYING = STRONG | LONG


def most_of(rows: int) -> float:
    """In more of `rows` than this a value is common."""
    return max(COMMON_ROWS, COMMON_SHARE * rows)


@dataclass(frozen=True)
class ColumnMemory:
    """What is remembered of one column.

    `rows` were looked at, of `of_rows` that there were; `share` of the values
    in them is kept. `keys` are the rows, `pairs` the values with their rows.
    `values` are the values, and parallel to them `counts` (rows that have
    one) and `flags`. `inner` are e-mail addresses and telephone numbers within longer
    texts, `named` what is made of names and addresses and is nobody else's, `kin` what is
    made of them with the rows and `kin_words` without; `starts` the first words of all of
    these. `hashed` are hashes without salt of addresses, telephone numbers and names, of
    one value in `hash_of`.
    `days` are the rows' dates, parallel to `keys`, 0 for none; None where no row has one.
    `traits` are some values by their rows, of which something may be kept.
    """

    column: Column
    rows: int
    of_rows: int
    keys: DigestSet = field(repr=False)
    pairs: DigestSet = field(repr=False)
    values: DigestSet = field(repr=False)
    counts: array[int] = field(repr=False)
    flags: bytearray = field(repr=False)
    inner: DigestSet = field(repr=False)
    share: float = 1.0
    hashed: DigestSet = field(default_factory=DigestSet, repr=False)
    hash_of: int = 1
    days: array[int] | None = field(default=None, repr=False)
    named: DigestSet = field(default_factory=DigestSet, repr=False)
    kin: DigestSet = field(default_factory=DigestSet, repr=False)
    kin_words: DigestSet = field(default_factory=DigestSet, repr=False)
    starts: DigestSet = field(default_factory=DigestSet, repr=False)
    traits: Mapping[int, Trait] = field(default_factory=dict, repr=False)

    @property
    def most(self) -> float:
        """In more rows than this a value is common."""
        return most_of(self.rows)

    @property
    def common(self) -> int:
        """How many values are common."""
        return sum(count > self.most for count in self.counts)

    @property
    def is_whole(self) -> bool:
        """Whether every value of the column is remembered."""
        return self.rows >= self.of_rows and self.share == 1.0

    @property
    def at_least(self) -> int:
        """With how many rows left as they were, the sample shows it 99 times in 100.

        Each of k rows left is in the sample with at least the sample's share
        p, so all are missed with at most (1 - p) to the k.
        """
        if self.is_whole:
            return 1
        share = min(self.rows / max(self.of_rows, 1), 1.0) * self.share
        return math.ceil(math.log(0.01) / math.log(1 - share)) if share > 0 else self.of_rows

    def identifying(self, flag: int) -> Iterator[int]:
        """The identifying values of kind `flag`, as far as they are not common."""
        for position, value in enumerate(self.values):
            if self.flags[position] & flag and self.counts[position] <= self.most:
                yield value
        if flag & STRONG:
            yield from self.inner
        if flag & NAMED:
            yield from self.named


@dataclass(frozen=True)
class Memory:
    """The memory of one look at a database.

    `quoted` are pairs of a personal column and one that is not, which have long
    texts in common: a log that quotes a book's title. `origin` says what the
    data rest on that were proven before; then nothing is remembered.
    """

    columns: tuple[ColumnMemory, ...]
    quoted: frozenset[tuple[str, str]] = frozenset()
    origin: str | None = None
