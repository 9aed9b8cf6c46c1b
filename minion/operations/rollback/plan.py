"""What a rollback will do: facts in, a :class:`RollbackPlan` out. Pure.

The older code must be able to work with the schema that it finds. Where the
newer migrations leave it able to, they stay; where they do not, they are
reversed first, by the newer code, which alone knows how.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minion.analyser.migrations import Kind, Reading
from minion.analyser.migrations.readings import classes
from minion.engine.encoding import identifier
from minion.engine.operation import Before, Work
from minion.operations.rollback.facts import Reversal, RollbackFacts
from minion.operations.rollback.policy import IN_THE_WAY, busy, refusals, warnings
from minion.operations.rollback.request import RollbackRequest
from minion.operations.rollback.steps import steps_of
from minion.settings import Settings
from minion.steps import Step


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
        taken_back = [reading for one in self.reversals for reading in one.readings]
        return Work(
            "rollback",
            self.request,
            self.id,
            before,
            self.steps,
            commit,
            migrations=classes(taken_back),
        )


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
        steps=tuple(
            steps_of(
                settings.environment(request.environment), settings, facts, reversals, needs_page
            )
        ),
        warnings=tuple(warnings(facts, reversals, kept)),
        refusals=tuple(refusals(facts, reversals, keeps_migrations, needs_page)),
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
