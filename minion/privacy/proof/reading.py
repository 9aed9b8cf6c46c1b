"""What a text says in any way that people and programs have of writing it. Pure.

Its words are joined to each other, so that a name, an address or a number within it is
told however it is separated: ``avatars/karen_smith.jpg``, ``01632/960-123``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.phones import WITHIN, national
from minion.privacy.proof.spelling import HEAD, SHORTEST, bytes_in, decoded, hashes_among, turned
from minion.privacy.values import fold, form, normal, of_text

_WORD = re.compile(r"[^\W\d_]+|\d+")
#: Letters and digits without a break, as tokens are.
_RUN = re.compile(r"[^\W_]{20,}")
_DATES = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}")
#: Dates that may be read in two ways, or be any number: they count in the row that had them.
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
#: Characters of a value that are read, and by how many its pieces overlap.
MOST, _OVERLAP = 16 * HEAD, 512
#: Words that are joined at most, and their letters; letters of a word that may be somebody's.
_JOINED, _LONGEST, WORD_LENGTH = 12, 160, 4
#: Characters of a telephone number or a date, at least, and what both begin like.
_DIGITS = 8
_LONG_NUMBER = re.compile(r"\d[\d\s().\-/]{5}")
_SPOKEN = frozenset(["at", "dot"])
#: What telephone numbers are remembered by, beside their digits: without the country's code.
NATIONAL = "tel:"


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, folded: ``Zoë7`` is zoe and 7."""
    return _WORD.findall(fold(text))


def start(text: str) -> int:
    """The digest of the first word of a text, where `Reader` begins to join."""
    found = _WORD.search(fold(text))
    return DIGESTS.of(found[0]) if found else 0


def _pieces(value: str) -> Sequence[str]:
    """`value` in pieces that can be read by themselves, a long one up to `MOST` characters.

    Of bytes, as PostgreSQL writes them, the head and the tail: they say whose a file is.
    """
    if len(value) <= HEAD:
        return (value,)
    if value.startswith("\\x"):
        return value[:HEAD], value[-HEAD:]
    value = value[:MOST]
    return [value[start : start + HEAD] for start in range(0, len(value), HEAD - _OVERLAP)]


@dataclass(frozen=True)
class Reading:
    """What was read of a value.

    `plain` are its texts in normal form with their digests, `other` the digests of what else
    it says, `words` those of what may be a part of somebody's name, `hashed` are numbers of
    what may be hashes.
    """

    plain: tuple[tuple[int, str], ...]
    other: Sequence[int]
    words: Sequence[int]
    hashed: Sequence[int]


class Reader:
    """Reads values; joined are those words with which something remembered begins."""

    def __init__(self, starts: DigestSet) -> None:
        self._starts = starts

    def read(self, value: str, texts: Collection[str], *, is_personal: bool) -> Reading:
        """Read `value`, which has the normal `texts` in it."""
        found: set[str] = set()
        words: set[str] = set()
        forms = [form(text) for text in texts]
        for text, letters in zip(texts, forms):
            found.update(turned(text, letters, is_personal=is_personal))
        hashed: list[int] = []
        for piece in _pieces(value):
            self._parts(piece, found, words)
            within = list(bytes_in(piece)) if len(piece) >= SHORTEST else []
            for one in decoded(piece, within):
                self._parts(one, found, words)
                for text in of_text(one):
                    letters = form(text)
                    found.add(letters)
                    found.update(turned(text, letters, is_personal=is_personal))
            hashed += hashes_among(within)
        found.difference_update(forms)
        return Reading(
            tuple(zip(DIGESTS.all_of(forms), texts)),
            DIGESTS.all_of(found),
            DIGESTS.all_of(words),
            hashed,
        )

    def _parts(self, value: str, found: set[str], words: set[str]) -> None:
        """Add what is within `value`: joined words, tokens, telephone numbers, dates."""
        folded = fold(value)
        split = _WORD.findall(folded)
        words.update([one for one in split if len(one) >= WORD_LENGTH])
        joined = self._joined(split)
        if len(value) >= 20:
            joined += _RUN.findall(folded)
        if not _SPOKEN.isdisjoint(split):
            joined += self._joined([one for one in split if one not in _SPOKEN])
        if len(value) >= _DIGITS and _LONG_NUMBER.search(folded):
            for number in WITHIN.findall(folded):
                joined += [NATIONAL + one for one in national(number)]
                joined.append(normal(number))
            words.update(map(normal, _DATES.findall(folded)))
            for first, second, year in _SLASHED.findall(folded) if "/" in folded else ():
                words.add(f"{year}-{int(first):02}-{int(second):02}")
                words.add(f"{year}-{int(second):02}-{int(first):02}")
            words.update(map("-".join, _COMPACT.findall(folded)))
        if joined:
            found.update(joined)
            words.update([one for one in joined if len(one) >= WORD_LENGTH])

    def _joined(self, words: list[str]) -> list[str]:
        found: list[str] = []
        sieve, mask = self._starts.sieve, self._starts.mask
        for first, digest in enumerate(DIGESTS.all_of(words)):
            if sieve[digest & mask]:
                word = words[first]
                joined = word
                if len(joined) >= WORD_LENGTH:
                    found.append(joined)
                for following in words[first + 1 : first + _JOINED]:
                    joined += following
                    if len(joined) > _LONGEST:
                        break
                    found.append(joined)
        return found
