"""From the old dynos to the new ones: waiting until these serve, or those are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from minion.errors import HerokuError
from minion.heroku.records import Dyno, Release
from minion.heroku.timeouts import BOOT_S, RELEASE_PHASE_S
from minion.heroku.waiting import clock, until
from minion.steps.base import Step
from minion.steps.world import World

#: Twice: a crashed dyno is started once more at once (Dev Center: Dyno Crash Restart Policy).
UP_S = 2 * BOOT_S
#: Private spaces replace their dynos a quarter at a time (Dev Center: Private Spaces).
GONE_S = 15 * 60
POLL_S = 0.5


#: Of so many old dynos the names are said.
NAMED = 5


def _web_dynos_wanted(world: World, app: str) -> int:
    formation = world.heroku.apps.formation(app)
    return sum(one.quantity for one in formation if one.type == "web")


class NotUp(HerokuError):
    """The dynos of a new release do not come up."""


@dataclass(frozen=True)
class NewDynosUp(Step):
    """The web dynos of the release that was made just now have come up."""

    @property
    def title(self) -> str:
        return f"{self.app}: wait until the new dynos are up"

    @property
    def is_closing(self) -> bool:
        return True

    def do(self, world: World) -> None:
        wanted = _web_dynos_wanted(world, self.app)
        release = world.released.get(self.app)
        version = release.version if release else 0

        def are_up() -> bool:
            new = [
                dyno
                for dyno in world.heroku.dynos.list(self.app)
                if dyno.type == "web" and dyno.release_version >= version
            ]
            up = sum(dyno.state == "up" for dyno in new)
            if up < wanted and new and all(dyno.state == "crashed" for dyno in new):
                raise failed
            return up >= wanted

        failed = NotUp(f"{self.app}: the new dynos do not come up; look: heroku logs -a {self.app}")
        if not until(are_up, timeout_s=UP_S, poll_s=POLL_S):
            raise failed


@dataclass(frozen=True)
class OldDynosGone(Step):
    """No dyno of an earlier release is left, of whatever type: web, workers, clocks, one-off dynos.

    A worker that still runs the old code, or somebody's shell, needs the old schema as a visitor
    does. With preboot they serve for some minutes more, and are not among the dynos that
    Heroku lists, nor does anything else in its API tell when that is over (Dev
    Center: Preboot). So the time is waited out, whatever the list shows.
    """

    preboot: bool

    @property
    def title(self) -> str:
        return f"{self.app}: wait until no old dyno is left"

    def do(self, world: World) -> None:
        release = world.released.get(self.app) or world.heroku.releases.current(self.app)
        if release is None:
            return
        if self.preboot and _web_dynos_wanted(world, self.app):
            wait_for_preboot(world, self.app, release)

        told: list[str] = []

        def are_gone() -> bool:
            old = self._old_dynos(world, release)
            if old and not told:
                told.append(_named(old))
                world.console.say(f"{self.app}: waiting for what runs the old code: {told[0]}")
            return not old

        stopping = world.is_stopping
        if not until(are_gone, timeout_s=GONE_S, poll_s=POLL_S, is_stopping=stopping):
            old = self._old_dynos(world, release)
            if old:
                raise HerokuError(
                    f"{self.app}: the old code still runs in {_named(old)}; wait for its end, or "
                    f"if nobody needs it: heroku ps:stop {old[0].name} -a {self.app}"
                )

    def _old_dynos(self, world: World, release: Release) -> list[Dyno]:
        dynos = world.heroku.dynos.list(self.app)
        return [dyno for dyno in dynos if dyno.release_version < release.version]


def wait_for_preboot(world: World, app: str, release: Release) -> None:
    """Wait until the web dynos from before `release` serve no more.

    Raises:
        Stopped: the operator does not want to wait.
        HerokuError: it cannot be found out whether there are newer releases.
    """
    since = world.succeeded_at.get(app)
    if since is None:
        # Made by another process, or by somebody else, and who knows when it succeeded.
        age = datetime.now(timezone.utc) - release.created_at
        if age > timedelta(seconds=2 * RELEASE_PHASE_S):
            return
        since = clock()
    _wait_out(world, app, since)
    newest = world.heroku.releases.current(app)
    while newest is not None and newest.version > release.version:
        # A config change, say: it begins another window, in which the oldest dynos serve on.
        release = newest
        _wait_out(world, app, clock())
        newest = world.heroku.releases.current(app)


def _wait_out(world: World, app: str, since: float) -> None:
    """Wait until what began at `since`, by `clock`, is over."""
    whole_s = world.heroku.old_gone_s
    with world.console.waiting(
        f"{app}: preboot: the old dynos serve until the window is over"
    ) as tell_left:

        def is_over() -> bool:
            left_s = since + whole_s - clock()
            tell_left(max(0.0, left_s))
            return left_s <= 0

        until(is_over, timeout_s=whole_s, poll_s=POLL_S, is_stopping=world.is_stopping)


def _named(dynos: Sequence[Dyno]) -> str:
    names = [f"{dyno.name} (v{dyno.release_version})" for dyno in dynos[:NAMED]]
    more = f" and {len(dynos) - NAMED} more" if len(dynos) > NAMED else ""
    return ", ".join(names) + more
