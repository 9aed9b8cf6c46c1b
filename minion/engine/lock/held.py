"""A lock in somebody's hands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Callable

from minion.engine.lock.holder import Holder, read
from minion.engine.lock.slips import Outcome, Place, change
from minion.errors import MinionError, Refused


class Locked(Refused):
    """Somebody else holds the lock: `holder`."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        env = holder.environment
        super().__init__(
            f"{env} is locked: {holder.describe(datetime.now(timezone.utc))}. "
            f"Wait for it (wait=SECONDS), or if that operation is surely dead: "
            f"fab resume:{env} where it was begun, or fab unlock:{env}"
        )


class LockLost(MinionError):
    """The lock that was held is not there any more: somebody broke it."""


class Lock:
    """A lock that this process holds."""

    def __init__(self, place: Place, holder: Holder, say: Callable[[str], None]) -> None:
        self.holder = holder
        self._place = place
        self._say = say
        self._is_held = True

    def release(self) -> None:
        """Give it back, once. One that is gone or somebody else's now is said, not removed.

        Raises:
            GitError: it could not be given back; call again, or type ``fab unlock:ENV``.
        """
        if not self._is_held:
            return
        outcome = change(self._place, self.holder.environment, self.holder.mark, None)
        self._is_held = False
        if not outcome.is_done:
            self._say(self._loss(outcome))

    def extend(self, until: datetime) -> None:
        """Say that it is meant to live until then.

        Raises:
            LockLost: it is not held any more.
            GitError: it could not be said.
        """
        meant = replace(self.holder, until=until)
        slip = self._place.slip(meant.written())
        outcome = change(self._place, self.holder.environment, self.holder.mark, slip)
        if not outcome.is_done:
            raise LockLost(self._loss(outcome))
        self.holder = replace(meant, mark=slip.mark)

    def _loss(self, outcome: Outcome) -> str:
        env = self.holder.environment
        lost = f"The lock of {env} was broken by somebody while it was held here"
        if outcome.there is None:
            return f"{lost}; nobody holds it now."
        now = read(env, outcome.there).describe(datetime.now(timezone.utc))
        return f"{lost}; now {now}. It was left alone."
