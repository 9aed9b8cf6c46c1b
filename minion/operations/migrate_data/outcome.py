"""What stands after a move of data that did not get to its end, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.engine.operation import Ways, Work
from minion.engine.outcome import StepsOutcome
from minion.engine.progress import Progress
from minion.steps.world import World


class MoveOutcome(StepsOutcome):
    """Tells of each database whether it is as it was, empty, or proven."""

    def lines(self, work: Work, progress: Progress, world: World) -> Sequence[str]:
        return list(_lines(work, progress))

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        if progress.exposed:
            apps = ", ".join(sorted(progress.exposed))
            return Ways(False, True, (f"Data that nobody may see may be in {apps}: emptied now.",))
        if progress.proven and not _is_left_to_prove(work, progress):
            return Ways(True, False, ("The data is in place and proven; the rest follows.",))
        return super().ways(work, progress, world)


def _is_left_to_prove(work: Work, progress: Progress) -> bool:
    """Whether a database of the move is not proven yet."""
    return any(step.exposes_data and step.app not in progress.proven for step in work.steps)


def _lines(work: Work, progress: Progress) -> Iterator[str]:
    env, apps, again = work.environment, ", ".join(work.apps), work.request.command
    if not work.apps:
        yield "Your local database is as it was, and nothing of the copy is left."
        yield f"When the cause is mended: {again}"
        return
    for app in sorted(progress.proven):
        yield f"The data is in the database of {app}, anonymised and proven to be."
    for app in sorted(progress.exposed):
        yield f"The database of {app} is empty: none of the copied data is left in it."
    if not progress.exposed and not progress.proven:
        yield f"Nothing was changed in the database of {apps}."
        yield f"When the cause is mended: {again}"
    elif _is_left_to_prove(work, progress):
        yield f"The maintenance page of {apps} stays up, for there is nothing to show."
        yield f"When the cause is mended: {again}"
        yield f"Or to go on without the data: fab deploy:{env},options=syncdb"
        yield f"When the site is right again: fab maintenance:{env},off"
    else:
        yield f"The maintenance page of {apps} stays up. When the site is right again:"
        yield f"  fab maintenance:{env},off"
