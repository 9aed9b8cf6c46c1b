"""What stands after a rollback that did not get to its end, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.engine.operation import Ways, Work
from minion.engine.outcome import StepsOutcome
from minion.engine.progress import Progress
from minion.engine.released import ways_of_release
from minion.steps.world import World


class RollbackOutcome(StepsOutcome):
    """Tells what each app runs besides each step's fate."""

    def lines(self, work: Work, progress: Progress, world: World) -> Sequence[str]:
        return [*_what_runs(work, world), *super().lines(work, progress, world)]

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        return ways_of_release(work, progress, world)


def _what_runs(work: Work, world: World) -> Iterator[str]:
    for before in work.before:
        app, release = before.app, world.released.get(before.app)
        if app in world.others:
            other = world.others[app]
            yield f"{app} runs v{other.version} ({other.description}) by {other.user}, not ours."
        elif release is None:
            yield f"{app}: no new release; v{before.release} runs as before."
        else:
            yield f"{app}: v{release.version} is {release.status}; before: v{before.release}."
