"""HTTP with Heroku: one session, timeouts, paging, retries where they are safe.

requests is imported with the first request: most commands of ``fab`` need none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, NoReturn
from urllib.parse import urlsplit

from minion.errors import AnswerLost, HerokuError, Unauthorized
from minion.heroku.answers import value_of
from minion.heroku.deadline import TooLate, within
from minion.heroku.failures import Failure, failure_of
from minion.heroku.retry import FIRST_CONTACT_S, OUTAGE_S, RATE_LIMIT_S, Pauses, retry_after_s
from minion.heroku.session import Bearer, leave_alone, new_session

if TYPE_CHECKING:
    from requests import Response, Session

VERSION = "application/vnd.heroku+json; version=3"
#: The most that Heroku puts into one page.
PAGE = 1000


class Api:
    """The Platform API. `base_url` has no trailing slash.

    `token` may be a function, called once, when the first request is made.
    `timeout_s` is for connecting and for the whole answer. `ca_file` holds
    the certificate authorities to trust instead of those of requests. `sleep`
    and `clock` are time itself, except in tests.
    """

    def __init__(
        self,
        base_url: str,
        token: str | Callable[[], str],
        *,
        timeout_s: tuple[float, float] = (10.0, 30.0),
        ca_file: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.ca_file = ca_file
        self.sleep = sleep
        self.clock = clock
        self._find_token = token if callable(token) else lambda: token
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._token: str | None = None
        self._no_token: Unauthorized | None = None
        self._session: Session | None = None
        self._has_answered = False

    def __repr__(self) -> str:
        return f"Api({self.base_url!r})"

    @property
    def token(self) -> str:
        """The token; look at it only to hand it on.

        Raises:
            Unauthorized: there is none.
        """
        with self._lock:
            # A search that failed is not repeated by every thread: it may take seconds.
            if self._no_token is not None:
                raise self._no_token
            if self._token is None:
                try:
                    self._token = self._find_token()
                except Unauthorized as error:
                    self._no_token = error
                    raise
            return self._token

    def get(
        self,
        path: str,
        *,
        accept_suffix: str = "",
        inclusion: str = "",
        params: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON at `path`. `accept_suffix` such as ".sdk" asks for more of it.

        Raises:
            HerokuError: Heroku refused, or did not answer to any attempt.
        """
        headers = {"Accept": VERSION + accept_suffix}
        if inclusion:
            headers["Accept-Inclusion"] = inclusion
        return self._value(self._answer("GET", path, headers, params=params))

    def get_all(
        self,
        path: str,
        order: str = "id",
        *,
        limit: int | None = None,
        newest_first: bool = False,
        accept_suffix: str = "",
        inclusion: str = "",
    ) -> list[Any]:
        """The list at `path`, all pages of it or the first `limit` items.

        `order` is the field by which Heroku sorts it (Platform API Reference: Ranges).

        Raises:
            HerokuError: as for `get`, or the answer is no list.
        """
        page = PAGE if limit is None else min(limit, PAGE)
        wanted: str | None = f"{order} ..; max={page}" + (", order=desc" if newest_first else "")
        headers = {"Accept": VERSION + accept_suffix}
        if inclusion:
            headers["Accept-Inclusion"] = inclusion
        found: list[Any] = []
        asked = set()
        while wanted is not None and wanted not in asked:
            asked.add(wanted)
            response = self._answer("GET", path, {**headers, "Range": wanted})
            items = self._value(response)
            if not isinstance(items, list):
                raise HerokuError(f"Heroku's answer to GET {path} is no list")
            found += items
            is_enough = limit is not None and len(found) >= limit
            wanted = None if is_enough else response.headers.get("Next-Range")
        return found[:limit]

    def post(self, path: str, body: object = None) -> Any:
        """What Heroku answers to a POST of `body` as JSON.

        Raises:
            AnswerLost: it was sent, but what became of it is unknown.
            HerokuError: it was refused, or surely never arrived.
        """
        return self._write("POST", path, body)

    def patch(self, path: str, body: object) -> Any:
        """Like `post`."""
        return self._write("PATCH", path, body)

    def put(self, path: str, body: object = None) -> Any:
        """Like `post`."""
        return self._write("PUT", path, body)

    def delete(self, path: str) -> Any:
        """Like `post`."""
        return self._write("DELETE", path, None)

    def open_stream(self, url: str, headers: Mapping[str, str], *, quiet_s: float) -> Response:
        """The open answer to a GET of `url`, which is not the API: the token is not sent.

        `quiet_s` is how long the stream may say nothing.

        Raises:
            HerokuError: there was no answer.
        """
        import requests

        try:
            return self._shared_session().get(
                url,
                headers=dict(headers),
                auth=leave_alone,
                stream=True,
                timeout=(self._timeout_s[0], quiet_s),
            )
        except requests.RequestException as error:
            raise HerokuError(f"{_host(url)}: {failure_of(error).reason}") from None

    def _write(self, method: str, path: str, body: object) -> Any:
        # A connection that was idle during a build may be dead without our
        # knowing it; a write that is lost on it could not be told from one
        # that was carried out. Only idle connections are closed here.
        self._shared_session().close()
        return self._value(self._answer(method, path, {"Accept": VERSION}, body=body))

    def _value(self, response: Response) -> Any:
        return value_of(response, getattr(self._token, "renewal", ""))

    def _answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: object = None,
        params: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a request, after as many attempts as are safe.

        A GET is repeated after anything that may pass. A write is repeated only
        if Heroku surely did not carry it out: there was no connection, or 429.
        """
        import requests

        is_read = method == "GET"
        session, token = self._shared_session(), self.token
        pauses = Pauses(self.clock())

        def send() -> Response:
            return session.request(
                method,
                self.base_url + path,
                json=body,
                params=params,
                headers=dict(headers),
                auth=Bearer(token),
                timeout=self._timeout_s,
                allow_redirects=False,
            )

        while True:
            try:
                response = within(max(self._timeout_s), send)
            except (requests.RequestException, TooLate) as error:
                failure = failure_of(error)
                may_repeat = failure.is_passing and (is_read or not failure.was_sent)
                pause_s = pauses.next_s(self.clock(), self._outage_s) if may_repeat else None
                if pause_s is None:
                    self._give_up(method, path, failure)
            else:
                self._take_note(response)
                pause_s = self._pause_after(response, pauses, is_read)
                if pause_s is None:
                    return response
            self.sleep(pause_s)

    def _pause_after(self, response: Response, pauses: Pauses, is_read: bool) -> float | None:
        """Seconds to wait before asking again, or None if `response` is to be used."""
        asked_s = retry_after_s(response.headers.get("Retry-After"), time.time())
        if response.status_code == 429:
            return pauses.next_s(self.clock(), RATE_LIMIT_S, asked_s)
        if response.status_code >= 500 and is_read:
            return pauses.next_s(self.clock(), self._outage_s, asked_s)
        return None

    @property
    def _outage_s(self) -> float:
        return OUTAGE_S if self._has_answered else FIRST_CONTACT_S

    def _take_note(self, response: Response) -> None:
        self._has_answered = self._has_answered or response.status_code < 500

    def _give_up(self, method: str, path: str, failure: Failure) -> NoReturn:
        host = _host(self.base_url)
        # `from None`: the library's error carries the request, and that the token.
        if failure.was_sent and method != "GET":
            raise AnswerLost(
                f"{method} {path} was sent to {host}, but {failure.reason}: "
                "it may or may not have been carried out"
            ) from None
        raise HerokuError(f"{host} cannot be reached ({method} {path}): {failure.reason}") from None

    def _shared_session(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = new_session(self.base_url, self.ca_file)
            return self._session


def _host(url: str) -> str:
    return urlsplit(url).netloc.rsplit("@", 1)[-1] or url
