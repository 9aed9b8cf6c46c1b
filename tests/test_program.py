"""``minion`` and ``python -m minion``: the tasks in a project without a fabfile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
MODULE = (sys.executable, "-m", "minion")


@pytest.fixture
def run(tmp_path):
    """A call in a new repository; what it said, on stdout and on stderr."""
    project = tmp_path / "project"
    project.mkdir()
    subprocess.run(["git", "init", "-q", str(project)], check=True)

    def call(*words, status=0, path=f"{BIN}{os.pathsep}{os.environ['PATH']}", **environ):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HEROKU_", "MINION_"))}
        done = subprocess.run(
            words,
            cwd=project,
            env={**kept, "HOME": str(tmp_path), "PATH": path, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    call.project = project
    return call


def test_alone_it_lists_the_tasks(run):
    assert "migrate_data" in run("minion")


def test_advice_is_typed_as_the_program_was(run):
    assert "write one with `minion init`" in run("minion", "status", status=1)
    module = f"write one with `{sys.executable} -m minion init`, or try `{sys.executable} -m minion"
    assert f"{module} sandbox deploy:uat`" in run(*MODULE, "status", status=1)
    program = str(BIN / "minion")
    elsewhere = os.pathsep.join(
        one for one in os.environ["PATH"].split(os.pathsep) if Path(one).resolve() != BIN.resolve()
    )
    assert f"with `{program} init`" in run(program, "status", status=1, path=elsewhere)
    assert "MINION_SETTINGS=gone.toml: there is no" in run(
        "minion", "status", status=1, MINION_SETTINGS="gone.toml"
    )


def test_the_project_s_fabfile_is_used_where_it_brings_the_tasks(run):
    (run.project / "fabfile.py").write_text(
        "from minion.tasks import *\ndef greet():\n    print('Hello, own task')\n"
    )
    assert "Hello, own task" in run("minion", "greet")
    (run.project / "deep").mkdir()
    assert "write one with" in run("minion", "doctor", status=1)


@pytest.mark.parametrize("text", ["from invoke import task\n", "from fabric import Connection\n"])
def test_a_fabfile_of_another_fabric_is_left_alone(run, text):
    (run.project / "fabfile.py").write_text(text)
    assert "write one with `minion init`" in run("minion", "doctor", status=1)


def test_a_fabfile_that_is_named_is_used(run):
    (run.project / "ops.py").write_text("def greet():\n    print('Hello from ops')\n")
    assert "Hello from ops" in run("minion", "-f", "ops.py", "greet")
    (run.project / "ours.py").write_text("from minion.tasks import *\n")
    assert "`minion -f ours.py init`" in run("minion", "-f", "ours.py", "doctor", status=1)


def test_a_fabfile_above_the_repository_is_not_the_project_s(run):
    (run.project.parent / "fabfile.py").write_text("raise SystemExit('minion, wrongly')\n")
    assert "write one with `minion init`" in run("minion", "doctor", status=1)
