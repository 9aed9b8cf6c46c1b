"""Each package manager installs what its lock file says, for a project that is a package, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from build_desk import Desk

from minion.sandbox.builds.poetry_lock import requirements_of

PROJECTS = Path(__file__).with_name("projects")
#: Beside each manager's own files: the package is in ``src``, where no PYTHONPATH leads.
SHOP = {"src/shop/__init__.py": "where = __file__\n", ".python-version": "3.13\n"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def project(name: str) -> dict[str, str]:
    return {**SHOP, **{path.name: path.read_text() for path in (PROJECTS / name).iterdir()}}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("pip", "pip install -r requirements.txt"),
        ("pipenv", "pipenv install --deploy"),
        ("poetry", "poetry sync --only main"),
        ("uv", "uv sync --locked --no-default-groups"),
    ],
)
def test_what_is_declared_is_there_and_nothing_else(desk: Desk, name: str, shown: str) -> None:
    desk.build(project(name))
    assert f"-----> Installing dependencies using '{shown}'" in desk.output
    slug = desk.build({"src/shop/__init__.py": "where = 'second ' + __file__\n"})
    # What pip installs of the project itself may differ with every commit.
    assert ("-----> Restoring cache" in desk.output) == (name != "pip")
    assert desk.run(slug, "python", "-c", "'import six'").returncode == 1, "for developers only"
    assert desk.run(slug, "python", "-c", "'import idna'").returncode == 0
    if name != "pipenv":
        told = desk.run(slug, "python", "-c", "'import shop; print(shop.where)'").stdout
        assert told == f"second {desk.builder.folder(slug.id)}/src/shop/__init__.py\n"


@pytest.mark.parametrize(
    ("name", "path", "said"),
    [
        ("pipenv", "Pipfile", "out of"),
        ("poetry", "pyproject.toml", "pyproject.toml changed significantly since poetry.lock"),
        ("uv", "pyproject.toml", "`uv.lock` needs to be updated, but `--locked` was provided"),
    ],
)
def test_a_lock_file_that_does_not_fit_is_refused(
    desk: Desk, name: str, path: str, said: str
) -> None:
    files = project(name)
    files[path] = files[path].replace("idna", "sqlparse")
    assert desk.refused(files) == "failed to compile Python app."
    assert said in desk.output
    assert "could not be installed" in desk.output


def test_of_a_poetry_lock_only_what_the_index_has_is_taken() -> None:
    text = (PROJECTS / "poetry" / "poetry.lock").read_text()
    (line,) = requirements_of(text)
    assert line.startswith("idna==") and line.count(" --hash=sha256:") == 2
    package = '[[package]]\nname = "a"\nversion = "1"\nfiles = []\n'
    assert requirements_of(package) == ["a==1"]
    assert requirements_of(package + "optional = true\n") == []
    assert requirements_of(package + "markers = \"os_name == 'nt'\"\n") == [
        "a==1 ; os_name == 'nt'"
    ]
    assert requirements_of(package + '[package.source]\ntype = "git"\n') == []
    for broken in ("[[", "", "package = 1", '[[package]]\nname = "a"\nfiles = 1\nversion = "1"'):
        assert requirements_of(broken) == []
