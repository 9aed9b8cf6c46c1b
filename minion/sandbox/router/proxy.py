"""One request, passed on to one dyno, and its answer passed back while it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Callable

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from minion.sandbox.dynos.process import RunSpec
from minion.sandbox.router import websockets
from minion.sandbox.router.names import Names, ask_by, bring_back, leads_here, may_be_repeated

FIRST_BYTE_S = 30.0
"""Dev Center: Request Timeout, H12."""

IDLE_S = 55.0
"""Dev Center: Request Timeout, "Long-polling and streaming responses"."""

Candidates = Callable[[RunSpec], Sequence[str]]

_CONNECT_S = 5.0
_CHUNK = 64 * 1024
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class Refused(Exception):
    """The dyno does not take connections; it has not seen the request."""


class NotAnswered(Exception):
    """The dyno took the request and gave no answer; `code` is Heroku's name for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Aborted(Exception):
    """The answer had begun when the dyno or the client went away."""

    def __init__(self, code: str, response: web.StreamResponse) -> None:
        super().__init__(code)
        self.code = code
        self.response = response


class Proxy:
    """Passes requests on for the router at `router_port`.

    `candidates` are the names that an app may take, where it takes none that leads here.
    """

    def __init__(
        self, router_port: int, candidates: Candidates, first_byte_s: float = FIRST_BYTE_S
    ) -> None:
        self._router_port = router_port
        self._candidates = candidates
        self._names = Names()
        self._first_byte_s = first_byte_s
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Cut off what is under way."""
        if self._session is not None:
            await self._session.close()

    async def forward(
        self, request: web.BaseRequest, port: int | None, request_id: str, spec: RunSpec
    ) -> web.StreamResponse:
        """The answer of the dyno at `port`, which runs `spec`, already sent to the client.

        Raises:
            Refused, NotAnswered: the client has been sent nothing yet.
            Aborted: it has, and its connection is closed to show that more was to come.
        """
        name = self._names.of(spec.release_id) if leads_here(request) else None
        headers = self._headers(request, request_id, name)
        if websockets.is_asked_for(request):
            return await self._join(request, port, headers)
        async with await self._ask(request, port, headers) as answer:
            if leads_here(request) and not self._names.is_settled(spec.release_id):
                if answer.status != 400:
                    self._names.settle(spec.release_id, None)
                elif may_be_repeated(request):
                    return await self._by_another_name(request, port, request_id, spec, answer)
            return await _pass_back(request, answer, name)

    async def _by_another_name(
        self,
        request: web.BaseRequest,
        port: int | None,
        request_id: str,
        spec: RunSpec,
        refused: aiohttp.ClientResponse,
    ) -> web.StreamResponse:
        """The answer to the first name that the app does not answer with 400, else `refused`."""
        candidates = await asyncio.to_thread(self._candidates, spec)
        for name in (f"localhost:{self._router_port}", *candidates):
            headers = self._headers(request, request_id, name)
            async with await self._ask(request, port, headers) as answer:
                if answer.status != 400:
                    self._names.settle(spec.release_id, name)
                    return await _pass_back(request, answer, name)
        self._names.settle(spec.release_id, None)
        return await _pass_back(request, refused)

    async def _ask(
        self, request: web.BaseRequest, port: int | None, headers: CIMultiDict[str]
    ) -> aiohttp.ClientResponse:
        asking = self._open_session().request(
            request.method,
            URL(f"http://127.0.0.1:{port}{_target(request)}", encoded=True),
            headers=headers,
            data=request.content if request.body_exists else None,
            allow_redirects=False,
            trace_request_ctx=_Connections(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        try:
            return await asyncio.wait_for(asking, self._first_byte_s)
        except aiohttp.ClientConnectorError as exc:
            raise Refused from exc
        except (asyncio.TimeoutError, aiohttp.ServerTimeoutError) as exc:
            raise NotAnswered("H12") from exc
        except (aiohttp.ClientError, ConnectionError) as exc:
            raise NotAnswered("H13") from exc

    async def _join(
        self, request: web.BaseRequest, port: int | None, headers: CIMultiDict[str]
    ) -> web.StreamResponse:
        """Pass a WebSocket through; where the dyno wants none, its answer's status."""
        session = self._open_session()
        url = f"http://127.0.0.1:{port}{_target(request)}"
        try:
            return await websockets.pass_through(request, session, url, headers)
        except aiohttp.WSServerHandshakeError as exc:
            response = web.Response(status=exc.status, text=exc.message)
            await response.prepare(request)
            await response.write_eof()
            return response
        except aiohttp.ClientConnectorError as exc:
            raise Refused from exc
        except (aiohttp.ClientError, ConnectionError, asyncio.TimeoutError) as exc:
            raise NotAnswered("H13") from exc

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connection of its own for each request: on one that is kept, a request
            # could meet the very moment in which the dyno closes it.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=_CONNECT_S, sock_read=IDLE_S
                ),
                auto_decompress=False,
                trace_configs=[_connecting_once()],
            )
        return self._session

    def _headers(
        self, request: web.BaseRequest, request_id: str, name: str | None
    ) -> CIMultiDict[str]:
        """The client's headers and those that Heroku's router adds (Dev Center: HTTP Routing)."""
        headers = _end_to_end(request.headers)
        if name:
            ask_by(name, request, headers)
        known = [each for each in (headers.get("X-Forwarded-For"), request.remote) if each]
        headers["X-Forwarded-For"] = ", ".join(known)
        headers["X-Forwarded-Proto"] = request.scheme
        headers["X-Forwarded-Port"] = str(self._router_port)
        headers["X-Request-Id"] = request_id
        headers["X-Request-Start"] = str(int(time.time() * 1000))
        headers["Via"] = "1.1 heroku-router"
        return headers


class _Connections:
    """Whether a request has had its connection."""

    made = False


def _connecting_once() -> aiohttp.TraceConfig:
    """Keeps aiohttp from sending a request again whose connection was closed unanswered.

    The dyno may have acted on it; Heroku's router never repeats what it has sent.
    """

    async def before(_session: object, context: SimpleNamespace, _params: object) -> None:
        # A WebSocket's handshake has no such context, and aiohttp never repeats it.
        if context.trace_request_ctx and context.trace_request_ctx.made:
            raise NotAnswered("H13")

    async def after(_session: object, context: SimpleNamespace, _params: object) -> None:
        if context.trace_request_ctx:
            context.trace_request_ctx.made = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(before)
    config.on_connection_create_end.append(after)
    return config


async def _pass_back(
    request: web.BaseRequest, answer: aiohttp.ClientResponse, name: str | None = None
) -> web.StreamResponse:
    """Send the client the answer to a request by `name`, if not by its own."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    response.headers.extend(_end_to_end(answer.headers))
    if name:
        bring_back(name, request, response.headers)
    code = "H27"
    try:
        await response.prepare(request)
        chunks = answer.content.iter_chunked(_CHUNK)
        while True:
            code = "H18"
            try:
                chunk = await chunks.__anext__()
            except StopAsyncIteration:
                break
            code = "H27"
            await response.write(chunk)
        code = "H27"
        await response.write_eof()
    except (aiohttp.ClientError, ConnectionError, asyncio.TimeoutError) as exc:
        if request.transport is not None:
            request.transport.abort()
        raise Aborted(code, response) from exc
    return response


def _target(request: web.BaseRequest) -> str:
    """The path and query as they came; "*" and absolute forms become a path."""
    raw = request.raw_path
    return raw if raw.startswith("/") else request.rel_url.raw_path_qs or "/"


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers that are not about this one connection (RFC 9110, 7.6.1)."""
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | named
    )
