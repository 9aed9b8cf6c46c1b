"""The test for a command is itself run by a shell here, where the answer is known."""

import subprocess
import sys

import pytest

from minion.analyser.procfile.existence import existence_test
from minion.errors import SettingsError

MANAGE = """
import sys
if sys.argv[1:2] != ["help"]:
    open("ran", "w")
sys.exit(0 if sys.argv[2:] == ["anonymise_data"] else 1)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "manage.py").write_text(MANAGE)
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "clean data"
    script.write_text("#!/bin/sh\ntouch ran\n")
    script.chmod(0o755)
    (tmp_path / "clean.py").write_text("open('ran', 'w')\n")
    return tmp_path


def exists(project, command):
    test = existence_test(command.replace("PYTHON", sys.executable))
    done = subprocess.run(["bash", "-c", test], cwd=project, capture_output=True)
    assert not (project / "ran").exists(), test
    return done.returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        "PYTHON manage.py anonymise_data",
        "PYTHON ./manage.py anonymise_data --fast 'a b'",
        "PYTHON -u manage.py anonymise_data",
        "MODE='x y' PYTHON manage.py anonymise_data",
        "env MODE=1 PYTHON manage.py anonymise_data",
        "PYTHON clean.py --all",
        "PYTHON -m json.tool",
        "'bin/clean data' --all",
        "PYTHON clean.py && PYTHON manage.py anonymise_data",
        "true",
    ],
)
def test_a_command_that_is_there(project, command):
    assert exists(project, command)


@pytest.mark.parametrize(
    "command",
    [
        "PYTHON manage.py anonymize_data",
        "MODE=1 PYTHON manage.py nothing_like_it",
        "PYTHON elsewhere/manage.py anonymise_data",
        "PYTHON nowhere.py",
        "PYTHON -m no_such_module",
        "bin/nothing",
        "PYTHON manage.py anonymise_data && PYTHON nowhere.py",
    ],
)
def test_a_command_that_is_not(project, command):
    assert not exists(project, command)


@pytest.mark.parametrize("command", ["", "   ", "python 'manage.py"])
def test_what_is_no_command(command):
    with pytest.raises(SettingsError, match=r"commands\.anonymise"):
        existence_test(command)
