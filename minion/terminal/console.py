"""The operator: the sole owner of stdin and stdout."""

from __future__ import annotations

import codecs
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

from minion.terminal.device import Device
from minion.terminal.live import LiveLine
from minion.terminal.progress import StepShown, Wait
from minion.terminal.typed import as_typed_here
from minion.text import duration, in_json, plain, printable_lines, without_controls

if TYPE_CHECKING:
    from rich.console import OverflowMethod
    from rich.text import Text

    from minion.terminal.table import Cell

INDENT = "      "
LOG_WIDTH = 160
#: In a log, a long wait is told of this often.
TOLD_S = 30.0


class Console:
    """Where a task speaks and listens.

    With `as_json`, and for any other document, what is meant for people goes to stderr, and stdout
    holds the one document only. All text is made fit for a terminal here, whoever
    it comes from. On a terminal what matters has a colour and the last line
    shows what is running; elsewhere there are plain lines.
    """

    def __init__(self, *, as_json: bool = False, in_github: bool = False) -> None:
        self._device = Device(sys.stderr if as_json else sys.stdout)
        if in_github:
            self._device.obeys_commands = True
        self._live = LiveLine(self._device, self._running)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._step: StepShown | None = None
        self._wait: Wait | None = None

    def say(self, text: str) -> None:
        """One message to the operator, on lines of its own."""
        text = as_typed_here(printable_lines(text))
        self._write(self._styled(text) if self._device.is_styled else f"{text}\n")

    def table(
        self, headings: Mapping[str, OverflowMethod | None], rows: Sequence[Sequence[Cell]]
    ) -> None:
        """`rows` of a text and a style each, as wide as the terminal; elsewhere as a log is."""
        from minion.terminal.table import table

        is_log = not self._device.is_live
        width = LOG_WIDTH if is_log else self._device.width
        shown = self._device.rendered(table(headings, rows, width, is_log=is_log), width=width)
        self._write("".join(f"{row.rstrip()}\n" for row in shown.splitlines()))

    def annotate(self, command: str) -> None:
        """A workflow command, for GitHub's runner to obey."""
        self._device.write(f"{plain(command)}\n", is_command=True)

    def step(self, number: int, count: int, title: str) -> StepShown:
        """Announce the step that begins now; as a context it shows how long it took.

        On a terminal it is the last line, until there is something to write below it.
        """
        self._end_step(True)
        self._step = StepShown(number, count, plain(title), self._end_step)
        if self._device.is_live:
            self._live.start()
        else:
            self._live.write(self._announcement())
        return self._step

    def output(self, line: str) -> None:
        """A line of a build's or a command's output, indented below its step.

        One that ends with a carriage return is a progress report that the
        next one writes over; only the last of them is worth a line.
        """
        if not line.endswith("\r"):
            self._write(self._indented(line.rstrip()))

    def output_bytes(self, chunk: bytes) -> None:
        """A piece of output as it arrives; lines are shown when they are whole."""
        self._line += self._decoder.decode(chunk)
        *lines, self._line = self._line.replace("\r\n", "\n").split("\n")
        # A progress bar writes its line over and over: its last state is enough.
        self._line = self._line[self._line[:-1].rfind("\r") + 1 :]
        if lines:
            self._above("".join(self._indented(_last_state(line)) for line in lines))

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[float | None], None]]:
        """A long wait, `text` says for what; call what you get with the seconds that are left.

        None if nobody knows. A terminal counts them down; a log gets a line
        each 30 seconds at most.
        """
        told_at = -TOLD_S

        def left(seconds: float | None) -> None:
            nonlocal told_at
            now = time.monotonic()
            self._wait = Wait(plain(text), None if seconds is None else now + seconds)
            if self._device.is_live:
                self._live.start()
            elif now - told_at >= TOLD_S:
                told_at = now
                self._write(f"{INDENT}{self._wait.text}{self._wait.left}\n")

        try:
            yield left
        finally:
            self._wait = None
            if self._step is None:
                self._live.stop()

    def document(self, value: Any) -> None:
        """The one JSON document of ``format=json``."""
        text = json.dumps(in_json(value), indent=2)
        # The same text to JSON, and no command to GitHub's runner.
        sys.stdout.write(text.replace("##[", "##\\u005b") + "\n")
        sys.stdout.flush()

    def verbatim(self, text: str) -> None:
        """The one document that is no JSON, Markdown or a script: fit to be shown already."""
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "xmlcharrefreplace").decode(encoding))
        sys.stdout.flush()

    def ask(self, prompt: str) -> str:
        """What the operator types after `prompt`; "" if there is nobody to type."""
        self._write("")
        self._live.pause(True)
        try:
            above = "\n" if self._device.is_live else ""
            self._device.write(above + printable_lines(prompt))
            answer = sys.stdin.readline()
            if not answer.endswith("\n"):
                self._device.write("\n")
        finally:
            self._live.pause(False)
        return answer.strip()

    @property
    def is_interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin is not None and sys.stdin.isatty()

    def _indented(self, line: str) -> str:
        line = without_controls(line)
        if not self._device.is_styled:
            return f"{INDENT}{line}\n"
        from minion.terminal.styles import output

        return self._device.rendered(output(INDENT, line))

    def _styled(self, text: str) -> str:
        if not self._device.is_styled:
            return f"{text}\n"
        from minion.terminal.styles import Message

        return self._device.rendered(
            Message(text, self._device.width if self._device.is_live else None)
        )

    def _end_line(self) -> None:
        if self._line:
            line, self._line = self._line, ""
            self._above(self._indented(line))

    def _write(self, text: str) -> None:
        self._end_line()
        self._above(text)

    def _above(self, text: str) -> None:
        """Write whole lines: above the live line, below the step that they belong to."""
        with self._live.guard:
            self._live.write(self._announcement() + text)

    def _announcement(self, took: str = "") -> str:
        """The line of the step that is being taken, unless it is written already."""
        step = self._step
        if step is None or step.is_announced:
            return ""
        step.is_announced = True
        if not self._device.is_styled:
            return f"{step.label} {step.title}\n"
        from minion.terminal.styles import step_line

        return self._device.rendered(step_line(step, took))

    def _end_step(self, is_done: bool) -> None:
        """The step's duration, if it was done; then it is not shown any more."""
        self._end_line()
        step = self._step
        if step is None:
            return
        took = duration(step.seconds, exact=True) if is_done and self._device.is_live else ""
        text = self._announcement(took)
        if took and not text:
            text = self._indented(f"done in {took}")
        self._step = None
        self._live.stop(text)

    def _running(self, width: int) -> Text | None:
        from minion.terminal.styles import running_line

        return running_line(self._step, self._wait, width)


def last_words(text: str) -> None:
    """What ends a command that has failed or was stopped: on stderr, below all else."""
    console = Console(as_json=True)
    console.say(f"\n{text}")


def _last_state(line: str) -> str:
    """What is to be seen of a line that was written over after carriage returns."""
    return line.rstrip("\r").rpartition("\r")[2]
