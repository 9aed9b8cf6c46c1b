"""The proof: what is remembered of the source is not in the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from minion.privacy.connection import connected
from minion.privacy.contents import is_textual
from minion.privacy.inventory import Table, take_inventory
from minion.privacy.judging import Judgement
from minion.privacy.memory import (
    DIGESTS,
    ColumnMemory,
    Memory,
    Numbers,
    primary_key,
    row_name,
    stream,
)
from minion.privacy.values import EMAIL, is_distinctive, leaves, texts

if TYPE_CHECKING:
    from psycopg import Connection

#: Keys of rows that are named where something was found; their values never are.
EXAMPLES = 3
#: Of more rows than this with a value that many share, this part may not be unchanged.
FEW, UNCHANGED = 10, 0.9


@dataclass
class ColumnProof:
    """What was found in one column of the target.

    `rows` were compared, all that there are; `sampled` of `of_rows` is what is
    remembered of the source. `found` counts the rows that hold a remembered
    value, `examples` are the keys of some. `is_missing`: there is no such
    column any more, so its values were looked for in all others.
    """

    key: str
    rows: int = 0
    sampled: int = 0
    of_rows: int = 0
    at_least: int = 1
    common: int = 0
    found: int = 0
    examples: list[str] = field(default_factory=list)
    is_missing: bool = False
    #: Rows with a value that many share, and those of them that have it still.
    shared: int = 0
    unchanged: int = 0

    @property
    def line(self) -> str:
        """One line for the report."""
        if self.found:
            where = f" (rows {', '.join(self.examples)})" if self.examples else ""
            return f"{self.key}: FOUND in {self.found} of {self.rows} rows{where}"
        compared = (
            f"all {self.of_rows} values"
            if self.sampled >= self.of_rows
            else f"{self.sampled} of {self.of_rows} values (a sample: {self.at_least} rows left "
            "as they were would have shown with 99 %)"
        )
        common = f", {self.common} common values not compared" if self.common else ""
        if self.is_missing:
            return f"{self.key}: no such column any more; {compared} looked for elsewhere{common}"
        return f"{self.key}: {compared} compared with {self.rows} rows, none found{common}"


@dataclass(frozen=True)
class Proof:
    """The outcome: `columns` that were compared, `elsewhere` values found where none belongs."""

    columns: tuple[ColumnProof, ...]
    elsewhere: tuple[ColumnProof, ...]

    @property
    def ok(self) -> bool:
        return not any(one.found for one in (*self.columns, *self.elsewhere))

    def lines(self) -> list[str]:
        """The proof in words; no value is ever in them."""
        lines = [one.line for one in self.columns]
        lines += [f"{one.line}, copied from a personal column" for one in self.elsewhere]
        if self.ok:
            lines.append("Nothing personal of the source was found in any column.")
        return lines


def prove(memories: Sequence[Memory], url: str, judgement: Judgement) -> Proof:
    """Look for everything remembered in the database at `url`.

    In its own column a value counts as found in the row that had it, and if it
    is rare, in any row. E-mail and other addresses, tokens and long texts of
    the source must not stand in any column at all, nor within another text;
    `judgement` names the columns that are compared already.

    Raises:
        DatabaseUnreachable: it cannot be read.
    """
    inventory = take_inventory(url)
    remembered: dict[str, list[ColumnMemory]] = {}
    for memory in memories:
        for one in memory.columns:
            remembered.setdefault(one.column.key, []).append(one)
    marks = [one.marks for ones in remembered.values() for one in ones if len(one.marks)]
    proofs = {key: _empty(key, ones) for key, ones in remembered.items()}
    elsewhere: dict[str, ColumnProof] = {}
    with connected(url) as connection:
        for table in inventory.tables:
            _compare(connection, table, remembered, marks, proofs, elsewhere)
    for proof in proofs.values():
        _judge_shared(proof)
        proof.is_missing = proof.key not in {column.key for column in inventory.columns}
    personal = {finding.column.key for finding in judgement.personal}
    others = [one for key, one in elsewhere.items() if key not in proofs or key not in personal]
    return Proof(tuple(proofs.values()), tuple(one for one in others if one.found))


def _judge_shared(proof: ColumnProof) -> None:
    """Count values that many rows share, where nearly every row has kept its own.

    A few coincide by chance when names are drawn anew; all of them do only
    where nobody drew.
    """
    if proof.shared > FEW and proof.unchanged > UNCHANGED * proof.shared:
        proof.found += proof.unchanged


def _empty(key: str, ones: Sequence[ColumnMemory]) -> ColumnProof:
    largest = max(ones, key=lambda one: one.rows)
    return ColumnProof(
        key,
        sampled=largest.rows,
        of_rows=largest.of_rows,
        at_least=largest.at_least,
        common=largest.common,
        shared=max(len(one.shared) for one in ones),
    )


def _compare(
    connection: Connection[tuple[Any, ...]],
    table: Table,
    remembered: Mapping[str, Sequence[ColumnMemory]],
    marks: Sequence[Numbers],
    proofs: Mapping[str, ColumnProof],
    elsewhere: dict[str, ColumnProof],
) -> None:
    columns = [c for c in table.columns if c.key in remembered or is_textual(c)]
    if not columns or not table.rows:
        return
    key = primary_key(connection, table.schema, table.name)
    source = sql.Identifier(table.schema, table.name)
    for row in stream(connection, source, [*key, *(column.name for column in columns)]):
        own = row_name(row[: len(key)])
        for column, value in zip(columns, row[len(key) :]):
            memories = remembered.get(column.key, ())
            if memories:
                proofs[column.key].rows += 1
            found = list(texts(leaves(value) if isinstance(value, str) else value))
            if any(_is_known(text, own, memories) for text in found):
                _count(proofs[column.key], own)
            elif memories and any(_is_shared(text, own, memories) for text in found):
                proofs[column.key].unchanged += 1
            elif marks and any(_is_marked(text, marks) for text in found):
                # One that stands in a column of its own kind counts there.
                there = proofs.get(column.key)
                if there is None:
                    there = elsewhere.setdefault(column.key, ColumnProof(column.key))
                    there.rows = table.rows
                _count(there, own)


def _is_known(text: str, own: str | None, memories: Sequence[ColumnMemory]) -> bool:
    if not memories:
        return False
    digest = DIGESTS.of(text)
    pair = DIGESTS.of(own, text) if own is not None else None
    return any(
        (pair is not None and pair in one.own) or (digest in one.values and _is_telling(text))
        for one in memories
    )


def _is_shared(text: str, own: str | None, memories: Sequence[ColumnMemory]) -> bool:
    if own is None:
        return False
    pair = DIGESTS.of(own, text)
    return any(pair in one.shared for one in memories)


def _is_telling(text: str) -> bool:
    """Whether a value in another row than its own says anything: a date of birth does not."""
    return len(text) >= 6 and not text.replace("-", "").isdigit()


def _is_marked(text: str, marks: Sequence[Numbers]) -> bool:
    candidates = [text] if is_distinctive(text) else []
    candidates += [match.casefold() for match in EMAIL.findall(text)]
    for candidate in candidates:
        digest = DIGESTS.of(candidate)
        if any(digest in one for one in marks):
            return True
    return False


def _count(proof: ColumnProof, own: str | None) -> None:
    proof.found += 1
    # A key that is no number may itself be personal, as a session's is.
    is_number = own is not None and own.replace("\0", "").isdigit()
    if own is not None and is_number and len(proof.examples) < EXAMPLES:
        proof.examples.append(own.replace("\0", "/"))
