"""Ctrl-C and SIGTERM: asked once, a run ends in good order; asked twice, at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Callable

#: SIGHUP is a terminal that was closed, or a connection to it that broke.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """What the operator has asked for so far.

    While `is_shielded`, asking again is answered with `because` instead of
    being obeyed: there are moments at which stopping would do harm.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.is_asked = False
        self._because: str | None = None

    @contextmanager
    def shielded(self, because: str) -> Iterator[None]:
        """Within, not even a second Ctrl-C stops the work; the operator is told why."""
        before, self._because = self._because, because
        try:
            yield
        finally:
            self._because = before

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._because is not None:
            self.is_asked = True
            self._say(self._because)
            return
        if self.is_asked:
            raise KeyboardInterrupt
        self.is_asked = True
        self._say("Stopping when this step is done. Once more stops at once, half way.")


@contextmanager
def heeded(say: Callable[[str], None]) -> Iterator[Interrupts]:
    """Within, the first Ctrl-C or SIGTERM is only noted; the second is a KeyboardInterrupt.

    Outside the main thread nothing changes: signals do not arrive there.
    """
    interrupts = Interrupts(say)
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before: dict[signal.Signals, Any] = {}
    try:
        for each in _SIGNALS:
            # What was ignored when this process began, by nohup or as a job in the
            # background, is meant to be (POSIX: nohup, asynchronous lists).
            if signal.getsignal(each) is not signal.SIG_IGN:
                before[each] = signal.signal(each, interrupts._handle)
        yield interrupts
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
