"""What lies between two commits, as people and as programs read it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from minion import options as option_names
from minion.analyser.downtime import Downtime
from minion.analyser.migrations import Finding, Kind, Measured, Reading
from minion.git.records import Change, Commit
from minion.options import LABELS, Option
from minion.text import plain

RULE = "-" * 28
#: Labels of the block are padded to this many characters.
COLUMN = 21
#: Longer lists are cut; the whole of them is in the JSON document.
LONGEST_LIST = 60


def file_changes(changes: Sequence[Change]) -> str:
    """``File changes:`` with a line for each path."""
    if not changes:
        return "File changes:\n\n* none that can be shown"
    lines = [plain(c.path) + (" (deleted)" if c.status == "D" else "") for c in changes]
    return "File changes:\n\n" + bullets(lines)


def commit_lines(commits: Sequence[Commit]) -> str:
    """A line for each commit."""
    if not commits:
        return "* none that can be shown"
    return bullets([f"{commit.sha[:7]}  {plain(commit.subject)}" for commit in commits])


def bullets(lines: Sequence[str]) -> str:
    """A line each, the longest lists cut."""
    shown = [f"* {line}" for line in lines[:LONGEST_LIST]]
    if len(lines) > LONGEST_LIST:
        shown.append(f"  ... and {len(lines) - LONGEST_LIST} more")
    return "\n".join(shown)


def option_lines(options: Option) -> Iterator[str]:
    """The five lines that say which options are on."""
    for option, label in LABELS.items():
        yield f"{f'[{int(option)}] {label}:':<{COLUMN}}{option in options}"


def explanations(
    reasons: Mapping[Option, Sequence[str]], options: Option, downtime: Downtime
) -> Iterator[str]:
    """Why each option is set and why there is downtime or none, a paragraph each."""
    for option in option_names.each(options):
        if option == Option.PUSH:
            continue
        causes = reasons.get(option) or ("asked for by hand",)
        yield f"{LABELS[option]}, because of:\n\n" + bullets([plain(cause) for cause in causes])
    title = "Downtime, because of:" if downtime.needed else "No downtime:"
    yield f"{title}\n\n" + bullets([plain(reason) for reason in downtime.reasons])


def split_hint(since: str | None, readings: Sequence[Reading]) -> Iterator[str]:
    """What may spare the page where a migration breaks the old code, a paragraph if anything."""
    if since and any(one.kind is Kind.BREAKING and not one.fails for one in readings):
        yield f"Perhaps it can be two deployments without the page: fab split:{since[:12]}"


def contents(
    changes: Sequence[Change],
    commits: Sequence[Commit],
    options: Option,
    reasons: Mapping[Option, Sequence[str]],
) -> dict[str, Any]:
    """The part of the document that `plan` and `analyse` share."""
    return {
        "files": [{"path": change.path, "status": change.status} for change in changes],
        "commits": [{"sha": commit.sha, "subject": commit.subject} for commit in commits],
        "options": int(options),
        "reasons": {str(int(option)): list(causes) for option, causes in reasons.items()},
    }


def downtime_document(downtime: Downtime) -> dict[str, Any]:
    return {"needed": downtime.needed, "reasons": list(downtime.reasons)}


def migrations_document(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """What each migration does to the code that runs meanwhile."""
    return [
        {
            "path": one.path,
            "class": one.kind.value,
            "locks": one.locks,
            "irreversible": one.irreversible,
            "lossy": one.lossy,
            "why": "; ".join(one.why),
            "data": sorted({model for found in one.findings for model in found.data}),
            "annotated": one.annotated,
            "warnings": list(one.warnings),
            "measured": None if one.measured is None else _measured_document(one, one.measured),
        }
        for one in readings
    ]


def _measured_document(reading: Reading, measured: Measured) -> dict[str, Any]:
    return {
        "class": measured.kind.value,
        "read": None if reading.read is None else reading.read.value,
        "why": "; ".join(measured.why),
        "seconds": measured.seconds,
        "locks": dict(measured.locks),
        "held": list(measured.held),
        "rewritten": list(measured.rewritten),
        "indexed": list(measured.indexed),
        "rows": dict(measured.rows),
        "reversible": measured.is_reversible,
    }


def migration_lines(readings: Sequence[Reading]) -> Iterator[str]:
    """The migrations with their class and why, as a paragraph; nothing if there are none."""
    if not readings:
        return
    lines = []
    for one in readings:
        flags = [word for word, is_on in _flags(one) if is_on]
        marked = f" ({', '.join(flags)})" if flags else ""
        why = one.annotated or "; ".join(one.why)
        lines.append(f"{plain(one.path)}: {one.kind.value}{marked}: {plain(why)}")
        if one.measured is not None:
            lines[-1] += "".join(f"\n    {line}" for line in _done_to(one.measured))
    yield "Migrations:\n\n" + bullets(lines)


def unread_operations(readings: Sequence[Reading]) -> tuple[int, list[tuple[str, Finding]]]:
    """How many operations the migrations have, and those that could not be read, with paths."""
    found = [(one.path, finding) for one in readings for finding in one.findings]
    return len(found), [(path, one) for path, one in found if one.kind is Kind.UNKNOWN]


def read_document(readings: Sequence[Reading]) -> dict[str, Any]:
    """How much of the migrations was read."""
    count, unread = unread_operations(readings)
    return {
        "operations": count,
        "read": count - len(unread),
        "unread": [
            {"path": path, "line": one.line, "operation": one.operation, "why": one.why}
            for path, one in unread
        ],
    }


def read_lines(readings: Sequence[Reading]) -> Iterator[str]:
    """The same as a paragraph; nothing where there are no operations."""
    count, unread = unread_operations(readings)
    if not count:
        return
    title = f"Read {count - len(unread)} of {count} operations"
    if not unread:
        yield f"{title}."
        return
    lines = [
        f"{plain(path)}:{one.line}: {plain(one.operation)}: {plain(one.why)}"
        for path, one in unread
    ]
    yield f"{title}; not read, or not what they mean for the old code:\n\n{bullets(lines)}"


def _done_to(measured: Measured) -> Iterator[str]:
    """What it did to tables that were there before, in a few words."""
    done: dict[str, list[str]] = {}
    for table, mode in measured.locks.items():
        if mode in _BLOCKING:
            done.setdefault(table, []).append(_BLOCKING[mode])
    for tables, words in ((measured.rewritten, "rewrites it"), (measured.indexed, "indexes it")):
        for table in tables:
            done.setdefault(table, []).append(words)
    for table, count in measured.rows.items():
        rows = "1 row" if count == 1 else f"{count} rows"
        done.setdefault(table, []).append(f"writes {rows} of the few that were there")
    for table, words_of_it in sorted(done.items()):
        slow = ", for longer the more rows there are" if table in measured.held else ""
        yield plain(f"{table}: {', '.join(words_of_it)}{slow}")


#: PostgreSQL documentation: Explicit Locking, "Table-Level Lock Modes".
_BLOCKING = {
    "ShareLock": "locks it against writing",
    "ShareRowExclusiveLock": "locks it against writing",
    "ExclusiveLock": "locks it against writing",
    "AccessExclusiveLock": "locks it against reading and writing",
}


def _flags(reading: Reading) -> Iterator[tuple[str, bool]]:
    if reading.measured is not None:
        yield f"measured, read as {reading.read or 'nothing'}", True
    yield "locks", reading.locks
    yield "irreversible", reading.irreversible
    yield "loses data", reading.lossy
    yield "by comment", reading.annotated is not None
