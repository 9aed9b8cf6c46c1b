"""The output of a release phase, read while its status is polled.

The stream is ``text/plain``, resumed with ``Range``, or ``text/event-stream``,
resumed with ``Last-Event-Id`` (Platform API schema: release, output_stream_url).
It takes no token, and may be 404 until the dyno has begun.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Callable

from minion.errors import HerokuError
from minion.heroku.api import Api
from minion.heroku.output import Text

if TYPE_CHECKING:
    from requests import Response

#: A migration may be silent for long; after this the stream is opened again.
QUIET_S = 120.0
RETRY_PAUSE_S = 1.0
#: Attempts in a row that brought nothing, before the output is done without.
MOST_EMPTY_ATTEMPTS = 100


class ReleaseOutput:
    """Reads a stream in a thread of its own; `on_output` is called in the caller's.

    Whatever goes wrong with the stream is no error: the status says how the
    release ended, its output only why.
    """

    def __init__(self, api: Api, on_output: Callable[[bytes], None]) -> None:
        self._api = api
        self._on_output = on_output
        self._pieces: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def start(self, url: str) -> None:
        """Begin to read `url`; nothing happens if that has begun before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, args=(url,), daemon=True)
            self._thread.start()

    def pass_on(self, for_s: float) -> None:
        """Hand over what comes in the next `for_s` seconds, and take all of them."""
        deadline = self._api.clock() + for_s
        while not self._is_over and self._thread is not None:
            left_s = deadline - self._api.clock()
            if left_s <= 0:
                return
            self._hand_over(left_s)
        self._api.sleep(max(0.0, deadline - self._api.clock()))

    def finish(self, grace_s: float) -> None:
        """Hand over the rest, waiting for the stream's end for `grace_s` at most."""
        if self._thread is None:
            return
        deadline = self._api.clock() + grace_s
        while not self._is_over and self._api.clock() < deadline:
            self._hand_over(max(0.0, deadline - self._api.clock()))

    def close(self) -> None:
        """Stop reading; the thread ends by itself with its next piece."""
        self._stopped.set()

    def _hand_over(self, wait_s: float) -> None:
        try:
            piece = self._pieces.get(timeout=wait_s)
        except queue.Empty:
            return
        if piece is None:
            self._is_over = True
        elif piece:
            self._on_output(piece)

    def _read(self, url: str) -> None:
        text = Text()
        try:
            for piece in _resumed(self._api, url, self._stopped):
                self._pieces.put(text.feed(piece.replace(b"\0", b"")))
            self._pieces.put(text.finish())
        finally:
            self._pieces.put(None)


def _resumed(api: Api, url: str, stopped: threading.Event) -> Iterator[bytes]:
    """The bytes behind `url`, opened again where a connection breaks."""
    place = _Place()
    empty_attempts = 0
    while not stopped.is_set() and empty_attempts < MOST_EMPTY_ATTEMPTS:
        before = place.progress
        try:
            with api.open_stream(url, place.headers(), quiet_s=QUIET_S) as response:
                if response.status_code == 416:  # There is nothing behind what we have.
                    return
                if response.status_code < 400:
                    yield from place.read(response, stopped)
                    return
        except (HerokuError, OSError):
            # requests' own errors are OSErrors.
            pass
        empty_attempts = 0 if place.progress > before else empty_attempts + 1
        stopped.wait(RETRY_PAUSE_S)


class _Place:
    """How far a stream has been read: in bytes, or by the last event's id."""

    def __init__(self) -> None:
        self.progress = 0
        self._received = 0
        self._event_id = ""

    def headers(self) -> dict[str, str]:
        # Compressed bytes could not be counted against a Range.
        headers = {"Accept": "text/plain, text/event-stream;q=0.5", "Accept-Encoding": "identity"}
        if self._event_id:
            headers["Last-Event-Id"] = self._event_id
        elif self._received:
            headers["Range"] = f"bytes={self._received}-"
        return headers

    def read(self, response: Response, stopped: threading.Event) -> Iterator[bytes]:
        """The new bytes of one connection; raises OSError when it breaks."""
        if "event-stream" in response.headers.get("Content-Type", ""):
            pieces = self._events(response)
        else:
            pieces = self._plain(response)
        for piece in pieces:
            self.progress += len(piece)
            yield piece
            if stopped.is_set():
                return

    def _plain(self, response: Response) -> Iterator[bytes]:
        # A server without ranges starts from the beginning again.
        known = 0 if response.status_code == 206 else self._received
        for piece in _pieces(response):
            fresh, known = piece[known:], max(0, known - len(piece))
            self._received += len(fresh)
            if fresh:
                yield fresh

    def _events(self, response: Response) -> Iterator[bytes]:
        """The data of server-sent events (HTML standard, 9.2.6)."""
        lines: list[bytes] = []
        event_id = b""
        for line in _lines(response):
            name, _, value = line.partition(b":")
            value = value[1:] if value.startswith(b" ") else value
            if name == b"data":
                lines.append(value)
            elif name == b"id":
                event_id = value
            elif not line and lines:
                self._event_id = event_id.decode("latin-1") or self._event_id
                data = b"\n".join(lines)
                yield data if data.endswith(b"\n") else data + b"\n"
                lines = []


def _pieces(response: Response) -> Iterator[bytes]:
    """The body as it arrives: by its chunks, or by the byte where it has none."""
    is_chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
    return iter(response.iter_content(chunk_size=None if is_chunked else 1))


def _lines(response: Response) -> Iterator[bytes]:
    held = b""
    for piece in _pieces(response):
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r")
