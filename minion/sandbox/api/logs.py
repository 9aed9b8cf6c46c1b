"""Log sessions, whose logs are read without a token: their addresses are secret.

Dev Center: Logging.
"""

from __future__ import annotations

import contextlib

from aiohttp import web

from minion.sandbox.api.bodies import flag, text
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.streams import EVENTS, event_stream
from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.logs.sessions import Session
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import new_id, now

routes = Routes()
DEFAULT_LINES, MOST_LINES = 100, 1500


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
        source=text(body, "source"),
        dyno=text(body, "dyno", "dyno_name", "type"),
        tail=flag(body, "tail", False),
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


def mount(site: web.Application, platform: Platform) -> None:
    """Serve the logs on `site`."""

    async def log_session(request: web.Request) -> web.StreamResponse:
        session = platform.log_sessions.find(request.match_info["session"])
        if session is None:
            raise NotFound("log session")
        as_events = EVENTS in request.headers.get("Accept", "")
        response = event_stream() if as_events else web.StreamResponse()
        if not as_events:
            response.content_type = "text/plain"
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            async for line in session.read():
                told = f"id: {line.at}\ndata: {line}\n\n" if as_events else f"{line}\n"
                await response.write(told.encode("utf-8", "replace"))
        return response

    site.router.add_get("/log-sessions/{session}", log_session)
