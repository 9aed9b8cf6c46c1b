"""The team's config vars are applied, in one release of each app."""

from __future__ import annotations

from minion.engine.operation import Operation
from minion.operations.config.gather import gather, hand_over
from minion.operations.config.outcome import ConfigOutcome
from minion.operations.config.plan import ConfigPlan, make_plan
from minion.operations.config.report import moved, nothing_to_do, report
from minion.operations.config.request import ConfigRequest
from minion.steps.world import World

__all__ = ["CONFIG", "ConfigRequest"]


def _prepare(plan: ConfigPlan, world: World) -> None:
    """What has moved since the plan was made is found again under the lock."""
    hand_over(plan.work, plan.steps, world)


CONFIG = Operation(
    name="config",
    doing="to change its config vars",
    request=ConfigRequest,
    gather=gather,
    plan=make_plan,
    report=report,
    outcome=ConfigOutcome(),
    nothing_to_do=nothing_to_do,
    moved=moved,
    prepare=_prepare,
)
