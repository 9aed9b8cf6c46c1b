"""Migrations that were carried out on a scratch database, beside what was read of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from minion.analyser.between import what_packages_hide
from minion.analyser.code import Code
from minion.analyser.measured.judging import judge
from minion.analyser.migrations import Kind, Measured, Reading

__all__ = ["HOW", "is_wanted", "judge", "measured_code", "with_measured"]

#: What is to be measured: nothing, what reading leaves unknown, everything.
HOW = ("no", "unknown", "all")

#: Operations that may do anything, and perhaps found nothing to do.
_CODE = ("RunPython", "RunSQL")
#: The more people have to wait, the higher.
_CAUTION = (Kind.NEUTRAL, Kind.EXPAND, Kind.CONTRACT, Kind.UNKNOWN, Kind.BREAKING)


def is_wanted(how: str, code: Code) -> bool:
    """Whether `code` is to be measured, where `how` is one of `HOW`."""
    if how == "no" or not (code.readings or code.unread):
        return False
    if code.unread and code.unread != what_packages_hide(code.analysis):
        # The commits cannot be compared at all.
        return False
    return how == "all" or bool(code.unread) or any(r.kind is Kind.UNKNOWN for r in code.readings)


def measured_code(code: Code, document: Mapping[str, Any]) -> Code:
    """`code` with what was measured of it; without a measurement a note says why."""
    if "failed" in document:
        told = f"the migrations were not measured: {document['failed']}"
        return replace(code, analysis=replace(code.analysis, notes=(*code.analysis.notes, told)))
    notes = (*code.analysis.notes, *_about(document))
    # What packages bring was carried out as well; nothing of theirs is hidden any more.
    hidden = what_packages_hide(code.analysis)
    return replace(
        code,
        analysis=replace(code.analysis, notes=notes),
        readings=with_measured(code.readings, document),
        unread=None if code.unread == hidden else code.unread,
    )


def _about(document: Mapping[str, Any]) -> Iterator[str]:
    if document["network"] != "cut off":
        yield "measured with the network open: this system has no way to start a process without"
    for key, why in document["new_code"].items():
        yield f"the new code does not work after all its migrations: {key}: {why}"


def with_measured(readings: Sequence[Reading], document: Mapping[str, Any]) -> tuple[Reading, ...]:
    """The readings, each with the class that was measured where one was.

    Those that only the database knows, as packages bring them, come last. Without a
    measurement (`failed` says why) a reading stays what it is.
    """
    seen = {one["path"] or _named(one): one for one in document["migrations"]}
    found = []
    for reading in readings:
        one = seen.pop(reading.path, None)
        found.append(reading if one is None else _with(reading, judge(one)))
    return (*found, *(_brought(path, one) for path, one in seen.items()))


def _with(reading: Reading, measured: Measured) -> Reading:
    if reading.annotated is not None and _is_more_careful(reading.kind, measured.kind):
        return replace(reading, measured=measured, read=reading.kind)
    kind, order_free = measured.kind, measured.order_free
    warnings = [*reading.warnings, *measured.notes]
    if measured.kind is Kind.UNKNOWN:
        # What could not be measured is not known any better than it was.
        if reading.kind in (Kind.BREAKING, Kind.UNKNOWN):
            return replace(reading, measured=measured, read=reading.kind)
        warnings += measured.why
    elif not measured.rows and any(one.operation.startswith(_CODE) for one in reading.findings):
        warnings.append("measured: it wrote no row here; what it does with yours was not seen")
    if _is_dangerous(reading, measured):
        warnings.append(
            f"read as {reading.kind}, measured as {kind}: a bug of minion's reader, please report "
            "it; fab analyse:FROM,TO,measure=yes,case=FILE writes a small copy without your names"
        )
    return replace(
        reading,
        kind=kind,
        order_free=order_free,
        locks=bool(measured.held) or (reading.locks and not measured.had_rows),
        irreversible=reading.irreversible
        if measured.is_reversible is None
        else not measured.is_reversible,
        warnings=tuple(warnings),
        fails=measured.fails,
        why=measured.why,
        measured=measured,
        read=reading.kind,
    )


def _is_more_careful(one: Kind, other: Kind) -> bool:
    return _CAUTION.index(one) > _CAUTION.index(other)


def _is_dangerous(reading: Reading, measured: Measured) -> bool:
    """Whether the reading would have let something run that must not."""
    if measured.kind is Kind.UNKNOWN:
        return False
    if reading.kind in (Kind.BREAKING, Kind.UNKNOWN) or reading.annotated is not None:
        return False
    old_fails = measured.kind in (Kind.CONTRACT, Kind.BREAKING)
    new_fails = measured.kind is Kind.BREAKING or (
        measured.kind is Kind.EXPAND and not measured.order_free
    )
    runs_first = reading.kind in (Kind.NEUTRAL, Kind.EXPAND)
    runs_late = reading.kind in (Kind.NEUTRAL, Kind.CONTRACT) or reading.order_free
    return (runs_first and old_fails) or (runs_late and new_fails)


def _brought(path: str, one: Mapping[str, Any]) -> Reading:
    """A migration that was seen and is no file of the project."""
    measured = judge(one)
    return Reading(
        path=path,
        app_label=one["app"],
        name=one["name"],
        kind=measured.kind,
        order_free=measured.order_free,
        locks=bool(measured.held),
        irreversible=measured.is_reversible is False,
        lossy=False,
        findings=(),
        why=measured.why,
        warnings=measured.notes,
        annotated=None,
        dependencies=tuple(tuple(key) for key in one["dependencies"]),
        replaces=(),
        is_atomic=one["atomic"],
        fails=measured.fails,
        measured=measured,
        read=None,
    )


def _named(one: Mapping[str, Any]) -> str:
    return f"{one['app']}.{one['name']}"
