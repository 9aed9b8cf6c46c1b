"""A last line on a terminal that says what is running, written anew each second."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from rich.text import Text

    from minion.terminal.device import Device

#: The line itself, and what a terminal that was made narrower has broken off from it.
ERASED = "\r\x1b[J"
REDRAWN_S = 1.0
#: Columns left free at the end, so that no line is ever wrapped.
MARGIN = 1


class LiveLine:
    """What `words` says in so many columns, at the bottom; all else goes above it.

    Whatever is written takes one write: the line taken away, the text, the line
    again. So neither a signal's words nor another thread's can come between;
    whoever needs several writes to be together takes the `guard`.
    """

    def __init__(self, device: Device, words: Callable[[int], Text | None]) -> None:
        self._device = device
        self._words = words
        self.guard = threading.RLock()
        self._is_shown = False
        self._is_hidden = False
        self._is_over = threading.Event()
        self._is_over.set()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """Write whole lines above the line, or just the line anew."""
        with self.guard:
            taken = ERASED if self._is_shown else ""
            line = self._line()
            self._is_shown = bool(line)
            if taken or text or line:
                self._device.write(taken + text + line)

    def start(self) -> None:
        """Write the line now and each second from now on."""
        if self._thread is None:
            self._is_over.clear()
            self._thread = threading.Thread(target=self._redraw, daemon=True)
            self._thread.start()
        self.write("")

    def stop(self, last: str = "") -> None:
        """Take the line away for good; `last` is written in its place."""
        thread, self._thread = self._thread, None
        self._is_over.set()
        self.write(last)
        if thread is not None:
            thread.join()

    def pause(self, is_hidden: bool) -> None:
        """Take the line away while somebody types, or bring it back."""
        with self.guard:
            self._is_hidden = is_hidden
            self.write("")

    def _line(self) -> str:
        if self._is_hidden or self._is_over.is_set():
            return ""
        words = self._words(max(self._device.width - MARGIN, 1))
        # The cursor goes back: in a window of another size it then still is at the line's begin.
        return self._device.rendered(words).rstrip("\n") + "\r" if words else ""

    def _redraw(self) -> None:
        while not self._is_over.wait(REDRAWN_S):
            self.write("")
