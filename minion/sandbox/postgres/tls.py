"""TLS in front of a PostgreSQL that was built without it.

Answers the client's request for encryption as a server with OpenSSL would, and
passes all bytes on to the server. Whoever asks for none is refused, in the server's
words, but for those who need none. PostgreSQL documentation: Message Flow, "SSL
Session Encryption"; Message Formats, StartupMessage and ErrorResponse.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Collection

from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.machine.ports import LOOPBACK

_REQUEST_BYTES = 8
_SSL_REQUEST = struct.pack("!II", _REQUEST_BYTES, 80877103)
_GSS_REQUEST = struct.pack("!II", _REQUEST_BYTES, 80877104)
_CANCEL_CODE = struct.pack("!I", 80877102)
_LONGEST_STARTUP = 10_000


class TlsFront:
    """Listens on `port` for the server at `server_port`; the roles `plain` may come without TLS."""

    def __init__(
        self, port: int, server_port: int, certificate: Certificate, plain: Collection[str]
    ) -> None:
        self._port = port
        self._plain = frozenset(plain)
        self._server_port = server_port
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate.cert_pem, certificate.key_pem)
        self._clients: set[_Client] = set()
        self._server: asyncio.AbstractServer | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Client(self._context, self._server_port, self._plain, self._clients),
            LOOPBACK,
            self._port,
        )

    async def stop(self) -> None:
        """Listen no more; connections that are open are cut off."""
        if self._server is not None:
            self._server.close()
            for client in list(self._clients):
                client.abort()
            await self._server.wait_closed()
            self._server = None


class _End(asyncio.Protocol):
    """One end of a connection; what it receives goes to the other end."""

    transport: asyncio.Transport
    other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None:
            self.other.transport.close()


class _Client(_End):
    """The client's end: it may ask for TLS before the first message that is the server's."""

    def __init__(
        self,
        context: ssl.SSLContext,
        server_port: int,
        plain: frozenset[str],
        all_: set[_Client],
    ) -> None:
        self._plain = plain
        self._context = context
        self._server_port = server_port
        self._all = all_
        self._first = b""
        self._work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.discard(self)
        super().connection_lost(exc)

    def abort(self) -> None:
        """Cut the connection off."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
            return
        self._first += data
        if self._work is not None or len(self._first) < _REQUEST_BYTES:
            return
        request = self._first[:_REQUEST_BYTES]
        if request == _GSS_REQUEST:
            self._first = self._first[_REQUEST_BYTES:]
            self.transport.write(b"N")
        elif request != _SSL_REQUEST:
            self._begin_without_tls()
        elif len(self._first) > _REQUEST_BYTES:
            # What comes unencrypted after the request would be taken for encrypted.
            self.transport.abort()
        else:
            self._first = b""
            self.transport.write(b"S")
            self._work = asyncio.ensure_future(self._encrypt())

    def _begin_without_tls(self) -> None:
        """Let through who may come so, once the whole of the first message is there."""
        size = int.from_bytes(self._first[:4], "big")
        if size > _LONGEST_STARTUP:
            self.transport.abort()
        elif len(self._first) >= size:
            said = self._first[8:size].split(b"\0")
            asked = dict(zip(said[::2], said[1::2]))
            user = asked.get(b"user", b"").decode("utf-8", "replace")
            if self._first[4:8] == _CANCEL_CODE or user in self._plain:
                self._work = asyncio.ensure_future(self._reach_server())
                return
            database = asked.get(b"database", b"").decode("utf-8", "replace") or user
            self.transport.write(_refusal(user, database))
            self.transport.close()

    async def _encrypt(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            encrypted = await loop.start_tls(
                self.transport, self, self._context, server_side=True, ssl_handshake_timeout=10
            )
        except (OSError, asyncio.TimeoutError):
            self.transport.abort()
            return
        assert isinstance(encrypted, asyncio.Transport)
        self.transport = encrypted
        await self._reach_server()

    async def _reach_server(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, server = await loop.create_connection(_End, LOOPBACK, self._server_port)
        except OSError:
            self.transport.abort()
            return
        if self.transport.is_closing():
            server.transport.close()
            return
        server.other, self.other = self, server
        server.transport.write(self._first)
        self._first = b""


def _refusal(user: str, database: str) -> bytes:
    """What a server whose rules are for encrypted connections says to one that is not."""
    told = (
        f'no pg_hba.conf entry for host "{LOOPBACK}", user "{user}", database "{database}", '
        "no encryption"
    )
    fields = (("S", "FATAL"), ("V", "FATAL"), ("C", "28000"), ("M", told))
    body = b"".join(f"{kind}{text}\0".encode() for kind, text in fields) + b"\0"
    return b"E" + struct.pack("!I", 4 + len(body)) + body
