"""Getting the code there: push or promote, then read back what became of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from minion.errors import (
    AnswerLost,
    GitError,
    HerokuError,
    MinionError,
    NonFastForward,
    PushDeclined,
    PushLost,
)
from minion.records import Release
from minion.steps.base import Step
from minion.steps.page import set_page
from minion.world import World

#: A build may take 15 minutes and a release phase an hour (Dev Center: Limits, Release Phase).
BUILD_S = 20 * 60
RELEASE_S = 65 * 60
#: How long an answer that was lost is looked for on Heroku.
GRACE_S = 15
POLL_S = 1.0
#: Build output from which on only packing is left; matched without git's colours.
BUILD_IS_OVER = ("Compressing...", "Launching...", "Discovering process types")


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


@dataclass(frozen=True)
class Push(Step):
    """Exactly `commit` is pushed to the app; Heroku builds and releases it.

    `after` is the newest release version seen before. With `page`, the
    maintenance page goes up when the build is over, so that a slow build
    costs no downtime; `page_found` says whether it was up before.
    """

    commit: str
    url: str
    after: int
    force: bool = False
    page: bool = False
    page_found: bool = False

    @property
    def title(self) -> str:
        page = "; maintenance page up when the build is over" if self.page else ""
        force = " (force)" if self.force else ""
        return f"{self.app}: git push {self.commit[:7]}{force}{page}"

    def do(self, world: World) -> None:
        if self._is_made_already(world):
            return
        said: list[str] = []
        try:
            world.repository.push(
                self.url,
                self.commit,
                self._ref(world),
                force=self.force,
                credentials=world.heroku.git_credentials(),
                keep_remote_prefix=False,
                on_output=lambda line: self._heard(world, line, said),
            )
        except PushLost:
            world.console.say("The connection to git broke; asking Heroku what became of the push.")
        except NonFastForward as error:
            raise GitError(
                f"{self.app}: Heroku's repository has commits that {self.commit[:7]} does not "
                "contain; merge them, or push over them with force=yes"
            ) from error
        except PushDeclined as error:
            what = (
                "the build failed" if "pre-receive hook" in str(error) else "the push was refused"
            )
            raise GitError(f"{self.app}: {what} ({error})") from error
        # A push that had nothing to send makes no release that could be waited for.
        sent = not any("Everything up-to-date" in line for line in said)
        release = self._release(world, GRACE_S if sent else 0)
        world.released[self.app] = release
        if self.page and self.app not in world.page_up:
            set_page(world, self.app, True)

    def undo(self, world: World) -> None:
        if self.page:
            set_page(world, self.app, self.page_found)

    def recall(self, world: World) -> None:
        release = find_release(world, self.app, self.after, self.commit)
        if release is None:
            raise HerokuError(f"{self.app}: the release of {self.commit[:7]} is not to be found")
        world.released[self.app] = release
        if self.page:
            world.page_up.add(self.app)

    def _is_made_already(self, world: World) -> bool:
        """Whether an earlier process that was killed has pushed; a second push is never sent."""
        if not world.is_repeating:
            return False
        release = look_for_release(world, self.app, self.after, self.commit, grace_s=GRACE_S)
        if release is None:
            return False
        world.console.say(f"{self.app}: v{release.version} was made already.")
        world.released[self.app] = release
        if self.page:
            set_page(world, self.app, True)
        return True

    def _ref(self, world: World) -> str:
        """Heroku builds main and master alike; an app stays with the one that it has."""
        refs = world.repository.remote_refs(
            self.url, "refs/heads/*", credentials=world.heroku.git_credentials()
        )
        only_master = "refs/heads/master" in refs and "refs/heads/main" not in refs
        return "refs/heads/master" if only_master else "refs/heads/main"

    def _heard(self, world: World, line: str, said: list[str]) -> None:
        said.append(line)
        world.console.output(line)
        is_over = any(sign in line for sign in BUILD_IS_OVER)
        if self.page and is_over and self.app not in world.page_up:
            try:
                set_page(world, self.app, True)
            except MinionError as error:
                # Heroku finishes the build whatever we do here; `do` tries again after it.
                world.console.say(f"The maintenance page did not go up yet: {error}")

    def _release(self, world: World, grace_s: float) -> Release:
        release = look_for_release(world, self.app, self.after, self.commit, grace_s=grace_s)
        if release is not None:
            return release
        # Heroku's repository had the commit already, as after a rollback: nothing
        # was built, but the slug of the earlier build can be released again.
        for earlier in world.heroku.releases.newest(self.app, n=50):
            if world.heroku.releases.commit_of(self.app, earlier) == self.commit:
                world.console.say(
                    f"Heroku had built {self.commit[:7]} before; releasing that slug."
                )
                return world.heroku.releases.create(
                    self.app, release=earlier, description=f"Deploy {self.commit[:8]}"
                )
        raise HerokuError(
            f"{self.app}: the push was accepted, but no release was made from {self.commit[:7]}"
        )


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
            look_for_release(world, target, after, self.commit, grace_s=GRACE_S)
            for target, after in zip(self.targets, self.afters)
        ]
        if not any(found):
            return False
        # One request made them all: the others are on their way or have failed.
        self._adopt(world)
        return True

    def _collect(self, world: World, promotion: str) -> None:
        names = dict(zip(self.target_ids, self.targets))
        deadline = time.monotonic() + RELEASE_S
        while True:
            outcomes = world.heroku.pipelines.targets(promotion)
            for outcome in outcomes:
                name = names.get(outcome.app_id)
                if name and outcome.release_id and name not in world.released:
                    world.released[name] = world.heroku.releases.get(name, outcome.release_id)
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
            if not unreleased and outcomes:
                return
            if time.monotonic() > deadline:
                raise HerokuError(f"{self.title}: still pending after {RELEASE_S // 60} minutes")
            time.sleep(POLL_S)

    def _adopt(self, world: World) -> None:
        for target, after in zip(self.targets, self.afters):
            release = look_for_release(world, target, after, self.commit, grace_s=GRACE_S)
            if release is None:
                raise HerokuError(
                    f"{target}: the answer to the promotion was lost and no release came of it"
                )
            world.released[target] = release


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
            on_output=world.console.output_bytes,
        )
        world.released[self.app] = release
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
