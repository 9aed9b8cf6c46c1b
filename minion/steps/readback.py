"""What became of a release: read back, never taken from an exit code."""

from __future__ import annotations

from dataclasses import dataclass

from minion.errors import HerokuError
from minion.heroku.waiting import clock
from minion.steps.applied import Applied
from minion.steps.base import Step
from minion.steps.releases import POLL_S, RELEASE_S, remember_release
from minion.steps.world import World


@dataclass(frozen=True)
class ReadBack(Step):
    """The release is watched until it succeeded, its release phase's output shown.

    `migrates` says that its release phase changes the database.
    """

    commit: str
    migrates: bool = False

    @property
    def title(self) -> str:
        phase = " (its release phase migrates)" if self.migrates else ""
        return f"{self.app}: wait until the release succeeded{phase}"

    @property
    def touches_database(self) -> bool:
        return self.migrates

    def do(self, world: World) -> None:
        version = world.released[self.app].version
        release = world.heroku.releases.wait(
            self.app,
            version,
            timeout_s=RELEASE_S,
            poll_s=POLL_S,
            on_output=Applied(world, self.app).write,
        )
        # Not earlier than it was: what goes by time may begin later, never too soon.
        world.succeeded_at[self.app] = clock()
        world.released[self.app] = release
        remember_release(world, self.app, release)
        if release.status != "succeeded":
            raise HerokuError(
                f"{self.app}: the release phase of v{version} did not succeed: "
                f"the release is {release.status}"
            )
        commit = world.heroku.releases.commit_of(self.app, release)
        if commit != self.commit:
            raise HerokuError(
                f"{self.app}: v{version} was made from {(commit or 'an unknown commit')[:7]}, "
                f"not from the confirmed {self.commit[:7]}"
            )
        world.console.say(f"{self.app}: v{version} is released.")

    def recall(self, world: World) -> None:
        version = world.released[self.app].version
        world.released[self.app] = world.heroku.releases.get(self.app, version)
