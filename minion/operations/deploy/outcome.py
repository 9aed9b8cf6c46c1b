"""What stands after a deployment that did not get to its end, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from minion.engine.operation import Before, Ways, Work
from minion.engine.outcome import StepsOutcome, pages_of_others, why_page_stays
from minion.engine.progress import Progress
from minion.engine.released import ways_of_release
from minion.options import Option
from minion.steps import Push, RunCommand, TagRelease, Watch
from minion.steps.world import World
from minion.terminal.typed import command

if TYPE_CHECKING:
    from minion.operations.deploy.request import DeployRequest


_NO_FIXTURES = (
    "If no deployment is to load such files, as those of tests, "
    'put fixtures = "" under [commands] of minion.toml.'
)


class DeployOutcome(StepsOutcome):
    """Tells what each app runs, why a page stays up, and what is left to do."""

    def lines(self, work: Work, progress: Progress, world: World) -> Sequence[str]:
        return list(_lines(work, progress, world))

    def ways(self, work: Work, progress: Progress, world: World) -> Ways:
        return ways_of_release(work, progress, world)


def _lines(work: Work, progress: Progress, world: World) -> Iterator[str]:
    for before in work.before:
        yield _what_runs(work, before, world)
    if world.page_up:
        yield why_page_stays(progress, world)
    request = cast("DeployRequest", work.request)
    rest = _commands_left(work, progress)
    if world.others:
        yield from _not_run(work, progress, world)
        yield f"To see who did it: fab status. To deploy all the same: {request.command}"
    elif not _code_is_out(work, world):
        yield from _not_run(work, progress, world)
        yield f"When the cause is mended: {request.command}"
    elif rest:
        yield f"When the cause is mended: {replace(request, options=rest).command}"
        if Option.FIXTURES in rest and not rest & (Option.SYNCDB | Option.MIGRATE):
            yield _NO_FIXTURES
        if _is_without_page(work, progress, world):
            back = command("rollback", work.environment, migrations="keep")
            yield f"Until then what ran before is safe, as the database is as it was: {back}"
    yield from _missing_tags(work, progress, world)
    if any(isinstance(step, Watch) and step not in progress.done for step in progress.begun):
        yield f"To go back, migrations considered: {command('rollback', work.environment)}"
    if world.page_up:
        yield f"When the site is right again: fab maintenance:{work.environment},off"
    yield from pages_of_others(work, world)


def _is_without_page(work: Work, progress: Progress, world: World) -> bool:
    """Whether the new code serves without its page, and without what the database lacks."""
    needs_page = any(
        isinstance(step, Push) and step.page and not step.page_found for step in work.steps
    )
    return needs_page and not world.page_up and not progress.has_touched_database


def _what_runs(work: Work, before: Before, world: World) -> str:
    app, release = before.app, world.released.get(before.app)
    ran = f"v{before.release}" if before.release else "nothing"
    if before.release and before.commit:
        ran += f" ({before.commit[:7]})"
    if app in world.others:
        other = world.others[app]
        return f"{app} runs v{other.version} ({other.description}) by {other.user}, not ours."
    if release is None:
        return f"{app}: no new release; {ran} runs as before."
    if release.status == "succeeded":
        return f"{app} runs v{release.version} ({(work.commit or '')[:7]}); before: {ran}."
    return f"{app} got v{release.version}, which is {release.status}; {ran} runs."


def _code_is_out(work: Work, world: World) -> bool:
    """Whether every app runs what was to be deployed, so that deploying again does nothing."""
    if not any(step.makes_release for step in work.steps):
        return True
    releases = [world.released.get(app) for app in work.apps]
    return all(release is not None and release.status == "succeeded" for release in releases)


def _commands_left(work: Work, progress: Progress) -> Option:
    """The options of the failed command and of those that were not reached."""
    result = Option.NONE
    for step in progress.left(work.steps):
        if isinstance(step, RunCommand):
            result |= step.option
    return result


def _not_run(work: Work, progress: Progress, world: World) -> Iterator[str]:
    """What the new code lacks on apps that nobody else has released on, a line for each."""
    for step in progress.left(work.steps):
        release = world.released.get(step.app)
        if not isinstance(step, RunCommand) or release is None or step.app in world.others:
            continue
        if release.status == "succeeded":
            yield f"{step.app} runs the new code without: {step.command}"


def _missing_tags(work: Work, progress: Progress, world: World) -> Iterator[str]:
    """How to make by hand what later deployments do not: the tags of releases that are out."""
    for step in progress.left(work.steps):
        release = world.released.get(step.app)
        if not isinstance(step, TagRelease) or release is None or step.app in world.others:
            continue
        if release.status != "succeeded":
            continue
        yield f"The release of {step.app} is out, but not tagged. Type:"
        yield f"  {step.by_git(release.version)}"
