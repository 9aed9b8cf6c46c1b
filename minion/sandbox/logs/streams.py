"""Output that is read while it is written: builds and release phases.

Dev Center: Build and Release Using the API, "Streaming build output".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

READ_BYTES = 65536


class Streams:
    """The outputs of one sandbox, a file for each."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open: dict[str, asyncio.Event] = {}

    def start(self, stream_id: str) -> None:
        """Begin an output; its readers wait for more until it ends."""
        self._path(stream_id).touch()
        self._open[stream_id] = asyncio.Event()

    async def write(self, stream_id: str, text: str) -> None:
        """Append to an output and wake its readers."""
        with self._path(stream_id).open("ab") as file:
            file.write(text.encode("utf-8", "replace"))
        self._wake(stream_id, asyncio.Event())

    def end(self, stream_id: str) -> None:
        """No more will come."""
        self._wake(stream_id, None)

    def exists(self, stream_id: str) -> bool:
        """Whether this output was ever begun."""
        return self._path(stream_id).is_file()

    async def read(self, stream_id: str, start: int = 0) -> AsyncIterator[bytes]:
        """The output from byte `start` on, as it comes, to its end.

        A daemon that was killed leaves outputs without an end; since nobody
        writes to them any more, they end where they are.
        """
        with self._path(stream_id).open("rb") as file:
            file.seek(start)
            while True:
                more = self._open.get(stream_id)
                chunk = file.read(READ_BYTES)
                if chunk:
                    yield chunk
                elif more is None:
                    return
                else:
                    await more.wait()

    def _wake(self, stream_id: str, successor: asyncio.Event | None) -> None:
        event = self._open.pop(stream_id, None)
        if event is None:
            return
        if successor is not None:
            self._open[stream_id] = successor
        event.set()

    def _path(self, stream_id: str) -> Path:
        return self._folder / f"{stream_id}.log"
