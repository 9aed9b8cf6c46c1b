"""What is true of an interrupted operation if nothing more is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.engine.operation import Ways, Work
from minion.engine.progress import Progress
from minion.steps import MaintenanceOff
from minion.steps.world import World


class StepsOutcome:
    """Tells each step's fate; an operation that knows more says it in its own words."""

    def keeps_page(self, work: Work, progress: Progress, world: World) -> bool:
        """A page stays where the code that runs and the database may not fit each other."""
        if progress.has_touched_database:
            return True
        # Where the release is not ours any more, the page is for the code that runs now.
        if not all(_is_as_before(work, app, world) for app in world.others):
            return True
        is_out = any(
            release.status != "failed"
            for app, release in world.released.items()
            if app not in world.others
        )
        return is_out and any(step.touches_database for step in work.steps)

    def lines(self, work: Work, progress: Progress, world: World) -> Sequence[str]:
        return [
            *self.fates(work, progress),
            *self.page_lines(work, progress, world),
            f"To look and go on: {work.request.command}",
        ]

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        if not progress.begun:
            return Ways(False, True, ("No step had begun.",))
        return Ways(False, True, ())

    @staticmethod
    def fates(work: Work, progress: Progress) -> Iterator[str]:
        for step in work.steps:
            if step in progress.done:
                yield f"Done: {step.title}"
            elif step in progress.begun:
                yield f"Not, or not surely, done: {step.title}"
            else:
                yield f"Not begun: {step.title}"

    @staticmethod
    def page_lines(work: Work, progress: Progress, world: World) -> Iterator[str]:
        if world.page_up:
            yield why_page_stays(progress, world)
            yield f"When the site is right again: fab maintenance:{work.environment},off"
        yield from pages_of_others(work, world)


def why_page_stays(progress: Progress, world: World) -> str:
    """Which pages of this operation stay up, and why."""
    why = (
        "the database may be half changed"
        if progress.has_touched_database
        else "what runs now needs commands that were not run"
    )
    return f"The maintenance page of {', '.join(sorted(world.page_up))} stays up: {why}."


def _is_as_before(work: Work, app: str, world: World) -> bool:
    """Whether somebody has put back what ran before this operation."""
    before = next(one for one in work.before if one.app == app)
    other = world.others[app]
    return before.commit is not None and (
        world.heroku.releases.commit_of(app, other) == before.commit
    )


def pages_of_others(work: Work, world: World) -> Iterator[str]:
    """Which pages were up before, a line for all of them; nothing for none."""
    found = [one.app for one in work.steps if isinstance(one, MaintenanceOff) and one.found]
    apps = ", ".join(app for app in found if app not in world.page_up)
    if apps:
        yield (
            f"The maintenance page of {apps} stays up: it was up already, put up by somebody "
            f"before this. To take it down: fab maintenance:{work.environment},off"
        )
