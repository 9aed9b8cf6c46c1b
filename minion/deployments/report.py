"""Deployments for people and for programs. Pure; never prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from minion.deployments.figures import DEFINITIONS, Figures, slowest
from minion.deployments.found import FAILED, Entry
from minion.deployments.record import INTERRUPTED, MigrationTime, Record
from minion.text import duration, plain

Cell = tuple[str, str]
COLUMN = 21
#: Of a deployment's migrations, so many are named in its line.
NAMED = 3
STYLES = {FAILED: "red", INTERRUPTED: "red"}


def rows(entries: Sequence[Entry], *, several: bool) -> Iterator[list[Cell]]:
    """The cells of each entry's line; with `several` apps each release is named with its app."""
    for one in entries:
        record = one.record
        yield [
            (moment(one.at), ""),
            (releases(one, several=several), "bold"),
            ((one.commit or "?")[:7], "yellow"),
            (_name(one.by), ""),
            (duration(record.seconds) if record else "", ""),
            (duration(record.page_s) if record and record.pages else "", ""),
            (_outcome(one), STYLES.get(one.outcome, "")),
            (_migrations(record) if record else "", ""),
            (", ".join(one.sources), ""),
        ]


def moment(at: datetime | None) -> str:
    """A moment in UTC, to the minute."""
    return "?" if at is None else f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M}"


def releases(entry: Entry, *, several: bool) -> str:
    """``v431``; where there are several apps ``shop-a v3, shop-b v9``; ``none`` for none."""
    if not several:
        return ", ".join(f"v{version}" for _, version in entry.releases) or "none"
    return ", ".join(f"{app} v{version}" for app, version in entry.releases) or "none"


def _name(by: str | None) -> str:
    return (by or "?").partition(" <")[0]


def _outcome(entry: Entry) -> str:
    what = entry.outcome if entry.is_deployment else f"{entry.operation} {entry.outcome}"
    what += f" ({entry.failed_at})" if entry.failed_at else ""
    stopped = entry.record.stopped if entry.record else 0
    return what + (f", stopped {stopped} x" if stopped else "")


def _migrations(record: Record) -> str:
    names = [one.name for one in record.migrations]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def figures_lines(figures: Figures, entries: Sequence[Entry], days: int) -> Iterator[str]:
    """The four figures with their definitions, and the slowest migrations."""
    counted = _counted(figures)
    yield f"Of the last {days} days:"
    yield ""
    for key, definition in DEFINITIONS.items():
        label = key.replace("_", " ").capitalize() + ":"
        yield f"{label:<{COLUMN + 1}}{counted[key]}"
        yield f"{'':<{COLUMN + 1}}({definition})"
    longest = slowest(entries)
    if longest:
        yield ""
        yield "Slowest migrations:"
        yield ""
        for one, entry in longest:
            took = duration(one.seconds or 0.0, exact=True)
            yield f"{took:>12}  {plain(_described(one))}  ({releases(entry, several=True)})"


def _counted(figures: Figures) -> dict[str, str]:
    lead, restore = figures.lead_s, figures.restore_s
    rate = figures.failure_rate
    return {
        "deployment_frequency": "nothing was deployed"
        if figures.per_week is None
        else f"{figures.per_week:.1f} a week, {figures.deployments} in all",
        "lead_time": "not known"
        if lead is None
        else f"{duration(lead)}, of {figures.commits} commits",
        "change_failure_rate": "not known"
        if rate is None
        else f"{rate:.0%}, {figures.failures} of {figures.changes}",
        "time_to_restore": "nothing to restore"
        if restore is None
        else f"{duration(restore)}, of {figures.restored}",
    }


def _described(one: MigrationTime) -> str:
    kind = f" ({one.measured or one.read})" if one.measured or one.read else ""
    return f"{one.name}{kind}{', taken back' if one.reverses else ''}"


def one_whole(environment: str, entry: Entry) -> Iterator[str]:
    """Everything that is known of one, a line each."""
    record = entry.record
    known = [
        ("Environment", environment),
        ("What", entry.operation),
        ("Release", releases(entry, several=True)),
        ("Commit", entry.commit or "not known"),
        ("By", entry.by or "not known"),
        ("Outcome", _outcome(entry)),
        ("Ended", moment(entry.at)),
        ("Tag", ", ".join(entry.tags) or "none"),
        ("Known from", ", ".join(entry.sources)),
    ]
    if record is not None:
        idle = f", nobody at work for {duration(record.idle_s)}" if record.idle_s else ""
        known += [
            ("Begun", moment(record.begun)),
            ("Took", f"{duration(record.seconds, exact=True)}{idle}"),
            ("Options", record.options or "none"),
            ("Plan", record.plan),
            ("minion", record.minion),
        ]
        known += [("Maintenance page", _page(record)[n]) for n in range(len(record.pages))]
    for label, value in known:
        yield f"{f'{label}:':<{COLUMN}}{plain(value)}"
    if record is not None:
        yield from _parts(record)
    if entry.commits:
        yield from ("", "Commits:", "", *(f"* {plain(line)}" for line in entry.commits))


def _page(record: Record) -> list[str]:
    return [
        f"{page.app}: up for {duration(page.seconds, exact=True)}"
        + (", and still up at the end" if page.stays else "")
        for page in record.pages
    ]


def _parts(record: Record) -> Iterator[str]:
    if record.steps:
        yield from ("", "Steps:", "")
    for step in record.steps:
        stopped = f", stopped {step.stopped} x" if step.stopped else ""
        took = duration(step.seconds, exact=True)
        yield f"{took:>12}  {plain(step.kind)} ({plain(step.app)}){stopped}"
    if record.migrations:
        yield from ("", "Migrations:", "")
    for one in record.migrations:
        took = "not known" if one.seconds is None else duration(one.seconds, exact=True)
        yield f"{took:>12}  {plain(_described(one))}"


def as_json(
    environment: str,
    apps: Sequence[str],
    days: int | None,
    entries: Sequence[Entry],
    figures: Figures | None,
    notes: Sequence[str],
) -> dict[str, Any]:
    """The document of ``format=json``; times are in seconds, moments in ISO 8601."""
    document: dict[str, Any] = {
        "environment": environment,
        "apps": list(apps),
        "days": days,
        "deployments": [_entry_json(one) for one in entries],
        "notes": list(notes),
    }
    if figures is not None:
        document["figures"] = {
            "deployment_frequency": {"per_week": figures.per_week, "count": figures.deployments},
            "lead_time": {"seconds": figures.lead_s, "commits": figures.commits},
            "change_failure_rate": {
                "rate": figures.failure_rate,
                "failures": figures.failures,
                "changes": figures.changes,
            },
            "time_to_restore": {"seconds": figures.restore_s, "count": figures.restored},
            "definitions": DEFINITIONS,
        }
        document["slowest_migrations"] = [
            {**_migration_json(one), "releases": _releases_json(entry)}
            for one, entry in slowest(entries)
        ]
    return document


def _releases_json(entry: Entry) -> list[dict[str, Any]]:
    return [{"app": app, "version": version} for app, version in entry.releases]


def _entry_json(entry: Entry) -> dict[str, Any]:
    record = entry.record
    told: dict[str, Any] = {
        "at": entry.at.isoformat() if entry.at else None,
        "operation": entry.operation,
        "outcome": entry.outcome,
        "failed_at": entry.failed_at or None,
        "releases": _releases_json(entry),
        "commit": entry.commit,
        "by": entry.by,
        "tags": list(entry.tags),
        "sources": list(entry.sources),
        "recorded": record is not None,
    }
    if record is None:
        return told
    return {
        **told,
        "begun": record.begun.isoformat(),
        "seconds": record.seconds,
        "idle_s": record.idle_s,
        "stopped": record.stopped,
        "page_s": record.page_s,
        "plan": record.plan,
        "options": record.options,
        "minion": record.minion,
        "pages": [page.__dict__ for page in record.pages],
        "steps": [step.__dict__ for step in record.steps],
        "migrations": [_migration_json(one) for one in record.migrations],
    }


def _migration_json(one: MigrationTime) -> dict[str, Any]:
    return dict(one.__dict__)
