"""Log sessions: who has the secret of one can read a log. Dev Center: Logging."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from minion.sandbox.logs.app_log import AppLog, LogLine

MOST_SESSIONS = 1000


@dataclass(frozen=True)
class Session:
    """What one log session shows."""

    log: AppLog
    lines: int
    source: str | None
    dyno: str | None
    tail: bool

    async def read(self) -> AsyncIterator[LogLine]:
        """The last lines, and with `tail` those that come."""
        if not self.tail:
            for line in self.log.recent(self.lines, self.source, self.dyno):
                yield line
            return
        following = self.log.tail(self.source, self.dyno)
        # It listens from its first step on, so this comes before the last lines are taken.
        first = asyncio.ensure_future(following.__anext__())
        try:
            await asyncio.sleep(0)
            for line in self.log.recent(self.lines, self.source, self.dyno):
                yield line
            yield await first
            async for line in following:
                yield line
        finally:
            first.cancel()


class Sessions:
    """The log sessions of one sandbox; the newest are known."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def open(self, session: Session) -> str:
        """The secret by which a session is read from now on."""
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        secret = secrets.token_urlsafe(24)
        self._sessions[secret] = session
        return secret

    def find(self, secret: str) -> Session | None:
        """The session that this secret opens."""
        return self._sessions.get(secret)
