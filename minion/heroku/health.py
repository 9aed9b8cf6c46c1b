"""Whether a site answers, asked for as its visitors do."""

from __future__ import annotations

from urllib.parse import urlsplit

from minion.errors import HerokuError
from minion.heroku.session import new_session

#: Seconds to make a connection, and until the answer begins.
TIMEOUT_S = (5.0, 10.0)
#: So much of an answer is read.
MOST_BYTES = 1_000_000


class Health:
    """Asks by HTTP, with redirects followed and the name and password of a netrc entry, if any.

    The token of Heroku is for its API, and is not sent. `ca_file` is who is trusted besides.
    """

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file

    def status(self, web_url: str, path: str) -> int:
        """The status with which the site at `web_url` answers a GET of `path`, in the end.

        Raises:
            HerokuError: it does not answer; says what failed, and no more of the URL than its host.
        """
        import requests

        host = urlsplit(web_url).netloc.rpartition("@")[2]
        with new_session(web_url, self._ca_file) as session:
            try:
                url = web_url.rstrip("/") + path
                with session.get(url, timeout=TIMEOUT_S, stream=True) as response:
                    # Who goes away before the end is told of in the log, as H27.
                    next(response.iter_content(MOST_BYTES), b"")
                    return response.status_code
            except requests.Timeout:
                raise HerokuError(f"{host} did not answer in time") from None
            except (requests.RequestException, OSError, ValueError) as error:
                raise HerokuError(f"{host} did not answer ({type(error).__name__})") from None
