"""A port that takes HTTP and HTTPS alike.

Heroku's router has a port for each. Here one does for both, so that an app which
sends visitors on to https (Django's SECURE_SSL_REDIRECT) sends them to where they
are answered: it keeps host and port and changes the scheme.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Callable

from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.machine.ports import LOOPBACK

_BACKLOG = 512
_HANDSHAKE_S = 10.0
_CLIENT_HELLO = b"\x16"
"""How a TLS record of a handshake begins (RFC 8446, 5.1); no method of HTTP does."""


class Listener:
    """Listens on `port` of loopback; each connection gets a protocol of its own."""

    def __init__(
        self, port: int, certificate: Certificate, protocol: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self._port = port
        self._protocol = protocol
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate.cert_pem, certificate.key_pem)
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._arriving: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        listening = socket.create_server((LOOPBACK, self._port), backlog=_BACKLOG)
        listening.setblocking(False)
        self._socket = listening
        self._accepting = asyncio.ensure_future(self._accept(listening))

    async def stop(self) -> None:
        """Listen no more; connections that have their protocol stay."""
        tasks = [*self._arriving, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError:  # the client is gone already, or we have too many files open
                await asyncio.sleep(0.1)
                continue
            task = asyncio.ensure_future(self._take(connection))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    async def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        handed_over = False
        try:
            await _readable(connection)
            is_tls = connection.recv(1, socket.MSG_PEEK) == _CLIENT_HELLO
            handed_over = True
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.get_running_loop().connect_accepted_socket(
                    self._protocol,
                    connection,
                    ssl=self._tls if is_tls else None,
                    ssl_handshake_timeout=_HANDSHAKE_S if is_tls else None,
                )
        except OSError:
            pass
        finally:
            if not handed_over:
                connection.close()


async def _readable(connection: socket.socket) -> None:
    """Wait for the first byte, which stays where it is."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not arrived.done():
            arrived.set_result(None)

    loop.add_reader(connection, tell)
    try:
        await arrived
    finally:
        loop.remove_reader(connection)
