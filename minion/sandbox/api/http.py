"""What every request to the Platform API has in common, and most to the data API.

Dev Center: Platform API Reference ("Clients", "Errors", "Caching").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from aiohttp import web

from minion.sandbox.api.filters import filtered
from minion.sandbox.api.paging import paged
from minion.sandbox.errors import ApiError
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App, new_id

log = logging.getLogger("minion.sandbox")
MEDIA_TYPE = "application/vnd.heroku+json"
#: Of these the Platform API knows nothing.
NOT_COUNTED = (
    "/_sandbox/",
    "/streams/",
    "/log-sessions/",
    "/client/v11/",
    "/postgres/v0/",
    "/pgbackups/",
)


@dataclass
class Call:
    """One request, with what handlers ask of it."""

    platform: Platform
    request: web.Request
    body: dict[str, Any]

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def app(self) -> App:
        """The app that the path names, by name or id.

        Raises:
            NotFound: there is none.
        """
        return self.platform.find_app(self.part("app"))


@dataclass
class Answer:
    """A body with a status other than 200."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[object]]


class Routes:
    """Handlers of one noun, by method and path.

    `is_versioned`: requests must say that they mean version 3 of the Platform API.
    """

    def __init__(self, is_versioned: bool = True) -> None:
        self._is_versioned = is_versioned
        self.handlers: list[tuple[str, str, Handler]] = []

    def __call__(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Register the decorated handler."""

        def register(handler: Handler) -> Handler:
            self.handlers.append((method, path, handler))
            return handler

        return register

    def mount(self, site: web.Application, platform: Platform) -> None:
        """Serve the handlers on `site`."""
        for method, path, handler in self.handlers:
            answer = _answering(platform, handler, self._is_versioned)
            site.router.add_route(method, path, answer)
            if method == "GET":  # as HTTP has it, and Heroku: the same answer without its body
                site.router.add_route("HEAD", path, answer)


def _answering(
    platform: Platform, handler: Handler, is_versioned: bool
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        check_token(request, platform.installation.token)
        if is_versioned:
            check_version(request)
        result = await handler(Call(platform, request, await read_body(request)))
        return render(request, result)

    return answer


def check_token(request: web.Request, token: str) -> None:
    """Bearer, or Basic with the token as password, as the CLI does for credentials.

    Raises:
        ApiError: 401.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            given = ""
    if not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise ApiError(401, "unauthorized", "Invalid credentials provided.")


def check_version(request: web.Request) -> None:
    """Only version 3 is spoken; variants such as ``version=3.sdk`` are taken for it.

    Raises:
        ApiError: 406.
    """
    for wanted in request.headers.get("Accept", "").split(","):
        media_type, _, parameters = wanted.partition(";")
        version = parameters.replace(" ", "").partition("version=")[2]
        if media_type.strip() == MEDIA_TYPE and version.split(".")[0].split(";")[0] == "3":
            return
    raise ApiError(
        406,
        "not_acceptable",
        "For this API you must provide an `Accept` header specifying the version: "
        f"`Accept: {MEDIA_TYPE}; version=3`.",
    )


async def read_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; {} where there is no body.

    Raises:
        ApiError: 400.
    """
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # the latter: nested deeper than any real request
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "bad_request", "Unable to parse the JSON in the request body.")
    return body


def render(request: web.Request, result: object) -> web.StreamResponse:
    """What a handler returned, as HTTP: lists in pages, with an ETag."""
    if isinstance(result, web.StreamResponse):
        return result
    answer = result if isinstance(result, Answer) else Answer(result)
    headers = dict(answer.headers)
    body, status = answer.body, answer.status
    is_read = request.method in ("GET", "HEAD")
    if isinstance(body, list) and is_read:
        page = paged(filtered(body, request.query), request.headers.get("Range", ""))
        body, status = page.items, page.status
        headers.update(page.headers)
    text = json.dumps(body)
    if is_read:
        headers["ETag"] = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
    return web.json_response(text=text, status=status, headers=headers)


def error_response(error: ApiError) -> web.Response:
    """A refusal, as HTTP."""
    return web.json_response(error.body(), status=error.status)


def manners(platform: Platform) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The middleware that words errors as Heroku does and adds the usual headers."""

    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            response = await handler(request)
        except ApiError as error:
            response = error_response(error)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            absent = f"The sandbox has no {request.method} {request.path}."
            response = error_response(ApiError(404, "not_found", absent))
        except web.HTTPException:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = error_response(ApiError(500, "internal_server_error", "Internal error."))
        if not response.prepared:
            response.headers["Request-Id"] = new_id()
            if not request.path.startswith(NOT_COUNTED):
                remaining = platform.rate_limit.take(request.path)
                response.headers["RateLimit-Remaining"] = str(remaining)
        return response

    return middleware
