"""What will be done to the pages: facts in, a :class:`MaintenancePlan` out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from minion.engine.encoding import identifier
from minion.engine.operation import Work
from minion.operations.maintenance.facts import MaintenanceFacts
from minion.operations.maintenance.policy import busy, refusals
from minion.operations.maintenance.request import MaintenanceRequest
from minion.operations.maintenance.steps import steps_of
from minion.settings import Settings
from minion.steps import Step


@dataclass(frozen=True)
class MaintenancePlan:
    """The page of every app, up or down; one that is so already is set once more."""

    request: MaintenanceRequest
    facts: MaintenanceFacts
    steps: tuple[Step, ...]
    refusals: tuple[str, ...]
    busy: tuple[str, ...]

    @property
    def id(self) -> str:
        """The plan's identifier."""
        return identifier(self)

    @property
    def confirmed_by(self) -> str:
        return "+".join(one.app for one in self.facts.before)

    @property
    def questions(self) -> tuple[str, ...]:
        return ()

    @property
    def removal(self) -> None:
        return None

    @property
    def work(self) -> Work:
        """The plan as it is carried out and written into the journal."""
        return Work("maintenance", self.request, self.id, self.facts.before, self.steps)


def make_plan(
    request: MaintenanceRequest, settings: Settings, facts: MaintenanceFacts
) -> MaintenancePlan:
    """The plan for `request`, given `facts`."""
    return MaintenancePlan(
        request=request,
        facts=facts,
        steps=tuple(steps_of(request, facts)),
        refusals=refusals(facts),
        busy=busy(facts),
    )
