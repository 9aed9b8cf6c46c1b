"""The maintenance page by hand."""

from __future__ import annotations

from minion.engine.operation import Operation
from minion.operations.maintenance.gather import gather
from minion.operations.maintenance.outcome import MaintenanceOutcome
from minion.operations.maintenance.plan import make_plan
from minion.operations.maintenance.report import report
from minion.operations.maintenance.request import MaintenanceRequest

__all__ = ["MAINTENANCE", "MaintenanceRequest"]

MAINTENANCE = Operation(
    name="maintenance",
    doing="to switch its maintenance page",
    request=MaintenanceRequest,
    gather=gather,
    plan=make_plan,
    report=report,
    outcome=MaintenanceOutcome(),
    asks=False,
)
