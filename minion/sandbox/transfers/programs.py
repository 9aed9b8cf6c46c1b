"""pg_dump into a file and pg_restore out of one, with progress.

PostgreSQL documentation: pg_dump, pg_restore, Environment Variables (libpq).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from minion.sandbox.machine.processes import Child, lines, spawn
from minion.sandbox.transfers.progress import Progress, TransferFailed

POLL_S = 0.1
CHUNK_BYTES = 64 * 1024
#: An address without parts: all of them come from the environment.
BY_ENVIRONMENT = "--dbname=postgresql://"


def make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, in place of any other."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


async def dump(program: Path, env: Mapping[str, str], path: Path, progress: Progress) -> None:
    """Write the database that `env` names to the private file `path`, in pg_dump's own format.

    Raises:
        TransferFailed: pg_dump did.
        OSError: it cannot be started or the file cannot be made.
    """
    make_private(path)
    argv = [str(program), "--format=custom", "--no-owner", "--no-acl", "--verbose"]
    argv += ["--no-password", f"--file={path}", BY_ENVIRONMENT]
    child = await spawn(argv, env=env, cwd=path.parent)
    ended = asyncio.ensure_future(_follow(child, progress))
    try:
        while not ended.done():
            await asyncio.wait([ended], timeout=POLL_S)
            progress.passed(progress.allowed(path.stat().st_size))
    finally:
        await child.stop(0, signal.SIGKILL)
    if await ended:
        raise TransferFailed("pg_dump finished with errors")


async def hold(path: Path, progress: Progress) -> None:
    """Let a file that is complete pass as slowly as the sandbox is set to."""
    size_bytes = path.stat().st_size
    while progress.allowed(size_bytes) < size_bytes:
        progress.passed(progress.allowed(size_bytes))
        await asyncio.sleep(POLL_S)
    progress.passed(size_bytes)


async def restore(program: Path, env: Mapping[str, str], path: Path, progress: Progress) -> None:
    """Fill the empty database that `env` names with what pg_dump wrote to `path`.

    Raises:
        TransferFailed: pg_restore did, or it went on after errors.
        OSError: it cannot be started or the file cannot be read.
    """
    argv = [str(program), "--format=custom", "--no-owner", "--no-acl", "--verbose"]
    argv += ["--no-password", BY_ENVIRONMENT]
    with path.open("rb") as file:
        child = await spawn(argv, env=env, cwd=path.parent, stdin=subprocess.PIPE)
        ended = asyncio.ensure_future(_follow(child, progress))
        try:
            # One that ends early tells why by its last words and its status.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                size_bytes, sent = path.stat().st_size, 0
                while sent < size_bytes and not ended.done():
                    free_bytes = max(progress.allowed(size_bytes) - sent, 0)
                    chunk = file.read(min(CHUNK_BYTES, free_bytes))
                    if not chunk:
                        await asyncio.sleep(POLL_S)
                        continue
                    child.input.write(chunk)
                    await child.input.drain()
                    sent += len(chunk)
                    progress.passed(sent)
            child.input.close()
            status = await ended
        finally:
            await child.stop(0, signal.SIGKILL)
    if status:
        raise TransferFailed("pg_restore finished with errors")


async def _follow(child: Child, progress: Progress) -> int:
    """Log what the program says; its exit status."""
    async for line in lines(child.output):
        progress.say(line)
    return await child.wait()
