"""Data move down: anonymised, and proven to be."""

from __future__ import annotations

from minion.engine.operation import Operation
from minion.operations.migrate_data.gather import gather
from minion.operations.migrate_data.outcome import MoveOutcome
from minion.operations.migrate_data.plan import make_plan
from minion.operations.migrate_data.report import done, moved, report
from minion.operations.migrate_data.request import MoveRequest

__all__ = ["MIGRATE_DATA", "MoveRequest"]

MIGRATE_DATA = Operation(
    name="migrate_data",
    doing="to replace its data",
    request=MoveRequest,
    gather=gather,
    plan=make_plan,
    report=report,
    outcome=MoveOutcome(),
    moved=moved,
    done=done,
)
