"""What minion will not set, and what it warns of. Pure."""

from __future__ import annotations

from collections.abc import Collection

from minion.operations.config.facts import ConfigFacts
from minion.settings import Environment


def refusals(environment: Environment, facts: ConfigFacts) -> tuple[str, ...]:
    """Why the file must not be applied: what goes live must be what the team has seen."""
    return facts.problems if environment.is_top else ()


def warnings(
    environment: Environment, facts: ConfigFacts, changed: Collection[str]
) -> tuple[str, ...]:
    """What the operator should know before saying yes."""
    if not changed:
        return ()
    problems = () if environment.is_top else facts.problems
    phases = [
        f"{app} has a release phase, and this release runs it too."
        for app in facts.release_phases
        if app in changed
    ]
    return (*facts.above.warnings, *problems, *facts.remarks, *phases)


def busy(facts: ConfigFacts) -> tuple[str, ...]:
    """Nothing: Heroku sets config vars while a build is under way."""
    return ()
