"""From the old dynos to the new ones: waiting until these serve, or those are gone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from minion.errors import HerokuError
from minion.heroku.records import Dyno
from minion.steps.base import Step
from minion.steps.world import World

#: A web dyno that has bound no port after 60 seconds is taken for crashed (R10).
BOOT_S = 120
#: Boot timeout and two minutes: then old dynos are stopped (Dev Center: Preboot).
PREBOOT_S = 180
GONE_S = 15 * 60
POLL_S = 0.5


def _serving(dynos: Sequence[Dyno]) -> list[Dyno]:
    """Without one-off dynos and release phases: what goes on from release to release."""
    return [dyno for dyno in dynos if dyno.type not in ("run", "release", "scheduler")]


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
        wanted = sum(
            one.quantity for one in world.heroku.apps.formation(self.app) if one.type == "web"
        )
        release = world.released.get(self.app)
        version = release.version if release else 0
        deadline = time.monotonic() + BOOT_S
        while time.monotonic() < deadline:
            new = [
                dyno
                for dyno in _serving(world.heroku.dynos.list(self.app))
                if dyno.type == "web" and dyno.release_version >= version
            ]
            if sum(dyno.state == "up" for dyno in new) >= wanted:
                return
            if new and all(dyno.state == "crashed" for dyno in new):
                break
            time.sleep(POLL_S)
        raise HerokuError(
            f"{self.app}: the new dynos do not come up; look: heroku logs -a {self.app}"
        )


@dataclass(frozen=True)
class OldDynosGone(Step):
    """No dyno of an earlier release is left; with preboot that takes Heroku some 3 minutes.

    Nothing in the API says that a preboot is over. Where old dynos are seen
    they are waited for; where none was ever seen, the window is waited out.
    """

    preboot: bool

    @property
    def title(self) -> str:
        return f"{self.app}: wait until no old dyno is left"

    def do(self, world: World) -> None:
        release = world.released[self.app]
        deadline = time.monotonic() + GONE_S
        has_seen_old = False
        while time.monotonic() < deadline:
            serving = _serving(world.heroku.dynos.list(self.app))
            old = [dyno for dyno in serving if dyno.release_version < release.version]
            has_seen_old = has_seen_old or bool(old)
            age_s = (datetime.now(timezone.utc) - release.created_at).total_seconds()
            is_sure = has_seen_old or not self.preboot or not serving or age_s > PREBOOT_S
            if not old and is_sure:
                return
            time.sleep(POLL_S)
        raise HerokuError(f"{self.app}: old dynos are still there; look: heroku ps -a {self.app}")
