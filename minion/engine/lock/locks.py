"""The locks of a project's environments: taken, looked at, broken."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from importlib import metadata
from typing import TYPE_CHECKING, Callable

from minion.engine.lock.held import Lock, Locked
from minion.engine.lock.here import Here
from minion.engine.lock.holder import Holder, read
from minion.engine.lock.onorigin import OnOrigin
from minion.engine.lock.record import LockRecord, Place, Written, write
from minion.errors import ArgumentError, MinionError, PushLost, RefMoved

if TYPE_CHECKING:
    from minion.git import Repository

#: Where the locks are on origin: out of the way of branches and tags, and for
#: hosts that take nothing else, among the branches.
REFS = "refs/minion/locks"
BRANCHES = "refs/heads/minion-lock"

#: Seconds between two looks at a lock that is waited for, and between two
#: lines that say so.
POLL_S = 5.0
_SAY_AGAIN_S = 60.0
#: Seconds before each look for a lock whose push was broken off: a server that
#: has all of it carries it out, though nobody waits for the answer.
_LATER_S = (0.0, 1.0, 2.0)
#: A wish to stop is heard within this many seconds.
_HEARD_S = 0.2


class Locks:
    """One lock for each environment, shared by everybody who pushes to `origin`.

    `mode` is the setting ``lock``: "origin" (refs at `prefix`), "branch" or
    "local". Without an origin it is always "local": files in the git folder,
    which the worktrees of this clone share, and nobody else.
    """

    def __init__(
        self,
        repository: Repository,
        origin: str | None,
        *,
        prefix: str = REFS,
        mode: str = "origin",
        poll_s: float = POLL_S,
    ) -> None:
        self._repository = repository
        self._poll_s = poll_s
        self._is_local = origin is None or mode == "local"
        self._place: Place
        if origin is None or mode == "local":
            self._place = Here(repository.git_dir / "minion" / "locks")
        elif mode == "branch":
            self._place = OnOrigin(repository, origin, BRANCHES, ("local",))
        else:
            self._place = OnOrigin(repository, origin, prefix, ("branch", "local"))

    def take(
        self,
        environment: str,
        purpose: str,
        *,
        plan: str | None,
        minutes: float,
        token: str | None = None,
        wait_s: float = 0.0,
        say: Callable[[str], None] = lambda line: None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> Lock:
        """The lock, held for `purpose` (a task's name) and meant to live for `minutes`.

        A lock that has `token` already is this operation's own, from before its
        process was killed, and is taken over. Another's is waited for, up to
        `wait_s` seconds, and `say` hears whose it is; the operator who wants to stop
        (`is_stopping`) is heard at once.

        Raises:
            Locked: somebody else holds it.
            GitError: origin cannot be reached, or refuses such a ref.
            PushLost: it is not known whether it was taken.
            KeyboardInterrupt: it was not waited for any longer.
        """
        _check(environment)
        if self._is_local:
            say(
                f"The lock of {environment} is kept in this clone only: it does not keep out "
                "somebody on another machine."
            )
        wanted = self._draft(environment, purpose, plan, token or secrets.token_hex(8))
        deadline = time.monotonic() + wait_s
        while True:
            now = datetime.now(timezone.utc)
            draft = replace(wanted, since=now, heard=now, until=now + timedelta(minutes=minutes))
            lock = self._attempt(draft, say)
            if lock:
                return lock
            self._wait(environment, deadline, say, is_stopping)

    def holder(self, environment: str) -> Holder | None:
        """Who holds the lock, asked now; None if nobody does.

        Raises:
            GitError: it cannot be found out.
        """
        _check(environment)
        record = self._place.read(environment)
        return read(environment, record) if record else None

    def holders(self) -> Mapping[str, Holder]:
        """Environment -> holder, of all that are locked, asked at once.

        Raises:
            GitError: it cannot be found out.
        """
        return {name: read(name, record) for name, record in self._place.read_all().items()}

    def break_(self, holder: Holder) -> None:
        """Remove exactly this holder's lock; fine if it is gone already.

        Raises:
            Locked: it is another's by now, who keeps it.
            GitError: it could not be removed.
        """
        outcome = write(self._place, holder.environment, holder.mark, None)
        if outcome.there is not None:
            raise Locked(read(holder.environment, outcome.there))

    def _draft(self, environment: str, purpose: str, plan: str | None, token: str) -> Holder:
        return Holder(
            environment,
            mark="",
            who=self._repository.operator(),
            machine=socket.gethostname(),
            pid=os.getpid(),
            purpose=purpose,
            plan=plan,
            token=token,
            version=version(),
        )

    def _attempt(self, draft: Holder, say: Callable[[str], None]) -> Lock | None:
        """The lock if it was free, or is our own from before."""
        record = self._place.record(draft.written())
        outcome = self._put(draft.environment, None, record)
        if not outcome.is_done and outcome.there is not None:
            present = read(draft.environment, outcome.there)
            if present.token != draft.token:
                return None
            draft = replace(draft, since=present.since)
            record = self._place.record(draft.written())
            outcome = self._put(draft.environment, present.mark, record)
        if not outcome.is_done:
            return None
        return Lock(self._place, replace(draft, mark=record.mark), say)

    def _put(self, environment: str, expect: str | None, record: LockRecord) -> Written:
        try:
            return write(self._place, environment, expect, record)
        except PushLost as lost:
            raise PushLost(
                f"whether the lock of {environment} was taken is not known: {lost}. "
                f"Type: fab resume:{environment}"
            ) from None
        except KeyboardInterrupt:
            if expect is None:
                self._take_back(environment, record)
            raise

    def _take_back(self, environment: str, record: LockRecord) -> None:
        """After a push that was broken off: the lock may have been taken without our hearing."""
        try:
            for pause_s in _LATER_S:
                time.sleep(pause_s)
                with suppress(RefMoved):  # not there, or not there yet
                    return self._place.set(environment, record.mark, None)
        except (MinionError, KeyboardInterrupt) as error:
            why = str(error) or "stopped again"
            raise PushLost(
                f"Stopped; whether the lock of {environment} was taken is not known: {why}. "
                f"Type: fab resume:{environment}"
            ) from None

    def _wait(
        self,
        environment: str,
        deadline: float,
        say: Callable[[str], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        """Return when the lock is free; raise Locked when time is up."""
        told, told_at = "", 0.0
        while True:
            holder = self.holder(environment)
            if holder is None:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                raise Locked(holder)
            if holder.mark != told or time.monotonic() - told_at >= _SAY_AGAIN_S:
                told, told_at = holder.mark, time.monotonic()
                now = datetime.now(timezone.utc)
                say(f"Waiting for {environment}: {holder.describe(now)}.")
            pause = time.monotonic() + min(self._poll_s, left)
            while time.monotonic() < pause:
                if is_stopping():
                    raise KeyboardInterrupt
                time.sleep(min(_HEARD_S, max(0.0, pause - time.monotonic())))


def _check(environment: str) -> None:
    """Refuse a name that could mean another ref or file than the environment's own."""
    if not environment.replace("-", "").replace("_", "").isalnum():
        raise ArgumentError(
            f"{environment!r} cannot be locked: a name is made of letters, digits, - and _"
        )


def version() -> str:
    """Which minion this is."""
    try:
        return metadata.version("heroku-minion")
    except metadata.PackageNotFoundError:
        return "unknown"
