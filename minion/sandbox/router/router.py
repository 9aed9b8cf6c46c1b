"""The router in front of one app's web dynos: http://127.0.0.1:PORT/, and https there, too.

Dev Center: HTTP Routing; Error Codes; Maintenance Mode.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
import uuid
from collections.abc import Mapping
from typing import Callable

from aiohttp import web

from minion.sandbox.dynos.dyno import FormationDyno
from minion.sandbox.dynos.dynos import Dynos
from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.router.error_pages import DESCRIPTIONS, MAINTENANCE, in_log, page
from minion.sandbox.router.listener import Listener
from minion.sandbox.router.proxy import (
    FIRST_BYTE_S,
    Aborted,
    Candidates,
    NotAnswered,
    Proxy,
    Refused,
)

_ATTEMPTS = 8
_PAUSE_S = 0.1
_SHUTDOWN_S = 1
_REQUEST_ID = re.compile(r"[\w-]{20,200}", re.ASCII)


class NoDyno(Exception):
    """No dyno has answered the request; `code` is Heroku's name for the reason."""

    def __init__(self, code: str, dyno: str = "") -> None:
        super().__init__(DESCRIPTIONS[code])
        self.code = code
        self.dyno = dyno


class Router:
    """Passes requests on to the web dynos that are up.

    Args:
        is_maintenance: whether the maintenance page is up.
        config_vars: the app's, for the pages that it names (ERROR_PAGE_URL,
            MAINTENANCE_PAGE_URL).
        first_byte_s: how long a dyno may take to begin its answer.
        candidates: by which names an app may want to be asked, if by none that leads here.
    """

    def __init__(
        self,
        port: int,
        certificate: Certificate,
        dynos: Dynos,
        is_maintenance: Callable[[], bool],
        config_vars: Callable[[], Mapping[str, str]] = dict,
        first_byte_s: float = FIRST_BYTE_S,
        candidates: Candidates = lambda spec: (),
    ) -> None:
        self.port = port
        self._dynos = dynos
        self._is_maintenance = is_maintenance
        self._config_vars = config_vars
        self._certificate = certificate
        self._proxy = Proxy(port, candidates, first_byte_s)
        self._server: web.Server | None = None
        self._listener: Listener | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        # Bodies pass through as they are, packed ones as well.
        self._server = web.Server(self._serve, access_log=None, auto_decompress=False)
        self._listener = Listener(self.port, self._certificate, self._server)
        self._listener.start()

    async def stop(self) -> None:
        """Close the port; requests that are under way are cut off."""
        if self._listener is not None and self._server is not None:
            await self._listener.stop()
            await self._server.shutdown(timeout=_SHUTDOWN_S)
        await self._proxy.close()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        began = time.monotonic()
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        code, asked = MAINTENANCE, ""
        if not self._is_maintenance():
            try:
                dyno, response = await self._pass_on(request, request_id)
                self._log(request, request_id, response, began, dyno.process.name)
                return response
            except NoDyno as exc:
                code, asked = exc.code, exc.dyno
            except Aborted as exc:
                self._log(request, request_id, exc.response, began, code=exc.code)
                return exc.response
        self._log(request, request_id, None, began, asked, code)
        return web.Response(
            status=503,
            text=page(code, self._config_vars()),
            content_type="text/html",
            headers={"Cache-Control": "no-cache, no-store"},
        )

    async def _pass_on(
        self, request: web.BaseRequest, request_id: str
    ) -> tuple[FormationDyno, web.StreamResponse]:
        """The dyno that answered, and its answer.

        A dyno that refuses the connection has not seen the request, so another one
        gets it: the dyno may have ended a moment ago.

        Raises:
            NoDyno: none answered.
            Aborted: one did, but not to the end.
        """
        for attempt in range(_ATTEMPTS):
            dyno = await self._choose()
            try:
                with dyno.request():
                    port = dyno.process.port
                    return dyno, await self._proxy.forward(request, port, request_id, dyno.spec)
            except Refused:
                await asyncio.sleep(_PAUSE_S * attempt)
            except NotAnswered as exc:
                raise NoDyno(exc.code, dyno.process.name) from exc
        raise NoDyno("H21")

    async def _choose(self) -> FormationDyno:
        """Any web dyno that is up; while they boot the request waits."""
        deadline = time.monotonic() + self._dynos.boot_timeout_s
        while True:
            found = self._dynos.formation.web_dynos()
            if found:
                return random.choice(found)
            if not self._dynos.formation.waiting_for_boot():
                raise NoDyno("H10" if self._dynos.formation.has_web() else "H14")
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise NoDyno("H20")
            await self._dynos.wait_for_change(left_s)

    def _log(
        self,
        request: web.BaseRequest,
        request_id: str,
        response: web.StreamResponse | None,
        began: float,
        dyno: str = "",
        code: str = "",
    ) -> None:
        """Log a request; an answer that was not passed on whole counts as the router's."""
        begun, status = in_log(code) if code else ("at=info", response.status if response else 503)
        length = response.body_length if response is not None else 0
        self._dynos.log.add(
            "heroku[router]",
            f'{begun} method={request.method} path="{request.raw_path}" host={request.host} '
            f'request_id={request_id} fwd="{request.remote}" dyno={dyno} '
            f"connect=0ms service={(time.monotonic() - began) * 1000:.0f}ms status={status} "
            f"bytes={length} protocol={request.scheme}",
        )
