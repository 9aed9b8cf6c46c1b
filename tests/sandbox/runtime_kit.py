"""Small apps in git repositories and what it takes to run them, for the runtime's tests."""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from minion.sandbox.builds.builder import Builder, BuiltSlug
from minion.sandbox.dynos.dynos import Dynos
from minion.sandbox.dynos.process import RunSpec
from minion.sandbox.dynos.rendezvous import Rendezvous
from minion.sandbox.logs.app_log import AppLog
from minion.sandbox.machine.certificate import Certificate, make_certificate
from minion.sandbox.router.names import names_in
from minion.sandbox.router.router import Router

SITE = '''
"""Answers with its release; /slow takes its time, SIGTERM lets it finish what it has begun."""

import os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/slow"):
            time.sleep(float(self.path.partition("=")[2] or 1))
        if self.path == "/die":
            os._exit(3)
        if self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half of it")
            self.wfile.flush()
            os._exit(4)
        if self.path == "/headers":
            self.answer("\\n".join(f"{k}: {v}" for k, v in self.headers.items()))
        elif self.path == "/stream":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Set-Cookie", "a=1")
            self.send_header("Set-Cookie", "b=2")
            self.end_headers()
            for part in (b"one ", b"two"):
                self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(part), part))
                self.wfile.flush()
                time.sleep(0.05)
            self.wfile.write(b"0\\r\\n\\r\\n")
        else:
            self.answer(os.environ.get("WORD", "") + " " + os.environ["DYNO"])

    do_HEAD = do_GET

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.answer(f"{len(body)} {self.headers.get('Content-Encoding')}")

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 100

time.sleep(float(os.environ.get("BOOT_S", "0")))
if os.environ.get("BROKEN"):
    sys.exit("broken")
server = Server((os.environ.get("BIND", "0.0.0.0"), int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("listening", flush=True)
server.serve_forever()
server.server_close()
'''

FILES = {
    "requirements.txt": "packaging\n",
    "Procfile": "web: python serve.py\nworker: python -u worker.py\n",
    "serve.py": SITE,
    "worker.py": "import time\nprint('working', flush=True)\nwhile True:\n    time.sleep(60)\n",
}

GIT_ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def git(repo: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=repo,
        env={**GIT_ENV, **(env or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def make_repo(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, files, "Open the site")
    return folder


def commit(repo: Path, files: Mapping[str, str], subject: str) -> str:
    for name, text in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--allow-empty", "-m", subject)
    return git(repo, "rev-parse", "HEAD")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


_CLIENTS = ThreadPoolExecutor(32)


@dataclass
class Timing:
    boot_s: float = 0
    preboot_s: float = 0.5


class Output:
    """Collects what is written."""

    def __init__(self) -> None:
        self.text = ""

    async def __call__(self, text: str) -> None:
        self.text += text


@functools.cache
def _environments() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="environments-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def make_builder(folder: Path) -> Builder:
    """A builder of slugs in `folder`; all of a test process have their environments in common."""
    return Builder(folder, _environments())


async def build(
    builder: Builder, repo: Path, config_vars: Mapping[str, str] | None = None
) -> tuple[BuiltSlug, str]:
    output = Output()
    slug = await builder.build(repo / ".git", "HEAD", {}, config_vars or {}, output, 0)
    return slug, output.text


class Site:
    """One app: its dynos and its router."""

    def __init__(self, folder: Path, first_byte_s: float = 30, **options: Any) -> None:
        self.builder = make_builder(folder / "state")
        self.certificate: Certificate = make_certificate(folder / "certificate")
        self.rendezvous = Rendezvous(self.certificate, free_port())
        self.log = AppLog(folder / "logs" / "app.log")
        self.dynos = Dynos(self.builder, self.rendezvous, self.log, **options)
        self.formation = self.dynos.formation
        self.is_maintenance = False
        self.config_vars: dict[str, str] = {}
        self.router = Router(
            free_port(),
            self.certificate,
            self.dynos,
            lambda: self.is_maintenance,
            lambda: self.config_vars,
            first_byte_s,
            lambda spec: names_in(self.builder.folder(spec.slug_id), spec.config_vars, "shop-live"),
        )

    async def __aenter__(self) -> Site:
        await self.rendezvous.start()
        await self.router.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.router.stop()
        await self.dynos.shutdown()
        await self.rendezvous.stop()

    def spec(self, slug: BuiltSlug, version: int, **config_vars: str) -> RunSpec:
        return RunSpec(f"r{version}", version, slug.id, config_vars, slug.process_types)

    def ask(self, path: str = "/", **options: object) -> Answer:
        return ask(f"http://127.0.0.1:{self.router.port}{path}", **options)

    async def get(self, path: str = "/", **options: object) -> Answer:
        # Clients in threads of their own: waiting, they must not keep the app's from working.
        ask = functools.partial(self.ask, path, **options)
        return await asyncio.get_running_loop().run_in_executor(_CLIENTS, ask)

    def logged(self) -> str:
        return "\n".join(
            f"{each.source}[{each.dyno}]: {each.text}" for each in self.log.recent(1500)
        )

    def state(self, name: str) -> str:
        return next((each.state for each in self.dynos.processes if each.name == name), "gone")


@dataclass
class Answer:
    status: int
    text: str
    headers: list[tuple[str, str]]


def ask(url: str, **options: object) -> Answer:
    request = urllib.request.Request(url, **options)  # type: ignore[arg-type]
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.read().decode(), answer.getheaders())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read().decode(), list(error.headers.items()))


async def until(is_true: Callable[[], object], what: str, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await asyncio.sleep(0.02)
