"""Child processes: each in a group of its own, none of them outliving the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

LONGEST_LINE = 10_000
"""Bytes; longer lines are cut into pieces, as Logplex does (Dev Center: Logging)."""

_CHUNK = 64 * 1024


class _Lifeline:
    """The pipe to the warden, which ends our process groups if we die without doing so."""

    def __init__(self) -> None:
        self._warden: subprocess.Popen[bytes] | None = None

    def add(self, group: int, last_signal: int) -> None:
        """Let `group` be sent `last_signal` when this process is no more."""
        self._tell(f"+{group} {int(last_signal)}\n")

    def remove(self, group: int) -> None:
        """`group` is gone; its number may soon be another's."""
        self._tell(f"-{group}\n")

    def take_along(self, path: Path) -> None:
        """Let what is at `path` be removed when this process is no more."""
        self._tell(f"~{path}\n")

    def _tell(self, line: str) -> None:
        pipe = self._started().stdin
        assert pipe is not None
        # Lines are far shorter than PIPE_BUF, so each is written whole or not at all.
        with contextlib.suppress(BrokenPipeError):
            os.write(pipe.fileno(), os.fsencode(line))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._warden is None or self._warden.poll() is not None:
            script = Path(__file__).with_name("warden.py")
            self._warden = subprocess.Popen(
                [sys.executable, "-I", "-S", str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        return self._warden


_lifeline = _Lifeline()


def remove_at_our_end(path: Path) -> None:
    """See that nothing is left at `path` when this process has ended, however it does.

    For names that were made here: one with a line's end in it cannot be told.
    """
    _lifeline.take_along(path)


class _Protocol(asyncio.subprocess.SubprocessStreamProtocol):
    """Tells when the process itself has ended.

    ``Process.wait`` of Python 3.11 and later returns only when the pipes are closed
    too, and those may be held open by children that the process has left behind.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(_CHUNK, loop)
        self.exited: asyncio.Future[None] = loop.create_future()

    def process_exited(self) -> None:
        super().process_exited()
        if not self.exited.done():
            self.exited.set_result(None)


class Child:
    """A running process and its group."""

    def __init__(self, process: asyncio.subprocess.Process, exited: asyncio.Future[None]) -> None:
        self._process = process
        self.pid = process.pid
        self._ended = asyncio.ensure_future(self._reap(exited))

    @property
    def output(self) -> asyncio.StreamReader:
        """Standard output, with standard error in it unless it was sent elsewhere."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def input(self) -> asyncio.StreamWriter:
        """Standard input; only with ``stdin=PIPE``."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return not self._ended.done()

    async def wait(self) -> int:
        """The exit status, as a shell has it: 128 + N for a process that signal N ended."""
        return await asyncio.shield(self._ended)

    def send(self, number: int) -> None:
        """Send a signal to the whole group; one that has ended already is no error."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    async def stop(self, grace_s: float, first: int = signal.SIGTERM) -> int:
        """Ask to end with the signal `first`, kill after `grace_s` seconds; the exit status."""
        self.send(first)
        try:
            return await asyncio.wait_for(asyncio.shield(self._ended), grace_s)
        except asyncio.TimeoutError:
            self.send(signal.SIGKILL)
            return await self.wait()

    async def _reap(self, exited: asyncio.Future[None]) -> int:
        await exited
        # Children that the process left behind end with it, as a dyno's do.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        _lifeline.remove(self.pid)
        status = self._process.returncode
        assert status is not None
        return 128 - status if status < 0 else status


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.STDOUT,
    last_signal: int = signal.SIGTERM,
    **options: Any,
) -> Child:
    """Start `argv` in a group of its own; `last_signal` is what it gets if the sandbox dies.

    Raises:
        OSError: there is no such program or folder.
    """
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        lambda: _Protocol(loop),
        *argv,
        env=dict(env),
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        **options,
    )
    process = asyncio.subprocess.Process(transport, protocol, loop)
    _lifeline.add(process.pid, last_signal)
    return Child(process, protocol.exited)


async def lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """The lines of `stream` without their ends; what is no UTF-8 is replaced."""
    rest = b""
    while True:
        chunk = await stream.read(_CHUNK)
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            for piece in _pieces(line):
                yield piece
        while len(rest) > LONGEST_LINE:
            yield rest[:LONGEST_LINE].decode("utf-8", "replace")
            rest = rest[LONGEST_LINE:]
    if rest:
        for piece in _pieces(rest):
            yield piece


def _pieces(line: bytes) -> list[str]:
    line = line[:-1] if line.endswith(b"\r") else line
    starts = range(0, max(len(line), 1), LONGEST_LINE)
    return [line[start : start + LONGEST_LINE].decode("utf-8", "replace") for start in starts]
