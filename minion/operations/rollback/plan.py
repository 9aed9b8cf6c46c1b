"""What a rollback will do: facts in, a :class:`RollbackPlan` out. Pure.

The older code must be able to work with the schema that it finds. Where the
newer migrations leave it able to, they stay; where they do not, they are
reversed first, by the newer code, which alone knows how.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minion.analyser.migrations import Kind, Reading
from minion.engine.encoding import identifier
from minion.engine.operation import Before, Work
from minion.operations.rollback.facts import AppBack, Reversal, RollbackFacts
from minion.operations.rollback.policy import IN_THE_WAY, busy, refusals, warnings
from minion.operations.rollback.request import RollbackRequest
from minion.options import Option
from minion.settings import Settings
from minion.steps import (
    MaintenanceOff,
    MaintenanceOn,
    NewDynosUp,
    PrebootBack,
    PrebootSwitch,
    ReadBack,
    RollBack,
    RunCommand,
    Step,
)


@dataclass(frozen=True)
class RollbackPlan:
    """A rollback before it is made; `refusals` says why it must not be."""

    request: RollbackRequest
    facts: RollbackFacts
    reversals: tuple[Reversal, ...]
    kept: tuple[Reading, ...]
    needs_page: bool
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]
    busy: tuple[str, ...]

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(app.name for app in self.facts.apps)

    @property
    def id(self) -> str:
        """The plan's identifier: of everything that the report shows, for every app."""
        return identifier(self)

    @property
    def environment(self) -> str:
        return self.request.environment

    @property
    def confirmed_by(self) -> str:
        return "+".join(self.apps)

    @property
    def questions(self) -> tuple[str, ...]:
        return self.facts.above.questions

    @property
    def removal(self) -> None:
        return None

    @property
    def work(self) -> Work:
        """The plan as it is carried out and written into the journal."""
        before = tuple(
            Before(app.name, app.running.version, app.commit, app.newest_version)
            for app in self.facts.apps
        )
        commit = self.facts.apps[0].target_commit
        return Work("rollback", self.request, self.id, before, self.steps, commit)


def make_plan(request: RollbackRequest, settings: Settings, facts: RollbackFacts) -> RollbackPlan:
    """The plan for `request`, given `facts`."""
    keeps_migrations = request.keeps_migrations
    reversals = () if keeps_migrations else tuple(_reversals(facts.readings))
    reversed_ = {one.key for reversal in reversals for one in reversal.readings}
    needs_page = any(
        one.kind in (Kind.BREAKING, Kind.UNKNOWN) for r in reversals for one in r.readings
    )
    kept = tuple(one for one in facts.readings if one.key not in reversed_)
    return RollbackPlan(
        request=request,
        facts=facts,
        reversals=reversals,
        kept=kept,
        needs_page=needs_page,
        steps=tuple(_steps(settings, facts, reversals, needs_page)),
        warnings=tuple(warnings(facts, reversals, kept)),
        refusals=tuple(refusals(facts, reversals, keeps_migrations)),
        busy=busy(facts),
    )


def _reversals(readings: Sequence[Reading]) -> Iterator[Reversal]:
    """For each Django app that has something in the way: from its first such migration on."""
    for label in dict.fromkeys(one.app_label for one in readings):
        own = [one for one in readings if one.app_label == label]
        start = next((n for n, one in enumerate(own) if one.kind in IN_THE_WAY), None)
        if start is not None:
            parents = [name for app, name in own[start].dependencies if app == label]
            to = parents[0] if len(parents) == 1 else "" if parents else "zero"
            yield Reversal(label, to, tuple(reversed(own[start:])))


def _steps(
    settings: Settings,
    facts: RollbackFacts,
    reversals: Sequence[Reversal],
    needs_page: bool,
) -> Iterator[Step]:
    switched = [app for app in facts.apps if needs_page and app.preboot]
    for app in switched:
        yield PrebootSwitch(app.name, on=False, found=True)
    if needs_page:
        for app in facts.apps:
            yield MaintenanceOn(app.name, found=app.app.maintenance)
    # With the newer code: the older one does not have these migrations.
    for reversal in reversed(reversals):
        for app in _one_per_database(facts.apps):
            target = f"{shlex.quote(reversal.label)} {shlex.quote(reversal.to)}"
            yield RunCommand(app.name, Option.MIGRATE, f"{settings.commands.migrate} {target}")
    for app in facts.apps:
        yield RollBack(
            app.name,
            release_id=app.target.id,
            version=app.target.version,
            commit=app.target_commit,
            after=app.newest_version,
            back_to=None if reversals else app.running.id,
        )
        if app.target_commit:
            yield ReadBack(app.name, commit=app.target_commit)
    if needs_page:
        for app in facts.apps:
            yield NewDynosUp(app.name)
        for app in facts.apps:
            yield MaintenanceOff(app.name, found=app.app.maintenance)
    for app in switched:
        yield PrebootBack(app.name, found=True)


def _one_per_database(apps: Sequence[AppBack]) -> list[AppBack]:
    first: dict[str, AppBack] = {}
    for app in apps:
        first.setdefault(app.database or f"app {app.name}", app)
    return list(first.values())
