"""Getting the code there by git."""

from __future__ import annotations

from dataclasses import dataclass

from minion.errors import (
    GitError,
    HerokuError,
    MinionError,
    NonFastForward,
    PushDeclined,
    PushLost,
)
from minion.heroku.records import Release
from minion.steps.base import Step
from minion.steps.page import put_back, set_page
from minion.steps.releases import find_release, look_for_release, remember_release
from minion.steps.silence import Silence
from minion.steps.world import World

#: Build output from which on only packing is left; matched without git's colours.
BUILD_IS_OVER = ("Compressing...", "Launching...", "Discovering process types")


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

    @property
    def puts_page_up(self) -> bool:
        return True

    @property
    def makes_release(self) -> bool:
        return True

    def do(self, world: World) -> None:
        if self._is_made_already(world):
            return
        silence = Silence(world, self.app, self.after, self.commit)

        def hear(line: str) -> None:
            silence.broken()
            self._heard(world, line)

        try:
            is_sent = world.repository.push(
                self.url,
                self.commit,
                self._ref(world),
                force=self.force,
                credentials=world.heroku.git_credentials(),
                keep_remote_prefix=False,
                on_output=hear,
                silence_s=world.heroku.answer_s,
                is_lost=silence.is_lasting,
            )
        except PushLost:
            world.console.say("The push got no answer; asking Heroku what became of it.")
            release = self._of_lost_push(world, silence)
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
        else:
            # A push that had nothing to send makes no release that could be waited for.
            release = self._release(world, world.heroku.grace_s if is_sent else 0)
        world.released[self.app] = release
        remember_release(world, self.app, release)
        if self.page and self.app not in world.page_up:
            self._put_page_up(world, release)

    def undo(self, world: World) -> None:
        if self.page:
            put_back(world, self.app, self.page_found)

    def recall(self, world: World) -> None:
        release = find_release(world, self.app, self.after, self.commit) or self._running(world)
        if release is None:
            raise HerokuError(f"{self.app}: the release of {self.commit[:7]} is not to be found")
        world.released[self.app] = release
        if self.page:
            world.page_up.add(self.app)

    def _put_page_up(self, world: World, release: Release) -> None:
        """The last chance for the page, as the code is out."""
        try:
            set_page(world, self.app, True)
        except HerokuError as error:
            raise HerokuError(
                f"{self.app}: v{release.version} is made, and its page cannot be put up ({error}), "
                "so nothing was done to the database, which the new code is not made for",
                status=error.status,
            ) from error

    def _is_made_already(self, world: World) -> bool:
        """Whether an earlier process that was killed has pushed; a second push is never sent."""
        if not world.is_repeating:
            return False
        release = look_for_release(
            world, self.app, self.after, self.commit, grace_s=world.heroku.grace_s
        )
        if release is None:
            return False
        world.console.say(f"{self.app}: v{release.version} was made already.")
        remember_release(world, self.app, release)
        world.released[self.app] = release
        if self.page:
            self._put_page_up(world, release)
        return True

    def _ref(self, world: World) -> str:
        """Heroku builds main and master alike; an app stays with the one that it has."""
        refs = world.repository.remote_refs(
            self.url, "refs/heads/*", credentials=world.heroku.git_credentials()
        )
        only_master = "refs/heads/master" in refs and "refs/heads/main" not in refs
        return "refs/heads/master" if only_master else "refs/heads/main"

    def _heard(self, world: World, line: str) -> None:
        world.console.output(line)
        is_over = any(sign in line for sign in BUILD_IS_OVER)
        if self.page and is_over and self.app not in world.page_up:
            try:
                set_page(world, self.app, True)
            except MinionError as error:
                # Heroku finishes the build whatever we do here; `do` tries again after it.
                world.console.say(f"The maintenance page did not go up yet: {error}")

    def _running(self, world: World) -> Release | None:
        """The release that runs, if it is of the commit already: there is nothing to make.

        So it is with one app of several that an interrupted deployment had reached.
        """
        running = world.heroku.releases.current(self.app)
        if running is None or world.heroku.releases.commit_of(self.app, running) != self.commit:
            return None
        world.console.say(f"{self.app}: v{running.version} is of {self.commit[:7]} already.")
        return running

    def _of_lost_push(self, world: World, silence: Silence) -> Release:
        release = self._made(world, world.heroku.grace_s)
        if release is not None:
            return release
        build = silence.build()
        if build is not None and build.status == "failed":
            raise GitError(f"{self.app}: the build failed; its output was lost with the connection")
        raise GitError(
            f"{self.app}: the push of {self.commit[:7]} was lost on its way; nothing was built"
        )

    def _made(self, world: World, grace_s: float) -> Release | None:
        return look_for_release(
            world, self.app, self.after, self.commit, grace_s=grace_s
        ) or self._running(world)

    def _release(self, world: World, grace_s: float) -> Release:
        release = self._made(world, grace_s)
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
