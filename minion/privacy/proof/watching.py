"""One column of the target while its rows go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from minion.privacy.database.inventory import Column
from minion.privacy.proof.comparing import ColumnComparison
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.misplaced import Kin, Misplaced
from minion.privacy.proof.phones import national
from minion.privacy.proof.reading import NATIONAL, Reader
from minion.privacy.proof.vectors import Words
from minion.privacy.values import form, kind

#: Values whose meaning is kept for when they come again.
KEPT = 2000


@dataclass(frozen=True)
class Sought:
    """What must not stand in a column; `reader` is None where nothing is written in words.

    `anything` is a sieve, and its mask, through which falls what is remembered nowhere.
    """

    reader: Reader | None
    strong: DigestSet
    long: DigestSet
    named: DigestSet
    hashed: DigestSet
    anything: tuple[bytearray, int]


@dataclass(frozen=True)
class Row:
    """A row of the target: its digest, what it is called in the report, and whether it is
    among the rows remembered, by the identity of their set. `words` are those of its texts."""

    digest: int | None
    name: str | None
    known: dict[int, bool]
    words: Words | None


@dataclass(frozen=True)
class _Meaning:
    """What a value means for one column, whatever row it is in.

    `own` are the comparisons in which something of it is remembered, where, and the text if
    it is written so; `identifying` and `named` are digests that must not stand here.
    """

    plain: tuple[tuple[int, str], ...]
    own: tuple[tuple[ColumnComparison, int, int, str | None], ...]
    identifying: tuple[int, ...]
    named: tuple[int, ...]
    is_hash: bool
    words: Sequence[int]
    is_address: bool


@dataclass
class Watched:
    """A column, what it is compared with, and what must not stand in it.

    `column` is None for what is written in the catalog.
    """

    column: Column | None
    key: str
    split: Callable[[str], Iterator[str]]
    own: Sequence[ColumnComparison]
    replacements: Sequence[ColumnComparison]
    sought: Sought
    kin: Kin
    is_vector: bool = False
    misplaced: Misplaced | None = None
    named: dict[int, Misplaced] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._meanings: dict[str, _Meaning] = {}
        self._dated = [one for one in self.own if one.memory.days is not None]
        self._with_traits = [one for one in self.own if one.memory.traits]

    def see(self, value: str, row: Row) -> None:
        """Look at a value of `row`."""
        meaning = self._meanings.get(value)
        if meaning is None:
            meaning = self._mean(value)
            if len(self._meanings) >= KEPT:
                self._meanings.clear()
            self._meanings[value] = meaning
        known: set[int] = set()
        for comparison, position, digest, text in meaning.own:
            if self.is_vector and row.words is not None and text and row.words.have(text):
                continue
            is_known_row = row.known[id(comparison.memory.keys)]
            comparison.see(position, digest, row.digest, row.name, is_known_row)
            if not comparison.is_replacement:
                known.add(digest)
        if row.digest is not None:
            if self._dated:
                self._see_dates(meaning, row)
            if self._with_traits and len(meaning.plain) == 1:
                for one in self._with_traits:
                    one.see_trait(row.digest, value, meaning.plain[0][1], row.name)
            self.kin.see(meaning.words, row.digest, row.name)
        # What is known as the column's own is told there.
        if meaning.is_hash or (meaning.identifying and known.isdisjoint(meaning.identifying)):
            self.misplaced = self.misplaced or Misplaced(0)
            self.misplaced.note(row.name)
        for digest in meaning.named:
            if digest not in known:
                found = self.named.setdefault(digest, Misplaced(0, is_address=meaning.is_address))
                found.note(row.name)

    def state(self) -> tuple[Any, ...]:
        """What was seen so far, for `take` of the same column in another process."""
        compared = [one.state() for one in (*self.own, *self.replacements)]
        return compared, self.kin.state(), self.misplaced, self.named

    def take(self, state: tuple[Any, ...]) -> None:
        """Have seen what another process saw: its `state`."""
        compared, kin, self.misplaced, self.named = state
        self.kin.take(kin)
        for one, seen in zip((*self.own, *self.replacements), compared):
            one.take(seen)

    def _see_dates(self, meaning: _Meaning, row: Row) -> None:
        for one in self._dated:
            if row.known[id(one.memory.keys)]:
                for _, text in meaning.plain:
                    one.see_date(row.digest, text)

    def _mean(self, value: str) -> _Meaning:
        texts = set(self.split(value))
        words: Sequence[int] = ()
        other: Sequence[int] = ()
        is_hash = False
        if self.sought.reader is None:
            plain = tuple((DIGESTS.of(form(text)), text) for text in texts)
            if self.own:
                spelled = (NATIONAL + one for text in texts for one in national(text))
                other = DIGESTS.all_of(spelled)
        else:
            is_personal = bool(self.own or self.replacements)
            read = self.sought.reader.read(value, texts, is_personal=is_personal)
            plain, other, words = read.plain, read.other, read.words
            is_hash = any(number in self.sought.hashed for number in read.hashed)
        sieve, mask = self.sought.anything
        told: list[tuple[int, str | None]] = []
        for digest, text in plain:
            if sieve[digest & mask] and sieve[digest >> 32 & mask]:
                told.append((digest, text))
        for digest in other:
            if sieve[digest & mask] and sieve[digest >> 32 & mask]:
                told.append((digest, None))
        words = self.kin.known(words)
        if not told:
            return _Meaning(plain, (), (), (), is_hash, words, False)
        own = tuple(
            (one, position, digest, text)
            for one in (*self.own, *self.replacements)
            for digest, text in told
            if (position := one.memory.values.position(digest)) >= 0
        )
        strong, long, named = self.sought.strong, self.sought.long, self.sought.named
        digests = [digest for digest, _ in told]
        return _Meaning(
            plain,
            own,
            tuple(one for one in digests if one in strong or one in long),
            tuple(one for one in digests if one in named),
            is_hash,
            words,
            all("@" in text and kind(text) == "email" for text in texts),
        )
