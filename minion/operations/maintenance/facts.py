"""What there is to know before the page is put up or down, as values."""

from __future__ import annotations

from dataclasses import dataclass

from minion.engine.operation import Before


@dataclass(frozen=True)
class MaintenanceFacts:
    """The apps, each with what it runs; `up` names those whose page is up now."""

    before: tuple[Before, ...]
    up: frozenset[str]
