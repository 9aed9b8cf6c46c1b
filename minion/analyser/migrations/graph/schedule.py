"""When each migration of one release runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from minion.analyser.migrations.verdicts import Kind, Reading

Key = tuple[str, str]


@dataclass(frozen=True)
class Schedule:
    """What the migrations of one release ask of its deployment."""

    #: Whether they can only run behind the maintenance page, all at once.
    needs_page: bool
    #: Why it does; empty if it does not.
    reasons: tuple[str, ...]
    #: (app label, name) of those to run before the new code serves, in order.
    before: tuple[Key, ...]
    #: Those to run once no old code is left, in order.
    after: tuple[Key, ...]
    #: How to make two deployments of it that need no page; "" if that is not the trouble.
    split: str = ""


def schedule(readings: Sequence[Reading]) -> Schedule:
    """The schedule for the readings of one release, which are in the order in which they run.

    Each migration runs no earlier than those that it depends on. What fits either
    time runs with the others, so that there is one run of migrate where one will do.
    """
    stuck = [reading for reading in readings if reading.kind in (Kind.BREAKING, Kind.UNKNOWN)]
    if stuck:
        reasons = tuple(_reason(reading) for reading in stuck)
        return Schedule(True, reasons, (), ())
    by_key = {reading.key: reading for reading in readings}
    waits = _waiting(readings, by_key)
    clashes = [r for r in readings if _is_strict(r) and r.key in waits]
    if clashes:
        reasons = tuple(
            f"{_name(reading.key)} must run before the new code serves, but depends on "
            f"{_name(waits[reading.key])}, which must wait until no old code is left"
            for reading in clashes
        )
        return Schedule(True, reasons, (), (), _split(readings, clashes, waits))
    has_first = any(_is_strict(reading) for reading in readings)
    has_last = bool(waits)
    late = {r.key for r in readings if r.key in waits or (has_last and not has_first)}
    return Schedule(
        False,
        (),
        tuple(reading.key for reading in readings if reading.key not in late),
        tuple(reading.key for reading in readings if reading.key in late),
    )


def _is_strict(reading: Reading) -> bool:
    """Whether the new code does not work without it."""
    return reading.kind is Kind.EXPAND and not reading.order_free


def _waiting(readings: Sequence[Reading], by_key: dict[Key, Reading]) -> dict[Key, Key]:
    """The migrations that cannot run before the switch, each with the CONTRACT that is why."""
    found = {reading.key: reading.key for reading in readings if reading.kind is Kind.CONTRACT}
    grows = True
    while grows:
        grows = False
        for reading in readings:
            cause = next((found[key] for key in reading.dependencies if key in found), None)
            if reading.key not in found and cause is not None:
                found[reading.key] = cause
                grows = True
    return found


def _reason(reading: Reading) -> str:
    first = next((found for found in reading.findings if found.kind is reading.kind), None)
    if first is not None:
        where = f"line {first.line}: " if first.line else ""
        return f"{reading.path} is {reading.kind}: {where}{first.operation}: {first.why}"
    return f"{reading.path} is {reading.kind}: {'; '.join(reading.why)}"


def _split(readings: Sequence[Reading], clashes: Sequence[Reading], waits: dict[Key, Key]) -> str:
    causes = list(dict.fromkeys(waits[reading.key] for reading in clashes))
    later = [r.key for r in readings if r.key in waits and r.key not in causes]
    return (
        f"deploy twice: first up to {', '.join(map(_name, causes))}, "
        f"then {', '.join(map(_name, later))} with the code that needs it"
    )


def _name(key: Key) -> str:
    return ".".join(key)
