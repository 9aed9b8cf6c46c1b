"""The values of one column while they come in, as digests."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby

from minion.privacy.columns.naming import holds
from minion.privacy.database.inventory import Column
from minion.privacy.database.rows import splitter
from minion.privacy.proof.derived import is_full_name, of_address, of_name, of_place
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.kept import Trait, is_looked_at, trait
from minion.privacy.proof.memory import (
    DATE,
    LONG,
    NAMED,
    STRONG,
    WORD,
    ColumnMemory,
    most_of,
)
from minion.privacy.proof.moved import day_of
from minion.privacy.proof.phones import WITHIN, national, spellings
from minion.privacy.proof.reading import NATIONAL, start, words_of
from minion.privacy.proof.spelling import hashes
from minion.privacy.proof.vectors import Words
from minion.privacy.values import emails, form, is_date, kind, normal, of_text

#: Values of a column for each of its rows, as JSON has them; beyond, they are thinned out.
PER_ROW = 4
#: The last bits of digests say which values are thinned out.
_MIXED = 1 << 32


class Collected:
    """The values of `column`; its table has about `of_rows` rows.

    Remembered are the hashes of one value in `hash_of`.
    """

    def __init__(self, column: Column, limit_rows: int, of_rows: int, hash_of: int = 1) -> None:
        self._column = column
        self._split = splitter(column)
        self._is_plain = self._split is of_text
        self._is_vector = column.type == "tsvector"
        promised = holds(column.table, column.name)
        self._is_name = promised == "a name"
        self._is_place = promised == "an address"
        self._may_be_name = promised in ("a name", None) and column.is_textual
        self._most = PER_ROW * max(limit_rows, 1000)
        self._of_rows = min(of_rows, limit_rows)
        self._hash_of = hash_of
        self._mask = 0
        self._values, self._pairs, self._inner = array("Q"), array("Q"), array("Q")
        self._named, self._kin = array("Q"), array("Q")
        self._kin_words, self._starts = array("Q"), array("Q")
        self._hashed = array("Q")
        self._flags = bytearray()
        self._dated, self._days = array("Q"), array("i")
        self._traits: dict[int, Trait] = {}

    def add(
        self, own: int | None, value: str, words: Words | None = None, name: str | None = None
    ) -> None:
        """Remember `value` of the row `own`, which is known as `name`.

        Of a search vector, those of the `words` in it.
        """
        is_whole = self._is_plain and value[0] not in "{["
        if is_whole:
            text = normal(value)
            texts = {text} if text else set()
        else:
            texts = set(self._split(value))
        if self._is_vector and words is not None:
            texts = {text for text in texts if words.have(text)}
        for text in texts:
            digest, flag = DIGESTS.of(form(text)), self._flag(text)
            if flag == DATE and own is not None and (day := day_of(text)):
                self._dated.append(own)
                self._days.append(day)
                self._kin.append(DIGESTS.pair(own, digest))
                self._kin_words.append(digest)
            if digest & self._mask:
                continue
            self._values.append(digest)
            self._flags.append(flag)
            self._pairs.append(0 if own is None else DIGESTS.pair(own, digest))
            if flag & (STRONG | LONG | WORD):
                self._more(own, text, value.strip() if is_whole else text, flag, name)
        if own is not None and len(texts) == 1 and is_looked_at(own, self._of_rows):
            self._traits[own] = trait(value, next(iter(texts)))
        if len(self._values) > self._most:
            self._thin()

    def _more(self, own: int | None, text: str, written: str, flag: int, name: str | None) -> None:
        """Remember what else is had from `text`, as it was `written`: parts of it, and hashes."""
        self._starts.append(start(written))
        derived: tuple[set[str], set[str]] = set(), set()
        if flag & STRONG and "@" in text:
            derived = of_address(text, name)
            self._hash(DIGESTS.of(text), text, written)
        elif flag & STRONG and text.isdigit():
            self._inner.extend(DIGESTS.of(NATIONAL + one) for one in national(written))
            self._hash(DIGESTS.of(text), text, written, *spellings(written))
        elif not flag & STRONG:
            if self._is_place:
                parts_of_place = of_place(text)
                self._starts.extend(map(start, parts_of_place))
                derived = set(), set(map(form, parts_of_place))
            if "@" in text:
                self._inner.extend(DIGESTS.of(form(one)) for one in emails(text))
                self._starts.extend(start(one) for one in emails(text))
            if flag & LONG and any(map(str.isdigit, text)):
                for number in WITHIN.findall(text):
                    self._inner.extend(DIGESTS.of(NATIONAL + one) for one in national(number))
            if self._is_name or flag & NAMED:
                derived = of_name(text)
                self._starts.extend(map(DIGESTS.of, words_of(text)))
            if flag & NAMED:
                self._hash(DIGESTS.of(text), text, written)
        self._named.extend(DIGESTS.all_of(derived[0]))
        if own is not None:
            parts = DIGESTS.all_of(derived[1])
            self._kin.extend([DIGESTS.pair(own, one) for one in parts])
            self._kin_words.extend(parts)

    def _hash(self, digest: int, *written: str) -> None:
        """Remember the hashes of an address, a name or a telephone number, as it is written.

        Of one value in so many, by its `digest`.
        """
        if digest // _MIXED % self._hash_of:
            return
        for one in set(written):
            self._hashed.extend(hashes(one))

    def _flag(self, text: str) -> int:
        what = kind(text)
        if what is not None:
            return LONG if what == "text" else STRONG
        if is_date(text):
            return DATE
        if self._may_be_name and is_full_name(text):
            return WORD | NAMED
        return WORD if len(text) >= (4 if text.isdigit() else 2) else 0

    def _thin(self) -> None:
        """Forget every second value, whatever its rows: digests are as good as dice."""
        self._mask = self._mask * 2 + 1
        kept = [n for n, digest in enumerate(self._values) if not digest & self._mask]
        self._values = array("Q", [self._values[n] for n in kept])
        self._pairs = array("Q", [self._pairs[n] for n in kept])
        self._flags = bytearray(self._flags[n] for n in kept)

    def memory(self, rows: int, of_rows: int, keys: DigestSet) -> ColumnMemory:
        """What is remembered, of `rows` that were looked at."""
        counts: dict[int, int] = {}
        flags: dict[int, int] = {}
        for digest, flag in zip(self._values, self._flags):
            counts[digest] = counts.get(digest, 0) + 1
            flags[digest] = flag
        values = DigestSet(counts)
        return ColumnMemory(
            column=self._column,
            rows=rows,
            of_rows=of_rows,
            keys=keys,
            pairs=DigestSet(pair for pair in self._pairs if pair),
            values=values,
            counts=array("L", [counts[digest] for digest in values]),
            flags=bytearray(flags[digest] for digest in values),
            inner=DigestSet(_rare(self._inner, rows)),
            share=1 / (self._mask + 1),
            hashed=DigestSet(_rare(self._hashed, rows)),
            hash_of=self._hash_of,
            days=self._days_of(keys),
            named=DigestSet(_rare(self._named, rows)),
            kin=DigestSet(self._kin),
            kin_words=DigestSet(self._kin_words),
            starts=DigestSet(self._starts),
            traits=self._traits,
        )

    def _days_of(self, keys: DigestSet) -> array[int] | None:
        # A column of lists has several for a row: then none can be told to be moved.
        if not self._days or len(self._days) > len(keys):
            return None
        days = array("i", bytes(4 * len(keys)))
        for own, day in zip(self._dated, self._days):
            days[keys.position(own)] = day
        return days


def _rare(numbers: Iterable[int], rows: int) -> Iterator[int]:
    """Those of `numbers` that are in few of the `rows`."""
    most = most_of(rows)
    for number, same in groupby(sorted(numbers)):
        if sum(1 for _ in same) <= most:
            yield number
