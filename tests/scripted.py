"""A scripted HTTP server on the loopback interface, and time that does not pass by itself."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Union

TOKEN = "s3cret-token-of-the-owner"


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    client_port: int


@dataclass
class Answer:
    """`body` is sent as JSON unless it is bytes; `drop` closes the connection instead.

    With `drips_s`, that many seconds pass before each byte.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    drips_s: float = 0


Script = Union[Answer, Callable[[Request], Answer]]
DROP = Answer(drop=True)


def not_found(request: Request) -> Answer:
    return Answer({"id": "not_found", "message": "Couldn't find that."}, 404)


class ScriptedServer:
    """Answers each ``METHOD /path`` with its scripts in turn, the last one for ever.

    What there is no script for goes to `otherwise`.
    """

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.otherwise: Callable[[Request], Answer] = not_found
        self._scripts: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                owner._serve(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64
            daemon_threads = True

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()

    def on(self, request: str, *scripts: Script) -> None:
        self._scripts[request] = list(scripts)

    def forget(self, request: str) -> None:
        """What `on` said of it."""
        del self._scripts[request]

    def asked(self, request: str) -> list[Request]:
        method, path = request.split(" ", 1)
        return [one for one in self.requests if (one.method, one.path) == (method, path)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        raw = handler.rfile.read(length)
        request = Request(
            handler.command,
            handler.path,
            dict(handler.headers.items()),
            json.loads(raw) if raw else None,
            handler.client_address[1],
        )
        with self._lock:
            self.requests.append(request)
            scripts = self._scripts.get(f"{request.method} {request.path}")
            script = None
            if scripts:
                script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        answer = script or self.otherwise
        if not isinstance(answer, Answer):
            answer = answer(request)
        if answer.drop:
            handler.close_connection = True
            return
        if answer.drips_s:
            handler.wfile = Dripping(handler.wfile, answer.drips_s)
        is_raw = isinstance(answer.body, bytes)
        body = answer.body if is_raw else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json", "Request-Id": "req-1", **answer.headers}
        handler.send_response(answer.status)
        if "Transfer-Encoding" not in headers:
            headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        if int(headers.get("Content-Length", len(body))) != len(body):
            handler.close_connection = True


class Dripping(io.RawIOBase):
    """Writes a byte at a time, until the reader has gone."""

    def __init__(self, file: Any, pause_s: float) -> None:
        self._file = file
        self._pause_s = pause_s

    def write(self, data: Any) -> int:
        with contextlib.suppress(OSError):
            for byte in bytes(data):
                time.sleep(self._pause_s)
                self._file.write(bytes([byte]))
        return len(data)


class Time:
    """A clock that only sleeping moves; `slept` holds each pause in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.on_sleep()


def release(version: int, status: str = "succeeded", **more: Any) -> dict[str, Any]:
    """A release as the API shows it."""
    return {
        "id": f"release-{version}",
        "version": version,
        "status": status,
        "current": False,
        "description": f"Deploy {version:07x}",
        "user": {"id": "u", "email": "ada@example.com"},
        "created_at": "2026-02-03T04:05:06Z",
        "slug": {"id": f"slug-{version}"},
        "output_stream_url": None,
        **more,
    }


def app(name: str = "shop", **more: Any) -> dict[str, Any]:
    """An app as the API shows it."""
    return {
        "id": f"id-of-{name}",
        "name": name,
        "maintenance": False,
        "git_url": f"https://git.heroku.com/{name}.git",
        "web_url": f"https://{name}.example.com/",
        "generation": {"id": "g", "name": "cedar"},
        "stack": {"id": "s", "name": "heroku-24"},
        "space": None,
        **more,
    }


def transfer(number: int = 12, **more: Any) -> dict[str, Any]:
    """A completed backup as the data API shows it."""
    return {
        "uuid": f"uuid-{number}",
        "num": number,
        "from_type": "pg_dump",
        "to_type": "gof3r",
        "from_name": "DATABASE",
        "to_name": "BACKUP",
        "from_url": "postgres://u:hidden@db.example.com/d",
        "to_url": f"https://s3.example.com/{number}?Signature=hidden",
        "created_at": f"2026-02-03 04:{number:02}:06 +0000",
        "started_at": f"2026-02-03 04:{number:02}:07 +0000",
        "finished_at": f"2026-02-03 04:{number:02}:08 +0000",
        "canceled_at": None,
        "succeeded": True,
        "processed_bytes": 3_000_000,
        "source_bytes": 9_000_000,
        "schedule": None,
        "options": {},
        **more,
    }
