"""The operator: the sole owner of stdin and stdout."""

from __future__ import annotations

import codecs
import json
import sys
from contextlib import suppress
from typing import Any, TextIO

from minion.text import without_controls


class Console:
    """Where a task speaks and listens.

    With `as_json` what is meant for people goes to stderr, and stdout holds
    the one document only. Text that the terminal cannot encode is replaced,
    and a terminal that is gone is spoken to in vain: neither is a reason to
    stop half way.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._people: TextIO = sys.stderr if as_json else sys.stdout
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""

    def say(self, text: str) -> None:
        """One message to the operator, on lines of its own."""
        self._end_line()
        self._write(text + "\n")

    def step(self, number: int, count: int, title: str) -> None:
        """Announce the step that begins now."""
        self.say(f"[{number}/{count}] {title}")

    def output(self, line: str) -> None:
        """A line of a build's or a command's output, indented below its step.

        One that ends with a carriage return is a progress report that the
        next one writes over; only the last of them is worth a line.
        """
        if line.endswith("\r"):
            return
        self._end_line()
        self._write(f"      {without_controls(line.rstrip())}\n")

    def output_bytes(self, chunk: bytes) -> None:
        """A piece of output as it arrives; lines are shown when they are whole."""
        self._line += self._decoder.decode(chunk)
        *lines, self._line = self._line.replace("\r\n", "\n").split("\n")
        for line in lines:
            self._write(f"      {without_controls(line)}\n")

    def document(self, value: Any) -> None:
        """The one JSON document of ``format=json``."""
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
        sys.stdout.flush()

    @property
    def is_interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin is not None and sys.stdin.isatty()

    def ask(self, prompt: str) -> str:
        """What the operator types after `prompt`; "" if there is nobody to type."""
        self._end_line()
        self._write(prompt)
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            self._write("\n")
        return answer.strip()

    def _end_line(self) -> None:
        if self._line:
            line, self._line = self._line, ""
            self._write(f"      {without_controls(line)}\n")

    def _write(self, text: str) -> None:
        encoding = self._people.encoding or "utf-8"
        with suppress(OSError):
            self._people.write(text.encode(encoding, "replace").decode(encoding))
            self._people.flush()
