"""What minion will not do to a page. Pure."""

from __future__ import annotations

from minion.operations.maintenance.facts import MaintenanceFacts


def refusals(facts: MaintenanceFacts) -> tuple[str, ...]:
    """None: a person who puts a page up or down by hand is right."""
    return ()


def busy(facts: MaintenanceFacts) -> tuple[str, ...]:
    """Nothing: a page can be put up while a build or a release is under way."""
    return ()
