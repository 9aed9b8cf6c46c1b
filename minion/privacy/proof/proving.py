"""The proof: what is remembered of the source is not in the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from minion.privacy.columns.personal import Judgement
from minion.privacy.database.catalog import entries, refused
from minion.privacy.database.connection import connected
from minion.privacy.database.inventory import LARGE_OBJECTS, Inventory, Table, inventory_of
from minion.privacy.proof.comparing import ColumnComparison
from minion.privacy.proof.memory import ColumnMemory, Memory
from minion.privacy.proof.misplaced import Misplaced
from minion.privacy.proof.searching import Search
from minion.privacy.proof.sharing import processors

_UNSEEN = (
    "large objects, into which the proof does not look; they are gone after "
    "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
)
#: With so many values a table is worth another process.
SHARED_VALUES = 100_000
_NEW = "personal, but not remembered of the source"


@dataclass
class ColumnProof:
    """What was found in one column of the target.

    `rows` were compared, all that there are; `sampled` of `of_rows` is what is
    remembered of the source. `found` counts the rows that hold a remembered
    value by `rule`, `examples` are the keys of some. `is_missing`: there is no
    such column any more, so its values were looked for in all others.
    """

    key: str
    rows: int = 0
    sampled: int = 0
    of_rows: int = 0
    at_least: int = 1
    common: int = 0
    found: int = 0
    rule: str = ""
    examples: list[str] = field(default_factory=list)
    is_missing: bool = False
    hash_of: int = 1

    @property
    def line(self) -> str:
        """One line for the report."""
        if self.rule == _NEW:
            return f"{self.key}: {_NEW}; the values of the others were looked for in it too"
        if self.found:
            where = f" (rows {', '.join(self.examples)})" if self.examples else ""
            return f"{self.key}: FOUND in {self.found} of {self.rows} rows{where}: {self.rule}"
        compared = (
            f"all {self.of_rows} values"
            if self.at_least == 1
            else f"{self.sampled} of {self.of_rows} values (a sample: {self.at_least} rows left "
            "as they were would have shown with 99 %)"
        )
        rule = "" if self.rule == "by row" or not self.sampled else f", {self.rule}"
        common = f", {self.common} common values only as a whole" if self.common else ""
        if self.hash_of > 1:
            common += f", hashes of one in {self.hash_of}"
        if self.is_missing:
            return f"{self.key}: no such column any more; {compared} looked for elsewhere{common}"
        return f"{self.key}: {compared} compared with {self.rows} rows, none found{rule}{common}"


@dataclass(frozen=True)
class Proof:
    """The outcome: `columns` that were compared, `elsewhere` values found where none belongs.

    `origins` say on which earlier proofs it rests, for data that were proven before.
    """

    columns: tuple[ColumnProof, ...]
    elsewhere: tuple[ColumnProof, ...]
    origins: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.found

    @property
    def found(self) -> tuple[ColumnProof, ...]:
        """The columns in which something was found."""
        return tuple(one for one in (*self.columns, *self.elsewhere) if one.found)

    def lines(self) -> list[str]:
        """The proof in words; no value is ever in them."""
        lines = [one.line for one in self.columns]
        lines += [f"{one.line}, copied from a personal column" for one in self.elsewhere]
        lines += [f"Not compared again: {origin}" for origin in self.origins]
        if not self.ok:
            keys = [one.key for one in self.found]
            # What PostgreSQL keeps of a column, as its statistics, goes with what is in it.
            alone = [key for key in keys if key.partition(" (")[0] not in keys or "(" not in key]
            names = ", ".join(alone)
            lines.append(
                f"What to do: let the anonymise command replace {names} in every row; a column "
                "that tells nothing about anybody belongs into [data] pii_ignore."
            )
        elif self.columns:
            lines.append("Nothing personal of the source was found in any column.")
        elif not self.origins:
            lines.append("The source has no personal column: there was nothing to look for.")
        return lines


def prove(
    memories: Sequence[Memory], url: str, judgement: Judgement, *, processes: int | None = None
) -> Proof:
    """Look for everything remembered in the database at `url`.

    - A value that nobody else has (e-mail address, telephone number, token,
      long text) must not stand in any text column, nor an address within a text.
    - Any other must not stand in the row that had it, more often than chance
      puts it there, and the column must not be the source's in another order.
    - Where no row can be told to be the same, values that are not common must
      not stand in the column at all, and dates not as often as before.
    - There are no large objects, unless the settings say that these are nobody's.

    `judgement` is that of the target; its personal columns are named even where
    the source has no such column. A large table is looked through in as many `processes` at
    once, by default as many as there are processors.

    Raises:
        DatabaseUnreachable: it cannot be read.
        MinionError: one of the processes was not finished.
        ValueError: there is no memory at all, so nothing can be proven.
    """
    if not memories:
        raise ValueError("nothing is remembered of the source")
    origins = tuple(memory.origin for memory in memories if memory.origin is not None)
    with connected(url) as connection:
        inventory = inventory_of(connection)
        search = Search(memories, inventory)
        for table in inventory.tables:
            count = _processes(table) if processes is None else processes
            search.table(connection, table, url, count)
        for entry in entries(connection):
            search.entry(entry)
        search.finish()
        unseen = [ColumnProof(name, rows=1, found=1, rule=why) for name, why in refused(connection)]
    personal = [one.column.key for one in judgement.personal]
    new = [key for key in personal if key not in search.own and key != LARGE_OBJECTS.key]
    columns = _columns(search, inventory)
    if columns:
        columns += [_unknown_before(key, inventory) for key in new if key not in search.misplaced]
    own = {one.key for one in columns if one.rule != _NEW}
    if LARGE_OBJECTS.key in personal and not all(memory.origin for memory in memories):
        count = inventory.large_objects
        columns.append(ColumnProof(LARGE_OBJECTS.key, rows=count, found=count, rule=_UNSEEN))
    if not all(memory.origin for memory in memories):
        columns += unseen
    return Proof(tuple(columns), tuple(_elsewhere(search, own)), origins)


def _processes(table: Table) -> int:
    return processors() if table.rows * len(table.columns) >= SHARED_VALUES else 1


def leftovers(memories: Sequence[Memory], url: str) -> tuple[ColumnProof, ...]:
    """Where in the database at `url` anything remembered still is; empty for nowhere.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    return prove(memories, url, Judgement((), (), ())).found


def _unknown_before(key: str, inventory: Inventory) -> ColumnProof:
    rows = {c.key: table.rows for table in inventory.tables for c in table.columns}
    return ColumnProof(key, rows=rows.get(key, 0), rule=_NEW)


def _columns(search: Search, inventory: Inventory) -> list[ColumnProof]:
    there = {column.key for column in inventory.columns}
    proofs = []
    for key, comparisons in search.own.items():
        # After several looks at the source, the one that saw most is told.
        memory = max((one.memory for one in comparisons), key=lambda one: one.rows)
        proof = _proof_of(key, memory, is_missing=key not in there)
        if not proof.is_missing:
            _fill(proof, comparisons, search.misplaced.get(key))
        proofs.append(proof)
    return proofs


def _proof_of(key: str, memory: ColumnMemory, *, is_missing: bool) -> ColumnProof:
    return ColumnProof(
        key,
        sampled=memory.rows,
        of_rows=memory.of_rows,
        at_least=memory.at_least,
        common=memory.common,
        is_missing=is_missing,
        hash_of=memory.hash_of if len(memory.hashed) else 1,
    )


def _fill(
    proof: ColumnProof, comparisons: Sequence[ColumnComparison], misplaced_here: Misplaced | None
) -> None:
    for comparison in comparisons:
        found, rule, examples = comparison.verdict()
        proof.rows = max(proof.rows, comparison.rows)
        if found > proof.found or not proof.rule:
            proof.found, proof.rule, proof.examples = found, rule, examples
    if misplaced_here is not None:
        if not proof.found:
            proof.rule = misplaced_here.rule
        proof.found += misplaced_here.found
        proof.examples = proof.examples or misplaced_here.examples


def _elsewhere(search: Search, own: set[str]) -> list[ColumnProof]:
    found: dict[str, ColumnProof] = {}
    for key, misplaced_here in search.misplaced.items():
        if key not in own:
            rule = misplaced_here.rule
            found[key] = ColumnProof(
                key,
                rows=misplaced_here.rows,
                found=misplaced_here.found,
                rule=rule,
                examples=misplaced_here.examples,
            )
    for key, comparisons in search.replacements.items():
        for comparison in comparisons:
            count, rule, examples = comparison.verdict()
            if count and key not in found:
                rule = f"{rule}, of {comparison.memory.column.key}, which is gone"
                found[key] = ColumnProof(
                    key, rows=comparison.rows, found=count, rule=rule, examples=examples
                )
    return list(found.values())
