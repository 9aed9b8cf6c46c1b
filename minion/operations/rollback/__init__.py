"""The way back to an earlier release: from the facts over the plan to the report."""

from minion.operations.rollback.facts import AppBack, RollbackFacts
from minion.operations.rollback.gather import gather_rollback
from minion.operations.rollback.plan import RollbackPlan, make_rollback
from minion.operations.rollback.report import rollback_report

__all__ = [
    "AppBack",
    "RollbackFacts",
    "RollbackPlan",
    "gather_rollback",
    "make_rollback",
    "rollback_report",
]
