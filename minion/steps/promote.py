"""Getting the slug there that the app below runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Callable

from minion.errors import AnswerLost, HerokuError
from minion.heroku.records import Release
from minion.heroku.waiting import until
from minion.steps.base import Step
from minion.steps.releases import POLL_S, RELEASE_S, look_for_release, remember_release
from minion.steps.world import World


@dataclass(frozen=True)
class Promote(Step):
    """The slug that `app` (the app below) runs is released on the apps in `targets`.

    `target_ids` and `afters` go with `targets`: their ids and the newest
    release version seen on each before.
    """

    pipeline_id: str
    source_id: str
    commit: str
    targets: tuple[str, ...]
    target_ids: tuple[str, ...]
    afters: tuple[int, ...]

    @property
    def title(self) -> str:
        return f"{', '.join(self.targets)}: promote {self.commit[:7]} from {self.app}"

    @property
    def acts_on(self) -> tuple[str, ...]:
        return self.targets

    @property
    def makes_release(self) -> bool:
        return True

    def do(self, world: World) -> None:
        if world.is_repeating and self._is_made_already(world):
            return
        try:
            promotion = world.heroku.pipelines.promote(
                self.pipeline_id, self.source_id, list(self.target_ids)
            )
        except AnswerLost:
            # Asking twice could release twice, so what happened is read from the targets.
            world.console.say("The answer to the promotion was lost; asking the apps.")
            self._adopt(world)
            return
        self._collect(world, promotion)

    def recall(self, world: World) -> None:
        self._adopt(world)

    def _is_made_already(self, world: World) -> bool:
        """Whether an earlier process that was killed has promoted to any of the targets."""
        found = [
            look_for_release(world, target, after, self.commit, grace_s=world.heroku.grace_s)
            for target, after in zip(self.targets, self.afters)
        ]
        if not any(found):
            return False
        # One request made them all: the others are on their way or have failed.
        self._adopt(world)
        return True

    def _collect(self, world: World, promotion: str) -> None:
        names = dict(zip(self.target_ids, self.targets))

        def all_released() -> bool:
            outcomes = world.heroku.pipelines.targets(promotion)
            made = {
                name: outcome.release_id
                for outcome in outcomes
                if (name := names.get(outcome.app_id)) and outcome.release_id
            }
            _note_each(
                world,
                [name for name in made if name not in world.released],
                lambda name: world.heroku.releases.get(name, made[name]),
            )
            unreleased = [one for one in outcomes if names.get(one.app_id) not in world.released]
            failed = [one for one in unreleased if one.status == "failed"]
            if failed:
                raise HerokuError(
                    "; ".join(
                        f"{names.get(one.app_id, one.app_id)}: the promotion failed: "
                        f"{one.error_message or 'Heroku gives no reason'}"
                        for one in failed
                    )
                )
            return bool(outcomes) and not unreleased

        if not until(all_released, timeout_s=RELEASE_S, poll_s=POLL_S):
            raise HerokuError(f"{self.title}: still pending after {RELEASE_S // 60} minutes")

    def _adopt(self, world: World) -> None:
        afters = dict(zip(self.targets, self.afters))

        def found(target: str) -> Release:
            release = look_for_release(
                world, target, afters[target], self.commit, grace_s=world.heroku.grace_s
            )
            if release is None:
                raise HerokuError(
                    f"{target}: the answer to the promotion was lost and no release came of it"
                )
            return release

        _note_each(world, self.targets, found)


def _note_each(world: World, apps: Iterable[str], release: Callable[[str], Release]) -> None:
    """Note the release of each app, of the others also where one cannot be found out.

    Raises:
        HerokuError: the first of those that could not; what stands is told of all.
    """
    errors: list[HerokuError] = []
    for app in apps:
        try:
            world.released[app] = release(app)
            remember_release(world, app, world.released[app])
        except HerokuError as error:
            errors.append(error)
    if errors:
        raise errors[0]
