"""An app's log: its last lines on disk, and new ones to whoever follows it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

HISTORY = 1500
"""Lines kept, as on Heroku (Dev Center: Logging, "Log history limits")."""

_BACKLOG = 5000
"""Lines that a slow follower may lag behind before it misses the oldest ones."""


@dataclass(frozen=True)
class LogLine:
    """One line: when, from where ("app", "heroku") and which dyno ("web.1", "router")."""

    at: str
    source: str
    dyno: str
    text: str

    def __str__(self) -> str:
        return f"{self.at} {self.source}[{self.dyno}]: {self.text}"

    @classmethod
    def parse(cls, line: str) -> LogLine:
        """The line that ``str`` wrote."""
        at, _, rest = line.partition(" ")
        origin, _, text = rest.partition("]: ")
        source, _, dyno = origin.partition("[")
        return cls(at, source, dyno, text)


class AppLog:
    """The log of one app, in the file `path`, which stays below twice `keep` lines."""

    def __init__(self, path: Path, keep: int = HISTORY) -> None:
        self._path = path
        self._lines: deque[LogLine] = deque(maxlen=keep)
        self._in_file = 0
        self._followers: set[asyncio.Queue[LogLine]] = set()
        if path.exists():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                self._lines.append(LogLine.parse(line))
                self._in_file += 1
        path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, source: str, line: str) -> None:
        """Add `line`, which came from `source`: "app[web.1]", "heroku[router]"."""
        at = datetime.now(timezone.utc).isoformat(timespec="microseconds")
        name, _, dyno = source.rstrip("]").partition("[")
        for text in line.splitlines() or [""]:
            entry = LogLine(at, name, dyno, text)
            self._lines.append(entry)
            self._store(entry)
            for follower in self._followers:
                if follower.full():
                    follower.get_nowait()
                follower.put_nowait(entry)

    def recent(
        self, count: int = 100, source: str | None = None, dyno: str | None = None
    ) -> list[LogLine]:
        """The newest `count` lines, oldest first; of one source, or one dyno or process type."""
        found = [line for line in self._lines if matches(line, source, dyno)]
        return found[-count:] if count > 0 else []

    async def tail(
        self, source: str | None = None, dyno: str | None = None
    ) -> AsyncIterator[LogLine]:
        """Every line added from now on, without end."""
        queue: asyncio.Queue[LogLine] = asyncio.Queue(_BACKLOG)
        self._followers.add(queue)
        try:
            while True:
                line = await queue.get()
                if matches(line, source, dyno):
                    yield line
        finally:
            self._followers.discard(queue)

    def _store(self, entry: LogLine) -> None:
        limit = 2 * (self._lines.maxlen or HISTORY)
        if self._in_file + 1 < limit:
            with self._path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{entry}\n")
            self._in_file += 1
            return
        fresh = self._path.with_suffix(".new")
        fresh.write_text(
            "".join(f"{line}\n" for line in self._lines), encoding="utf-8", errors="replace"
        )
        fresh.replace(self._path)
        self._in_file = len(self._lines)


def matches(line: LogLine, source: str | None, dyno: str | None) -> bool:
    """Whether `line` is of that source and of that dyno or process type; None is any."""
    if source and line.source != source:
        return False
    return not dyno or line.dyno == dyno or line.dyno.partition(".")[0] == dyno
