"""Which projects a build takes, by the buildpack's rules, and what they are built with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from build_desk import Desk

#: A project that says with which Python, and with what of it, it was built.
PLAIN = {"requirements.txt": "", ".python-version": "3.13\n", "app.py": ""}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"uv.lock": ""}, "requirements.txt: several package managers' files"),
        ({"requirements.txt": None}, "there is no requirements.txt, Pipfile.lock"),
        ({"requirements.txt": None, "pyproject.toml": ""}, "pyproject.toml: is no manifest"),
        ({"requirements.txt": None, "Pipfile": ""}, "Pipfile: has no Pipfile.lock"),
        (
            {"requirements.txt": None, "uv.lock": "", ".python-version": None},
            ".python-version: is missing, and uv needs it",
        ),
        ({"requirements.txt": None, "uv.lock": "", "runtime.txt": "python-3.13"}, "runtime.txt: "),
        ({".python-version": "# ours\n3.8\n"}, ".python-version:2: Python 3.8 is past its end"),
        ({".python-version": "3.99\n"}, ".python-version:1: Heroku does not know Python 3.99"),
        ({".python-version": "\nthree\n"}, ".python-version:2: 'three' is no version"),
        ({"runtime.txt": "3.13\n"}, "runtime.txt:1: '3.13' is no version that Heroku reads"),
        ({"venv/pyvenv.cfg": ""}, "venv: is a virtual environment"),
        ({".heroku/python/bin/python": ""}, ".heroku/python: is where the buildpack installs"),
        ({"requirements.txt": "Django ==\n"}, "requirements.txt: what it declares could not be"),
    ],
)
def test_what_the_buildpack_refuses(desk: Desk, files: Mapping[str, str | None], said: str) -> None:
    desk.build(PLAIN)
    assert desk.refused(files) == "failed to compile Python app."
    assert "!     Error: " in desk.output and said in desk.output


@pytest.mark.parametrize(
    ("files", "config_vars", "refused", "said"),
    [
        ({"notes.txt": ""}, {}, "no default language could be detected for this app.", ""),
        ({"Gemfile": ""}, {}, "the sandbox builds Python only.", "It looks like Ruby: the sandbox"),
        (PLAIN, {"PROJECT_PATH": "back"}, "the sandbox builds Python only.", "PROJECT_PATH=back"),
    ],
)
def test_what_is_no_python_project(
    desk: Desk, files: dict[str, str], config_vars: dict[str, str], refused: str, said: str
) -> None:
    assert desk.refused(files, **config_vars) == refused
    assert said in desk.output


def test_lines_of_a_procfile_that_are_no_process_types_are_told_of(desk: Desk) -> None:
    procfile = "# of ours\n\nweb: python app.py\nthe-worker:python work.py\nclock:\n"
    slug = desk.build({**PLAIN, "Procfile": procfile})
    assert slug.process_types == {"web": "python app.py"}
    assert " !     Procfile:4: is no process type: 'the-worker:python work.py'" in desk.output
    assert " !     Procfile:5: is no process type: 'clock:'" in desk.output
    assert "Procfile:1" not in desk.output


def test_files_of_another_language_besides_are_told_of(desk: Desk) -> None:
    desk.build({**PLAIN, "package.json": "{}"})
    assert "files of Node.js, too: the sandbox builds Python only" in desk.output


def test_nothing_can_be_imported_that_is_not_declared(desk: Desk) -> None:
    slug = desk.build(PLAIN)
    for name in ("minion", "fabric", "django", "aiohttp"):
        told = desk.run(slug, "python", "-c", f"'import {name}'")
        assert told.returncode == 1 and "ModuleNotFoundError" in told.stderr, name
    programs = desk.run(slug, "command", "-v", "fab", "pytest", "gunicorn", "uv", "mypy").stdout
    assert programs == ""


def test_the_python_that_is_asked_for_is_used(desk: Desk) -> None:
    minors = {
        minor: desk.run(desk.build({**PLAIN, ".python-version": f"3.{minor}\n"}), "python", "-V")
        for minor in (11, 12)
    }
    for minor, told in minors.items():
        version = told.stdout.strip()
        lacks = f"This machine has no Python 3.{minor}: {version} is used" in desk.output
        assert version.startswith(f"Python 3.{minor}.") or lacks or minor == 11
    assert "-----> Using Python 3.12, which .python-version:1 asks for" in desk.output


def test_a_python_that_is_not_here_is_stood_in_for_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a machine with no Python but our own."""
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    slug = desk.build({**PLAIN, ".python-version": "3.14.1\n"})
    version = desk.run(slug, "python", "-V").stdout.strip()
    if not version.startswith("Python 3.14."):
        assert f"This machine has no Python 3.14: {version} is used" in desk.output


def test_without_a_version_the_app_keeps_the_one_of_its_last_build(desk: Desk) -> None:
    bare = {**PLAIN, ".python-version": None}
    desk.build(PLAIN)
    desk.build(bare)
    assert "-----> Using Python 3.13, as in the last build" in desk.output
    assert "It is better to commit a .python-version" in desk.output


def test_hooks_run_before_and_after_with_the_config_vars(desk: Desk) -> None:
    files = {
        **PLAIN,
        "requirements.txt": None,
        "bin/pre_compile": "#!/bin/sh\necho before $GREETING\ntouch requirements.txt made\n",
        "bin/post_compile": 'echo after; ls made; python -V; test -n "$SOURCE_VERSION"\n'
        "echo $(cat $ENV_DIR/GREETING) >> $CACHE_DIR/runs; cat $CACHE_DIR/runs\n",
    }
    del files["requirements.txt"]
    slug = desk.build(files, GREETING="hello", PATH="/nowhere")
    shown = ["Running bin/pre_compile", "before hello", "Running bin/post_compile", "after", "made"]
    assert [desk.output.index(each) for each in shown] == sorted(
        desk.output.index(each) for each in shown
    )
    assert (desk.builder.folder(slug.id) / "made").exists(), "what a hook writes is in the slug"
    desk.build(GREETING="again")
    assert "       hello\n       again\n" in desk.output, "CACHE_DIR is kept from build to build"


@pytest.mark.parametrize("hook", ["bin/pre_compile", "bin/post_compile"])
def test_a_hook_that_fails_fails_the_build(desk: Desk, hook: str) -> None:
    failing = {**PLAIN, hook: "#!/bin/sh\necho no >&2\nexit 7\n"}
    assert desk.refused(failing) == "failed to compile Python app."
    assert "       no\n" in desk.output and f"Error: {hook} ended with status 7" in desk.output
