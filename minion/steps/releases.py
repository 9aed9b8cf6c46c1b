"""Finding the release that came of a push or a promotion."""

from __future__ import annotations

import time

from minion.heroku import timeouts
from minion.heroku.records import Release
from minion.steps.world import World

#: Each with some time to begin.
BUILD_S = timeouts.BUILD_S + 5 * 60
RELEASE_S = timeouts.RELEASE_PHASE_S + 5 * 60
POLL_S = 1.0


def remember_release(world: World, app: str, release: Release) -> None:
    """Have it stand in the record that this release came of the operation."""
    world.record("release", app=app, version=release.version, status=release.status)


def find_release(world: World, app: str, after: int, commit: str) -> Release | None:
    """The newest release of `app` later than version `after` that was made from `commit`."""
    for release in world.heroku.releases.newest(app, n=10):
        if release.version > after and world.heroku.releases.commit_of(app, release) == commit:
            return release
    return None


def look_for_release(
    world: World, app: str, after: int, commit: str, *, grace_s: float
) -> Release | None:
    """Like `find_release`, waiting for a build that is under way and for `grace_s` without one."""
    give_up = time.monotonic() + grace_s
    deadline = time.monotonic() + BUILD_S
    while True:
        release = find_release(world, app, after, commit)
        if release is not None:
            return release
        building = world.heroku.builds.pending(app) is not None
        if time.monotonic() > (deadline if building else give_up):
            return None
        time.sleep(POLL_S)
