"""Which steps it takes to put the pages up or down. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from minion.operations.maintenance.facts import MaintenanceFacts
from minion.operations.maintenance.request import MaintenanceRequest
from minion.steps import SetPage, Step


def steps_of(request: MaintenanceRequest, facts: MaintenanceFacts) -> Iterator[Step]:
    """One for each app; a page that is so already is set once more."""
    return (SetPage(one.app, up=request.up) for one in facts.before)
