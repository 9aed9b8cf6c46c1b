"""The git host: the repositories over smart HTTP, by git's own ``git http-backend``.

Dev Center: Deploying with Git. gitprotocol-http(5), git-http-backend(1).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from minion.sandbox.git.program import git_environment
from minion.sandbox.git.pushes import OnPush, Pushes
from minion.sandbox.git.repositories import Repositories
from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.machine.processes import Child, spawn

Authorise = Callable[[str, str], bool]

_ROUTE = r"/{app:[A-Za-z0-9][\w.-]*}.git/{service:info/refs|git-upload-pack|git-receive-pack}"
_CHUNK = 64 * 1024


class GitHost:
    """Serves the `repositories`.

    Args:
        authorise: whether a token may read and push an app's repository.
        on_push: builds and releases a commit; False declines the push.
    """

    def __init__(self, repositories: Repositories, authorise: Authorise, on_push: OnPush) -> None:
        self._repositories = repositories
        self._authorise = authorise
        self._pushes = Pushes(repositories, on_push)
        self._locks: dict[str, asyncio.Lock] = {}
        self._https: web.AppRunner | None = None
        self._middlewares: list[Middleware] = []

    def mount(self, application: web.Application) -> None:
        """Serve the repositories on an aiohttp application as well."""
        application.router.add_route("*", _ROUTE, self._serve)

    def watch(self, middleware: Middleware) -> None:
        """Put `middleware` around what `start` will serve."""
        self._middlewares.append(middleware)

    async def start(self, port: int, certificate: Certificate) -> None:
        """Serve the repositories at https://127.0.0.1:`port`/.

        Raises:
            OSError: the port is taken.
        """
        application = web.Application(middlewares=self._middlewares)
        self.mount(application)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_pem, certificate.key_pem)
        self._https = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._https.setup()
        await web.TCPSite(self._https, "127.0.0.1", port, ssl_context=context).start()

    async def stop(self) -> None:
        """Close the port; pushes that are under way are declined."""
        if self._https is not None:
            await self._https.cleanup()
        await self._pushes.stop()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        app, service = request.match_info["app"], request.match_info["service"]
        token = _password(request.headers.get("Authorization", ""))
        if token is None or not self._authorise(app, token):
            return web.Response(
                status=401,
                text="HTTP Basic: Access denied.\n",
                headers={"WWW-Authenticate": 'Basic realm="Heroku"'},
            )
        if not (self._repositories.path(app) / "HEAD").exists():
            return web.Response(status=404, text=f"No such app as {app}.\n")
        if service != "git-receive-pack":
            return await self._exchange(request, {})
        # One push at a time, until git has moved the branch: the next one must see that.
        async with self._locks.setdefault(app, asyncio.Lock()):
            async with self._pushes.expect(app) as variables:
                return await self._exchange(request, variables)

    async def _exchange(
        self, request: web.Request, variables: Mapping[str, str]
    ) -> web.StreamResponse:
        """Let git answer a request. If the client goes, git still goes on to its end."""
        env = {**git_environment(), **_cgi(request, self._repositories.folder), **variables}
        child = await spawn(
            ["git", "http-backend"],
            env=env,
            cwd=self._repositories.folder,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        asking = asyncio.ensure_future(_pass_on(request, child))
        try:
            status, headers = await _read_head(child.output)
            response = web.StreamResponse(status=status, headers=headers)
            with contextlib.suppress(ConnectionError):
                await response.prepare(request)
            async for chunk in _chunks(child.output):
                with contextlib.suppress(ConnectionError):
                    await response.write(chunk)
            await child.wait()
            return response
        finally:
            asking.cancel()
            await child.stop(0)


def _password(header: str) -> str | None:
    """The password of a Basic Authorization header; any user will do."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(coded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _cgi(request: web.Request, folder: Path) -> dict[str, str]:
    """The request as CGI has it. The body is unpacked already, so its length is not told."""
    return {
        "GIT_PROJECT_ROOT": str(folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "REMOTE_USER": "heroku",
        "REMOTE_ADDR": request.remote or "",
    }


async def _pass_on(request: web.Request, child: Child) -> None:
    """Give the request's body to git. A body that is cut off ends there: git notices."""
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            child.input.write(chunk)
            await child.input.drain()
    except (ConnectionError, web.HTTPException):
        pass
    finally:
        child.input.close()


async def _read_head(stream: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and headers of a CGI answer."""
    status, headers = 200, {}
    while True:
        line = (await stream.readline()).decode("latin-1").rstrip("\r\n")
        if not line:
            break
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value.strip()
    if not headers:
        return 500, {}
    return status, headers


async def _chunks(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        chunk = await stream.read(_CHUNK)
        if not chunk:
            return
        yield chunk
