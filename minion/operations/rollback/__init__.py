"""The way back to an earlier release, migrations considered."""

from __future__ import annotations

from minion.engine.operation import Operation
from minion.operations.rollback.gather import gather
from minion.operations.rollback.outcome import RollbackOutcome
from minion.operations.rollback.plan import make_plan
from minion.operations.rollback.report import done, report
from minion.operations.rollback.request import RollbackRequest

__all__ = ["ROLLBACK", "RollbackRequest"]

ROLLBACK = Operation(
    name="rollback",
    doing="to roll it back",
    request=RollbackRequest,
    gather=gather,
    plan=make_plan,
    report=report,
    outcome=RollbackOutcome(),
    done=done,
)
