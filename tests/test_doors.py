"""What Fabric makes of minion's tasks, and what Python does: real `fab` in folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minion.errors import ArgumentError
from minion.options import Option
from minion.tasks.doors import Door, door

FAB = Path(sys.executable).with_name("fab")
#: A task that is typed like minion's, and says how it was called.
SPEAKING = """
from minion.tasks.doors import door

@door
def speak(environment, pipeline="unsaid", wait="unsaid"):
    \"\"\"Say so.\"\"\"
    print("SAID", environment, pipeline, wait)
"""


def fab(folder, fabfile, *words, status=0):
    (folder / "fabfile.py").write_text(fabfile)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("HEROKU_", "MINION_"))}
    done = subprocess.run(
        [str(FAB), *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def listed(folder, fabfile):
    return fab(folder, fabfile, "--shortlist").stdout.split()


@pytest.mark.parametrize(
    ("fabfile", "words"),
    [
        (f"{SPEAKING}", ["-H", "a,b"]),
        (f"{SPEAKING}", ["-H", "a,b", "-P"]),
        (f"{SPEAKING}", ["-P"]),
        (f"from fabric.api import env\nenv.hosts = ['a', 'b', 'c']\n{SPEAKING}", []),
        (
            "from fabric.api import env\nenv.roledefs = {'web': ['a', 'b']}\n"
            f"env.roles = ['web']\n{SPEAKING}",
            [],
        ),
        (f"from fabric.api import env\nenv.parallel = True\nenv.hosts = ['a']\n{SPEAKING}", []),
    ],
)
def test_a_task_runs_once_whatever_fabric_is_told(tmp_path, fabfile, words):
    done = fab(tmp_path, fabfile, *words, "speak:uat")
    assert done.stdout.count("SAID uat") == 1
    tells = "-H" in words or "hosts" in fabfile or "roles" in fabfile
    assert done.stderr.count("Hosts mean nothing to speak") == tells


def test_a_host_given_with_the_task_changes_nothing(tmp_path):
    done = fab(tmp_path, SPEAKING, "speak:uat,hosts=a;b")
    assert done.stdout.count("SAID uat") == 1


CLASSIC = 'def mine():\n    """My own."""\n    print(\'MINE\')\n'
NEW = "from fabric.api import task\n@task\ndef other():\n    print('OTHER')\n"
STAR = "from minion.tasks import *\n"


def test_functions_that_a_fabfile_means_as_tasks_stay(tmp_path):
    names = listed(tmp_path, STAR + CLASSIC)
    assert {"mine", "deploy", "rollback"} <= set(names)
    assert "MINE" in fab(tmp_path, STAR + CLASSIC, "mine").stdout
    assert "My own." in fab(tmp_path, STAR + CLASSIC, "-l").stdout
    refused = fab(tmp_path, STAR + CLASSIC, "deploy", status=1)
    assert "environment is missing: fab deploy:ENVIRONMENT" in refused.stderr


def test_task_objects_stay_and_helpers_are_no_tasks(tmp_path):
    helper = "def helper():\n    pass\n"
    names = listed(tmp_path, STAR + NEW + helper)
    assert {"other", "deploy"} <= set(names)
    assert "helper" not in names


def test_what_is_only_imported_is_no_task(tmp_path):
    names = listed(tmp_path, f"from pathlib import Path\n{STAR}")
    assert "deploy" in names
    assert "Path" not in names


def test_an_own_task_of_the_same_name_wins(tmp_path):
    own = STAR + "def deploy():\n    print('OWN')\n"
    assert "OWN" in fab(tmp_path, own, "deploy").stdout


def test_as_a_module_they_have_its_name(tmp_path):
    assert "tasks.deploy" in listed(tmp_path, "from minion import tasks\n")


def test_a_task_that_calls_one_of_minions_ends_in_one_line(tmp_path):
    both = f"{STAR}{NEW}@task\ndef ship():\n    deploy('uat', wait='a while')\n"
    done = fab(tmp_path, both, "ship", status=1)
    assert "wait=a while: say how many seconds" in done.stderr


@pytest.fixture
def said():
    calls = []

    @door
    def speak(environment, pipeline="unsaid", wait="0", options="", branch="main"):
        calls.append((environment, pipeline, wait, options, branch))

    return speak, calls


def test_python_means_what_it_says(said):
    speak, calls = said
    speak("live", pipeline=False, wait=0, options=Option.PUSH | Option.MIGRATE, branch=None)
    assert calls == [("live", "no", "0", "5", "main")]
    speak("live", pipeline=True, wait=1.5)
    assert calls[-1] == ("live", "yes", "1.5", "", "main")


def test_python_hears_an_exception(said):
    speak, calls = said
    assert isinstance(speak, Door)
    with pytest.raises(ArgumentError, match="did you mean 'pipeline'"):
        speak("live", pipelin=False)
    assert calls == []


def test_the_typed_functions_stand_without_fabric():
    code = "import minion.api, sys; sys.exit('fabric' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=180).returncode == 0


def test_types_are_shipped():
    import minion

    assert Path(minion.__file__).with_name("py.typed").exists()


def test_on_windows_there_is_one_line():
    code = "import sys; sys.platform = 'win32'; import minion.tasks"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=180)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "heroku-minion needs a POSIX system (file locks, signals): use it within WSL."
    ]


@pytest.fixture
def desk(tmp_path):
    """A folder with a fabfile; what a shell does there."""
    (tmp_path / "fabfile.py").write_text(STAR)

    def shell(command, **environ):
        known = {k: v for k, v in os.environ.items() if not k.startswith(("HEROKU_", "MINION_"))}
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            # What the libraries of an old Python warn of is theirs.
            env={**known, "FAB": str(FAB), "PYTHONWARNINGS": "ignore", **environ},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return shell


def said_in_a_line(done):
    assert done.returncode == 1, done
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("mkdir minion.toml", "minion.toml is a folder"),
        ("printf '\\xff\\xfe' > minion.toml", "not UTF-8"),
        ("python3 -c \"print('a=' + '[' * 100000)\" > minion.toml", "nested too deep"),
        ("export MINION_SETTINGS=/no/such/file", "there is no such file"),
        ("mkdir gone && cp fabfile.py gone && cd gone && rm -r ../gone", "not there any more"),
    ],
)
def test_what_is_wrong_around_it_is_one_line(desk, before, says):
    fabfile = "-f $OLDPWD/fabfile.py" if "gone" in before else ""
    assert says in said_in_a_line(desk(f"{before}; $FAB {fabfile} status"))


def test_a_home_is_not_needed(desk):
    found = desk("env -u HOME $FAB status")
    assert "no minion.toml" in said_in_a_line(found)


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_error_of_its_own(desk, closed):
    assert desk(f"$FAB status {closed}").returncode == 1


BUG = """
from minion.tasks.doors import door

@door
def fail(environment):
    \"\"\"Fail.\"\"\"
    raise ZeroDivisionError("s3cret")

@door
def speak():
    \"\"\"Speak.\"\"\"
    for number in range(100000):
        print("a line that nobody reads")
"""


def test_a_bug_is_one_line_without_what_it_was_about(desk, tmp_path):
    (tmp_path / "fabfile.py").write_text(BUG)
    said = said_in_a_line(desk("$FAB fail:uat"))
    assert "ZeroDivisionError in " in said
    assert "MINION_DEBUG=1" in said
    assert "s3cret" not in said


def test_a_reader_that_has_gone_ends_it_quietly(desk, tmp_path):
    (tmp_path / "fabfile.py").write_text(BUG)
    done = desk("$FAB speak | head -1; echo ${PIPESTATUS[0]}")
    assert done.stderr == ""
    assert done.stdout.split()[-1] == "141"


INTERRUPTED = """
import os, signal
from minion.engine.interrupts import heeded
from minion.tasks.doors import door

@door
def work():
    \"\"\"Work.\"\"\"
    with heeded(print) as interrupts:
        for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            os.kill(os.getpid(), each)
            print(each.name, interrupts.is_asked)
            interrupts.is_asked = False
"""


def test_what_was_ignored_stays_ignored(desk, tmp_path):
    (tmp_path / "fabfile.py").write_text(INTERRUPTED)
    plain = desk("$FAB work").stdout
    assert [line for line in plain.splitlines() if " True" in line or " False" in line] == [
        "SIGINT True",
        "SIGHUP True",
        "SIGTERM True",
    ]
    # As nohup does, and a shell for a job in the background.
    ignoring = desk("trap '' HUP INT; exec $FAB work").stdout
    assert "SIGHUP False" in ignoring
    assert "SIGINT False" in ignoring
    assert "SIGTERM True" in ignoring
