"""How long migrations will take, by what they took on the environment below. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minion.analyser.migrations import Reading
from minion.analyser.prediction import Seen, seconds_over
from minion.analyser.report import bullets
from minion.deployments.record import MigrationTime, Record
from minion.operations.sizes import DatabaseLook, locked_by
from minion.text import amount, plain


@dataclass(frozen=True)
class Predicted:
    """A migration's `seconds` over `rows`, by what was `seen`; rows are None where not known."""

    migration: str
    seconds: float
    rows: int | None
    seen: Seen


def rows_worked_through(
    readings: Iterable[Reading], looks: Iterable[DatabaseLook]
) -> Mapping[str, int]:
    """By migration the rows of the largest table that it locks for as long as that is large."""
    found: dict[str, int] = {}
    looks = list(looks)
    for locked in locked_by(readings):
        for look in looks if locked.is_long else ():
            known = look.by_name.get(locked.table)
            if known is not None and known.rows is not None:
                found[locked.migration] = max(found.get(locked.migration, 0), known.rows)
    return found


def predictions(
    readings: Iterable[Reading],
    looks: Iterable[DatabaseLook],
    records: Sequence[tuple[str, Record]],
) -> tuple[Predicted, ...]:
    """A prediction for each of the migrations whose time was recorded; `records` newest first."""
    readings = list(readings)
    rows = rows_worked_through(readings, looks)
    found = []
    for reading in readings:
        name = ".".join(reading.key)
        for where, record in records:
            run = _run(record, name)
            if run is None or run.seconds is None:
                continue
            seen, now = Seen(run.seconds, run.rows or 0, where), rows.get(name)
            found.append(Predicted(name, seconds_over(seen, now or 0), now, seen))
            break
    return tuple(found)


def _run(record: Record, name: str) -> MigrationTime | None:
    """The longest run of the migration: on one of the apps others may have waited for less."""
    runs = [
        one
        for one in record.migrations
        if one.name == name and one.seconds is not None and not one.reverses
    ]
    return max(runs, key=lambda one: one.seconds or 0.0, default=None)


def prediction_lines(found: Sequence[Predicted], *, behind_page: bool) -> Iterator[str]:
    """The same as a paragraph; nothing where nothing is known."""
    if not found:
        return
    lines = [f"{one.migration}: about {_time(one.seconds)} ({_source(one)})" for one in found]
    if behind_page:
        total = sum(one.seconds for one in found)
        lines.append(f"the page: {_time(total)} for these, and what the dynos take to start")
    yield "Predicted:\n\n" + bullets([plain(line) for line in lines])


def _source(one: Predicted) -> str:
    seen = f"{one.seen.where}: {_time(one.seen.seconds)}"
    if not one.seen.rows or not one.rows:
        return seen
    return f"{seen} over about {amount(one.seen.rows)} rows; here {amount(one.rows)}"


def predictions_document(found: Sequence[Predicted]) -> list[dict[str, Any]]:
    """The same as values."""
    return [
        {
            "migration": one.migration,
            "seconds": round(one.seconds, 2),
            "rows_estimated": one.rows,
            "seen": {
                "where": one.seen.where,
                "seconds": one.seen.seconds,
                "rows_estimated": one.seen.rows or None,
            },
        }
        for one in found
    ]


def beside_the_truth(found: Iterable[Predicted], record: Record | None) -> Iterator[str]:
    """What was predicted beside what it was, a line each."""
    for one in found:
        run = None if record is None else _run(record, one.migration)
        if run is not None and run.seconds is not None:
            yield (
                f"{one.migration} took {_time(run.seconds)}, predicted were "
                f"about {_time(one.seconds)}."
            )


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
