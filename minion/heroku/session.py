"""The session that all requests share, and whose credentials they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minion.heroku.hosts import is_local

if TYPE_CHECKING:
    from requests import PreparedRequest, Session

USER_AGENT = "heroku-minion"
#: Facts about several apps are read at once, each by several threads.
POOL_SIZE = 32


class Bearer:
    """Sets the token on each request, so that requests does not put a netrc entry there."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def leave_alone(request: PreparedRequest) -> PreparedRequest:
    """Adds no credentials at all; without it, requests would look into netrc for some."""
    return request


def new_session(url: str, ca_file: str | None) -> Session:
    """A session for many threads with the host of `url`, without cookies.

    It trusts the authorities in `ca_file` if given.
    """
    from http.cookiejar import DefaultCookiePolicy

    import requests
    from requests.adapters import HTTPAdapter
    from requests.cookies import RequestsCookieJar

    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=POOL_SIZE))
    if ca_file:
        session.verify = ca_file
    # A proxy could not reach this machine's own address, and requests would ask it to.
    session.trust_env = not is_local(url)
    # Cookies are all that threads would share in a session, and the API needs none.
    session.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    return session
