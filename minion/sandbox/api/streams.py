"""The outputs of builds and release phases, read without a token: their addresses are secret.

Dev Center: Build and Release Using the API.
"""

from __future__ import annotations

import contextlib
import re

from aiohttp import web

from minion.sandbox.errors import NotFound
from minion.sandbox.platform import Platform

#: What clients accept that want server-sent events.
EVENTS = "text/event-stream"


def mount(site: web.Application, platform: Platform) -> None:
    """Serve the outputs on `site`."""

    async def output(request: web.Request) -> web.StreamResponse:
        stream_id = request.match_info["stream"]
        if not platform.streams.exists(stream_id):
            raise NotFound("stream")
        if EVENTS in request.headers.get("Accept", ""):
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

    site.router.add_get("/streams/{stream:[0-9a-f-]{36}}", output)


async def _output_events(
    platform: Platform, request: web.Request, stream_id: str
) -> web.StreamResponse:
    """An output as server-sent events; the id of each is the byte at which the next begins."""
    last = request.headers.get("Last-Event-Id", "")
    position = int(last) if last.isdecimal() else 0
    response = event_stream()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        async for chunk in platform.streams.read(stream_id, position):
            position += len(chunk)
            text = chunk.decode("utf-8", "replace")
            data = "".join(f"data: {line}\n" for line in text.split("\n"))
            await response.write(f"id: {position}\n{data}\n".encode())
    return response


def event_stream() -> web.StreamResponse:
    """An answer to which server-sent events are written."""
    response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
    response.content_type = EVENTS
    return response
