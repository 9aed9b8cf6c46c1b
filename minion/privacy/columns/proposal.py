"""A whole ``[data]`` for minion.toml: every column that must be in it, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from minion.privacy.columns.contents import Look
from minion.privacy.columns.personal import Judgement, in_toml, judge
from minion.privacy.database.inventory import Inventory, table_key
from minion.text import plain


@dataclass(frozen=True)
class Proposed:
    """A column's line: whether it is proposed as personal, and why.

    `is_asked`: nothing says so for certain, so it stands there to be careful.
    """

    table: str
    key: str
    is_personal: bool
    reason: str
    is_asked: bool = False


@dataclass(frozen=True)
class Proposal:
    """All lines, by table. `kept` are entries with ``*`` of the settings, `unknown` those that name
    nothing here; `rows` how many rows each table has."""

    lines: tuple[Proposed, ...]
    kept_pii: tuple[str, ...]
    kept_ignore: tuple[str, ...]
    unknown: tuple[str, ...]
    rows: Mapping[str, int]

    @property
    def asked(self) -> tuple[Proposed, ...]:
        """The lines that a person has to look at."""
        return tuple(one for one in self.lines if one.is_asked)

    @property
    def pii(self) -> tuple[str, ...]:
        return (*self.kept_pii, *(one.key for one in self.lines if one.is_personal))

    @property
    def pii_ignore(self) -> tuple[str, ...]:
        return (*self.kept_ignore, *(one.key for one in self.lines if not one.is_personal))

    def text(self) -> str:
        """The section as it may be put into minion.toml."""
        lines = ["[data]", "pii = ["]
        lines += self._list(self.kept_pii, [one for one in self.lines if one.is_personal])
        lines += ["]", "pii_ignore = ["]
        lines += self._list(self.kept_ignore, [one for one in self.lines if not one.is_personal])
        lines.append("]")
        lines += [f"# {plain(in_toml(entry))} names no column here" for entry in self.unknown]
        return "\n".join(lines)

    def _list(self, kept: Sequence[str], lines: Sequence[Proposed]) -> Iterator[str]:
        for entry in kept:
            yield f"    {in_toml(entry)},  # minion.toml has it"
        table = ""
        for one in lines:
            if one.table != table:
                table = one.table
                rows = self.rows.get(table)
                yield f"    # {plain(table)}" + ("" if rows is None else f": {rows} rows")
            mark = "? " if one.is_asked else ""
            yield f"    {in_toml(one.key)},  # {mark}{plain(one.reason)}"


def propose(
    found: Iterable[tuple[Inventory, Mapping[str, Look]]],
    pii: Sequence[str],
    pii_ignore: Sequence[str],
) -> Proposal:
    """The proposal for the databases `found`, each with a look at it, and the settings so far.

    What the settings say already is kept. A question is answered in the careful way.
    """
    lines: dict[str, Proposed] = {}
    rows: dict[str, int] = {}
    unknown: set[str] | None = None
    for inventory, contents in found:
        told = judge(inventory, contents, pii, pii_ignore)
        bare = judge(inventory, contents, (), ())
        unknown = set(told.unknown) if unknown is None else unknown & set(told.unknown)
        rows.update({table.key: table.rows for table in inventory.tables})
        for one in _lines(told, bare):
            lines.setdefault(one.key, one)
    for entry in pii_ignore:
        if "*" not in entry and entry not in (unknown or ()):
            table = entry.rpartition(".")[0]
            lines.setdefault(entry, Proposed(table, entry, False, "minion.toml says so"))
    kept_pii = tuple(entry for entry in pii if "*" in entry)
    kept_ignore = tuple(entry for entry in pii_ignore if "*" in entry)
    needed = [one for one in lines.values() if one.is_personal or not _is_in(one.key, kept_ignore)]
    order = {name: number for number, name in enumerate(sorted(rows))}
    needed.sort(key=lambda one: order.get(one.table, len(order)))
    named = (*pii, *pii_ignore)
    left = tuple(entry for entry in named if entry in (unknown or ()))
    return Proposal(tuple(needed), kept_pii, kept_ignore, left, rows)


def _lines(told: Judgement, bare: Judgement) -> Iterator[Proposed]:
    """A line for what is personal or asked about, and for what only the settings call harmless."""
    reasons = {one.column.key: one.reason for one in bare.personal}
    reasons.update({one.column.key: one.why for one in bare.questions})
    spoken = {one.column.key for one in told.personal}
    spoken.update(each.column.key for each in told.questions)
    for one in told.personal:
        table = table_key(one.column.schema, one.column.table)
        reason = one.reason
        if reason.startswith("listed"):
            reason = f"minion.toml says so{_besides(reasons.get(one.column.key))}"
        yield Proposed(table, one.column.key, True, reason)
    for asked in told.questions:
        table = table_key(asked.column.schema, asked.column.table)
        reason = f"{asked.why}; into pii_ignore if they tell nothing about anybody"
        yield Proposed(table, asked.column.key, True, reason, is_asked=True)
    columns = [one.column for one in bare.personal] + [each.column for each in bare.questions]
    for column in columns:
        if column.key not in spoken:
            reason = f"minion.toml says so{_besides(reasons[column.key])}"
            yield Proposed(table_key(column.schema, column.table), column.key, False, reason)


def _besides(reason: str | None) -> str:
    return f"; {reason}" if reason else ""


def _is_in(key: str, entries: Sequence[str]) -> bool:
    return any(fnmatchcase(key, entry) for entry in entries)
