"""A move of data before it is made, as the operator reads it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from minion.operations.migrate_data.facts import End, Pair
from minion.operations.migrate_data.plan import MovePlan
from minion.text import age, plain, size

if TYPE_CHECKING:
    from minion.steps.world import World

RULE = "-" * 28
COLUMN = 21
#: Longer lists are cut.
LONGEST_LIST = 40


def report(plan: MovePlan, now: datetime) -> str:
    """The report, up to the prompt and without it; `now` is for the age of a backup."""
    parts = [f"Moving data from {plan.source} to {plan.target}."]
    for pair in plan.facts.pairs:
        parts.append("\n".join(_tables(pair)))
        parts.append("\n".join(_personal(pair)))
    block = [line for pair in plan.facts.pairs for line in _block(plan, pair, now)]
    parts.append("\n".join([RULE, *block, RULE]))
    parts += [f"Take note: {plain(warning)}" for warning in _notes(plan)]
    questions = [line for pair in plan.facts.pairs for line in pair.judgement.paste]
    if questions:
        parts.append("\n".join(["Put these into minion.toml, under [data]:", "", *questions]))
    return "\n\n".join(parts)


def _notes(plan: MovePlan) -> Sequence[str]:
    return (*plan.facts.warnings, *plan.facts.unmoved)


def _block(plan: MovePlan, pair: Pair, now: datetime) -> Iterator[str]:
    yield _line("From:", _end(pair.source))
    if pair.target:
        yield _line("To:", _end(pair.target))
    elif plan.facts.local:
        local = plan.facts.local
        old = f", {size(local.size_bytes)} now" if local.exists else ", not there yet"
        yield _line("To:", f"{local.identity}{old}")
    backup = pair.backup
    yield _line(
        "Backup:",
        f"{backup.name}, {age(now - backup.created_at)} old, {size(backup.processed_bytes)}"
        if backup
        else "a new one",
    )
    yield _line("Will be lost:", _lost(plan, pair))
    for app in plan.facts.apps:
        stopped = " ".join(f"{kind}={count}" for kind, count in app.formation) or "nothing runs"
        yield _line("Stopped meanwhile:", f"{app.name}: {stopped}, maintenance page up")
    if pair.mark:
        yield _line("Proof:", f"that of {pair.mark.at:%Y-%m-%d %H:%M} UTC, from {pair.mark.source}")
    else:
        count = len(pair.judgement.personal)
        yield _line("Proof:", f"of {count} personal columns, before anybody sees the data")


def _end(end: End) -> str:
    inventory = end.inventory
    return (
        f"{end.app} ({end.database.addon_name}, PostgreSQL {inventory.server_version}, "
        f"{size(inventory.size_bytes)})"
    )


def _lost(plan: MovePlan, pair: Pair) -> str:
    if pair.target is None:
        return "nothing before the new database is in place"
    rows = sum(table.rows for table in pair.target.inventory.tables)
    tables = len(pair.target.inventory.tables)
    return f"everything in {plan.target}'s database: {rows} rows in {tables} tables"


def _tables(pair: Pair) -> Iterator[str]:
    there = {t.key: t for t in pair.target.inventory.tables} if pair.target else {}
    ours = {t.key: t for t in pair.source.inventory.tables}
    names = sorted(set(there) | set(ours))
    width = max([len(name) for name in names[:LONGEST_LIST]] + [len("Rows")])
    target = pair.target.app if pair.target else ""
    yield f"{'Rows':{width}}  {pair.source.app:>15}  {target:>15}".rstrip()
    for name in names[:LONGEST_LIST]:
        left, right = _rows(ours.get(name)), _rows(there.get(name)) if there else ""
        yield f"{plain(name):{width}}  {left:>15}  {right:>15}".rstrip()
    if len(names) > LONGEST_LIST:
        yield f"... and {len(names) - LONGEST_LIST} more tables"


def _rows(table: object) -> str:
    if table is None:
        return "-"
    about = "" if getattr(table, "is_exact", True) else "about "
    return f"{about}{getattr(table, 'rows', 0)}"


def _personal(pair: Pair) -> Iterator[str]:
    findings = pair.judgement.personal
    yield f"Personal columns ({len(findings)}):"
    for finding in findings[:LONGEST_LIST]:
        yield f"* {plain(finding.column.key)}: {plain(finding.reason)}"
    if len(findings) > LONGEST_LIST:
        yield f"  ... and {len(findings) - LONGEST_LIST} more"


def _line(label: str, text: str) -> str:
    return f"{label:{COLUMN}}{plain(text)}"


def moved(before: MovePlan, now: MovePlan) -> Sequence[str]:
    """What differs between two plans of one request, a phrase each."""
    return [] if now.refusals else ["the apps or databases are not as they were"]


def done(plan: MovePlan, world: World) -> str:
    """The last words of a move that was made."""
    lines = [f"{plan.target} has the data of {plan.source}, anonymised.", *plan.facts.unmoved]
    return "\n" + "\n".join(map(plain, lines))
