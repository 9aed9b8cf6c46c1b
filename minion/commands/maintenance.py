"""``maintenance``: the page by hand."""

from __future__ import annotations

from minion.engine.perform import connect, perform
from minion.operations.maintenance import MAINTENANCE, MaintenanceRequest
from minion.terminal.console import Console


def maintenance(request: MaintenanceRequest, *, wait_s: float) -> None:
    """Put the page of every app of an environment up or down, and say what is now."""
    perform(MAINTENANCE, request, Console(), connect(), wait_s=wait_s)
