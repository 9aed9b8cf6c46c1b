"""The dynos of an app: all stopped while its database is replaced, then as they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from minion.errors import HerokuError
from minion.heroku.timeouts import BOOT_S, MARGIN_S, SHUTDOWN_S
from minion.heroku.waiting import until
from minion.steps.base import Step, insist
from minion.steps.world import World

#: A dyno that has crashed is started once more at once.
UP_S = 2 * BOOT_S
DOWN_S = SHUTDOWN_S + 2 * MARGIN_S
POLL_S = 0.5

Formation = tuple[tuple[str, int], ...]


def in_words(formation: Formation) -> str:
    """``web=2 worker=1``."""
    return " ".join(f"{kind}={count}" for kind, count in formation) or "no dynos"


def scale(
    world: World,
    app: str,
    formation: Formation,
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Set the number of dynos; waits for a preboot under way, which forbids it.

    Raises:
        HerokuError: Heroku refused for another reason, or for too long.
        Stopped: `is_stopping` says that the operator does not want to wait.
    """
    if not formation:
        return
    refusal: HerokuError | None = None

    def is_scaled() -> bool:
        nonlocal refusal
        try:
            insist(lambda: world.heroku.apps.scale(app, dict(formation)))
        except HerokuError as error:
            if "preboot" not in str(error):
                raise
            if refusal is None:
                world.console.say(f"{app}: a preboot is under way; waiting for its end.")
            refusal = error
            return False
        return True

    patience_s = world.heroku.old_gone_s + MARGIN_S
    if not until(is_scaled, timeout_s=patience_s, poll_s=POLL_S, is_stopping=is_stopping):
        assert refusal is not None
        raise refusal


@dataclass(frozen=True)
class ScaleDown(Step):
    """No dyno of the app is left running; `found` is the formation that it had."""

    found: Formation

    @property
    def title(self) -> str:
        return f"{self.app}: every dyno to zero ({in_words(self.found)} before)"

    def do(self, world: World) -> None:
        nothing = tuple((kind, 0) for kind, _ in self.found)
        scale(world, self.app, nothing, world.is_stopping)
        left: list[str] = []

        def are_gone() -> bool:
            nonlocal left
            left = [dyno.name for dyno in world.heroku.dynos.list(self.app)]
            return not left

        if not until(are_gone, timeout_s=DOWN_S, poll_s=POLL_S):
            raise HerokuError(
                f"{self.app}: {', '.join(left)} would see the data before it is anonymised; "
                f"end it first: heroku ps:stop {left[0]} -a {self.app}"
            )

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
        states: set[str] = set()

        def are_up() -> bool:
            nonlocal states
            states = {dyno.state for dyno in world.heroku.dynos.list(self.app)}
            return not states & {"starting", "down"} and (bool(states) or not any_wanted)

        any_wanted = any(count for _, count in self.found)
        until(are_up, timeout_s=UP_S, poll_s=POLL_S)
        if "crashed" in states:
            world.console.say(f"{self.app}: a dyno has crashed; look: heroku logs -a {self.app}")
