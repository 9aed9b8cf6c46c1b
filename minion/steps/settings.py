"""Config vars: one request, hence one release, after a look that nobody was faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Callable

from minion.errors import AnswerLost, HerokuError, PlanOutdated
from minion.steps.base import Step
from minion.steps.world import World

#: A release phase may take an hour (Dev Center: Release Phase).
RELEASE_S = 65 * 60
POLL_S = 1.0


@dataclass(frozen=True)
class Change:
    """The values of a change, which are secrets and stand in no journal.

    `fingerprint` reads both sides anew and tells whether they are as they were shown.
    """

    values: Mapping[str, str | None] = field(repr=False)
    fingerprint: Callable[[], str]


def change_of(app: str) -> str:
    """Where the task leaves the `Change` of `app` for the step."""
    return f"config vars of {app}"


@dataclass(frozen=True)
class SetConfigVars(Step):
    """The config vars `keys` of the app are set or removed, all of them or none.

    `fingerprint` is that of both sides when they were shown.
    """

    keys: tuple[str, ...]
    fingerprint: str

    @property
    def title(self) -> str:
        return f"{self.app}: config vars {', '.join(self.keys)}"

    def do(self, world: World) -> None:
        change: Change | None = world.private.get(change_of(self.app))
        if change is None:
            raise HerokuError(f"{self.app}: the values ended with the process that had read them")
        newest = world.heroku.releases.newest(self.app, n=1)
        if change.fingerprint() != self.fingerprint:
            raise PlanOutdated(
                f"{self.app}: its config vars were changed since they were shown; nothing was "
                "written. Look again and confirm again."
            )
        try:
            world.heroku.apps.set_config_vars(self.app, change.values)
        except AnswerLost as error:
            self._settle(world, change, error)
        self._await_release(world, newest[0].version if newest else 0)

    def _await_release(self, world: World, after: int) -> None:
        release = world.heroku.releases.newest_after(self.app, after)
        if release is None:
            raise HerokuError(
                f"{self.app}: the values are set, but no release was made; look: fab status"
            )
        release = world.heroku.releases.wait(
            self.app,
            release.version,
            timeout_s=RELEASE_S,
            poll_s=POLL_S,
            on_output=world.console.output_bytes,
        )
        if release.status != "succeeded":
            raise HerokuError(
                f"{self.app}: the values are set, but release v{release.version} "
                f"{release.status}: its release phase did not succeed and the dynos run with "
                "the old values"
            )
        world.released[self.app] = release
        world.console.say(f"{self.app}: applied, as release v{release.version}.")

    def _settle(self, world: World, change: Change, lost: AnswerLost) -> None:
        """Find out what became of a request whose answer was lost; no second one is sent."""
        try:
            there = world.heroku.apps.config_vars(self.app)
        except HerokuError:
            raise HerokuError(
                f"{self.app}: {lost}. Heroku cannot be asked now whether the values were set; "
                "they were sent in one request, so all are or none is"
            ) from lost
        if all(there.get(key) == value for key, value in change.values.items()):
            world.console.say(f"{self.app}: the answer was lost, but Heroku has the values.")
            return
        raise HerokuError(
            f"{self.app}: {lost}. Heroku does not have the values; nothing was changed"
        ) from lost
