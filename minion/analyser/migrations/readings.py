"""Findings put together: the reading of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from minion.analyser.migrations.graph.files import Place
from minion.analyser.migrations.rules.file import Judged
from minion.analyser.migrations.text.source import Source
from minion.analyser.migrations.verdicts import Finding, Kind, Reading, combine


def reading_of(
    place: Place, source: Source, judged: Judged, dependencies: tuple[tuple[str, str], ...]
) -> Reading:
    """The reading of a file whose operations were judged."""
    findings = judged.findings
    kind, order_free = combine((found.kind, found.order_free) for found in findings)
    warnings = list(judged.warnings)
    fails = (*judged.fails, *(_told(found) for found in findings if found.fails))
    if fails:
        kind, order_free = Kind.BREAKING, False
    elif kind is Kind.BREAKING and all(found.kind is not Kind.BREAKING for found in findings):
        warnings.insert(0, _split(findings))
    overruled = list(judged.overruled)
    annotation = judged.annotation
    if annotation is not None and annotation.kind is not None:
        overruled.insert(
            0,
            f"line {annotation.line}: the file is {annotation.kind} by a comment, not {kind}: "
            f"{annotation.reason}",
        )
        kind, order_free, fails = annotation.kind, False, ()
    return Reading(
        path=place.path,
        app_label=place.label,
        name=place.name,
        kind=kind,
        order_free=order_free,
        locks=any(found.locks for found in findings),
        irreversible=any(found.irreversible for found in findings),
        lossy=any(found.lossy for found in findings),
        findings=tuple(findings),
        why=(*judged.fails, *_reasons(findings)),
        warnings=tuple(warnings),
        annotated="; ".join(overruled) or None,
        dependencies=dependencies,
        replaces=source.replaces,
        is_atomic=source.is_atomic is not False,
        fails=fails,
    )


def reading_of_skipped(
    place: Place,
    source: Source,
    dependencies: tuple[tuple[str, str], ...],
    why: str,
    *warnings: str,
) -> Reading:
    """The reading of a file that does not run."""
    return Reading(
        path=place.path,
        app_label=place.label,
        name=place.name,
        kind=Kind.NEUTRAL,
        order_free=False,
        locks=False,
        irreversible=False,
        lossy=False,
        findings=(),
        why=(why,),
        warnings=warnings,
        annotated=None,
        dependencies=dependencies,
        replaces=source.replaces,
        is_atomic=source.is_atomic is not False,
    )


def _reasons(findings: list[Finding]) -> tuple[str, ...]:
    """A line for each operation that does something, or one that none does."""
    if not findings:
        return ("no operations",)
    busy = [found for found in findings if found.kind is not Kind.NEUTRAL] or findings
    return tuple(map(_told, busy))


def _told(found: Finding) -> str:
    where = f"line {found.line}: " if found.line else ""
    return f"{where}{found.operation}: {found.why}"


def _split(findings: list[Finding]) -> str:
    parts = []
    for kind, when in ((Kind.EXPAND, "before the new code"), (Kind.CONTRACT, "after the old")):
        lines = [
            str(found.line) for found in findings if found.kind is kind and not found.order_free
        ]
        if lines:
            parts.append(f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)} {when}")
    return f"split this file: {'; '.join(parts)}"


def run_again(reading: Reading, original: Place) -> Reading:
    """The reading of a file that has run under another name."""
    warning = (
        f"renamed from {original.name}: Django takes it for another migration and runs it again; "
        f'keep the name, or add replaces = [("{original.label}", "{original.name}")]'
    )
    kind = reading.kind
    if kind in (Kind.EXPAND, Kind.CONTRACT) and reading.annotated is None:
        kind = Kind.BREAKING
    why = (
        (*reading.why, "cannot run: it has run under another name")
        if kind != reading.kind
        else reading.why
    )
    return replace(
        reading,
        kind=kind,
        order_free=reading.order_free and kind is reading.kind,
        why=why,
        warnings=(warning, *reading.warnings),
    )


def classes(
    readings: Iterable[Reading], rows: Mapping[str, int] = MappingProxyType({})
) -> tuple[tuple[str, str, str, int | None], ...]:
    """Each migration as Django's own output names it, ``shop.0002_more``, with its classes.

    That is the class as it was read, and as it was measured, "" where it was not; then, from
    `rows`, over how many rows it works, None where that is not known.
    """
    return tuple(_class_of(one, rows) for one in readings)


def _class_of(reading: Reading, rows: Mapping[str, int]) -> tuple[str, str, str, int | None]:
    name, measured = ".".join(reading.key), reading.measured
    read = reading.kind if measured is None else reading.read
    seen = "" if measured is None else measured.kind.value
    return name, "" if read is None else read.value, seen, rows.get(name)
