"""What stands after an operation that did not get to its end, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.engine.operation import Operation
from minion.options import Option, names
from minion.steps import RunCommand, Step, TagRelease, laid_bare, made_safe
from minion.steps.world import World


def aftermath(
    operation: Operation, begun: Sequence[Step], done: Sequence[Step], world: World
) -> list[str]:
    """A line each, after the steps in `begun` were taken, those in `done` to their end."""
    if operation.purpose == "migrate_data":
        return list(_of_a_move(operation, begun, done))
    if operation.purpose != "deploy":
        return list(_of_another(operation, begun, done, world))
    return list(_of_a_deployment(operation, begun, done, world))


def _of_a_deployment(
    operation: Operation, begun: Sequence[Step], done: Sequence[Step], world: World
) -> Iterator[str]:
    env = operation.environment
    for app in operation.apps:
        yield _what_runs(operation, app, world)
    if world.page_up:
        apps = ", ".join(sorted(world.page_up))
        is_touched = any(step.touches_database for step in begun)
        why = (
            "the database may be half changed"
            if is_touched
            else "what runs now needs commands that were not run"
        )
        yield f"The maintenance page of {apps} stays up: {why}."
    rest = _commands_left(operation, done)
    if not _code_is_out(operation, world):
        yield f"When the cause is mended: {operation.again}"
    elif rest:
        yield f"When the cause is mended: {operation.again},options={rest}"
    yield from _missing_tags(operation, done, world)
    if world.page_up:
        yield f"When the site is right again: fab maintenance:{env},off"


def _of_a_move(operation: Operation, begun: Sequence[Step], done: Sequence[Step]) -> Iterator[str]:
    env, apps = operation.environment, ", ".join(operation.apps)
    if not operation.apps:
        yield "Your local database is as it was, and nothing of the copy is left."
        yield f"When the cause is mended: {operation.again}"
        return
    bare, safe = laid_bare(begun, done), made_safe(done)
    for app in sorted(safe):
        yield f"The data is in the database of {app}, anonymised and proven to be."
    for app in sorted(bare):
        yield f"The database of {app} is empty: none of the copied data is left in it."
    if not bare and not safe:
        yield f"Nothing was changed in the database of {apps}."
        yield f"When the cause is mended: {operation.again}"
    elif laid_bare(operation.steps, done):
        yield f"The maintenance page of {apps} stays up, for there is nothing to show."
        yield f"When the cause is mended: {operation.again}"
        yield f"Or to go on without the data: fab deploy:{env},options=syncdb"
        yield f"When the site is right again: fab maintenance:{env},off"
    else:
        yield f"The maintenance page of {apps} stays up. When the site is right again:"
        yield f"  fab maintenance:{env},off"


def _of_another(
    operation: Operation, begun: Sequence[Step], done: Sequence[Step], world: World
) -> Iterator[str]:
    for step in operation.steps:
        if step in done:
            yield f"Done: {step.title}"
        elif step in begun:
            yield f"Not, or not surely, done: {step.title}"
        else:
            yield f"Not begun: {step.title}"
    if world.page_up:
        apps = ", ".join(sorted(world.page_up))
        yield f"The maintenance page of {apps} stays up: the database may be half changed."
        yield f"When the site is right again: fab maintenance:{operation.environment},off"
    yield f"To look and go on: {operation.again}"


def _missing_tags(operation: Operation, done: Sequence[Step], world: World) -> Iterator[str]:
    """How to make by hand what later deployments do not: the tags of releases that are out."""
    for step in operation.steps:
        if not isinstance(step, TagRelease) or step in done:
            continue
        release = world.released.get(step.app)
        if release is None or release.status != "succeeded":
            continue
        name = step.name(release.version)
        push = f" && git push {step.origin} {name}" if step.origin else ""
        yield f"The release of {step.app} is out, but not tagged. Type:"
        yield f"  git tag -a {name} {step.commit[:7]}{push}"


def _code_is_out(operation: Operation, world: World) -> bool:
    """Whether every app runs what was to be deployed, so that deploying again does nothing."""
    if Option.PUSH not in operation.options:
        return True
    releases = [world.released.get(app) for app in operation.apps]
    return all(release is not None and release.status == "succeeded" for release in releases)


def _what_runs(operation: Operation, app: str, world: World) -> str:
    release = world.released.get(app)
    before = f"v{operation.from_release}" if operation.from_release else "nothing"
    if release is None:
        return f"{app}: no new release; {before} runs as before."
    if release.status == "succeeded":
        return f"{app} runs v{release.version} ({(operation.to_commit or '')[:7]})."
    return f"{app} got v{release.version}, which is {release.status}; {before} runs."


def _commands_left(operation: Operation, done: Sequence[Step]) -> str:
    """The options of the failed command and of those that were not reached."""
    result = Option.NONE
    for step in operation.steps:
        if isinstance(step, RunCommand) and step not in done:
            result |= step.option
    return names(result) if result else ""
