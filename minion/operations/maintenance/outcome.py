"""What stands when not every page could be put up or down, and what to type next."""

from __future__ import annotations

from minion.engine.operation import Ways, Work
from minion.engine.outcome import StepsOutcome
from minion.engine.progress import Progress
from minion.steps.world import World


class MaintenanceOutcome(StepsOutcome):
    """Tells each page's fate. Pages that were set stay so: nothing is to be undone."""

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        return Ways(True, False, ())
