"""Config vars: one request, hence one release, after a look that nobody was faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from minion.errors import AnswerLost, HerokuError, PlanOutdated
from minion.steps.base import Step
from minion.steps.releases import POLL_S, RELEASE_S
from minion.steps.world import ConfigValues, World


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

    @property
    def makes_release(self) -> bool:
        return True

    def do(self, world: World) -> None:
        wanted = world.handover.values.get(self.app)
        if wanted is None:
            raise HerokuError(f"{self.app}: the values ended with the process that had read them")
        if world.is_repeating and self._is_made_already(world, wanted):
            return
        newest = world.heroku.releases.newest(self.app, n=1)
        after = newest[0].version if newest else 0
        if wanted.fingerprint() != self.fingerprint:
            raise PlanOutdated(
                f"{self.app}: its config vars were changed since they were shown; nothing was "
                "written there. Look again and confirm again"
            )
        # Before the request: what went back is what stood in this release.
        world.note(after=str(after))
        try:
            world.heroku.apps.set_config_vars(self.app, wanted.values)
        except AnswerLost as error:
            self._settle(world, wanted, error)
        self._await_release(world, after)

    def undo(self, world: World) -> None:
        """Bring back the values of the release before, unless somebody has changed them since."""
        after = int(world.noted.get("after", "0"))
        made = world.heroku.releases.newest_after(self.app, after) if after else None
        if made is None:
            return
        ours = world.heroku.releases.config_vars(self.app, after + 1)
        before = world.heroku.releases.config_vars(self.app, after)
        now = world.heroku.apps.config_vars(self.app)
        back = {
            key: before.get(key)
            for key in self.keys
            if now.get(key) == ours.get(key) != before.get(key)
        }
        if not back:
            return
        newest = world.heroku.releases.newest(self.app, n=1)[0].version
        self._put_back(world, back)
        release = world.heroku.releases.newest_after(self.app, newest)
        if release is not None:
            world.heroku.releases.wait(
                self.app, release.version, timeout_s=RELEASE_S, poll_s=POLL_S
            )
        world.released.pop(self.app, None)
        world.console.say(f"{self.app}: the config vars are as they were.")

    def recall(self, world: World) -> None:
        release = world.heroku.releases.newest_after(self.app, int(world.noted.get("after", "0")))
        if release is not None:
            world.released[self.app] = release

    def taken_back(self, world: World) -> str | None:
        """A rollback takes the values of its release back, even where the code stays the same."""
        wanted = world.handover.values.get(self.app)
        if wanted is None:
            return None
        there = world.heroku.apps.config_vars(self.app)
        keys = ", ".join(key for key in self.keys if there.get(key) != wanted.values[key])
        if not keys:
            return None
        newest = world.heroku.releases.newest(self.app, n=1)[0]
        return (
            f"{self.app}: {keys} not as they were set: somebody has released v{newest.version} "
            f"({newest.description}) by {newest.user} since."
        )

    def _put_back(self, world: World, back: Mapping[str, str | None]) -> None:
        try:
            world.heroku.apps.set_config_vars(self.app, back)
        except AnswerLost:
            there = world.heroku.apps.config_vars(self.app)
            if any(there.get(key) != value for key, value in back.items()):
                raise

    def _is_made_already(self, world: World, wanted: ConfigValues) -> bool:
        """Whether a process that was killed has set the values; its release is waited for."""
        after = int(world.noted.get("after", "0"))
        there = world.heroku.apps.config_vars(self.app)
        if not after or any(there.get(key) != value for key, value in wanted.values.items()):
            return False
        self._await_release(world, after)
        return True

    def _await_release(self, world: World, after: int) -> None:
        release = world.heroku.releases.newest_after(self.app, after)
        if release is None:
            raise HerokuError(
                f"{self.app}: the values are set, but no release was made; look: fab status"
            )
        world.released[self.app] = release
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

    def _settle(self, world: World, wanted: ConfigValues, lost: AnswerLost) -> None:
        """Find out what became of a request whose answer was lost; no second one is sent."""
        try:
            there = world.heroku.apps.config_vars(self.app)
        except HerokuError:
            raise HerokuError(
                f"{self.app}: {lost}. Heroku cannot be asked now whether the values were set; "
                "they were sent in one request, so all are or none is"
            ) from lost
        if all(there.get(key) == value for key, value in wanted.values.items()):
            world.console.say(f"{self.app}: the answer was lost, but Heroku has the values.")
            return
        raise HerokuError(
            f"{self.app}: {lost}. Heroku does not have the values; nothing was changed"
        ) from lost
