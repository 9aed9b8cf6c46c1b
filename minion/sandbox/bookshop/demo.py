"""The shop's repositories, made anew and alike on every machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from minion.sandbox.bookshop import team_settings
from minion.sandbox.bookshop.apps import DemoApp, demo_apps
from minion.sandbox.bookshop.commits import COMMITS, Commit

AUTHOR_NAME = "Bookshop"
AUTHOR_EMAIL = "shop@example.com"
BRANCHES = ("master", "dev")


@dataclass(frozen=True)
class Demo:
    """The made demo: the work tree `project`, its bare remote `origin`, and the apps.

    `commits` gives the full sha for the short name of each commit.
    """

    project: Path
    origin: Path
    apps: list[DemoApp]
    commits: dict[str, str]


def create(folder: Path) -> Demo:
    """Make ``folder/project`` and ``folder/origin.git``; the same shas every time.

    Beside them stands ``folder/config``, the team's settings, with an origin too.

    The work tree has `master` checked out and `dev` beside it, both equal to
    origin's. It appears whole or not at all: what an interrupted call left
    behind is replaced by the next one.

    Raises:
        FileExistsError: there is a project already. Somebody may have worked in it.
        subprocess.CalledProcessError: git failed.
    """
    folder = folder.resolve()
    project, origin = folder / "project", folder / "origin.git"
    settings = [folder / name for name in ("config", "config.git")]
    if project.exists():
        raise FileExistsError(f"{project} exists already")
    making = folder / ".bookshop-in-the-making"
    for leftover in (making, origin, *settings):
        shutil.rmtree(leftover, ignore_errors=True)
    making.mkdir(parents=True)
    commits = _make_origin(making / "origin.git")
    _make_project(making / "project", making / "origin.git", origin)
    apps = demo_apps(commits)
    team_settings.make(_git, making, folder, apps)
    for path in (*settings, origin):
        (making / path.name).rename(path)
    (making / "project").rename(project)
    making.rmdir()
    return Demo(project=project, origin=origin, apps=apps, commits=commits)


def _make_origin(origin: Path) -> dict[str, str]:
    """The bare repository with every commit; gives their shas by short name."""
    _git("-c", f"init.defaultBranch={BRANCHES[0]}", "init", "--bare", "--template=", str(origin))
    marks = origin / "marks"
    stream = b"".join(_stream(COMMITS))
    _git("-C", str(origin), "fast-import", "--quiet", f"--export-marks={marks}", stdin=stream)
    sha_of = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines())
    marks.unlink()
    return {commit.short: sha_of[f":{number}"] for number, commit in enumerate(COMMITS, 1)}


def _make_project(project: Path, source: Path, origin: Path) -> None:
    """A clone of `source` that will find its remote at `origin`.

    It has an identity of its own and signs nothing, so that tags can be made on
    a machine where git was never set up, or asks for a passphrase.
    """
    own = {
        "user.name": AUTHOR_NAME,
        "user.email": AUTHOR_EMAIL,
        "commit.gpgSign": "false",
        "tag.gpgSign": "false",
    }
    config = [part for key, value in own.items() for part in ("-c", f"{key}={value}")]
    _git("clone", "--quiet", "--template=", *config, str(source), str(project))
    for branch in BRANCHES[1:]:
        _git("-C", str(project), "branch", "--quiet", "--track", branch, f"origin/{branch}")
    _git("-C", str(project), "config", "remote.origin.url", str(origin))


def _stream(commits: Iterable[Commit]) -> Iterator[bytes]:
    """The commits in the format of ``git fast-import``, numbered by marks from 1.

    Each one's parent is the commit before it: a branch starts where the one
    before it ends.
    """
    for mark, commit in enumerate(commits, 1):
        who = f"{AUTHOR_NAME} <{AUTHOR_EMAIL}> {int(commit.date.timestamp())} +0000"
        yield f"commit refs/heads/{commit.branch}\nmark :{mark}\n".encode()
        yield f"author {who}\ncommitter {who}\n".encode()
        yield _data(commit.message.encode())
        if mark > 1:
            yield f"from :{mark - 1}\n".encode()
        for path in commit.removes:
            yield f"D {path}\n".encode()
        for path, content in commit.files().items():
            yield f"M 100644 inline {path}\n".encode() + _data(content)
        yield b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _git(*arguments: str, stdin: bytes = b"") -> None:
    """Run git as if the machine had no configuration: no hooks, signatures, attributes.

    Raises:
        subprocess.CalledProcessError: with git's own words in `stderr`.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    alone = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        # For a git older than 2.32, which does not know GIT_CONFIG_GLOBAL.
        "HOME": os.devnull,
        "XDG_CONFIG_HOME": os.devnull,
    }
    command = ["git", *arguments]
    subprocess.run(command, input=stdin, capture_output=True, check=True, env={**kept, **alone})
