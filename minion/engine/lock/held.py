"""A lock in somebody's hands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Callable

from minion.engine.lock.holder import HEARD_EVERY_S, Holder, read
from minion.engine.lock.record import Place, Written, write
from minion.errors import GitError, MinionError, Refused


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
    """A lock that this process holds; its methods may be called from any thread."""

    def __init__(self, place: Place, holder: Holder, say: Callable[[str], None]) -> None:
        self.holder = holder
        self._place = place
        self._say = say
        self._is_held = True
        self._guard = threading.RLock()
        self._has_told = False

    def check(self) -> None:
        """Look whether it is still held, by its token.

        Where it is kept cannot always be asked; that is said once, and is no reason
        to leave work half done.

        Raises:
            LockLost: it is not.
        """
        with self._guard:
            try:
                record = self._place.read(self.holder.environment)
            except GitError as error:
                if not self._has_told:
                    self._say(f"Whether the lock is still held cannot be asked now: {error}")
                self._has_told = True
                return
            if record is None or read(self.holder.environment, record).token != self.holder.token:
                raise LockLost(self._loss(Written(False, record)))

    def release(self) -> None:
        """Give it back, once. One that is gone or somebody else's now is said, not removed.

        Raises:
            GitError: it could not be given back; call again, or type ``fab unlock:ENV``.
        """
        with self._guard:
            if not self._is_held:
                return
            outcome = write(self._place, self.holder.environment, self.holder.mark, None)
            self._is_held = False
            if not outcome.is_done:
                self._say(self._loss(outcome))

    def extend(self, until: datetime, heard: datetime | None = None) -> None:
        """Say that its holder is at work, and that it is meant to live until then.

        Raises:
            LockLost: it is not held any more.
            GitError: it could not be said.
        """
        with self._guard:
            if not self._is_held:
                return
            meant = replace(self.holder, until=until, heard=heard or datetime.now(timezone.utc))
            record = self._place.record(meant.written())
            outcome = write(self._place, self.holder.environment, self.holder.mark, record)
            if not outcome.is_done:
                raise LockLost(self._loss(outcome))
            self.holder = replace(meant, mark=record.mark)

    def _loss(self, outcome: Written) -> str:
        env = self.holder.environment
        lost = f"The lock of {env} was broken by somebody while it was held here"
        if outcome.there is None:
            return f"{lost}; nobody holds it now."
        now = read(env, outcome.there).describe(datetime.now(timezone.utc))
        return f"{lost}; now {now}. It was left alone."


@contextmanager
def kept_alive(lock: Lock, minutes: float, *, every_s: float = HEARD_EVERY_S) -> Iterator[None]:
    """Within, `lock` is extended again and again: it never looks overdue, nor its holder dead.

    An extension that fails is tried again later; whether the lock is still held is
    found out by `Lock.check`.
    """
    ended = threading.Event()

    def extend() -> None:
        while not ended.wait(every_s):
            try:
                now = datetime.now(timezone.utc)
                lock.extend(now + timedelta(minutes=minutes), now)
            except LockLost:
                return
            except MinionError:
                continue

    thread = threading.Thread(target=extend, name="extends the lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
