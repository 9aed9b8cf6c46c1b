"""A project of three environments, with a real origin, on the scripted Heroku."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from gits import Project, git, isolate
from postgres_server import Databases, served
from scripted_heroku import ScriptedHeroku
from sites import ENVIRONMENTS, Site

APPS = ("shop-dev", "shop-uat", "shop-a", "shop-b")
#: What of this machine must not matter.
UNSET = (
    "CURL_CA_BUNDLE",
    "DATABASE_URL",
    "HEROKU_DATA_HOST",
    "MINION_LOCAL_DATABASE",
    "MINION_SETTINGS",
    "REQUESTS_CA_BUNDLE",
)
SETTINGS = f"{ENVIRONMENTS}pipeline = true\n"


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project of one commit, its origin, and an empty repository."""
    folder = tmp_path_factory.mktemp("new")
    with pytest.MonkeyPatch.context() as patch:
        isolate(folder, patch)
        project = Project(folder / "project")
        for name in ("origin.git", "empty.git"):
            git(folder, "init", "-q", "--bare", "--template=", name)
        git(project.root, "remote", "add", "origin", "../origin.git")
        project.commit_files("Begin.", {"minion.toml": SETTINGS, "shop/views.py": ""})
        git(project.root, "push", "-q", "origin", "HEAD:master")
    return folder


@pytest.fixture
def new_site(
    tmp_path: Path, new_project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Site]]:
    """Makes a site that is the current one; the one before it is gone then."""
    isolate(tmp_path, monkeypatch)
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    # Nobody is there to be asked.
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    made: list[Site] = []

    def make() -> Site:
        folder = tmp_path / f"site-{len(made)}"
        folder.mkdir()
        for name in ("project", "origin.git"):
            shutil.copytree(new_project / name, folder / name)
        if made:
            made[-1].heroku.close()
        made.append(
            Site(folder, ScriptedHeroku(folder / "heroku", new_project / "empty.git", *APPS))
        )
        for name, value in made[-1].heroku.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder / "project")
        return made[-1]

    yield make
    if made:
        made[-1].heroku.close()


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A PostgreSQL of the module's own."""
    with served(tmp_path_factory.mktemp("postgres")) as made:
        yield made


@pytest.fixture
def site(new_site: Callable[[], Site]) -> Site:
    return new_site()
