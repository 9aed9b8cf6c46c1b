"""Log sessions, and the outputs of builds and release phases.

Both are read without a token: their addresses are secret (Dev Center: Logging;
Build and Release Using the API).
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

from aiohttp import web

from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.logs.sessions import Session
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import new_id, now

routes = Routes()
DEFAULT_LINES, MOST_LINES = 100, 1500


def _text(body: dict[str, Any], *names: str) -> str | None:
    for name in names:
        given = body.get(name)
        if given is not None and not isinstance(given, str):
            raise invalid(f"{name} must be text.")
        if given:
            return str(given)
    return None


@routes("POST", "/apps/{app}/log-sessions")
async def create(call: Call) -> object:
    app, body = call.app(), call.body
    lines = body.get("lines")
    lines = DEFAULT_LINES if lines is None else lines
    if isinstance(lines, bool) or not isinstance(lines, int) or lines < 0:
        raise invalid("lines must be a number.")
    session = Session(
        log=call.platform.running.of(app).log,
        lines=min(lines, MOST_LINES),
        source=_text(body, "source"),
        dyno=_text(body, "dyno", "dyno_name", "type"),
        tail=bool(body.get("tail")),
    )
    secret, moment = call.platform.log_sessions.open(session), now()
    return Answer(
        {
            "id": new_id(),
            "created_at": moment,
            "logplex_url": f"{call.platform.api_url}/log-sessions/{secret}",
            "updated_at": moment,
        },
        201,
    )


def mount_streams(site: web.Application, platform: Platform) -> None:
    """Serve what is read without a token."""

    async def log_session(request: web.Request) -> web.StreamResponse:
        session = platform.log_sessions.find(request.match_info["session"])
        if session is None:
            raise NotFound("log session")
        response = _event_stream()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            async for line in session.read():
                event = f"id: {line.at}\ndata: {line}\n\n"
                await response.write(event.encode("utf-8", "replace"))
        return response

    async def output(request: web.Request) -> web.StreamResponse:
        stream_id = request.match_info["stream"]
        if not platform.streams.exists(stream_id):
            raise NotFound("stream")
        if "text/event-stream" in request.headers.get("Accept", ""):
            return await _output_events(platform, request, stream_id)
        start = re.match(r"bytes=(\d+)-$", request.headers.get("Range", ""))
        response = web.StreamResponse(status=206 if start else 200)
        response.content_type = "text/plain"
        await response.prepare(request)
        position = int(start.group(1)) if start else 0
        with contextlib.suppress(ConnectionError):
            async for chunk in platform.streams.read(stream_id, position):
                await response.write(chunk)
        return response

    site.router.add_get("/log-sessions/{session}", log_session)
    site.router.add_get("/streams/{stream:[0-9a-f-]{36}}", output)


async def _output_events(
    platform: Platform, request: web.Request, stream_id: str
) -> web.StreamResponse:
    """An output as server-sent events; the id of each is the byte at which the next begins."""
    last = request.headers.get("Last-Event-Id", "")
    position = int(last) if last.isdecimal() else 0
    response = _event_stream()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        async for chunk in platform.streams.read(stream_id, position):
            position += len(chunk)
            text = chunk.decode("utf-8", "replace")
            data = "".join(f"data: {line}\n" for line in text.split("\n"))
            await response.write(f"id: {position}\n{data}\n".encode())
    return response


def _event_stream() -> web.StreamResponse:
    response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
    response.content_type = "text/event-stream"
    return response
