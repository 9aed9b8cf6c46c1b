"""A pass through the whole target, for everything that is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from minion.privacy.columns.naming import holds
from minion.privacy.database.catalog import Entry
from minion.privacy.database.connection import snapshot_of
from minion.privacy.database.inventory import Column, Inventory, Table
from minion.privacy.database.rows import splitter
from minion.privacy.database.statistics import work_of
from minion.privacy.proof.comparing import ColumnComparison
from minion.privacy.proof.digests import DigestSet, sieve_size
from minion.privacy.proof.memory import LONG, NAMED, STRONG, ColumnMemory, Memory
from minion.privacy.proof.misplaced import Kin, Misplaced, Names
from minion.privacy.proof.passing import Pass
from minion.privacy.proof.reading import Reader
from minion.privacy.proof.sharing import begun, shares
from minion.privacy.proof.watching import Row, Sought, Watched

if TYPE_CHECKING:
    from psycopg import Connection

_NONE = DigestSet()
#: What it takes to look a value up, and to read it besides.
_LOOKED_UP, _READ = 10, 60


class Search:
    """What one pass through the target finds.

    `own` are the comparisons of the remembered columns by key, `replacements` those of
    other columns with remembered ones that are gone, `misplaced` what stands
    where it does not belong.
    """

    def __init__(self, memories: Sequence[Memory], inventory: Inventory) -> None:
        self.own: dict[str, list[ColumnComparison]] = {}
        self.replacements: dict[str, list[ColumnComparison]] = {}
        self.misplaced: dict[str, Misplaced] = {}
        self._remembered = [one for memory in memories for one in memory.columns]
        self._quoted = frozenset(chain.from_iterable(memory.quoted for memory in memories))
        self._strong = self._all(STRONG, self._remembered)
        called = [one for one in self._remembered if _is_called(one.column)]
        self._called = self._all(STRONG, called)
        self._hashed = DigestSet(chain.from_iterable(one.hashed for one in self._remembered))
        starts = DigestSet(chain.from_iterable(one.starts for one in self._remembered))
        self._reader = Reader(starts)
        self._sought: dict[frozenset[str], Sought] = {}
        there = {column.key for column in inventory.columns}
        self._gone = [one for one in self._remembered if one.column.key not in there]
        for one in self._remembered:
            self.own.setdefault(one.column.key, []).append(ColumnComparison(one))
        self._anything = _sieve_of(self._remembered)
        self._names = Names(list(chain.from_iterable(self.own.values())))

    def table(
        self, connection: Connection[tuple[Any, ...]], table: Table, url: str, processes: int = 1
    ) -> None:
        """Look through all rows of `table`, in `processes` that read the database at `url`.

        Raises:
            MinionError: one of them was not finished.
        """
        columns = [one for one in table.columns if self._is_wanted(one)]
        if not columns or not table.rows:
            return
        place = table.schema, table.name
        here = [one for one in self._remembered if (one.column.schema, one.column.table) == place]
        kin = DigestSet(chain.from_iterable(one.kin for one in here))
        kin_words = DigestSet(chain.from_iterable(one.kin_words for one in here))
        watched = [self._watch(one, kin, kin_words) for one in columns]
        # A key may be somebody's own, a session's or an e-mail address: then no row is named.
        is_shown = not any(one.is_textual or one.key in self.own for one in table.primary_key)
        look = Pass(table, is_keyed=len(kin) > 0, is_shown=is_shown)
        # What the texts of a row say now is judged with them, not with its vector.
        is_whole = any(one.is_vector and one.own for one in watched)
        work = work_of(connection, table)
        weights = [_weight(one, work.get(one.key, 1.0)) for one in watched]
        first, *others = shares(watched, weights, 1 if is_whole else processes)
        works = [partial(look.elsewhere, url, snapshot_of(connection), one) for one in others]
        with begun(works) as results:
            rows = look.through(connection, first)
            for part, states in zip(others, results()):
                for one, state in zip(part, states):
                    one.take(state)
        for one in watched:
            self._note(one.key, one.misplaced, rows)
            self._names.note(one.key, one.named, rows)
            self._note(one.key, one.kin.verdict(), rows)

    def entry(self, entry: Entry) -> None:
        """Look at something that the database itself has written down."""
        watched = Watched(
            None, entry.key, entry.split, (), (), self._for(entry.name), Kin(_NONE, _NONE)
        )
        watched.see(entry.text, Row(None, None, {}, None))
        self._note(entry.key, watched.misplaced, 1)
        self._names.note(entry.key, watched.named, 1)

    def finish(self) -> None:
        """Decide of what was found of names, when all is seen."""
        for key, found in self._names.verdicts():
            self._note(key, found, found.rows)

    def _note(self, key: str, found: Misplaced | None, rows: int) -> None:
        if found is not None and found.found and key not in self.misplaced:
            found.rows = rows
            self.misplaced[key] = found

    def _is_wanted(self, column: Column) -> bool:
        return column.key in self.own or column.is_searchable or bool(self._replaced_by(column))

    def _watch(self, column: Column, kin: DigestSet, kin_words: DigestSet) -> Watched:
        replacements = [
            ColumnComparison(one, is_replacement=True) for one in self._replaced_by(column)
        ]
        if replacements:
            self.replacements[column.key] = replacements
        own = self.own.get(column.key, [])
        sought = self._for(column.key)
        if column.category == "N":
            sought = Sought(None, self._called, _NONE, _NONE, _NONE, self._anything)
        elif not column.is_searchable:
            sought = Sought(None, _NONE, _NONE, _NONE, _NONE, self._anything)
        return Watched(
            column,
            column.key,
            splitter(column),
            own,
            replacements,
            sought,
            Kin(kin, kin_words),
            is_vector=column.type in ("tsvector", "tsquery"),
        )

    def _for(self, key: str) -> Sought:
        """What must not stand in a column: not the names and long texts it had in common before."""
        shared = frozenset(personal for personal, other in self._quoted if other == key)
        if shared not in self._sought:
            others = [one for one in self._remembered if one.column.key not in shared]
            self._sought[shared] = Sought(
                self._reader,
                self._strong,
                self._all(LONG, others),
                self._all(NAMED, others),
                self._hashed,
                self._anything,
            )
        return self._sought[shared]

    @staticmethod
    def _all(flag: int, memories: Sequence[ColumnMemory]) -> DigestSet:
        return DigestSet(chain.from_iterable(one.identifying(flag) for one in memories))

    def _replaced_by(self, column: Column) -> list[ColumnMemory]:
        """The remembered columns that are gone and may be this one by now."""
        if column.key in self.own or column.is_primary or column.is_foreign:
            return []
        return [
            one
            for one in self._gone
            if one.column.category == column.category
            or (column.is_textual and one.column.is_textual)
        ]


def _weight(watched: Watched, work: float) -> int:
    """How long the column takes, beside others; `work` of its values are read, not known."""
    return _LOOKED_UP + int(work * (_LOOKED_UP if watched.sought.reader is None else _READ))


def _is_called(column: Column) -> bool:
    """Whether numbers in it are telephone numbers or of identities: others are of anything."""
    return holds(column.table, column.name) in ("a telephone number", "an identity")


def _sieve_of(memories: Sequence[ColumnMemory]) -> tuple[bytearray, int]:
    """A byte for each remainder, not 0 for those of all that is remembered; and the mask.

    Those of both halves of a digest are not 0: then it is likely to be there.
    """
    kept = [numbers for one in memories for numbers in (one.values, one.inner, one.named)]
    size = sieve_size(sum(map(len, kept)))
    sieve, mask = bytearray(size), size - 1
    for number in chain.from_iterable(kept):
        sieve[number & mask] = sieve[number >> 32 & mask] = 1
    return sieve, mask
