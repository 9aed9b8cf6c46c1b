"""Nothing is asked before a page is put up or down, so nothing is shown. Pure."""

from __future__ import annotations

from datetime import datetime

from minion.operations.maintenance.plan import MaintenancePlan


def report(plan: MaintenancePlan, now: datetime) -> str:
    """ "Nothing: each step says what it has done."""
    return ""
