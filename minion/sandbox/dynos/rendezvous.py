"""The rendezvous server, through which a client is attached to its one-off dyno."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable
from typing import Callable

from minion.sandbox.machine.certificate import Certificate

OnConnect = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_GREETING = b"rendezvous\r\n"
_PAUSE_S = 0.15
"""The CLI drops the whole first chunk that it reads, so output must not be in it."""

_FIRST_LINE_S = 30.0


class Rendezvous:
    """A TLS server on 127.0.0.1: `port`. The client's first line is a secret that `expect` gave."""

    def __init__(self, certificate: Certificate, port: int) -> None:
        self.port = port
        self._certificate = certificate
        self._expected: dict[str, OnConnect] = {}
        self._server: asyncio.AbstractServer | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate.cert_pem, self._certificate.key_pem)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=context)

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def expect(self, secret: str, on_connect: OnConnect) -> str:
        """The URL for one client, whose connection is handed to `on_connect`."""
        self._expected[secret] = on_connect
        return f"rendezvous://127.0.0.1:{self.port}/{secret}"

    def forget(self, secret: str) -> None:
        """The client that was expected shall no longer be let in."""
        self._expected.pop(secret, None)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.ensure_future(self._attach(reader, writer))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _attach(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.TimeoutError, ValueError):
                line = await asyncio.wait_for(reader.readline(), _FIRST_LINE_S)
                secret = line.decode("ascii", "replace").strip()
                on_connect = self._expected.pop(secret, None)
                if on_connect is None:
                    return
                writer.write(_GREETING)
                await writer.drain()
                await asyncio.sleep(_PAUSE_S)
                await on_connect(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 5)
