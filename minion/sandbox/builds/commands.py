"""The commands of a build, with their output as Heroku shows it."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Callable

from minion.buildpack.source import Refusal
from minion.sandbox.machine.processes import lines, spawn

Write = Callable[[str], Awaitable[None]]


class BuildFailed(Exception):
    """The build gave no slug; the text ends the line "Push rejected, ..."."""


COMPILE_FAILED = "failed to compile Python app."


async def run(
    argv: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    write: Write | None = None,
    dropped: tuple[str, ...] = (),
) -> int:
    """The exit status of a command, which is looked for on the PATH of `variables`.

    `write` gets its lines, but for those that begin with one of `dropped`.
    """
    program = shutil.which(argv[0], path=variables["PATH"]) or argv[0]
    child = await spawn([program, *argv[1:]], env=variables, cwd=folder)
    try:
        async for line in lines(child.output):
            if write is not None and line and not line.startswith(dropped or "\0"):
                await write(f"       {line}\n")
        return await child.wait()
    finally:
        await child.stop(0)


async def warn(write: Write, *said: str) -> None:
    """Show lines of a warning."""
    await write("".join(f" !     {line}\n" for line in said))


async def fail(write: Write, *said: str) -> BuildFailed:
    """Show lines of an error; what to raise."""
    await warn(write, f"Error: {said[0]}", *said[1:])
    return BuildFailed(COMPILE_FAILED)


async def refuse(write: Write, refusal: Refusal) -> BuildFailed:
    """Show why the buildpack takes no such project, and the cure; what to raise."""
    return await fail(write, f"{refusal.where}: {refusal.problem}.", f"To mend it: {refusal.cure}")
