"""Where an operation that another process left stands, and the ways from there."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from minion.engine.journal import DONE, Entries
from minion.engine.operation import Operation
from minion.errors import HerokuError
from minion.options import Option
from minion.steps import Promote, Push, RollBack, Step, laid_bare, made_safe
from minion.steps.releases import BUILD_S, RELEASE_S, find_release
from minion.steps.world import World

POLL_S = 1.0


@dataclass(frozen=True)
class Standing:
    """What was found; `can_finish` and `can_go_back` say which ways are open.

    `lines` tell it to the operator, one each.
    """

    can_finish: bool
    can_go_back: bool
    lines: tuple[str, ...]


def look(operation: Operation, entries: Entries, world: World) -> Standing:
    """How far the operation got, by the journal and by what Heroku shows.

    Raises:
        HerokuError: Heroku cannot be asked.
    """
    begun = [s for n, s in enumerate(operation.steps, 1) if entries.state(n) is not None]
    done = [s for n, s in enumerate(operation.steps, 1) if entries.state(n) == DONE]
    lines = list(_progress(operation, entries))
    if not begun:
        return Standing(False, True, (*lines, "No step had begun."))
    bare, safe = laid_bare(begun, done), made_safe(done)
    if bare:
        line = f"Data that nobody may see may be in {', '.join(sorted(bare))}: emptied now."
        return Standing(False, True, (*lines, line))
    if safe and not laid_bare(operation.steps, done):
        return Standing(True, False, (*lines, "The data is in place and proven; the rest follows."))
    if operation.purpose not in ("deploy", "rollback"):
        return Standing(False, True, tuple(lines))
    return _of_a_deployment(operation, begun, world, lines)


def _progress(operation: Operation, entries: Entries) -> Iterator[str]:
    for number, step in enumerate(operation.steps, 1):
        state = entries.state(number)
        if state is not None:
            yield f"[{number}/{len(operation.steps)}] {step.title}: {state}"


def _of_a_deployment(
    operation: Operation, begun: list[Step], world: World, lines: list[str]
) -> Standing:
    strangers, released = [], []
    for app in operation.apps:
        settle(app, world)
        after = _newest_before(operation, app)
        newest = world.heroku.releases.newest(app, n=10)
        ours = find_release(world, app, after, operation.to_commit or "") if newest else None
        if ours is not None and Option.PUSH in operation.options:
            released.append(app)
            lines.append(f"{app}: v{ours.version} has the confirmed commit ({ours.status}).")
        elif newest and newest[0].version > after:
            strangers.append(app)
            lines.append(
                f"{app}: v{newest[0].version} ({newest[0].description}) is not of this deployment."
            )
        else:
            lines.append(f"{app}: no release of this deployment.")
    is_out = bool(released) or any(step.touches_database for step in begun)
    if strangers:
        lines.append("Somebody has released something else meanwhile: this cannot be finished.")
    return Standing(
        can_finish=not strangers, can_go_back=not is_out or bool(strangers), lines=tuple(lines)
    )


def _newest_before(operation: Operation, app: str) -> int:
    """The newest release of `app` when the operation was planned."""
    for step in operation.steps:
        if isinstance(step, (Push, RollBack)) and step.app == app:
            return step.after
        if isinstance(step, Promote) and app in step.targets:
            return dict(zip(step.targets, step.afters))[app]
    # Nothing is released by this operation, so no release is too new for it.
    return sys.maxsize


def settle(app: str, world: World) -> None:
    """Wait until no build and no release phase is under way on `app`.

    What the killed process had set going goes on without it.
    """
    deadline = time.monotonic() + BUILD_S + RELEASE_S
    told = False
    while time.monotonic() < deadline:
        building = world.heroku.builds.pending(app) is not None
        if not building and world.heroku.releases.pending_release(app) is None:
            return
        if not told:
            world.console.say(f"{app}: a build or a release phase is under way; waiting for it.")
            told = True
        time.sleep(POLL_S)
    raise HerokuError(f"{app}: a build or a release phase does not come to its end")
