"""Before each step: the lock is still ours, and so are the newest release and the page.

Between two steps somebody else can break the lock and deploy, roll back on the
dashboard, change a config var or take the page down. No step is taken in code that
nobody confirmed, and the database is not changed before the eyes of visitors.
What happens between this look and the step's own request cannot be seen from here,
as Heroku has no request that depends on a release; but a one-off dyno tells its
release before the command in it is begun.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from minion.engine.operation import Work
from minion.errors import HerokuError, MinionError
from minion.heroku.records import Release
from minion.steps import Step
from minion.steps.page import set_page
from minion.steps.world import World


class ReleasedByOthers(MinionError):
    """Somebody else has released other code on an app meanwhile."""


class HeldLock(Protocol):
    """The part of a lock that is asked before each step."""

    def check(self) -> None:
        """Raise LockLost where it is not held any more."""
        ...


class Guard:
    """Looks at the lock and at the releases of one operation's apps."""

    def __init__(self, work: Work, world: World, lock: HeldLock | None) -> None:
        self._before = {one.app: one for one in work.before}
        self._world = world
        self._lock = lock
        self._accepted: dict[str, int] = {}

    def check(self, step: Step, *, is_repeating: bool) -> None:
        """Raise where the step must not be taken any more.

        A step that a killed process had begun finds out itself what came of it.

        Raises:
            LockLost: somebody has broken the lock.
            ReleasedByOthers: other code than this operation's was released.
            HerokuError: it cannot be found out.
        """
        if self._lock is not None:
            self._lock.check()
        if not step.needs_release or (is_repeating and step.makes_release):
            return
        for app in step.acts_on:
            if app in self._before:
                self._check_release(app, step)
        if step.touches_database:
            self._check_pages()

    def check_release(self, app: str, version: int) -> None:
        """Look whether `version` of `app`, which something is to be run in, is ours.

        A dyno that was made tells so itself, which leaves no moment between.

        Raises:
            ReleasedByOthers: it has other code.
            HerokuError: it cannot be found out.
        """
        if app in self._before and version > self._expected(app):
            self._judge(app, self._world.heroku.releases.get(app, version))

    def look_back(self) -> list[str]:
        """The apps on which other code was released meanwhile, now that every step is taken.

        Where Heroku does not answer, nothing is known against it.
        """
        for app in self._before:
            with suppress(HerokuError):
                newest = self._world.heroku.releases.newest(app, n=1)
                if not newest or newest[0].version <= self._expected(app):
                    continue
                if newest[0].status != "failed" and not self._is_same(app, newest[0]):
                    self._world.others[app] = newest[0]
        return sorted(self._world.others)

    def _expected(self, app: str) -> int:
        """The newest version of which is known that its code is the confirmed one."""
        ours = self._world.released.get(app)
        known = ours.version if ours else self._before[app].newest
        return max(known, self._accepted.get(app, 0))

    def _check_release(self, app: str, step: Step) -> None:
        heroku = self._world.heroku
        newest = heroku.releases.newest(app, n=1)
        if newest and newest[0].version > self._expected(app):
            self._judge(app, newest[0])
        if step.touches_database and heroku.builds.pending(app) is not None:
            raise ReleasedByOthers(
                f"{app}: somebody's build is under way, which will be released; "
                f"`{step.title}` was not begun"
            )

    def _check_pages(self) -> None:
        """Put up again what this operation had put up, and somebody has taken down."""
        for app in sorted(self._world.page_up):
            if not self._world.heroku.apps.get(app).maintenance:
                set_page(self._world, app, True)
                self._world.console.say(
                    f"{app}: somebody has taken the maintenance page down meanwhile: it is up "
                    "again, as the database is about to be changed."
                )

    def _judge(self, app: str, newest: Release) -> None:
        """Go on after a release with the same code, stop after one with other code."""
        made = f"v{newest.version} ({newest.description}) by {newest.user}"
        if self._is_same(app, newest):
            self._world.console.say(f"{app}: {made} came meanwhile, with the same code: going on.")
            self._accepted[app] = newest.version
            return
        self._world.others[app] = newest
        raise ReleasedByOthers(
            f"{app}: somebody else has released {made} meanwhile: nothing more is done here, "
            "as it would be done to code that nobody has confirmed"
        )

    def _is_same(self, app: str, newest: Release) -> bool:
        """Whether a release has the code that this operation has released, or found."""
        ours, before = self._world.released.get(app), self._before[app]
        if ours is None and before.release is not None:
            ours = self._world.heroku.releases.get(app, before.release)
        return ours is not None and (newest.slug_id, newest.oci_image_id) == (
            ours.slug_id,
            ours.oci_image_id,
        )
