"""Bytes between an attached client and its process, as Heroku's terminal passes them.

The order matters to the Heroku CLI: the line by which it learns the exit status
must come whole in one piece, or it prints it and misses it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re

END_OF_INPUT = b"\x04"
"""What the CLI sends when its standard input ends."""

_CHUNK = 16 * 1024
_SENTINEL = b"\xef\xbf\xbf heroku-command-exit-status: "
_SENTINEL_LINE = re.compile(re.escape(_SENTINEL) + rb"\d+\n")


async def copy_output(source: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    """Send what the process writes, to its end; if the client is gone, just drain it."""
    waiting = b""
    while True:
        chunk = await source.read(_CHUNK)
        pieces, waiting = split(waiting + chunk)
        if not chunk and waiting:
            pieces, waiting = [*pieces, waiting], b""
        for piece in pieces:
            with contextlib.suppress(ConnectionError, RuntimeError):
                client.write(piece.replace(b"\n", b"\r\n"))
                await client.drain()
        if not chunk:
            return


def split(output: bytes) -> tuple[list[bytes], bytes]:
    """The pieces to send, the exit status line as one of its own, and the rest to keep.

    Kept is only what may be the beginning of that line.
    """
    pieces: list[bytes] = []
    while True:
        found = _SENTINEL_LINE.search(output)
        if found is None:
            break
        pieces += [output[: found.start()], found[0]]
        output = output[found.end() :]
    kept = _beginning_of_sentinel(output)
    pieces.append(output[: len(output) - kept])
    return [piece for piece in pieces if piece], output[len(output) - kept :]


def _beginning_of_sentinel(output: bytes) -> int:
    """How many of the last bytes may be the beginning of the exit status line."""
    start = output.rfind(_SENTINEL)
    if start >= 0 and output[start + len(_SENTINEL) :].isdigit():
        return len(output) - start
    lengths = range(min(len(_SENTINEL), len(output)), 0, -1)
    return next((n for n in lengths if output.endswith(_SENTINEL[:n])), 0)


async def copy_input(client: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Give the process what the client sends; returns when the client is gone."""
    while True:
        try:
            chunk = await client.read(_CHUNK)
        except OSError:
            # Reset instead of closed: the client is gone all the same.
            return
        if not chunk:
            return
        text, end, _ = chunk.partition(END_OF_INPUT)
        with contextlib.suppress(ConnectionError, RuntimeError):
            target.write(text.replace(b"\r\n", b"\n"))
            await target.drain()
            if end:
                target.close()
