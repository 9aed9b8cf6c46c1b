"""A one-off dyno's other end: a real TLS server, scripted as Heroku behaves."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from typing import Any, Callable

import trustme

from minion.heroku.sentinel import MARK

Script = Callable[[ssl.SSLSocket], None]


def status(number: int) -> bytes:
    return f"{MARK}{number}\r\n".encode()


class Rendezvous:
    """Takes one connection, notes the secret, then lets the script talk."""

    def __init__(self, authority: trustme.CA, script: Script, name: str = "127.0.0.1") -> None:
        self.secret = b""
        self._script = script
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            plain, _ = self._listener.accept()
            plain.settimeout(10)
            with self._context.wrap_socket(plain, server_side=True) as client:
                while not self.secret.endswith(b"\r\n"):
                    self.secret += client.recv(1)
                client.sendall(b"rendezvous\r\n")
                self._script(client)

    def close(self) -> None:
        # A thread that still waits would take what comes to the next listener of this number.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(1)


def one_off(port: int, **more: Any) -> dict[str, Any]:
    return {
        "id": "dyno-id",
        "name": "run.1234",
        "type": "run",
        "state": "starting",
        "release": {"id": "r", "version": 7},
        "attach_url": f"rendezvous://127.0.0.1:{port}/secret123?a=b",
        **more,
    }
