"""``rollback``: back to an earlier release."""

from __future__ import annotations

from minion.engine.perform import connect, perform
from minion.operations.rollback import ROLLBACK, RollbackRequest
from minion.terminal.console import Console


def rollback(request: RollbackRequest, *, confirm: str, wait_s: float) -> None:
    """Bring the apps of an environment back to an earlier release.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    perform(ROLLBACK, request, Console(), connect(), confirm=confirm, wait_s=wait_s)
