"""What an HTTP answer of Heroku means: a value, or which error. No I/O.

Errors are ``{"id", "message", "url"?}`` (Dev Center: Platform API Reference, Errors).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from minion.errors import AnswerLost, Forbidden, HerokuError, NotFound, Unauthorized
from minion.heroku.remedies import remedy

if TYPE_CHECKING:
    from requests import Response

LONGEST_MESSAGE = 500
MASK = "********"
#: What is shorter hides nothing, and may be a piece of any word.
SHORTEST_SECRET = 4

#: For a status without a message of Heroku's own.
MEANINGS = {
    401: "Heroku does not accept the token",
    403: "the token's owner may not do this",
    404: "there is no such thing, or the token's owner has no access to it",
    429: "too many requests for this account",
}


def value_of(response: Response, renewal: str = "") -> Any:
    """The decoded body of a successful answer, None for an empty one.

    `renewal` is what helps where the token is not accepted.

    Raises:
        AnswerLost: a write was answered by something that is not Heroku's API,
            or by a server error: whether it was carried out is unknown.
        HerokuError: any other error, of the class that fits the status.
    """
    if 300 <= response.status_code < 400:
        raise _redirect(response)
    if not response.content.strip() and response.ok:
        return None
    try:
        value = json.loads(response.content)
    except ValueError:
        raise _error(response, _not_json(response), None) from None
    if response.ok:
        return value
    value = value if isinstance(value, dict) else {}
    message = value.get("message") or MEANINGS.get(response.status_code, "Heroku gives no reason")
    raise _error(response, str(message), str(value.get("id") or "") or None, renewal)


def _error(
    response: Response, message: str, error_id: str | None, renewal: str = ""
) -> HerokuError:
    status = response.status_code
    request_id = response.headers.get("Request-Id")
    text = " ".join(message.split()).rstrip(".")
    about = _circumstances(response, error_id)
    for secret in _secrets_of(response):
        text, about = text.replace(secret, MASK), about.replace(secret, MASK)
    text = f"{_shortened(text)} ({about})"
    advice = remedy(status, error_id, message, response.request.path_url, renewal)
    if advice:
        text = f"{text}. {advice}"
    kind = {401: Unauthorized, 403: Forbidden, 404: NotFound}.get(status, HerokuError)
    is_write = (response.request.method or "GET") != "GET"
    if is_write and (status >= 500 or response.ok):
        kind = AnswerLost
    return kind(text, status=status, error_id=error_id, request_id=request_id)


def _secrets_of(response: Response) -> list[str]:
    """What the request carried and no answer may tell people, the longest first.

    Heroku does not repeat it; a proxy that explains why it refused a request may.
    """
    request = response.request
    secrets = [request.headers.get("Authorization", "").partition(" ")[2]]
    if request.path_url.endswith("/config-vars") and request.body:
        values = [str(value or "") for value in json.loads(request.body).values()]
        secrets += [" ".join(line.split()) for value in values for line in value.splitlines()]
    return sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)


def _redirect(response: Response) -> HerokuError:
    """The API redirects nowhere, and the token must not follow to another host."""
    target = str(response.headers.get("Location", "nowhere")).split("?")[0].rsplit("@", 1)[-1]
    message = f"Heroku's API was answered by a redirect to {target}; check HEROKU_HOST and proxies"
    return _error(response, message, None)


def _not_json(response: Response) -> str:
    if _is_heroku_s_page(response):
        return "Heroku's own error page: its API cannot answer now; see https://status.heroku.com"
    kind = response.headers.get("Content-Type", "").split(";")[0].strip() or "an unknown type"
    return f"the answer is {kind}, not JSON: something other than Heroku's API sent it (a proxy?)"


def _is_heroku_s_page(response: Response) -> bool:
    """Whether Heroku's router made the answer, as when no dyno of the API is up.

    Its pages show one of herokucdn.com (Dev Center: Error Pages); before it stands Vegur or
    what took its place, and says so.
    """
    if response.status_code < 500:
        return False
    said = f"{response.headers.get('Via', '')} {response.headers.get('Server', '')}".lower()
    return (
        "vegur" in said
        or "heroku-router" in said
        or b"herokucdn.com/error-pages" in response.content
    )


def _circumstances(response: Response, error_id: str | None) -> str:
    """Which request, its status, and what Heroku's support would ask for."""
    request = response.request
    error = f" {error_id}" if error_id else ""
    parts = [f"{request.method} {request.path_url.split('?')[0]}: {response.status_code}{error}"]
    if response.headers.get("Request-Id"):
        parts.append(f"request {response.headers['Request-Id']}")
    return ", ".join(parts)


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"
