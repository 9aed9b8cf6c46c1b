"""A terminal to look at: a real one to whoever writes, a grid of characters to the test."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pyte

PATIENCE_S = 20.0


class Screen:
    """What is to be seen at one end of a pseudo terminal, `lines` by `columns`."""

    def __init__(self, columns: int = 80, lines: int = 40) -> None:
        self._master, self.slave = pty.openpty()
        self._grid = pyte.HistoryScreen(columns, lines, history=10_000)
        self._stream = pyte.ByteStream(self._grid)
        self.raw = b""
        self._set_size(columns, lines)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def resize(self, columns: int, lines: int = 40) -> None:
        self._grid.resize(lines, columns)
        self._set_size(columns, lines)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    @property
    def rows(self) -> list[str]:
        """The lines that are to be seen, without the empty ones at the end."""
        rows = [row.rstrip() for row in self._grid.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column."""
        return self._grid.cursor.y, self._grid.cursor.x

    def style(self, words: str) -> pyte.screens.Char:
        """The character with which `words` begin, with its colour and weight."""
        for number, row in enumerate(self._grid.display):
            if words in row:
                return self._grid.buffer[number][row.index(words)]
        raise AssertionError(f"{words!r} is not to be seen:\n{self.text}")

    def wait_until(self, holds: Callable[[str], object]) -> None:
        """Come back when what is to be seen is as it should be; the last word is Ctrl-D."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(self.text):
            if time.monotonic() > deadline:
                self.type("\x04")
                raise AssertionError(f"this is to be seen:\n{self.text}")
            time.sleep(0.01)

    def settle(self) -> None:
        """Come back when all that was written has been read."""
        mark = f"\x1b]2;{time.monotonic_ns()}\x07".encode()
        os.write(self.slave, mark)
        deadline = time.monotonic() + PATIENCE_S
        while mark not in self.raw and time.monotonic() < deadline:
            time.sleep(0.005)
        assert mark in self.raw
        self.raw = self.raw.replace(mark, b"")

    def vanish(self) -> None:
        """The window is closed: whoever writes gets an error."""
        os.close(self._master)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._master, 65536)
            except OSError:
                return
            if not chunk:
                return
            self._stream.feed(chunk)
            self.raw += chunk


@contextmanager
def looked_at(monkeypatch, columns: int = 80, lines: int = 40, **environ: str) -> Iterator[Screen]:
    """A screen that this process's input and output are connected with."""
    for name in ("NO_COLOR", "CI", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", **environ}.items():
        monkeypatch.setenv(name, value)
    screen = Screen(columns, lines)
    out = os.fdopen(os.dup(screen.slave), "w", encoding="utf-8")
    keys = os.fdopen(os.dup(screen.slave), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stdin", keys)
    try:
        yield screen
    finally:
        keys.close()
        with suppress(OSError):
            # What could not be written to a terminal that is gone is tried again here.
            out.close()
        os.close(screen.slave)
