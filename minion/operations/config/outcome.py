"""What stands when config vars were set on some apps only, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.engine.operation import Ways, Work
from minion.engine.outcome import StepsOutcome
from minion.engine.progress import Progress
from minion.errors import MinionError
from minion.operations.config.gather import hand_over
from minion.steps.world import World


class ConfigOutcome(StepsOutcome):
    """Tells of each app whether it has the new values or those that it had."""

    def lines(self, work: Work, progress: Progress, world: World) -> Sequence[str]:
        again = f"When the cause is mended: {work.request.command}"
        return [*_states(work, progress, world), again]

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        if not progress.begun:
            return Ways(False, True, ("No step had begun.",))
        try:
            moved = hand_over(work, tuple(progress.left(work.steps)), world)
        except MinionError as error:
            moved = [f"The values cannot be read again: {error}"]
        return Ways(not moved, True, tuple(moved))


def _states(work: Work, progress: Progress, world: World) -> Iterator[str]:
    for step in work.steps:
        release = world.released.get(step.app)
        if release is None:
            yield f"{step.app}: the config vars are as they were."
        else:
            version = f"v{release.version}"
            yield f"{step.app}: has the new values, as {version}, which is {release.status}."
