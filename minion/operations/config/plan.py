"""What will be set: facts in, a :class:`ConfigPlan` out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from minion.engine.encoding import identifier
from minion.engine.operation import Work
from minion.operations.config.facts import Comparison, ConfigFacts
from minion.operations.config.policy import busy, refusals, warnings
from minion.operations.config.request import ConfigRequest
from minion.operations.config.steps import steps_of
from minion.settings import Settings
from minion.steps import Step


@dataclass(frozen=True)
class ConfigPlan:
    """A change of config vars before it is made; `refusals` says why it must not be."""

    request: ConfigRequest
    facts: ConfigFacts
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]
    busy: tuple[str, ...]

    @property
    def id(self) -> str:
        """The plan's identifier: of this very change of these very values, for every app.

        It tells nothing of the values.
        """
        return identifier(
            self.request.environment,
            self.request.prune,
            self.facts.before,
            [one.fingerprint for one in self.facts.comparisons],
            self.warnings,
            self.refusals,
        )

    @property
    def changed(self) -> tuple[Comparison, ...]:
        """The apps that are not as the file says."""
        return tuple(one for one in self.facts.comparisons if one.changes(self.request.prune))

    @property
    def confirmed_by(self) -> str:
        return "+".join(one.app for one in self.facts.before)

    @property
    def questions(self) -> tuple[str, ...]:
        return self.facts.above.questions

    @property
    def removal(self) -> str | None:
        if not self.request.prune:
            return None
        return ", ".join(sorted({key for one in self.changed for key in one.removable})) or None

    @property
    def work(self) -> Work:
        """The plan as it is carried out and written into the journal."""
        return Work("config", self.request, self.id, self.facts.before, self.steps)


def make_plan(request: ConfigRequest, settings: Settings, facts: ConfigFacts) -> ConfigPlan:
    """The plan for `request`, given `facts`."""
    environment = settings.environment(request.environment)
    changed = [one for one in facts.comparisons if one.changes(request.prune)]
    return ConfigPlan(
        request=request,
        facts=facts,
        steps=tuple(steps_of(request, facts)),
        warnings=warnings(environment, facts, [one.app for one in changed]),
        refusals=refusals(environment, facts) if changed else (),
        busy=busy(facts),
    )
