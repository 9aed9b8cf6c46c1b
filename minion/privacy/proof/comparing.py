"""One column of the target, compared with what is remembered of one of the source."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from minion.privacy.columns.naming import holds
from minion.privacy.proof.chance import UNLIKELY, at_least
from minion.privacy.proof.digests import DIGESTS
from minion.privacy.proof.kept import MASKED_DIGITS, Kept, trait
from minion.privacy.proof.memory import COMMON_ROWS, IDENTIFYING, NAMED, WORD, ColumnMemory
from minion.privacy.proof.moved import Moves, day_of

#: Keys of rows that are named where something was found; their values never are.
EXAMPLES = 3
#: An anonymiser that writes this few of the source's values draws from other lists.
STRAGGLERS, STRAGGLER_SHARE = 3, 0.001
#: With this many different values, as many rows for each are no coincidence.
VARIED, EXACT = 40, 3
#: How far the rows of a value may differ, in squares and on average, for the
#: column to be the source's in another order; drawn anew they differ by 1.
SHUFFLED = 0.25
#: This share of the values of a column that is gone makes another column its replacement.
REPLACEMENT, REPLACEMENT_ROWS, REPLACEMENT_CHANCE = 0.2, 3, 1e-4


@dataclass
class ColumnComparison:
    """What was found of `memory` in one column, and how that is judged.

    `totals`, `in_known_rows` and `same` are parallel to the memory's values: the rows
    of the target that have the value, those of them that were remembered, and
    those that had it in the source too.
    """

    memory: ColumnMemory
    is_replacement: bool = False
    rows: int = 0
    compared: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = len(self.memory.values)
        self.totals, self.in_known_rows, self.same = (array("L", bytes(8 * size)) for _ in range(3))
        self._most = self.memory.most
        self._half = self.memory.rows / 2
        self._moves = Moves()
        self._kept = Kept(_kind_of(self.memory))

    def see(
        self, position: int, digest: int, row: int | None, name: str | None, is_known_row: bool
    ) -> None:
        """Count a value, the memory's at `position`, of the row `row`, known as `name`.

        `is_known_row`: the row is one of those remembered.
        """
        self.totals[position] += 1
        if is_known_row and row is not None:
            self.in_known_rows[position] += 1
            if DIGESTS.pair(row, digest) in self.memory.pairs:
                self.same[position] += 1
                if not self._is_constant(position):
                    self._note("same", name)
        if self._is_identifying(position):
            self._note("identifying", name)

    def see_trait(self, row: int, value: str, text: str, name: str | None) -> None:
        """Note what is kept of the value that `row` had, in its `value` with the normal `text`."""
        before = self.memory.traits.get(row)
        if before is not None:
            is_masked = sum(map(str.isdigit, text)) <= MASKED_DIGITS
            self._kept.see(before, trait(value, text), name, is_masked=is_masked)

    def see_date(self, row: int | None, text: str) -> None:
        """Note how far the date in `row`, which is one of those remembered, was moved."""
        if row is None or self.memory.days is None:
            return
        before = self.memory.days[self.memory.keys.position(row)]
        after = day_of(text) if before else 0
        if after:
            self._moves.see(before, after)

    def _note(self, what: str, name: str | None) -> None:
        noted = self.examples.setdefault(what, [])
        if name is not None and len(noted) < EXAMPLES:
            noted.append(name)

    def _is_identifying(self, position: int) -> bool:
        rare = self.memory.counts[position] <= self._most
        return bool(rare and self.memory.flags[position] & IDENTIFYING)

    def state(self) -> tuple[Any, ...]:
        """What was seen so far, for `take` of the same comparison in another process."""
        seen = self.totals, self.in_known_rows, self.same, self._moves, self._kept
        return (self.rows, self.compared, self.examples, *seen)

    def take(self, state: tuple[Any, ...]) -> None:
        """Have seen what another process saw: its `state`."""
        self.rows, self.compared, self.examples, *seen = state
        self.totals, self.in_known_rows, self.same, self._moves, self._kept = seen

    def verdict(self) -> tuple[int, str, list[str]]:
        """How often the source's values were found, by which rule, and rows to look at.

        Zero for nothing; the rule then is the one that was applied.
        """
        for rule in (
            (self._replacement,)
            if self.is_replacement
            else (
                self._identifying_values,
                self._by_row,
                self._by_column,
                self._moved,
                self._traits,
            )
        ):
            found = rule()
            if found[0]:
                return found
        return 0, self.rule, []

    @property
    def is_by_row(self) -> bool:
        """Whether rows can be told to be the same: half of those expected were met."""
        memory = self.memory
        expected = min(memory.rows, self.rows * memory.rows / max(memory.of_rows, 1))
        return len(memory.keys) > 0 and self.compared >= expected / 2

    @property
    def rule(self) -> str:
        """How the column is decided, for the report."""
        return "by row" if self.is_by_row else "by column: there is no row with the same key"

    def _identifying_values(self) -> tuple[int, str, list[str]]:
        """A value that nobody else has is found wherever it stands."""
        found = sum(self.totals[position] for position in self._positions(identifying=True))
        return found, "values that nobody else has", self.examples.get("identifying", [])

    def _by_row(self) -> tuple[int, str, list[str]]:
        """A value in the row that had it counts, unless chance would do as much."""
        if not self.is_by_row or self._moves.are_truncated:
            return 0, "", []
        memory = self.memory
        same = overlap = 0
        expected = 0.0
        for position in self._positions():
            same += self.same[position]
            overlap += self.in_known_rows[position]
            expected += memory.counts[position] * self.in_known_rows[position] / max(memory.rows, 1)
        if same and self._is_untouched(same):
            return same, "nothing in it was changed", self.examples.get("same", [])
        few = max(STRAGGLERS, STRAGGLER_SHARE * self.compared)
        if same and (overlap <= few or at_least(same, expected) < UNLIKELY):
            return same, "in the rows that had them", self.examples.get("same", [])
        # A date of birth in another row tells nothing of anybody; a name does.
        words = sum(bool(flag & WORD) for flag in memory.flags)
        if words > len(memory.values) / 2 and self._is_shuffled(VARIED, SHUFFLED):
            return self.rows, "the same values, in other rows", []
        return 0, "", []

    def _by_column(self) -> tuple[int, str, list[str]]:
        """Without rows to compare, any value that is not common counts, but dates by the set."""
        if self.is_by_row or not self.rows:
            return 0, "", []
        words = [n for n in self._positions() if self._is_rare_word(n)]
        found = sum(self.totals[n] for n in words)
        if found:
            return found, "rare values, in a table without rows to compare", []
        exact = EXACT if self.memory.rows > COMMON_ROWS else 1
        if self._is_shuffled(exact, 0.0) or self._is_shuffled(VARIED, SHUFFLED):
            return self.rows, "the same values, as often as before", []
        if not self.memory.is_whole and self._hits() >= 0.9 * max(len(self.memory.values), VARIED):
            return self.rows, "nearly every value is still there", []
        return 0, "", []

    def _moved(self) -> tuple[int, str, list[str]]:
        """Dates that were moved by as much in every row: who knows one knows all."""
        return self._moves.alike, "dates that were moved by as much in every row", []

    def _traits(self) -> tuple[int, str, list[str]]:
        """What is kept of every value though another is written."""
        if not self.is_by_row:
            return 0, "", []
        share, why = self._kept.verdict()
        return round(share * self.compared), why, []

    @property
    def named_share(self) -> float:
        """The share of the column's rows that have a full name of the source."""
        named = (n for n, flag in enumerate(self.memory.flags) if flag & NAMED)
        return sum(self.totals[n] for n in named) / max(self.rows, 1)

    def _replacement(self) -> tuple[int, str, list[str]]:
        """Whether this column took the place of the remembered one, which is gone."""
        memory = self.memory
        positions = list(self._positions())
        same = sum(self.same[n] for n in positions)
        expected = sum(memory.counts[n] * self.in_known_rows[n] for n in positions) / max(
            memory.rows, 1
        )
        if same >= REPLACEMENT_ROWS and at_least(same, expected) < REPLACEMENT_CHANCE:
            return same, "in the rows that had them", self.examples.get("same", [])
        words = [n for n in positions if self._is_rare_word(n)]
        hits = sum(self.totals[n] > 0 for n in words)
        if hits >= REPLACEMENT_ROWS and hits >= REPLACEMENT * len(words):
            return sum(self.totals[n] for n in words), "many of its values", []
        return 0, "", []

    def _is_rare_word(self, position: int) -> bool:
        memory = self.memory
        return bool(memory.flags[position] & WORD) and memory.counts[position] <= self._most

    def _hits(self) -> int:
        return sum(total > 0 for total in self.totals)

    def _is_shuffled(self, varied: int, most: float) -> bool:
        """Whether the column has the values of the source, each in about as many rows."""
        memory = self.memory
        size = len(memory.values)
        if not memory.is_whole or size < varied:
            return False
        squares = sum(
            (total - count) ** 2 / (total + count)
            for total, count in zip(self.totals, memory.counts)
        )
        return squares <= most * size

    def _positions(self, *, identifying: bool = False) -> Iterator[int]:
        """Positions of the identifying values, or of the others without constants.

        What more than half of all rows have tells nothing of anybody.
        """
        for position in range(len(self.memory.counts)):
            if self._is_identifying(position) == identifying and (
                identifying or not self._is_constant(position)
            ):
                yield position

    def _is_untouched(self, same: int) -> bool:
        """Whether every value stands where it stood, and they are not all one."""
        counts = [self.memory.counts[position] for position in self._positions()]
        return len(counts) > 1 and same == sum(counts)

    def _is_constant(self, position: int) -> bool:
        count = self.memory.counts[position]
        return count > self._half and count > self._most


def _kind_of(memory: ColumnMemory) -> str:
    """What a pattern in the column's values would be of: text, a number, a place's coordinate."""
    column = memory.column
    what = holds(column.table, column.name, as_number=column.category == "N")
    if what == "where somebody is" or column.category == "G":
        return "place"
    return "number" if column.category == "N" and what != "a telephone number" else "text"
