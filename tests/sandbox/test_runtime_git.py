"""The git host, pushed to by a real git over https."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import aiohttp
import pytest
from runtime_kit import GIT_ENV, commit, free_port, git, make_repo, until

from minion.sandbox.git.host import GitHost
from minion.sandbox.git.repositories import Repositories
from minion.sandbox.machine.certificate import make_certificate

TOKEN = "s3cret token"
Decision = Callable[["Pushed"], object]


class Pushed:
    """What `on_push` was given."""

    def __init__(self, app: str, commit: str, subject: str) -> None:
        self.app, self.commit, self.subject = app, commit, subject


class Host:
    """A git host on an event loop of its own, so that a test can simply push."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = make_certificate(folder / "certificate")
        self.port = free_port()
        self.pushes: list[Pushed] = []
        self.accept = True
        self.pause: asyncio.Event | None = None
        self.finished = 0
        self.repositories = Repositories(folder / "git")
        self.git = GitHost(self.repositories, self._authorise, self._on_push)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        ask = folder / "askpass"
        ask.write_text('#!/bin/sh\nprintf %s "$TEST_PASSWORD"\n')
        ask.chmod(0o755)

    def start(self) -> None:
        self._thread.start()
        self.run(self.repositories.create("shop"))
        self.run(self.repositories.create("shop"))
        self.run(self.git.start(self.port, self.certificate))

    def stop(self) -> None:
        self.run(self.git.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def run(self, work) -> None:  # type: ignore[no-untyped-def]
        asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    @staticmethod
    def _authorise(app: str, token: str) -> bool:
        return token == TOKEN

    async def _on_push(self, app, commit, git_env, write) -> bool:  # type: ignore[no-untyped-def]
        told = subprocess.run(
            ["git", f"--git-dir={self.repositories.path(app)}", "log", "-1", "--format=%s", commit],
            env={**GIT_ENV, **git_env},
            capture_output=True,
            text=True,
            check=True,
        )
        self.pushes.append(Pushed(app, commit, told.stdout.strip()))
        if commit.startswith("bad"):
            raise RuntimeError("a bug")
        await write("-----> Building\n")
        if self.pause is not None:
            await self.pause.wait()
        for number in range(50):
            await write(f"       line {number}\n")
        self.finished += 1
        if not self.accept:
            await write(" !     Push rejected, failed to compile Python app.\n")
        return self.accept

    def url(self, app: str = "shop") -> str:
        return f"https://127.0.0.1:{self.port}/{app}.git"

    def env(self, password: str = TOKEN) -> dict[str, str]:
        return {
            **GIT_ENV,
            "GIT_ASKPASS": str(self.folder / "askpass"),
            "TEST_PASSWORD": password,
            "GIT_SSL_CAINFO": str(self.certificate.bundle_pem),
            "GIT_TERMINAL_PROMPT": "0",
            "no_proxy": "127.0.0.1",
        }

    def push(
        self, repo: Path, *arguments: str, app: str = "shop", password: str = TOKEN
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "push", self.url(app), *arguments],
            cwd=repo,
            env=self.env(password),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def tip(self, ref: str) -> str:
        return git(self.repositories.path("shop"), "for-each-ref", "--format=%(objectname)", ref)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    host.start()
    yield host
    host.stop()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo")


def test_a_push_builds_before_git_accepts_it(host: Host, repo: Path) -> None:
    sha = git(repo, "rev-parse", "HEAD")
    done = host.push(repo, "main")
    assert done.returncode == 0, done.stderr
    assert [(each.app, each.commit, each.subject) for each in host.pushes] == [
        ("shop", sha, "Open the site")
    ]
    assert "remote: -----> Building" in done.stderr
    assert [f"remote:        line {n}" in done.stderr for n in range(50)] == [True] * 50
    assert host.tip("refs/heads/main") == sha

    again = host.push(repo, "main")
    assert again.returncode == 0 and "Everything up-to-date" in again.stderr
    assert len(host.pushes) == 1


def test_a_big_push_and_a_fetch(host: Host, repo: Path, tmp_path: Path) -> None:
    """More than http.postBuffer, so git sends it in chunks, and a gzipped request."""
    noise = "".join(os.urandom(1000).hex() for _ in range(1500))
    sha = commit(repo, {"big.txt": noise}, "Grow")
    assert host.push(repo, "HEAD:refs/heads/master").returncode == 0
    assert host.tip("refs/heads/master") == sha
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", host.url(), str(clone)], env=host.env(), check=True)
    assert git(clone, "rev-parse", "HEAD") == sha, "HEAD is the branch that was deployed"
    assert (clone / "big.txt").read_text() == noise


def test_a_declined_push_moves_nothing(host: Host, repo: Path) -> None:
    host.accept = False
    done = host.push(repo, "main", "HEAD:refs/heads/side")
    assert done.returncode == 1
    assert "! [remote rejected] main -> main (pre-receive hook declined)" in done.stderr
    assert "remote:  !     Push rejected, failed to compile Python app." in done.stderr
    assert host.tip("refs/heads/main") == "" and host.tip("refs/heads/side") == ""


def test_history_is_rewritten_by_force_only(host: Host, repo: Path) -> None:
    commit(repo, {"a": "1"}, "One")
    assert host.push(repo, "main").returncode == 0
    first = host.tip("refs/heads/main")
    git(repo, "reset", "--quiet", "--hard", "HEAD^")
    other = commit(repo, {"a": "2"}, "Another one")
    refused = host.push(repo, "main")
    assert refused.returncode == 1 and "[rejected]" in refused.stderr
    assert host.tip("refs/heads/main") == first and len(host.pushes) == 1
    forced = host.push(repo, "--force", "main")
    assert forced.returncode == 0, forced.stderr
    assert host.tip("refs/heads/main") == other and len(host.pushes) == 2


def test_other_branches_are_stored_and_not_built(host: Host, repo: Path) -> None:
    name = "feature/ünïcode's“x”"
    git(repo, "branch", name)
    done = host.push(repo, f"refs/heads/{name}:refs/heads/{name}")
    assert done.returncode == 0, done.stderr
    assert "remote: Pushed to non-main branch, skipping build." in done.stderr
    assert host.pushes == []
    assert host.tip(f"refs/heads/{name}") == git(repo, "rev-parse", "HEAD")
    assert host.push(repo, f":refs/heads/{name}").returncode == 0


def test_the_deployed_branch_cannot_be_deleted(host: Host, repo: Path) -> None:
    assert host.push(repo, "main").returncode == 0
    done = host.push(repo, ":main")
    assert done.returncode == 1 and "cannot be deleted" in done.stderr
    assert host.tip("refs/heads/main")


def test_tokens_and_apps_are_checked(host: Host, repo: Path) -> None:
    wrong = host.push(repo, "main", password="wrong")
    assert wrong.returncode == 128 and "Authentication failed" in wrong.stderr
    unknown = host.push(repo, "main", app="unknown")
    assert unknown.returncode == 128 and "not found" in unknown.stderr
    assert host.pushes == []


def test_only_gits_own_paths_are_served(host: Host) -> None:
    async def main() -> list[int]:
        connector = aiohttp.TCPConnector(ssl=False)
        headers = {"Authorization": "Basic " + base64.b64encode(f":{TOKEN}".encode()).decode()}
        base = f"https://127.0.0.1:{host.port}"
        found = []
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            for path in (
                "/shop.git/config",
                "/shop.git/HEAD",
                "/..%2fcertificate.git/info/refs",
                "/",
            ):
                async with session.get(f"{base}/{path}") as answer:
                    found.append(answer.status)
        return found

    assert asyncio.run(main()) == [404] * 4


def test_a_build_goes_on_when_the_client_is_gone(host: Host, repo: Path) -> None:
    sha = git(repo, "rev-parse", "HEAD")

    async def pause() -> None:
        host.pause = asyncio.Event()

    host.run(pause())
    with subprocess.Popen(
        ["git", "push", host.url(), "main"],
        cwd=repo,
        env=host.env(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as client:
        asyncio.run(until(lambda: host.pushes, "the build has begun"))
        os.killpg(client.pid, signal.SIGKILL)
    assert host.pause is not None
    host.loop.call_soon_threadsafe(host.pause.set)
    asyncio.run(until(lambda: host.tip("refs/heads/main") == sha, "the branch has moved"))
    assert host.finished == 1


def test_of_two_pushes_at_once_the_second_is_refused(
    host: Host, repo: Path, tmp_path: Path
) -> None:
    assert host.push(repo, "main").returncode == 0
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(repo), str(other))
    ours, theirs = commit(repo, {"a": "1"}, "Ours"), commit(other, {"a": "2"}, "Theirs")

    async def pause() -> None:
        host.pause = asyncio.Event()

    host.run(pause())
    assert host.pause is not None
    pushing = [
        subprocess.Popen(
            ["git", "push", "--force", host.url(), "main"],
            cwd=each,
            env=host.env(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in (repo, other)
    ]
    asyncio.run(until(lambda: len(host.pushes) == 2, "one of them builds"))
    asyncio.run(asyncio.sleep(0.5))
    host.loop.call_soon_threadsafe(host.pause.set)
    told = [process.communicate()[1] for process in pushing]
    assert sorted(process.returncode for process in pushing) == [0, 1]
    assert sum("another push was faster" in each for each in told) == 1
    assert host.pushes[-1].commit == host.tip("refs/heads/main")
    assert len(host.pushes) == 2 and host.tip("refs/heads/main") in (ours, theirs)
