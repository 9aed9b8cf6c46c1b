"""``migrate_data``: data move down."""

from __future__ import annotations

from minion.engine.perform import connect, perform
from minion.operations.migrate_data import MIGRATE_DATA, MoveRequest
from minion.terminal.console import Console


def migrate_data(request: MoveRequest, *, confirm: str, wait_s: float) -> None:
    """Move the data of the source to the target, anonymised and proven to be.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    perform(MIGRATE_DATA, request, Console(), connect(), confirm=confirm, wait_s=wait_s)
