"""Taking a plan's steps, and going back when one fails.

Until a step touches the database everything can be undone: the page comes
down and preboot is put back. From there on the page stays up, because nobody
but a person can tell what state the data is in; preboot is put back all the
same.
"""

from __future__ import annotations

from minion.errors import DeployInterrupted, MinionError
from minion.options import Option, names
from minion.plan import Plan
from minion.steps import MaintenanceOn, PrebootSwitch, Push, RunCommand, Step, TagRelease
from minion.world import World


def run(plan: Plan, world: World) -> None:
    """Take every step of `plan`.

    Raises:
        DeployInterrupted: a step failed; says what stands and what to type next.
        KeyboardInterrupt: after undoing what can be undone.
    """
    begun: list[Step] = []
    try:
        for number, step in enumerate(plan.steps, 1):
            # First, so that Ctrl-C finds a step to speak of; undoing it changes nothing yet.
            begun.append(step)
            world.console.step(number, len(plan.steps), step.title)
            step.do(world)
    except MinionError as error:
        failed = begun[-1]
        _unwind(begun, world)
        raise DeployInterrupted(
            "\n".join([str(error), *_situation(plan, failed, begun, world)])
        ) from error
    except KeyboardInterrupt:
        _unwind(begun, world)
        world.console.say("\n".join(["Interrupted.", *_situation(plan, begun[-1], begun, world)]))
        raise


def _unwind(begun: list[Step], world: World) -> None:
    keeps_page = any(step.touches_database for step in begun)
    for step in reversed(begun):
        if keeps_page and isinstance(step, (MaintenanceOn, Push)):
            continue
        try:
            step.undo(world)
        except MinionError as error:
            # The first failure is the one to explain; this one is only added to it.
            world.console.say(f"Could not put back what `{step.title}` had changed: {error}")
            if isinstance(step, PrebootSwitch):
                command = "enable" if step.found else "disable"
                world.console.say(f"By hand: heroku features:{command} preboot -a {step.app}")


def _situation(plan: Plan, failed: Step, begun: list[Step], world: World) -> list[str]:
    """What stands after the failure, and what to type next, a line each."""
    env = plan.environment
    lines = [_what_runs(plan, app, world) for app in plan.apps]
    if world.page_up:
        apps = ", ".join(sorted(world.page_up))
        lines.append(f"The maintenance page of {apps} stays up: the database may be half changed.")
    if isinstance(failed, TagRelease):
        release = world.released[failed.app]
        lines.append("The deployment itself is done; only the tag is missing. Type:")
        lines.append(
            f"  git tag -a {failed.name(release.version)} {failed.commit[:7]}"
            + (
                f" && git push {failed.origin} {failed.name(release.version)}"
                if failed.origin
                else ""
            )
        )
        return lines
    rest = _commands_left(plan, begun)
    if not _code_is_out(plan, world):
        lines.append(f"When the cause is mended: fab deploy:{env}")
    elif rest:
        lines.append(f"When the cause is mended: fab deploy:{env},options={rest}")
    if world.page_up:
        lines.append(f"When the site is right again: fab maintenance:{env},off")
    return lines


def _code_is_out(plan: Plan, world: World) -> bool:
    """Whether every app runs what was to be deployed, so that deploying again does nothing."""
    if Option.PUSH not in plan.options:
        return True
    releases = [world.released.get(app) for app in plan.apps]
    return all(release is not None and release.status == "succeeded" for release in releases)


def _what_runs(plan: Plan, app: str, world: World) -> str:
    release = world.released.get(app)
    if release is not None and release.status == "succeeded":
        return f"{app} runs v{release.version} ({plan.to_commit[:7]})."
    if release is not None:
        return (
            f"{app} got v{release.version}, which is {release.status}; v{plan.from_release} runs."
        )
    before = f"v{plan.from_release}" if plan.from_release else "nothing"
    return f"{app}: no new release; {before} runs as before."


def _commands_left(plan: Plan, begun: list[Step]) -> str:
    """The options of the failed command and of those that were not reached."""
    left = [step for step in plan.steps if isinstance(step, RunCommand)]
    done = [step for step in begun[:-1] if isinstance(step, RunCommand)]
    result = plan.options & 0
    for step in left:
        if step not in done:
            result |= step.option
    return names(result) if result else ""
