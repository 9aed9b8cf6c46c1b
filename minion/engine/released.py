"""What came of the releases of an operation that another process has left."""

from __future__ import annotations

import time

from minion.engine.operation import Before, Ways, Work
from minion.engine.progress import Progress
from minion.errors import HerokuError
from minion.heroku.records import Release
from minion.steps.releases import BUILD_S, RELEASE_S, find_release
from minion.steps.world import World

POLL_S = 1.0


def ways_of_release(work: Work, progress: Progress, world: World) -> Ways:
    """How an operation that releases code can be ended, as its apps' releases show.

    Raises:
        HerokuError: Heroku cannot be asked.
    """
    if not progress.begun:
        return Ways(False, True, ("No step had begun.",))
    releases = any(step.makes_release for step in work.steps)
    strangers, released, lines = [], [], []
    for before in work.before:
        app = before.app
        settle(app, world)
        newest = world.heroku.releases.newest(app, n=10)
        ours = None
        if releases and newest:
            ours = find_release(world, app, before.newest, work.commit or "")
        if ours is not None:
            released.append(app)
            lines.append(f"{app}: v{ours.version} has the confirmed commit ({ours.status}).")
        elif releases and newest and _is_of_others(app, before, newest[0], world):
            strangers.append(app)
            lines.append(
                f"{app}: v{newest[0].version} ({newest[0].description}) is not of this operation."
            )
        else:
            lines.append(f"{app}: no release of this operation.")
    is_out = bool(released) or progress.has_touched_database
    if strangers:
        lines.append("Somebody has released something else meanwhile: this cannot be finished.")
    return Ways(
        can_finish=not strangers, can_go_back=not is_out or bool(strangers), lines=tuple(lines)
    )


def _is_of_others(app: str, before: Before, newest: Release, world: World) -> bool:
    """Whether other code was released; a changed config var makes a release of the same."""
    if newest.version <= before.newest:
        return False
    return before.commit is None or world.heroku.releases.commit_of(app, newest) != before.commit


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
