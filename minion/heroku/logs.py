"""What an app's log remembers of a dyno that has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from minion.errors import HerokuError
from minion.heroku.api import Api
from minion.heroku.paths import path_of

if TYPE_CHECKING:
    from requests import Response

#: Heroku keeps this many lines, and none on Fir (Dev Center: Logging).
LINES = 1500
QUIET_S = 30.0
#: Heroku's own line about a dyno's end (Dev Center: One-Off Dynos).
_EXIT = re.compile(r"heroku\[(?P<dyno>[\w.-]+)\]: Process exited with status (?P<status>\d+)")


class Logs:
    """Raises HerokuError, and NotFound where there is no such app."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def exit_status(self, app: str, dyno: str) -> int | None:
        """How the one-off dyno called `dyno` ended; None if the log does not say (any more)."""
        body = {"dyno": dyno, "source": "heroku", "lines": LINES, "tail": False}
        session = self._api.post(path_of("apps", app, "log-sessions"), body)
        if not isinstance(session, dict) or not session.get("logplex_url"):
            raise HerokuError("Heroku's answer about a log session gives no address")
        headers = {"Accept": "text/event-stream"}
        with self._api.open_stream(session["logplex_url"], headers, quiet_s=QUIET_S) as response:
            statuses = [
                int(match["status"])
                for line in _lines(response)
                if (match := _EXIT.search(line)) and match["dyno"] == dyno
            ]
        return statuses[-1] if statuses else None


def _lines(response: Response) -> Iterator[str]:
    import requests

    if response.status_code != 200:
        raise HerokuError(f"the log cannot be read (status {response.status_code})")
    try:
        for line in response.iter_lines():
            yield line.decode("utf-8", "replace")
    except requests.RequestException as error:
        raise HerokuError(f"the log cannot be read ({type(error).__name__})") from None
