"""Faults on demand, and a record of the requests that came.

So that a client's behaviour when Heroku fails can be tried out.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Callable

from aiohttp import web

from minion.sandbox.api.http import error_response
from minion.sandbox.errors import ApiError, invalid
from minion.sandbox.tuning import Tuning

CONTROLS = "/_sandbox"
MOST_REQUESTS = 10_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Heroku's words for the usual statuses (Dev Center: Platform API Reference, "Error responses").
WORDS = {
    400: ("bad_request", "Request invalid, validate usage and try again."),
    401: ("unauthorized", "Invalid credentials provided."),
    402: ("delinquent", "Either the account has become delinquent, or a resource must be paid."),
    403: ("forbidden", "You do not have access to the app."),
    404: ("not_found", "Couldn't find that resource."),
    406: ("not_acceptable", "Request did not set an appropriate Accept header."),
    409: ("conflict", "Request conflicts with the present state."),
    410: ("gone", "The resource is gone."),
    422: ("invalid_params", "Request invalid, validate usage and try again."),
    429: (
        "rate_limit",
        "Your account reached the API rate limit. "
        "Please wait a few minutes before making new requests.",
    ),
    500: ("internal_server_error", "Internal server error."),
    502: ("bad_gateway", "Bad gateway."),
    503: ("service_unavailable", "Service unavailable, please try again later."),
    504: ("gateway_timeout", "Gateway timeout."),
}


@dataclass
class Fault:
    """What happens to the next `times` requests that fit.

    `status`: they are answered with it and not carried out. `drop`: the
    connection is closed instead. `after`: they are carried out, then the
    connection is closed without an answer. `headers` go with `status`.
    """

    path: str = ""
    method: str | None = None
    times: int = 1
    status: int | None = None
    drop: bool = False
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def fits(self, request: web.Request) -> bool:
        """Whether this request is one of them."""
        if self.method is not None and self.method.upper() != request.method:
            return False
        return re.search(self.path, request.path) is not None


@dataclass
class Seen:
    """One request: when it came (seconds since 1970) and how long it took."""

    method: str
    path: str
    status: int | None
    start: float
    seconds: float


class Faults:
    """The middleware that slows down, spoils and records API requests."""

    def __init__(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self.pending: list[Fault] = []
        self.seen: deque[Seen] = deque(maxlen=MOST_REQUESTS)

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Take a fault on.

        Raises:
            ApiError: it is not one.
        """
        unknown = set(wish) - set(asdict(Fault()))
        if unknown:
            raise invalid(f"A fault has no {', '.join(sorted(unknown))}.")
        fault = Fault(**wish)
        if sum((fault.status is not None, fault.drop, fault.after)) != 1:
            raise invalid('A fault needs one of "status", "drop" and "after".')
        if not isinstance(fault.times, int) or not isinstance(fault.status, (int, type(None))):
            raise invalid("times and status must be numbers.")
        try:
            re.compile(fault.path)
        except (re.error, TypeError):
            raise invalid("path must be a regular expression.") from None
        self.pending.append(fault)
        return fault

    def show(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        return [asdict(fault) for fault in self.pending]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Around each request but those to the controls."""
        if request.path.startswith(f"{CONTROLS}/"):
            return await handler(request)
        seen = Seen(request.method, request.path, None, time.time(), 0.0)
        self.seen.append(seen)
        began = time.monotonic()
        try:
            await asyncio.sleep(self._tuning.latency_ms / 1000)
            response = await self._spoil(request, handler)
            if request.transport is not None and not request.transport.is_closing():
                seen.status = response.status
            return response
        finally:
            seen.seconds = round(time.monotonic() - began, 6)

    async def _spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = self._take(request)
        if fault is None:
            return await handler(request)
        if fault.status is not None:
            word, message = WORDS.get(fault.status, ("error", "An error on demand."))
            response = error_response(ApiError(fault.status, word, message))
            response.headers.update(fault.headers)
            return response
        if fault.after:
            await handler(request)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)

    def _take(self, request: web.Request) -> Fault | None:
        fault = next((each for each in self.pending if each.fits(request)), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.pending.remove(fault)
        return fault
