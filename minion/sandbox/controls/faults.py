"""Faults on demand, and a record of the requests that came.

So that a client's behaviour when Heroku fails can be tried out. A request can
be held as well: while it is, whoever sent it can be stopped at exactly this point.
"""

from __future__ import annotations

import asyncio
import contextlib
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
#: Seconds between two looks at whether the sender of a held request is still there.
LOOK_S = 0.02
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
    """What happens to the next `times` requests that fit, after `skip` that are let pass.

    `status`: they are answered with it and not carried out. `drop`: the
    connection is closed instead. `hold`: they are kept waiting until they are
    let go, and carried out then, unless their sender has gone. `after`: they
    are carried out, and dropped or held without an answer. `headers` go with
    `status`. `path` and `method` are regular expressions.
    """

    path: str = ""
    method: str = ""
    skip: int = 0
    times: int = 1
    status: int | None = None
    drop: bool = False
    hold: bool = False
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def fits(self, request: web.Request) -> bool:
        """Whether this request is one of them."""
        if not re.fullmatch(self.method or ".*", request.method, re.IGNORECASE):
            return False
        return re.search(self.path, request.path) is not None


@dataclass
class Held:
    """A request that is kept waiting; `after` says whether it was carried out."""

    method: str
    path: str
    after: bool


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
        self.held: dict[asyncio.Event, Held] = {}

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Take a fault on.

        Raises:
            ApiError: it is not one.
        """
        unknown = set(wish) - set(asdict(Fault()))
        if unknown:
            raise invalid(f"A fault has no {', '.join(sorted(unknown))}.")
        fault = Fault(**wish)
        if fault.after and not fault.hold:
            fault.drop = True
        if sum((fault.status is not None, fault.drop, fault.hold)) != 1:
            raise invalid('A fault needs one of "status", "drop", "hold" and "after".')
        numbers = (fault.times, fault.skip, 0 if fault.status is None else fault.status)
        if not all(isinstance(number, int) for number in numbers):
            raise invalid("times, skip and status must be numbers.")
        if fault.status is not None and fault.after:
            raise invalid("What is answered with a status was not carried out.")
        try:
            re.compile(fault.path)
            re.compile(fault.method)
        except (re.error, TypeError):
            raise invalid("path and method must be regular expressions.") from None
        self.pending.append(fault)
        return fault

    def show(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        return [asdict(fault) for fault in self.pending]

    def clear(self) -> None:
        """Let everything pass from now on, and whatever is held go."""
        self.pending.clear()
        self.let_go()

    def let_go(self) -> None:
        """End the waiting of the requests that are held."""
        for event in self.held:
            event.set()

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
        if fault.hold:
            return await self._hold(fault, request, handler)
        if fault.after:
            await handler(request)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)

    async def _hold(
        self, fault: Fault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        response = await handler(request) if fault.after else None
        event = asyncio.Event()
        self.held[event] = Held(request.method, request.path, fault.after)
        try:
            while not event.is_set() and not _has_gone(request):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(event.wait(), LOOK_S)
        finally:
            del self.held[event]
        if response is None:
            if _has_gone(request):
                return web.Response(status=503)
            response = await handler(request)
        return response

    def _take(self, request: web.Request) -> Fault | None:
        """The fault that this request meets. One that is let pass counts for every fault."""
        found = None
        for fault in list(self.pending):
            if not fault.fits(request):
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif found is None:
                found = fault
                fault.times -= 1
                if fault.times <= 0:
                    self.pending.remove(fault)
        return found


def _has_gone(request: web.Request) -> bool:
    """Whether nobody waits for the answer any more."""
    return request.transport is None or request.transport.is_closing()
