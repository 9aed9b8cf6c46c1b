"""Values of personal columns in columns that they do not belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from minion.privacy.proof.chance import at_least
from minion.privacy.proof.comparing import EXAMPLES, ColumnComparison
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.memory import NAMED, most_of

#: What chance makes less often than this is none.
_CHANCE = 1e-4
#: Rows that have words of their own names, at least.
_LEAST = 5
#: What is made of a name may be made of another one: ``asmith``. In so many of the rows it is not.
_MADE_SHARE = 0.2


@dataclass
class Misplaced:
    """What was found in `found` of `rows` rows, some of which are `examples`.

    `is_address`: within an e-mail address, which may be made of anybody's name.
    """

    rows: int
    found: int = 0
    examples: list[str] = field(default_factory=list)
    rule: str = "values that nobody else has"
    is_address: bool = False

    def add(self, other: Misplaced) -> None:
        """Count what was found of something else, too."""
        self.found += other.found
        self.examples = (self.examples + other.examples)[:EXAMPLES]

    def note(self, name: str | None) -> None:
        """Count one more, in the row `name`."""
        self.found += 1
        if name is not None and len(self.examples) < EXAMPLES:
            self.examples.append(name)


class Kin:
    """Parts of names and addresses in rows that had them.

    How often chance puts them there is told by the row before, which had others.
    """

    def __init__(self, pairs: DigestSet, words: DigestSet) -> None:
        self._pairs, self._words = pairs, words
        self._before: int | None = None
        self._other = 0
        self._same = Misplaced(0, rule="parts of the names or addresses that the rows had")

    def known(self, words: Sequence[int]) -> Sequence[int]:
        """Those of the `words` that any row had."""
        if not words:
            return words
        sieve, mask = self._words.sieve, self._words.mask
        return [one for one in words if sieve[one & mask]]

    def see(self, words: Sequence[int], row: int, name: str | None) -> None:
        """Look at the words of a value of `row`, those that are `known`."""
        if words:
            if self._have(words, row):
                self._same.note(name)
            if self._before is not None and self._have(words, self._before):
                self._other += 1
        self._before = row

    def _have(self, words: Sequence[int], row: int) -> bool:
        return any(DIGESTS.pair(row, one) in self._pairs for one in words)

    def state(self) -> tuple[Misplaced, int]:
        """What was seen so far, for `take` in another process."""
        return self._same, self._other

    def take(self, state: tuple[Misplaced, int]) -> None:
        """Have seen what another process saw: its `state`."""
        self._same, self._other = state

    def verdict(self) -> Misplaced | None:
        """What was found; None for no more than chance."""
        same = self._same.found
        is_more = same > _LEAST and at_least(same, 2.0 * self._other + 1) < _CHANCE * 10
        return self._same if is_more else None


class Names:
    """Full names of the source, wherever they are in the target.

    An anonymiser that draws names from a list writes some that the source has too: as many as
    in the column of the names themselves are no leak elsewhere.
    """

    def __init__(self, own: Sequence[ColumnComparison]) -> None:
        self._own = [one for one in own if any(flag & NAMED for flag in one.memory.flags)
                     or len(one.memory.named)]  # fmt: skip
        self._found: dict[str, tuple[Mapping[int, Misplaced], int]] = {}

    def note(self, key: str, found: Mapping[int, Misplaced], rows: int) -> None:
        """Note the names that were found in the column `key`, which has `rows`."""
        if found:
            self._found[key] = found, rows

    def verdicts(self) -> Iterator[tuple[str, Misplaced]]:
        """What was found where, when the whole target was seen."""
        shares = [self._share(one) for one in self._own]
        for key, (found, rows) in self._found.items():
            told = Misplaced(rows, rule="names that the rows of another column had")
            made = Misplaced(rows, rule="made of names or addresses of another column")
            expected = 0.0
            for digest, one in found.items():
                owners = self._owners(digest)
                # In the column itself it is told by row whether chance would do as much.
                if one.found > most_of(rows) or any(self._is_at_home(n, key) for n in owners):
                    continue
                if any(self._is_there(n, digest) for n in owners):
                    continue
                is_said = any(digest in self._own[n].memory.values for n in owners)
                (told if is_said and not one.is_address else made).add(one)
                expected = max(expected, *(shares[n] * rows for n in owners), 0.0)
            if made.found >= _MADE_SHARE * rows:
                told.add(made)
            if told.found and at_least(told.found, 2 * expected) < _CHANCE:
                yield key, told

    def _owners(self, digest: int) -> list[int]:
        return [
            n
            for n, own in enumerate(self._own)
            if digest in own.memory.values or digest in own.memory.named
        ]

    def _is_at_home(self, owner: int, key: str) -> bool:
        return self._own[owner].memory.column.key == key

    def _share(self, own: ColumnComparison) -> float:
        """The share of the column's rows in which chance, or no anonymiser, has left a name."""
        found, rows = self._found.get(own.memory.column.key, ({}, 1))
        return own.named_share + sum(one.found for one in found.values()) / max(rows, 1)

    def _is_there(self, owner: int, digest: int) -> bool:
        """Whether the column of the names has it in the target, too."""
        own = self._own[owner]
        position = own.memory.values.position(digest)
        return position >= 0 and own.totals[position] > 0
