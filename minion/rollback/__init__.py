"""The way back to an earlier release: from the facts over the plan to the report."""

from minion.rollback.facts import AppBack, RollbackFacts
from minion.rollback.gather import gather_rollback
from minion.rollback.plan import RollbackPlan, make_rollback
from minion.rollback.report import rollback_report

__all__ = [
    "AppBack",
    "RollbackFacts",
    "RollbackPlan",
    "gather_rollback",
    "make_rollback",
    "rollback_report",
]
