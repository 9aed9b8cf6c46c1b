"""The four figures of DORA, of what is known of an environment's deployments. Pure.

What they mean: https://dora.dev/guides/dora-metrics-four-keys/. What is counted here, and
how, is said beside each figure, as teams count differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from minion.deployments.found import DEPLOY, ROLLBACK, Entry
from minion.deployments.record import UNDER_WAY, MigrationTime

WEEK_D = 7
#: How each figure is counted.
DEFINITIONS = {
    "deployment_frequency": "deployments that came to their end or were released, a week, since "
    "the first one known in these days",
    "lead_time": "median, over all commits that were deployed, of the time from the commit's date "
    "to the end of the first deployment that had it",
    "change_failure_rate": "of the deployments that made a release, those that failed or that a "
    "rollback took back",
    "time_to_restore": "median of the time from the end of such a failure to the next deployment "
    "or rollback that came to its end",
}


@dataclass(frozen=True)
class Figures:
    """The figures, None where there is nothing to count; times in seconds.

    Beside each is what it was counted from.
    """

    per_week: float | None
    deployments: int
    lead_s: float | None
    commits: int
    failure_rate: float | None
    failures: int
    changes: int
    restore_s: float | None
    restored: int


def figures_of(entries: Sequence[Entry], leads: Sequence[float], now: datetime) -> Figures:
    """The figures of `entries`, newest first; `leads` are the lead times of their commits."""
    dated = [entry for entry in entries if entry.at is not None]
    done = [one for one in dated if one.operation == DEPLOY and one.is_success]
    changes = [
        one
        for one in dated
        if one.operation == DEPLOY and one.releases and one.outcome != UNDER_WAY
    ]
    taken_back = _taken_back(dated)
    failures = [one for one in changes if not one.is_success or id(one) in taken_back]
    restores = [seconds for one in failures if (seconds := _restored(one, dated)) is not None]
    return Figures(
        per_week=len(done) * WEEK_D / _days(done, now) if done else None,
        deployments=len(done),
        lead_s=median(leads) if leads else None,
        commits=len(leads),
        failure_rate=len(failures) / len(changes) if changes else None,
        failures=len(failures),
        changes=len(changes),
        restore_s=median(restores) if restores else None,
        restored=len(restores),
    )


def slowest(entries: Sequence[Entry], count: int = 5) -> list[tuple[MigrationTime, Entry]]:
    """The migrations that took longest, with the deployments that ran them."""
    found = [
        (one, entry)
        for entry in entries
        for one in (entry.record.migrations if entry.record else ())
        if one.seconds is not None
    ]
    return sorted(found, key=lambda pair: pair[0].seconds or 0.0, reverse=True)[:count]


def _days(done: Sequence[Entry], now: datetime) -> float:
    """The days since the first; one at least, or a day's work would be counted as a habit."""
    first = min(one.at for one in done if one.at is not None)
    return max(1.0, (now - first).total_seconds() / 86400)


def _taken_back(dated: Sequence[Entry]) -> set[int]:
    """The deployments, by id, that a rollback took back: for each the last before it."""
    found: set[int] = set()
    standing: list[Entry] = []
    for entry in reversed(dated):
        if entry.operation == DEPLOY and entry.is_success:
            standing.append(entry)
        elif entry.operation == ROLLBACK and entry.is_success:
            own = [one for one in standing if set(one.apps) & set(entry.apps)]
            if own:
                standing.remove(own[-1])
                found.add(id(own[-1]))
    return found


def _restored(failed: Entry, dated: Sequence[Entry]) -> float | None:
    """Seconds from a failure to what mended it."""
    for entry in reversed(dated):
        is_later = entry.at is not None and failed.at is not None and entry.at > failed.at
        if is_later and entry.is_success and set(entry.apps) & set(failed.apps):
            assert entry.at is not None and failed.at is not None
            return (entry.at - failed.at).total_seconds()
    return None
