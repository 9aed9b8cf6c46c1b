"""The record of an operation, made of its journal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from minion import options as option_names
from minion.deployments.record import (
    FINISHED,
    INTERRUPTED,
    MigrationTime,
    PageTime,
    Record,
    Released,
    StepTime,
)
from minion.engine.journal import BEGUN, DONE, FAILED, RECORD, RESUMED, Entries
from minion.engine.operation import Work
from minion.steps import MaintenanceOff, Promote, Push, RunCommand, Step


def record_of(work: Work, entries: Entries, until: datetime | None = None) -> Record | None:
    """What the journal of `work` tells; None where no step was begun.

    `until` is given for the record that goes into a tag: by then every step but the tags was
    taken. Without it the record ends with the last that the journal tells.
    """
    times = _Times()
    for event in entries.events:
        times.take(event)
    times.leave()
    if times.first is None or times.last is None:
        return None
    end = max(until or times.last, times.last)
    found_up = set(_found_up(work))
    return Record(
        operation=work.operation,
        outcome=FINISHED if until else entries.outcome or INTERRUPTED,
        environment=work.environment,
        begun=times.first,
        seconds=_between(times.first, end),
        plan=work.plan,
        commit=work.commit or "",
        options=work.options,
        operator=str(entries.header.get("who", "")),
        minion=str(entries.header.get("minion", "")),
        idle_s=round(times.idle_s, 2),
        stopped=times.resumed,
        failed_at="" if until else _failed_at(work, entries, times),
        releases=tuple(times.releases.values()),
        steps=tuple(
            StepTime(
                kind_of(step), _app_of(step), round(times.spans[number], 2), times.stops[number]
            )
            for number, step in enumerate(work.steps, 1)
            if number in times.spans and not (until and times.is_open(number))
        ),
        pages=tuple(
            PageTime(app, round(up, 2), stays)
            for app, up, stays in times.page_times(end)
            if app not in found_up
        ),
        migrations=tuple(_migrations(work, times)),
    )


def kind_of(step: Step) -> str:
    """What sort of step it is, in a word: ``push``, ``migrate``, ``maintenance-on``."""
    if isinstance(step, RunCommand):
        return option_names.names(step.option)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(step).__name__).lower()


@dataclass
class _Times:
    """Where the time went, as the events say it, one after the other.

    Where the machine's clock was put back, nothing took less than no time.
    """

    first: datetime | None = None
    last: datetime | None = None
    idle_s: float = 0.0
    resumed: int = 0
    failed: int | None = None
    spans: dict[int, float] = field(default_factory=dict)
    stops: Counter[int] = field(default_factory=Counter)
    releases: dict[tuple[str, int], Released] = field(default_factory=dict)
    runs: dict[tuple[str, str, bool], float] = field(default_factory=dict)
    _open: dict[int, datetime] = field(default_factory=dict)
    _up: dict[str, datetime] = field(default_factory=dict)
    _page_s: dict[str, float] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> None:
        try:
            at = datetime.fromisoformat(str(event["at"])).astimezone(timezone.utc)
        except (KeyError, ValueError):
            return
        what, number = event.get("event"), int(event.get("step", 0))
        if what == BEGUN:
            self.first = self.first or at
            self._open[number] = at
            self.spans.setdefault(number, 0.0)
            self.failed = None
        elif what in (DONE, FAILED) and number in self._open:
            self.spans[number] += _between(self._open.pop(number), at)
            self.failed = number if what == FAILED else None
        elif what == RESUMED and self.first is not None:
            self._resume(at)
        elif what == RECORD:
            self._remember(at, str(event.get("kind")), event.get("facts", {}))
        self.last = at

    def is_open(self, number: int) -> bool:
        """Whether the step was begun, and nothing is known of its end."""
        return number in self._open

    def page_times(self, end: datetime) -> Iterator[tuple[str, float, bool]]:
        """For each app its seconds until `end`, and whether its page is up then."""
        for app in {**self._page_s, **self._up}:
            since = self._up.get(app)
            more = 0.0 if since is None else _between(since, end)
            yield app, self._page_s.get(app, 0.0) + more, since is not None

    def leave(self) -> None:
        """Count what is known of steps that have no end."""
        for number, since in self._open.items():
            self.spans[number] += _between(since, self.last or since)

    def _resume(self, at: datetime) -> None:
        last = self.last or at
        self.idle_s += _between(last, at)
        self.resumed += 1
        for number, since in self._open.items():
            self.spans[number] += _between(since, last)
            self.stops[number] += 1
        self._open.clear()

    def _remember(self, at: datetime, kind: str, facts: Mapping[str, Any]) -> None:
        app = str(facts.get("app", ""))
        if kind == "page" and facts.get("up"):
            self._up.setdefault(app, at)
        elif kind == "page" and app in self._up:
            self._page_s[app] = self._page_s.get(app, 0.0) + _between(self._up.pop(app), at)
        elif kind == "release":
            version = int(facts.get("version", 0))
            self.releases[app, version] = Released(app, version, str(facts.get("status", "")))
        elif kind == "migration":
            key = (str(facts.get("name")), app, bool(facts.get("reverses")))
            # Twice on one app is once in each of two databases.
            before = self.runs.get(key, 0.0)
            self.runs[key] = round(before + float(facts.get("seconds", 0.0)), 2)


def _between(start: datetime, end: datetime) -> float:
    return max(0.0, round((end - start).total_seconds(), 2))


def _failed_at(work: Work, entries: Entries, times: _Times) -> str:
    """The kind of the step that failed, or was being taken when its process ended."""
    if entries.outcome == FINISHED:
        return ""
    left = [step for number, step in enumerate(work.steps, 1) if entries.state(number) == BEGUN]
    if times.failed is not None and times.failed <= len(work.steps):
        return kind_of(work.steps[times.failed - 1])
    return kind_of(left[-1]) if left else ""


def _app_of(step: Step) -> str:
    return "+".join(step.acts_on) if isinstance(step, Promote) else step.app


def _found_up(work: Work) -> Iterator[str]:
    """The apps whose page somebody had put up before: its time is not this operation's."""
    for step in work.steps:
        is_found = (isinstance(step, MaintenanceOff) and step.found) or (
            isinstance(step, Push) and step.page_found
        )
        if is_found:
            yield step.app


def _migrations(work: Work, times: _Times) -> Iterator[MigrationTime]:
    """Those that were to run with what was seen of them, and then what else was seen."""
    known = {
        name: MigrationTime(name, read, measured, rows=rows)
        for name, read, measured, rows in work.migrations
    }
    seen = {name for name, _, _ in times.runs}
    yield from (one for name, one in known.items() if name not in seen)
    for (name, app, reverses), seconds in times.runs.items():
        one = known.get(name, MigrationTime(name))
        yield replace(one, seconds=seconds, app=app, reverses=reverses)
