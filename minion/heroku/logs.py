"""What an app's log remembers of a dyno that has ended, and its lines as they come."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable

from minion.errors import HerokuError
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.traffic import Seen, seen_lately, time_of

if TYPE_CHECKING:
    from requests import Response

#: Heroku keeps this many lines, and none on Fir (Dev Center: Logging).
LINES = 1500
QUIET_S = 30.0
#: How long an app may have nothing to log before the stream is opened again.
FOLLOW_QUIET_S = 120.0
#: Until a stream that broke is opened again.
AGAIN_S = 1.0
#: Heroku's own line about a dyno's end (Dev Center: One-Off Dynos).
_EXIT = re.compile(r"heroku\[(?P<dyno>[\w.-]+)\]: Process exited with status (?P<status>\d+)")


class Logs:
    """Raises HerokuError, and NotFound where there is no such app."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def exit_status(self, app: str, dyno: str) -> int | None:
        """How the one-off dyno called `dyno` ended; None if the log does not say (any more)."""
        with self._opened(app, QUIET_S, dyno=dyno, lines=LINES, tail=False) as response:
            statuses = [
                int(match["status"])
                for line in _lines(response)
                if (match := _EXIT.search(line)) and match["dyno"] == dyno
            ]
        return statuses[-1] if statuses else None

    def seen_lately(self, app: str) -> Seen:
        """The numbers of what Heroku has logged of the app in the last minutes."""
        with self._opened(app, QUIET_S, lines=LINES, tail=False) as response:
            return seen_lately(map(_without_event, _lines(response)))

    def follow(self, app: str, take: Callable[[str], None]) -> Followed:
        """Have each line that Heroku logs of the app from now on given to `take`."""

        def opened(lines: int) -> Response:
            return self._opened(app, FOLLOW_QUIET_S, lines=lines, tail=True)

        return Followed(opened, take, self._api.clock)

    def _opened(self, app: str, quiet_s: float, **wanted: Any) -> Response:
        """A stream of lines that Heroku itself has written: what an app says may be secret."""
        body = {"source": "heroku", **wanted}
        session = self._api.post(path_of("apps", app, "log-sessions"), body)
        if not isinstance(session, dict) or not session.get("logplex_url"):
            raise HerokuError("Heroku's answer about a log session gives no address")
        headers = {"Accept": "text/event-stream"}
        return self._api.open_stream(session["logplex_url"], headers, quiet_s=quiet_s)


class Followed:
    """The lines of a log, read in a thread of its own and opened again where it breaks.

    `take` is called in that thread. What was logged while the stream was lost comes with the
    next one, if that is not more than Heroku remembers; no line comes twice.
    """

    def __init__(
        self,
        opened: Callable[[int], Response],
        take: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._opened = opened
        self._take = take
        self._clock = clock
        self._stopped = threading.Event()
        self._last: datetime | None = None
        self._since: float | None = clock()
        self._lost_s = 0.0
        #: Why the stream is not open, or was not the last time.
        self.why = ""
        self.was_open = False
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def lost_s(self) -> float:
        """For how many seconds there was no stream so far."""
        since = self._since
        return self._lost_s + (0.0 if since is None else self._clock() - since)

    def close(self) -> None:
        """Take no more lines; the thread ends by itself with what comes next."""
        self._stopped.set()

    def _read(self) -> None:
        while not self._stopped.is_set():
            try:
                # The first time no line from before; later all that may have been missed.
                with self._opened(LINES if self.was_open else 1) as response:
                    self._pass_on(response)
            except (HerokuError, OSError) as error:
                self.why = str(error) if isinstance(error, HerokuError) else type(error).__name__
            if self._since is None:
                self._since = self._clock()
            self._stopped.wait(AGAIN_S)

    def _pass_on(self, response: Response) -> None:
        if response.status_code != 200:
            raise HerokuError(f"the log cannot be read (status {response.status_code})")
        since, self._since = self._since, None
        self._lost_s += 0.0 if since is None else self._clock() - since
        # The first line of the first stream is what was logged before anybody asked; of a later
        # one all that was there already. Within a stream a line may be older than the one before.
        is_first, known = not self.was_open, self._last
        self.was_open = True
        for line in map(_without_event, _lines(response)):
            if self._stopped.is_set():
                return
            at = time_of(line)
            if at is None:
                continue
            self._last = at if self._last is None else max(at, self._last)
            if not is_first and (known is None or at > known):
                self._take(line)
            is_first = False


def _without_event(line: str) -> str:
    """The data of a server-sent event."""
    return line[len("data: ") :] if line.startswith("data: ") else line


def _lines(response: Response) -> Iterator[str]:
    import requests

    if response.status_code != 200:
        raise HerokuError(f"the log cannot be read (status {response.status_code})")
    try:
        for line in response.iter_lines():
            yield line.decode("utf-8", "replace")
    except requests.RequestException as error:
        raise HerokuError(f"the log cannot be read ({type(error).__name__})") from None
