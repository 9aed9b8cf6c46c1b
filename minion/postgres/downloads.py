"""A file from the web, brought here whole and readable by its owner only."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Callable
from urllib.parse import urlsplit

from minion.postgres.errors import LocalError

if TYPE_CHECKING:
    from requests import PreparedRequest, RequestException, Response, Session

Progress = Callable[[int, "int | None"], None]

#: What is read of a chunk is lost if the connection breaks within it.
CHUNK = 1 << 16
#: Seconds for connecting, and for each wait for more.
TIMEOUT_S = (10.0, 60.0)
#: Attempts in a row that bring nothing new.
ATTEMPTS = 5
PAUSE_S = 2.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Broken(Exception):
    """This attempt ended too early; the next one may bring the rest."""


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder that nobody else can enter, removed with all in it at the end."""
    with tempfile.TemporaryDirectory(prefix="minion-") as folder:
        yield Path(folder)


def download(
    url: str,
    file: Path,
    on_progress: Progress = lambda done, total: None,
    *,
    ca_file: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Write what is at `url`, a secret, into the new file `file`, which is made with mode 0600.

    `on_progress` gets the bytes that are there, and how many there will be
    (None while that is unknown). Where the connection breaks, it goes on from
    there. To remove the file is the caller's part: see `private_folder`.

    Raises:
        LocalError: the host refuses, or it cannot be brought here whole.
        FileExistsError: there is such a file.
    """
    from requests import RequestException

    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    host = urlsplit(url).hostname or "the host of the dump"
    with os.fdopen(descriptor, "wb") as output, _session(host, ca_file) as session:
        fetching = _Fetching(session, url, output, on_progress)
        fruitless = 0
        while True:
            before, problem = output.tell(), "it broke off"
            try:
                fetching.attempt()
                return
            except _Broken as error:
                problem = str(error)
            except RequestException as error:
                problem = _reason(error)
            except OSError as error:
                raise LocalError(f"The dump cannot be kept here: {error.strerror}") from None
            fruitless = 0 if output.tell() > before else fruitless + 1
            if fruitless >= ATTEMPTS:
                raise LocalError(f"The dump cannot be downloaded from {host}: {problem}")
            sleep(PAUSE_S)


@dataclass
class _Fetching:
    """One download over several requests; `validator` names the version that was begun."""

    session: Session
    url: str
    output: IO[bytes]
    on_progress: Progress
    total: int | None = None
    validator: str | None = None

    def attempt(self) -> None:
        """Bring the rest. Raises `_Broken` or requests' errors if that ends too early."""
        with self.session.get(
            self.url, headers=self._headers(), stream=True, timeout=TIMEOUT_S
        ) as response:
            self._begin(response)
            for chunk in response.iter_content(CHUNK):
                self.output.write(chunk)
                self.on_progress(self.output.tell(), self.total)
        self.output.flush()
        done = self.output.tell()
        if self.total is not None and done != self.total:
            if done > self.total:
                self._start_over()
            raise _Broken(f"{done} of {self.total} bytes came")

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        done = self.output.tell()
        # Without a validator the rest might be that of another file.
        if done and self.validator:
            headers.update({"Range": f"bytes={done}-", "If-Range": self.validator})
        return headers

    def _begin(self, response: Response) -> None:
        """Make ready for the body of `response`, or raise if it is not what was asked for."""
        status = response.status_code
        if status in (408, 416, 429) or status >= 500:
            if status == 416:
                self._start_over()
            raise _Broken(f"HTTP status {status}")
        if status == 206:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != self.output.tell():
                self._start_over()
                raise _Broken("another part came than was asked for")
            if match[2] != "*":
                self.total = int(match[2])
            return
        if status != 200:
            raise LocalError(
                f"{urlsplit(self.url).hostname} refuses the dump (HTTP status {status}); "
                "its address may have expired: try again"
            )
        self._start_over()
        length = response.headers.get("Content-Length", "")
        self.total = int(length) if length.isdecimal() else None
        self.validator = _validator(response)

    def _start_over(self) -> None:
        self.output.seek(0)
        self.output.truncate()


def _reason(error: RequestException) -> str:
    """The error in words; the library's own have the URL in them."""
    from requests import exceptions

    if isinstance(error, exceptions.SSLError):
        return "its certificate cannot be verified"
    if isinstance(error, exceptions.Timeout):
        return "no answer in time"
    return "the connection broke"


def _validator(response: Response) -> str | None:
    """What If-Range may hold: a strong entity tag, or else a date (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag")
    if tag and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified")


def _session(host: str, ca_file: str | None) -> Session:
    import requests

    session = requests.Session()
    session.auth = _no_credentials
    # A proxy could not reach this machine's own address, and requests would ask it to.
    session.trust_env = host not in LOOPBACK
    if ca_file:
        session.verify = ca_file
    return session


def _no_credentials(request: PreparedRequest) -> PreparedRequest:
    """Adds nothing: requests would look into netrc for the host's credentials."""
    return request
