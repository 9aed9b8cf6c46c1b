"""The verdicts: a class for each operation and file, and how several in one file combine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(str, Enum):
    """When a migration can run without a maintenance page.

    Two questions decide: does the old code work on the new schema, and does the new
    code work on the old one? "Works" means that every write succeeds that is legal
    under that code's own models.
    """

    #: No DDL, no change of data: at any moment.
    NEUTRAL = "neutral"
    #: Old code works on the new schema: before the new code serves.
    EXPAND = "expand"
    #: New code works on the old schema: once no old code is left.
    CONTRACT = "contract"
    #: Neither works: behind the maintenance page.
    BREAKING = "breaking"
    #: Cannot be told: as BREAKING.
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


def combine(parts: Iterable[tuple[Kind, bool]]) -> tuple[Kind, bool]:
    """The class of several operations together; each part, as the answer, is (kind, order-free).

    NEUTRAL changes nothing. UNKNOWN wins over the rest, except over a BREAKING that
    follows from the known parts alone.
    """
    old_works = new_works = True
    seen = unknown = False
    for kind, order_free in parts:
        if kind is Kind.NEUTRAL:
            continue
        if kind is Kind.UNKNOWN:
            unknown = True
            continue
        seen = True
        old_works = old_works and kind is Kind.EXPAND
        new_works = new_works and (kind is Kind.CONTRACT or order_free)
    if seen and not old_works and not new_works:
        return Kind.BREAKING, False
    if unknown:
        return Kind.UNKNOWN, False
    if not seen:
        return Kind.NEUTRAL, False
    if old_works:
        return Kind.EXPAND, new_works
    return Kind.CONTRACT, False


@dataclass(frozen=True)
class Finding:
    """One operation, and what it does to the code that runs meanwhile."""

    #: Of the file, counted from 1.
    line: int
    #: Such as ``AddField shop.Order.status``.
    operation: str
    kind: Kind
    #: An EXPAND without which the new code works as well.
    order_free: bool
    #: Whether it works through a table that existed before while others must wait.
    locks: bool
    #: Whether it is known that ``migrate`` cannot go back over it.
    irreversible: bool
    #: Whether data is gone for good, also where the schema can be brought back.
    lossy: bool
    #: One line.
    why: str
    #: A safer form, or "".
    advice: str = ""
    #: Whether `migrate` is known to fail on it, whatever rows there are.
    fails: bool = False
    #: The models whose rows it writes, as ``shop.Order``, where that is all that it does.
    data: tuple[str, ...] = ()
    #: The indexes that it builds concurrently: one that is broken off leaves them INVALID.
    builds: tuple[str, ...] = ()
    #: The tables that it locks against writing at least, as far as they can be told.
    tables: tuple[str, ...] = ()
    #: Whether it locks them against reading, too, however briefly.
    exclusive: bool = False
    #: Whether it writes them anew, every row.
    rewrites: bool = False


@dataclass(frozen=True)
class Measured:
    """What a migration did when it was carried out on a scratch database."""

    kind: Kind
    order_free: bool
    #: One line each: what does not work, or how much does.
    why: tuple[str, ...]
    #: Of its statements, over a few rows; another number each time.
    seconds: float = field(compare=False)
    #: The strongest lock on each table that was there before, in PostgreSQL's words.
    locks: Mapping[str, str]
    #: Tables that were locked against writing while something ran that takes longer the
    #: more rows there are.
    held: tuple[str, ...]
    rewritten: tuple[str, ...]
    #: Tables that got an index.
    indexed: tuple[str, ...]
    #: Rows written, by table.
    rows: Mapping[str, int]
    #: Why it cannot run; empty if it can.
    fails: tuple[str, ...]
    #: Whether there were rows in the tables; without, how long it takes was not seen.
    had_rows: bool
    #: None where it was not tried.
    is_reversible: bool | None
    #: What else was seen.
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """One migration file."""

    path: str
    #: The folder above ``migrations``; ``AppConfig.label`` and MIGRATION_MODULES are not seen.
    app_label: str
    name: str
    kind: Kind
    order_free: bool
    locks: bool
    irreversible: bool
    lossy: bool
    findings: tuple[Finding, ...]
    #: One line each, with the file's line where there is one: ``line 12: ...``.
    why: tuple[str, ...]
    #: What the class does not say: hazards, advice to split, files that do not run.
    warnings: tuple[str, ...]
    #: What comments overruled, with their reasons; None if nothing.
    annotated: str | None
    #: (app label, name), those that come about by another file's ``run_before`` included.
    dependencies: tuple[tuple[str, str], ...]
    replaces: tuple[tuple[str, str], ...]
    #: Whether the file runs in one transaction, which is Django's default.
    is_atomic: bool
    #: Why `migrate` is known to fail on the file, or to pass it over; empty where it is not.
    fails: tuple[str, ...] = ()
    #: What it did when it was carried out; None if it was not. Then `kind` says what counts
    #: of the two, and `read` what was read, None if nothing could be.
    measured: Measured | None = None
    read: Kind | None = None

    @property
    def builds(self) -> tuple[str, ...]:
        """The indexes that it builds concurrently."""
        return tuple(name for finding in self.findings for name in finding.builds)

    @property
    def may_be_repeated(self) -> bool:
        """Whether, broken off anywhere, it can be run again once its indexes are dropped."""
        only_builds = all(found.builds or found.kind is Kind.NEUTRAL for found in self.findings)
        return self.is_atomic or only_builds

    @property
    def key(self) -> tuple[str, str]:
        """What Django records in ``django_migrations``."""
        return self.app_label, self.name
