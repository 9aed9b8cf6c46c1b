"""The dynos of an app: all stopped while its database is replaced, then as they were."""

from __future__ import annotations

import time
from dataclasses import dataclass

from minion.errors import HerokuError
from minion.steps.base import Step, insist
from minion.steps.world import World

#: A preboot under way ends after the boot timeout and two minutes (Dev Center: Preboot).
PREBOOT_S = 6 * 60
#: A dyno is killed 30 seconds after it was asked to stop (Dev Center: Dyno Shutdown).
STOP_S = 90
#: A web dyno that has bound no port after 60 seconds is taken for crashed (R10).
BOOT_S = 120
POLL_S = 0.5

Formation = tuple[tuple[str, int], ...]


def in_words(formation: Formation) -> str:
    """``web=2 worker=1``."""
    return " ".join(f"{kind}={count}" for kind, count in formation) or "no dynos"


def scale(world: World, app: str, formation: Formation) -> None:
    """Set the number of dynos; waits for a preboot under way, which forbids it.

    Raises:
        HerokuError: Heroku refused for another reason, or for too long.
    """
    if not formation:
        return
    deadline = time.monotonic() + PREBOOT_S
    told = False
    while True:
        try:
            insist(lambda: world.heroku.apps.scale(app, dict(formation)))
            return
        except HerokuError as error:
            if "preboot" not in str(error) or time.monotonic() > deadline:
                raise
        if not told:
            world.console.say(f"{app}: a preboot is under way; waiting for its end.")
            told = True
        time.sleep(POLL_S)


@dataclass(frozen=True)
class ScaleDown(Step):
    """No dyno of the app is left running; `found` is the formation that it had."""

    found: Formation

    @property
    def title(self) -> str:
        return f"{self.app}: every dyno to zero ({in_words(self.found)} before)"

    def do(self, world: World) -> None:
        scale(world, self.app, tuple((kind, 0) for kind, _ in self.found))
        deadline = time.monotonic() + STOP_S
        while True:
            left = [dyno.name for dyno in world.heroku.dynos.list(self.app)]
            if not left:
                return
            if time.monotonic() > deadline:
                raise HerokuError(
                    f"{self.app}: {', '.join(left)} would see the data before it is anonymised; "
                    f"end it first: heroku ps:stop {left[0]} -a {self.app}"
                )
            time.sleep(POLL_S)

    def undo(self, world: World) -> None:
        scale(world, self.app, self.found)


@dataclass(frozen=True)
class ScaleBack(Step):
    """The app has the formation again that it had, and its dynos have come up."""

    found: Formation

    @property
    def title(self) -> str:
        return f"{self.app}: dynos back to {in_words(self.found)}"

    @property
    def is_closing(self) -> bool:
        return True

    def do(self, world: World) -> None:
        scale(world, self.app, self.found)
        deadline = time.monotonic() + BOOT_S
        while time.monotonic() < deadline:
            states = {dyno.state for dyno in world.heroku.dynos.list(self.app)}
            if not states & {"starting", "down"} and (states or not self._has_dynos):
                break
            time.sleep(POLL_S)
        if "crashed" in states:
            world.console.say(f"{self.app}: a dyno has crashed; look: heroku logs -a {self.app}")

    @property
    def _has_dynos(self) -> bool:
        return any(count for _, count in self.found)
