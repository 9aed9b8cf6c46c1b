"""The connection to an attached one-off dyno: TLS, a secret, then raw bytes both ways."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Callable
from urllib.parse import urlsplit

from minion.errors import HerokuError
from minion.heroku.sentinel import SentinelReader

if TYPE_CHECKING:
    import ssl

    from minion.heroku.api import Api

DEFAULT_PORT = 5000
CONNECT_TIMEOUT_S = 20.0
#: How long a silence is before it is asked whether the dyno is still there.
QUIET_S = 60.0
#: Heroku closes the connection when the command has ended, unless something that
#: the command left behind keeps it open.
LINGER_S = 2.0
CHUNK = 65536


class CannotAttach(HerokuError):
    """There is no connection; the command has not been started.

    `is_final` says that another attempt would end the same way.
    """

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """TLS that checks certificates and host names.

    Against the authorities in `ca_file` if given, else the system's and those
    that requests brings along (a Python on macOS has none of its own).

    Raises:
        CannotAttach: `ca_file` cannot be read.
    """
    import ssl

    if ca_file:
        try:
            return ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise CannotAttach(
                f"{ca_file} (SSL_CERT_FILE) holds no certificates that can be read", is_final=True
            ) from error
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    return context


def attach(attach_url: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    """A connection over which the dyno's command has just been started.

    Raises:
        CannotAttach: there is none, and the secret has not been sent.
    """
    import ssl

    parts = urlsplit(attach_url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORT
    secret = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    plain: socket.socket | None = None
    try:
        plain = socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S)
        _keep_alive(plain)
        secured = context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        _close(plain)
        raise CannotAttach(
            f"The certificate of {host}:{port} cannot be verified ({error.verify_message}); if its "
            "authority is to be trusted, name its file in SSL_CERT_FILE",
            is_final=True,
        ) from None
    except (OSError, ValueError) as error:
        _close(plain)
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CannotAttach(f"No connection to {host}:{port}, to attach a dyno: {reason}") from None
    with contextlib.suppress(OSError):  # Whether it arrived shows in what can be read.
        secured.sendall(f"{secret}\r\n".encode())
    return secured


def follow(
    connection: ssl.SSLSocket,
    write: Callable[[bytes], None],
    *,
    api: Api,
    deadline: float,
    is_alive: Callable[[], bool],
    quiet_s: float = QUIET_S,
) -> int | None:
    """The command's exit status; None if the connection ended without one.

    `write` gets the output as it comes. `deadline` is by the API's clock.
    After `quiet_s` of silence `is_alive` is asked whether the dyno still
    exists: a middlebox may have dropped the connection without a word.

    Raises:
        TimeoutError: the deadline has passed.
    """
    reader = SentinelReader()
    silences_without_dyno = 0
    while True:
        left_s = deadline - api.clock()
        if left_s <= 0 and reader.status is None:
            raise TimeoutError
        linger = LINGER_S if reader.status is not None else min(quiet_s, left_s)
        chunk = _receive(connection, max(linger, 0.01))
        if chunk is None:
            if reader.status is not None:
                break
            # The dyno's last words may be on their way when it is gone already.
            silences_without_dyno = 0 if is_alive() else silences_without_dyno + 1
            if silences_without_dyno < 2:
                continue
            break
        if not chunk:
            break
        silences_without_dyno = 0
        text = reader.feed(chunk)
        if text:
            write(text)
    rest = reader.finish()
    if rest:
        write(rest)
    return reader.status


def _receive(connection: ssl.SSLSocket, timeout_s: float) -> bytes | None:
    """The next bytes, none at the end, None if nothing came in time."""
    connection.settimeout(timeout_s)
    try:
        return connection.recv(CHUNK)
    except socket.timeout:
        return None
    except OSError:
        return b""


def _keep_alive(connection: socket.socket) -> None:
    """Have the system probe a silent connection, so that routers on the way keep it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 6)):
        option = getattr(socket, name, None)  # Not every system has them all.
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, seconds)


def _close(connection: socket.socket | None) -> None:
    if connection is not None:
        connection.close()
