"""A scanner for secrets: what was planted in the inputs must be in no output, file or argument."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus

import requests


class Scanner:
    """Looks for `secrets`, by name, as they are and as programs write them.

    `found` tells where which of them was seen; never the secret.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self.found: list[str] = []
        self.scanned = 0

    def text(self, where: str, content: str | bytes) -> None:
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self.scanned += 1
        for name, secret in self.secrets.items():
            if any(form in raw for form in _forms(secret)):
                self.found.append(f"{name} in {where}")

    def folder(self, where: str, folder: Path) -> None:
        """Every file in it, by content and name."""
        for path in folder.rglob("*"):
            self.text(f"a name in {where}", path.name)
            if path.is_file():
                self.text(f"{where}: {path.name}", path.read_bytes())

    def repository(self, where: str, root: Path) -> None:
        """Every object, those that no ref leads to included, and the names of the refs."""
        for argv in (
            ["cat-file", "--batch-all-objects", "--batch", "--unordered"],
            ["for-each-ref"],
        ):
            done = subprocess.run(["git", *argv], cwd=root, check=True, capture_output=True)
            self.text(f"{where}: {argv[0]}", done.stdout)


def _forms(secret: str) -> Iterator[bytes]:
    for text in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
        yield text.encode()
    for login in (secret, f":{secret}", f"heroku:{secret}"):
        yield base64.b64encode(login.encode()).rstrip(b"=")


class Processes:
    """Looks at the arguments of every process of this machine, again and again."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._over = threading.Event()
        self._seen: set[bytes] = set()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Processes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for entry in os.scandir("/proc"):
                if not entry.name.isdecimal():
                    continue
                try:
                    arguments = Path(entry.path, "cmdline").read_bytes()
                except OSError:
                    continue
                if arguments not in self._seen:
                    self._seen.add(arguments)
                    program = arguments.partition(b"\0")[0].decode("utf-8", "replace")
                    self._scanner.text(f"the arguments of {program}", arguments)


class Front:
    """Stands before the sandbox's API, and spoils what it is told to.

    `fault` is "" (nothing), "401", "html" (500 with a page that repeats the request,
    its token and body included) or "drop"; it comes to requests by `methods`.
    """

    def __init__(self, behind: str) -> None:
        self.fault = ""
        self.methods: tuple[str, ...] = ("GET", "POST", "PATCH", "PUT", "DELETE")
        self.spoiled = 0
        owner, session = self, requests.Session()
        session.trust_env = False

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if owner.fault and self.command in owner.methods:
                    owner.spoiled += 1
                    self._spoil(body)
                    return
                kept = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() not in ("host", "connection", "accept-encoding")
                }
                answer = session.request(
                    self.command, behind + self.path, data=body, headers=kept, timeout=60
                )
                self._send(answer.status_code, answer.content, answer.headers)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any

            def _spoil(self, body: bytes) -> None:
                if owner.fault == "drop":
                    self.close_connection = True
                elif owner.fault == "401":
                    said = b'{"id": "unauthorized", "message": "Invalid credentials: %s"}'
                    token = self.headers.get("Authorization", "").encode()
                    self._send(401, said % token, {"Content-Type": "application/json"})
                else:
                    page = f"<html><h1>500</h1><pre>{self.headers}</pre>".encode() + body
                    self._send(500, page, {"Content-Type": "text/html"})

            def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in (
                        *("content-length", "connection", "transfer-encoding"),
                        *("content-encoding", "date", "server"),
                    ):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
