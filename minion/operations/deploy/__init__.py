"""A deployment: code moves up."""

from __future__ import annotations

from minion.engine.operation import Operation
from minion.operations.deploy.gather import gather
from minion.operations.deploy.outcome import DeployOutcome
from minion.operations.deploy.plan import make_plan
from minion.operations.deploy.report import done, moved, nothing_to_do, report
from minion.operations.deploy.request import DeployRequest

__all__ = ["DEPLOY", "DeployRequest"]

DEPLOY = Operation(
    name="deploy",
    doing="to deploy",
    request=DeployRequest,
    gather=gather,
    plan=make_plan,
    report=lambda plan, now: report(plan),
    outcome=DeployOutcome(),
    nothing_to_do=nothing_to_do,
    moved=moved,
    done=done,
)
