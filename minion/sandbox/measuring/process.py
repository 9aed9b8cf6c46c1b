"""One version of a project's code as a process that does what it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from minion.sandbox.machine.processes import Child, lines, spawn

_INSIDE = Path(__file__).parent
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from inside.main import main; "
    "sys.path.remove(sys.argv[1]); main(sys.argv[2], sys.argv[3])"
)


class NotMeasured(Exception):
    """It could not be measured; one line says why."""


class Lost(NotMeasured):
    """The code's process has ended, or does not answer: nothing more can be asked of it."""


class Code:
    """The code's process; answers are those of `inside.migrating.Session`."""

    def __init__(self, child: Child, name: str, limit_s: float) -> None:
        self._child = child
        self._name = name
        self._limit_s = limit_s
        self._rest = b""

    async def ask(self, method: str, *arguments: Any) -> Any:
        """What the method gives.

        Raises:
            NotMeasured: it failed, or did not come to an end in the time allowed.
        """
        self._child.input.write(json.dumps([method, *arguments]).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        """The next answer; the first one comes unasked, once the code has started."""
        try:
            line = await asyncio.wait_for(self._line(), self._limit_s)
        except asyncio.TimeoutError:
            raise Lost(f"{self._name}: no end after {self._limit_s:.0f} s") from None
        if not line:
            status = await self._child.wait()
            raise Lost(f"{self._name}: the process ended with status {status}")
        answer = json.loads(line)
        if "failed" in answer:
            raise NotMeasured(answer["failed"])
        return answer["value"]

    async def _line(self) -> bytes:
        """The next line, however long; empty at the end."""
        parts = [self._rest]
        while b"\n" not in parts[-1]:
            chunk = await self._child.output.read(65536)
            if not chunk:
                return b""
            parts.append(chunk)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        return line


@contextlib.asynccontextmanager
async def running(
    name: str, folder: Path, manage: str, env: Mapping[str, str], relay: str, limit_s: float
) -> AsyncIterator[Code]:
    """The code in `folder`, started; ended afterwards, with all that it has started.

    `relay` is ``PORT:PATH`` where the process gets a network of its own, without a way out,
    but for that port, which leads to the socket at the path. "" leaves the network as it is.

    Raises:
        NotMeasured: it does not start.
    """
    program = shutil.which("python", path=env["PATH"]) or "python"
    argv = [program, "-c", _START, str(_INSIDE), manage, relay]
    if relay:
        argv = [*(await _without_network()), *argv]
    log = folder.parent / f"{folder.name}.log"
    with log.open("wb") as output:
        child = await spawn(
            argv, env=env, cwd=folder, stdin=subprocess.PIPE, stderr=output.fileno()
        )
    try:
        code = Code(child, name, limit_s)
        try:
            await code.answer()
        except NotMeasured as error:
            raise NotMeasured(f"{name} does not start: {_last(log) or error}") from error
        yield code
    finally:
        await child.stop(0, signal.SIGKILL)


def _last(log: Path) -> str:
    """The last line that the process has written, which in Python says what went wrong."""
    written = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return written[-1][:300] if written else ""


async def can_cut_network() -> bool:
    """Whether processes can be started without a network here; only Linux has this."""
    return bool(await _without_network())


_found: list[Sequence[str]] = []


async def _without_network() -> Sequence[str]:
    """What to put before a command; empty where it cannot be.

    Source: Linux, network_namespaces(7) and user_namespaces(7); unshare(1) of util-linux.
    """
    if not _found:
        _found.append(())
        program = shutil.which("unshare")
        for words in (["--net"], ["--map-root-user", "--net"]) if program else ():
            argv = [str(program), *words]
            child = await spawn([*argv, "true"], env={"PATH": "/usr/bin:/bin"}, cwd=Path("/"))
            async for _ in lines(child.output):
                pass
            if await child.wait() == 0:
                _found[0] = argv
                break
    return _found[0]
