"""What `migrate` says of each migration while it runs, and when it said so.

Django writes ``  Applying shop.0002_more...`` and flushes it, and ` OK` on the same line when
the migration has ended, or ``Unapplying`` for one that is taken back (django: core/management/
commands/migrate.py, migration_progress_callback). With ``--verbosity 2`` its own seconds
stand behind the OK.
"""

from __future__ import annotations

import re
from typing import Callable

from minion.heroku.waiting import clock
from minion.steps.world import World

_BEGINS = re.compile(r"\b(Applying|Unapplying) (\w+\.\S+?)\.\.\.")
_ENDS = re.compile(r"(?<![^\s.])(OK|FAKED)(?: \((\d+(?:\.\d+)?)s\))?[ \t\r]*\n")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
#: Of what is not understood yet, no more is kept.
LONGEST = 4096


class Applied:
    """Hands a command's output on, and has each migration remembered that it tells of.

    The time is that between the arrival of the two words, where Django does not tell its own:
    that of the statements and of half a way there and back.
    """

    def __init__(self, world: World, app: str, clock: Callable[[], float] = clock) -> None:
        self._world = world
        self._app = app
        self._clock = clock
        self._rest = ""
        self._running: re.Match[str] | None = None
        self._since = 0.0

    def write(self, output: bytes) -> None:
        """Take the next piece of output."""
        now = self._clock()
        self._world.console.output_bytes(output)
        self._rest = _COLOURS.sub("", self._rest + output.decode("utf-8", "replace"))
        while self._take(now):
            pass
        self._rest = self._rest[-LONGEST:]

    def _take(self, now: float) -> bool:
        """Whether there was a word that begins or ends a migration; it is passed then."""
        begins, ends = _BEGINS.search(self._rest), _ENDS.search(self._rest)
        if self._running is not None and ends and not (begins and begins.start() < ends.start()):
            if ends[1] == "OK":
                self._remember(self._running, float(ends[2]) if ends[2] else now - self._since)
            self._running, self._rest = None, self._rest[ends.end() :]
            return True
        if begins:
            self._running, self._since = begins, now
            self._rest = self._rest[begins.end() :]
            return True
        return False

    def _remember(self, running: re.Match[str], seconds: float) -> None:
        self._world.record(
            "migration",
            app=self._app,
            name=running[2],
            seconds=round(seconds, 3),
            reverses=running[1] == "Unapplying",
        )
