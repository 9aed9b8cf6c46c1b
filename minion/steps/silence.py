"""A push of which nothing is heard: whether its answer may still come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minion.errors import HerokuError
from minion.steps.releases import find_release
from minion.steps.world import World

if TYPE_CHECKING:
    from minion.heroku.builds import Build

#: Looks in a row, one after each silence, at which Heroku was not at work: when a build
#: has ended, Heroku closes the connection at once; one that has not begun may have to
#: wait for the push to get through.
ENDED, NOTHING_CAME = 2, 10


class Silence:
    """What Heroku knows about a push of `commit` while git says nothing.

    A connection that is gone without a word, as after a laptop has slept, is
    waited for by git for hours. Made before the push: what was built by then is
    not its doing.

    Raises:
        HerokuError: the builds cannot be read.
    """

    def __init__(self, world: World, app: str, after: int, commit: str) -> None:
        self._world = world
        self._app = app
        self._after = after
        self._commit = commit
        self._known = {build.id for build in world.heroku.builds.newest(app)}
        self._idle = 0

    def broken(self) -> None:
        """Something was heard."""
        self._idle = 0

    def is_lasting(self) -> bool:
        """Whether nothing will be heard any more; to be asked after each while without a word."""
        heroku = self._world.heroku
        try:
            build = self.build()
            is_busy = build is not None and build.status == "pending"
            is_busy = is_busy or heroku.releases.pending_release(self._app) is not None
            release = find_release(self._world, self._app, self._after, self._commit)
        except HerokuError:
            return False
        self._idle = 0 if is_busy else self._idle + 1
        has_ended = build is not None or release is not None
        return self._idle >= (ENDED if has_ended else NOTHING_CAME)

    def build(self) -> Build | None:
        """The newest build of the commit since, or None.

        Raises:
            HerokuError: the builds cannot be read.
        """
        for build in self._world.heroku.builds.newest(self._app):
            if build.version == self._commit and build.id not in self._known:
                return build
        return None
