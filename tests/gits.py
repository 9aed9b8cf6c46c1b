"""Real git for tests: a repository under construction, and a server that asks for a password."""

from __future__ import annotations

import base64
import os
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable

from minion.git import Repository

TOKEN = "0d6e-secret-token-%41 $HOME"


def isolate(tmp_path: Path, monkeypatch) -> Path:
    """No configuration of the machine, and an author, for every git of a test; where it is."""
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = Ann\n\temail = ann@example.com\n[init]\n\tdefaultBranch = master\n"
        '[protocol "file"]\n\tallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2024-05-01T12:00:00+00:00")
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.delenv(name, raising=False)
    return config


def record_arguments(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A file in which every git, git-remote-http and whoever started them leave their arguments.

    With it come the variables that make them do so.
    """
    log = tmp_path / "argv.log"
    folder = tmp_path / "bin"
    folder.mkdir()
    exec_path = Path(git(tmp_path, "--exec-path"))
    wrapped = tmp_path / "exec"
    wrapped.mkdir()
    for program in exec_path.iterdir():
        (wrapped / program.name).symlink_to(program)
    for target, real in (
        (folder / "git", shutil.which("git")),
        (wrapped / "git", str(exec_path / "git")),
        (wrapped / "git-remote-http", str(exec_path / "git-remote-http")),
    ):
        target.unlink(missing_ok=True)
        target.write_text(
            "#!/bin/sh\n"
            f'for word in "$0" "$@"; do printf \'%s\\n\' "$word" >> \'{log}\'; done\n'
            f"tr '\\0' '\\n' < /proc/$PPID/cmdline >> '{log}'\n"
            f"exec '{real}' \"$@\"\n"
        )
        target.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return log, {"PATH": path, "GIT_EXEC_PATH": str(wrapped)}


def git(folder, *argv, **options) -> str:
    done = subprocess.run(
        ["git", *argv], cwd=folder, check=True, capture_output=True, text=True, **options
    )
    return done.stdout.strip()


class Project:
    """A repository under construction."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        git(root, "init", "-q")

    @classmethod
    def at(cls, root: Path) -> Project:
        """One that is there already."""
        project = cls.__new__(cls)
        project.root = root
        return project

    def commit(self, subject: str = "Change.", **files) -> str:
        return self.commit_files(
            subject, {name.replace("__", "."): body for name, body in files.items()}
        )

    def commit_files(self, subject: str, files: dict) -> str:
        for name, body in files.items():
            path = self.root / name
            if body is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", subject)
        return git(self.root, "rev-parse", "HEAD")

    @property
    def repository(self) -> Repository:
        return Repository.open(self.root)


def install_hook(bare: Path, script: str) -> None:
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n" + script)
    hook.chmod(0o755)


class GitServer:
    """git's own http-backend behind Basic auth; `breaks_at` drops the connection there.

    As on another machine: nothing of the caller's configuration holds here. With `tls` it
    speaks HTTPS. `on_push` hears the path of each push that was taken, before its answer is sent.
    """

    def __init__(
        self,
        folder: Path,
        user: str = "heroku",
        password: str = TOKEN,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.folder = folder
        self.breaks_at = ""
        self.on_push: Callable[[str], None] = lambda path: None
        self.wanted = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.authorizations: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                given = self.headers.get("Authorization", "")
                outer.authorizations.append(given)
                outer.headers.append(dict(self.headers))
                if given != f"Basic {outer.wanted}":
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="git"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                path, _, query = self.path.partition("?")
                if outer.breaks_at and path.endswith(outer.breaks_at):
                    self.backend(path, query)
                    self.connection.shutdown(2)
                    return
                answer = self.backend(path, query)
                if path.endswith("/git-receive-pack"):
                    outer.on_push(path)
                head, _, body = answer.partition(b"\r\n\r\n")
                self.send_response(200)
                for line in head.decode().split("\r\n"):
                    name, _, value = line.partition(": ")
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def backend(self, path: str, query: str) -> bytes:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                return subprocess.run(
                    ["git", "http-backend"],
                    input=body,
                    stdout=subprocess.PIPE,
                    env={
                        "PATH": os.environ["PATH"],
                        "GIT_CONFIG_GLOBAL": os.devnull,
                        "GIT_CONFIG_NOSYSTEM": "1",
                        "GIT_PROJECT_ROOT": str(outer.folder),
                        "GIT_HTTP_EXPORT_ALL": "1",
                        "REQUEST_METHOD": self.command,
                        "PATH_INFO": path,
                        "QUERY_STRING": query,
                        "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                        "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                        "REMOTE_USER": "heroku",
                    },
                ).stdout

        return Handler
