"""The class of a migration by what was seen when it was carried out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from minion.analyser.migrations import Kind, Measured

#: How many failures are told of.
_TOLD = 3
_BEFORE = "models of before: "
#: What PostgreSQL says of a column without a default that is to be NOT NULL, for any row.
_NULLS = "contains null values"
_FOLLOWS = "it cannot be tried any more"


def judge(seen: Mapping[str, Any]) -> Measured:
    """What one migration of a measurement's document is.

    Four answers decide: the old code and the models of before on the new schema (A), the
    models of after on the old one (B). "No" is what worked and does not any more.
    """
    if seen["failed"]:
        why = f"it failed on a scratch database: {seen['failed']}"
        return _measured(seen, Kind.UNKNOWN, (why,))
    if seen["rows"] == "none" and _NULLS in seen["fails_on_rows"]:
        why = f"it cannot run where there are rows: {seen['fails_on_rows']}"
        return _measured(seen, Kind.BREAKING, (why,), fails=(why,))
    old, new = seen["old_breaks"], seen["new_breaks"]
    if old and new:
        return _measured(seen, Kind.BREAKING, tuple(_failures(old, "the old code, after it")))
    blind = _not_tried(seen)
    if blind:
        return _measured(seen, Kind.UNKNOWN, (blind,))
    if old:
        return _measured(seen, Kind.CONTRACT, tuple(_failures(old, "the old code, after it")))
    if new:
        return _measured(seen, Kind.EXPAND, tuple(_failures(new, "the new code, before it", 1)))
    if not seen["trace"]["changing"]:
        return _measured(seen, Kind.NEUTRAL, ("no statement changed anything",), order_free=True)
    why = f"{seen['tried']} reads and writes work before and after it"
    return _measured(seen, Kind.EXPAND, (why,), order_free=True)


def _not_tried(seen: Mapping[str, Any]) -> str:
    """Why the answers are worth nothing, "" if they are worth something."""
    touched = seen["trace"]["touched"]
    for table, why in sorted(seen["untried"].items()):
        if table in touched:
            return f"no row of {table} could be made to try it with: {why}"
    return ""


def _measured(
    seen: Mapping[str, Any],
    kind: Kind,
    why: tuple[str, ...],
    *,
    order_free: bool = False,
    fails: tuple[str, ...] = (),
) -> Measured:
    trace = seen.get("trace") or {}
    reverse = seen.get("reverse", "not tried")
    return Measured(
        kind=kind,
        order_free=order_free,
        why=why,
        seconds=float(trace.get("seconds", 0.0)),
        locks=dict(trace.get("locks", {})),
        held=tuple(trace.get("held", ())),
        rewritten=tuple(trace.get("rewritten", ())),
        indexed=tuple(trace.get("indexed", ())),
        rows=dict(trace.get("rows", {})),
        fails=fails,
        had_rows=seen.get("rows") in ("many", "one"),
        is_reversible=None if str(reverse).startswith("not tried") else reverse is None,
        notes=tuple(_notes(seen)),
    )


def _notes(seen: Mapping[str, Any]) -> Iterator[str]:
    if seen.get("fails_on_rows") and not (
        seen["rows"] == "none" and _NULLS in seen["fails_on_rows"]
    ):
        yield f"measured: over some rows it fails: {seen['fails_on_rows']}"
    reverse = seen.get("reverse")
    if reverse and not reverse.startswith("not tried"):
        yield f"measured: it cannot be taken back: {reverse}"
    for line in _failures(seen.get("reverse_breaks") or {}, "after it was taken back", 1):
        yield f"measured: {line}"


def _failures(found: Mapping[str, str], where: str, most: int = _TOLD) -> Iterator[str]:
    """A line for each failure, those of the code itself first, as many as are shown."""
    # What follows from another failure is told of only where that is not.
    first = {key: why for key, why in found.items() if why != _FOLLOWS} or found
    told: dict[tuple[str, str], str] = {}
    for key, why in sorted(first.items(), key=lambda each: each[0].startswith(_BEFORE)):
        name = key[len(_BEFORE) :] if key.startswith(_BEFORE) else key
        told.setdefault((name.split(":")[0], why), f"{where}: {name}: {why}")
    yield from list(told.values())[:most]
    if len(told) > most:
        yield f"and {len(told) - most} more"
