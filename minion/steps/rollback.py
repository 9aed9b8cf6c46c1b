"""Back to an earlier release."""

from __future__ import annotations

from dataclasses import dataclass

from minion.errors import AnswerLost, HerokuError
from minion.heroku.records import Release
from minion.heroku.waiting import until
from minion.steps.base import Step
from minion.steps.releases import POLL_S, RELEASE_S, remember_release
from minion.steps.world import World


@dataclass(frozen=True)
class RollBack(Step):
    """The slug and the config vars of an earlier release become a new release.

    `after` is the newest release version seen before. `back_to` is the id of
    the release that ran, to which the app returns if another app of the
    environment cannot follow; None where migrations were reversed for it.
    """

    release_id: str
    version: int
    commit: str | None
    after: int
    back_to: str | None

    @property
    def title(self) -> str:
        return f"{self.app}: roll back to v{self.version}"

    @property
    def makes_release(self) -> bool:
        return True

    def do(self, world: World) -> None:
        made = self._made_already(world, 0) if world.is_repeating else None
        if made is None:
            try:
                made = world.heroku.releases.rollback(self.app, self.release_id)
            except AnswerLost as error:
                made = self._made_already(world, world.heroku.grace_s)
                if made is None:
                    raise HerokuError(
                        f"{self.app}: the answer was lost, and no release came of it"
                    ) from error
        world.released[self.app] = made
        remember_release(world, self.app, made)
        world.console.say(f"{self.app}: v{made.version} is v{self.version} again.")

    def undo(self, world: World) -> None:
        if self.back_to is None or self.app in world.others:
            return
        made = self._made_already(world, 0)
        if made is None:
            return
        newest = world.heroku.releases.newest(self.app, 1)[0]
        if (newest.slug_id, newest.oci_image_id) != (made.slug_id, made.oci_image_id):
            # Somebody has released other code since, which is not ours to take away.
            world.others[self.app] = newest
            return
        after = newest.version
        try:
            again = world.heroku.releases.rollback(self.app, self.back_to)
        except AnswerLost:
            found = world.heroku.releases.newest_after(self.app, after)
            if found is None:
                raise
            again = found
        world.released[self.app] = world.heroku.releases.wait(
            self.app, again.version, timeout_s=RELEASE_S, poll_s=POLL_S
        )
        remember_release(world, self.app, world.released[self.app])
        world.console.say(f"{self.app}: back to what ran before, as v{again.version}.")

    def recall(self, world: World) -> None:
        made = self._made_already(world, 0)
        if made is None:
            raise HerokuError(f"{self.app}: the release of the rollback is not to be found")
        world.released[self.app] = made

    def _made_already(self, world: World, grace_s: float) -> Release | None:
        """The release that an earlier request has made, looked for at most `grace_s` seconds."""
        target = world.heroku.releases.get(self.app, self.version)

        def look() -> Release | None:
            for release in world.heroku.releases.newest(self.app, n=10):
                same = (release.slug_id, release.oci_image_id) == (
                    target.slug_id,
                    target.oci_image_id,
                )
                if release.version > self.after and same:
                    return release
            return None

        return until(look, timeout_s=grace_s, poll_s=POLL_S)
