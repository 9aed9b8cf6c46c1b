"""Somebody at a shell who types `fab`, and the bookshop's sandbox seen from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import requests

FAB = Path(sys.executable).with_name("fab")


class Operator:
    """Somebody at a shell, in `folder`, with minion installed."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HEROKU_", "MINION_", "GIT_"))
        }
        self.environ.update(
            HOME=str(folder / "home"),
            GIT_CONFIG_GLOBAL=str(folder / "home" / "gitconfig"),
            PYTHONWARNINGS="ignore",
            # A lost answer is waited for by half of it.
            MINION_TIMEOUT="10",
            **environ,
        )
        (folder / "home").mkdir(exist_ok=True)
        (folder / "home" / "gitconfig").write_text(
            "[user]\n name = Ann\n email = ann@example.com\n"
        )

    def fab(
        self,
        *words: str,
        status: int | None = 0,
        cwd: Path | None = None,
        program: Path = FAB,
        **environ: str,
    ):
        """Type ``fab WORDS``; the exit status must be `status`, unless that is None."""
        done = subprocess.run(
            [str(program), *words],
            cwd=cwd or self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert status is None or done.returncode == status, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    @contextmanager
    def begun(self, *words: str):
        """``fab WORDS`` under way, all of its words on one pipe; ended whatever comes."""
        process = subprocess.Popen(
            [str(FAB), *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def json(self, *words: str, **more):
        """The document that a task with ``format=json`` prints, alone on stdout."""
        return json.loads(self.fab(*words, **more).stdout)


class Shop:
    """The bookshop's sandbox, seen from outside."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.state = operator.json("sandbox:status,format=json")
        self.project = Path(self.state["project"])
        self.token = self.state["environ"]["HEROKU_API_KEY"]

    def git(self, *words: str, cwd: Path | None = None) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=cwd or self.project,
            env=self.operator.environ,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def api(self, method: str, path: str, body=None):
        answer = requests.request(
            method,
            self.state["api_url"] + path,
            json=body,
            headers={
                "Accept": "application/vnd.heroku+json; version=3",
                "Authorization": f"Bearer {self.token}",
                **({"Range": "version ..; max=5, order=desc"} if "/releases" in path else {}),
            },
            timeout=90,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def page(self, app: str, path: str = "/healthz") -> requests.Response:
        return requests.get(self.state["apps"][app]["web_url"].rstrip("/") + path, timeout=90)

    def newest(self, app: str) -> dict:
        return self.api("GET", f"/apps/{app}/releases")[0]

    def commit(self, message: str, files: dict[str, str], branch: str = "work") -> str:
        """A commit with `files` on a branch of its own; its SHA."""
        self.git("checkout", "-q", branch)
        for name, content in files.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")
