"""What an anonymiser keeps of every value though it writes another one. Pure.

Initials, the first letters, the last four digits, the head or the tail of a text; numbers
that were moved by one amount, or only rounded. A pattern shows in some rows as in all: so
few are looked at that it costs nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from minion.privacy.proof.chance import at_least
from minion.privacy.proof.digests import DIGESTS
from minion.privacy.proof.reading import words_of
from minion.privacy.values import form, is_date

#: Rows of a table that are looked at, about.
ROWS = 2000
#: This share of the rows, of so many at least, shows a pattern; chance makes it less often.
_SHARE, _LEAST, _CHANCE = 0.3, 5, 1e-4
#: Each feature's bits in a mark, and what it is called.
_FEATURES = (
    (0xFFFF << 48, "its initials are those of the row's value"),
    (0xFFF << 36, "its first letters are those of the row's value"),
    (0x7FFF << 20, "its last four digits are those of the row's value"),
    (0x3FF << 10, "its beginning is that of the row's value"),
    (0x3FF, "its end is that of the row's value"),
)
_TAIL = _FEATURES[2][0]
#: Letters and digits of a beginning or an end that nobody else has.
_PART, _TAIL_DIGITS = 8, 4
#: No more digits than this are what is left of a number.
MASKED_DIGITS = 6
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
#: Telephone numbers that were moved within what one exchange has; coordinates, in degrees.
_EXCHANGE, _NEAR_DEGREES, _NEAR_SHARE, _NEAR_ROWS = 10_000_000, 0.06, 0.001, 0.6
#: This share of the rows, of so many at least, moved alike is no coincidence.
_MOVED = ((0.9, 5), (0.5, 20))
_DIFFERENT = 3


def is_looked_at(row: int, rows: int) -> bool:
    """Whether the row with this digest is one of the few, of `rows` in all."""
    return row % max(rows // ROWS, 1) == 0


@dataclass(frozen=True)
class Trait:
    """A value as far as a pattern shows in it: its features, and its number if it is one."""

    mark: int
    number: float | None


def trait(value: str, text: str) -> Trait:
    """That of a `value` with the normal form `text`."""
    if _NUMBER.fullmatch(value):
        found = [value]
    else:
        found = [text] if text.isdigit() else _NUMBER.findall(value)
    number = float(found[0]) if 0 < len(found) <= 2 and len(found[0]) < 16 else None
    return Trait(0 if is_date(text) else _mark(text), number)


def _mark(text: str) -> int:
    letters = form(text)
    words = [one for one in words_of(text) if one.isalpha()]
    initials = "".join(one[0] for one in words)
    if len(words) == 1 and len(letters) <= 3:
        initials = letters
    digits = "".join(one for one in text if one.isdigit())
    # Digits before a text are often those of the row's own key.
    first = letters[:2] if letters[:2].isalpha() else ""
    mark = _bits(initials[:3], 16, 1) << 48 | _bits(first, 12, 2) << 36
    if len(digits) >= _TAIL_DIGITS:
        mark |= (int(digits[-_TAIL_DIGITS:]) + 1) << 20
    head, tail = letters[:_PART], letters[-_PART:]
    return mark | _bits(head, 10, _PART) << 10 | _bits(tail, 10, _PART)


def _bits(text: str, bits: int, least: int) -> int:
    """Some bits for a text, never all 0; 0 for one that is too short."""
    return DIGESTS.of(text) % ((1 << bits) - 1) + 1 if len(text) >= least else 0


@dataclass
class Kept:
    """The rows that were looked at: what each was, what it is now, and the key if it is a number.

    `kind` is ``number``, ``place`` (a coordinate) or ``text``.
    """

    kind: str
    _rows: list[tuple[Trait, Trait, int | None, bool]] = field(default_factory=list)

    def see(self, before: Trait, after: Trait, key: str | None, *, is_masked: bool) -> None:
        """Note a row. `is_masked`: hardly any digit is left in it."""
        number = int(key) if key is not None and key.isdigit() and len(key) < 16 else None
        self._rows.append((before, after, number, is_masked))

    def verdict(self) -> tuple[float, str]:
        """The share of the rows that keep something, and what; 0 for nothing."""
        for rule in (self._features, self._moved, self._near):
            found, why = rule()
            if found:
                return found / len(self._rows), why
        return 0.0, ""

    def _features(self) -> tuple[int, str]:
        for bits, why in _FEATURES if self.kind == "text" else ():
            rows = [
                (before.mark & bits, after.mark & bits, self._rows[n - 1][0].mark & bits)
                for n, (before, after, _, _) in enumerate(self._rows)
            ]
            rows = [one for one in rows if one[0] and one[1]]
            same = sum(before == after for before, after, _ in rows)
            other = sum(after == another for _, after, another in rows)
            is_numbered = bits == _TAIL and self._is_numbered()
            if not is_numbered and _is_pattern(same, other, len(self._rows)):
                return same, why
        return 0, ""

    def _is_numbered(self) -> bool:
        """Whether the digits are those of the rows' own keys, or whole numbers counted by them."""
        offsets = Counter(
            (((after.mark & _TAIL) >> 20) - 1 - key) % 10_000
            for _, after, key, is_masked in self._rows
            if key is not None and after.mark & _TAIL and (not is_masked or _ends(after, key))
        )
        with_digits = sum(bool(after.mark & _TAIL) for _, after, _, _ in self._rows)
        return bool(offsets) and max(offsets.values()) >= 0.9 * with_digits

    def _numbers(self) -> list[tuple[float, float, int | None]]:
        return [
            (before.number, after.number, key)
            for before, after, key, _ in self._rows
            if before.number is not None and after.number is not None
        ]

    def _moved(self) -> tuple[int, str]:
        """Numbers that were moved, or multiplied, alike: who knows one of them knows all."""
        rows = self._numbers()
        if len({before for before, _, _ in rows}) < _DIFFERENT or (self.kind == "text" and any(
            before < 1e6 or after < 1e6 for before, after, _ in rows
        )):  # fmt: skip
            return 0, ""
        by = Counter(round(after - before, 4) for before, after, _ in rows)
        distance, count = by.most_common(1)[0]
        if distance and _is_most(count, len(rows)):
            is_made_anew = abs(distance) >= _EXCHANGE and _follow_keys(rows)
            if not is_made_anew:
                return count, "numbers that were moved by as much in every row"
        sizes = [abs(before) for before, _, _ in rows if before]
        if self.kind != "text" and sizes and max(sizes) >= 2 * min(sizes):
            times = Counter(round(after / before, 3) for before, after, _ in rows if before)
            factor, count = times.most_common(1)[0]
            if factor not in (0, 1) and _is_most(count, len(rows)):
                return count, "numbers that were multiplied by as much in every row"
        return 0, ""

    def _near(self) -> tuple[int, str]:
        """Numbers that are nearly what they were, and not nearly what another was."""
        rows = self._numbers() if self.kind != "text" else []
        befores = [before for before, _, _ in rows]
        if len(set(befores)) < _DIFFERENT:
            return 0, ""
        near = _NEAR_SHARE * (max(befores) - min(befores))
        if self.kind == "place":
            near = max(near, _NEAR_DEGREES)
        same = sum(abs(after - before) <= near for before, after, _ in rows)
        other = sum(abs(after - befores[n - 1]) <= near for n, (_, after, _) in enumerate(rows))
        if same >= _NEAR_ROWS * len(rows) and _is_pattern(same, other, len(rows)):
            return same, "numbers that were no more than rounded"
        return 0, ""


def _ends(after: Trait, key: int) -> bool:
    """Whether the last digits are the row's own key."""
    return ((after.mark & _TAIL) >> 20) - 1 == key % 10_000


def _is_pattern(same: int, other: int, rows: int) -> bool:
    """Whether `same` rows keep something, when as many as `other` do by chance."""
    enough = same >= max(_LEAST, _SHARE * rows)
    return enough and at_least(same, 2.0 * other + 1) < _CHANCE


def _is_most(count: int, rows: int) -> bool:
    return any(count >= max(share * rows, least) for share, least in _MOVED)


def _follow_keys(rows: Sequence[tuple[float, float, int | None]]) -> bool:
    """Whether the numbers are those of the rows, with something before them."""
    by = Counter(after - key for _, after, key in rows if key is not None)
    return bool(by) and max(by.values()) >= 0.9 * len(rows)
