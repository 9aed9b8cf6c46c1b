"""minion.tasks.shells: what Tab offers, in shells as they are."""

from __future__ import annotations

import inspect
import resource
import shutil
import subprocess
import sys

import pexpect
import pytest

from minion import tasks
from minion.commands import sandbox
from minion.errors import ArgumentError, MinionError
from minion.tasks.shells import SHELLS, VALUES, line_to_type, script, shell_of

DOORS = [getattr(tasks, name) for name in tasks.__all__]
SETTINGS = """\
[project]
main_branch = "main"  # [environments.none]
[environments.dev]
app = "a"
 [environments.uat-2]   # a comment
app = "b"
[environments.live]
app = "c"
"""
#: What is typed, and what is offered for it.
OFFERED = [
    ("fab dep", "deploy:"),
    ("fab deploy:li", "deploy:live"),
    ("fab sandbox deploy:u", "deploy:uat-2"),
    ("minion deploy:live,preb", "deploy:live,preboot="),
    ("fab deploy:live,preboot=", "deploy:live,preboot=yes deploy:live,preboot=no"),
    ("fab deploy:live,preboot=yes,pr", ""),
    ("fab deploy:live,preboot=yes,pi", "deploy:live,preboot=yes,pipeline="),
    ("fab migrate_data:live,lo", "migrate_data:live,local"),
    ("fab migrate_data:live,u", "migrate_data:live,uat-2"),
    ("fab maintenance:live,o", "maintenance:live,on maintenance:live,off"),
    ("fab plan:environment=l", "plan:environment=live"),
    ("fab analyse:a,HEAD,format=m", "analyse:a,HEAD,format=markdown"),
    ("fab sandbox:d", "sandbox:differences"),
    ("fab nothing:x", ""),
    ("fab deploy:x,y=", ""),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder below the project's, and the three scripts beside it."""
    monkeypatch.delenv("MINION_SETTINGS", raising=False)
    (tmp_path / "minion.toml").write_text(SETTINGS)
    for shell in SHELLS:
        (tmp_path / f"script.{shell}").write_text(script(shell, DOORS))
    (tmp_path / "below").mkdir()
    return tmp_path / "below"


def run(*words, cwd, **environ):
    done = subprocess.run(
        words, cwd=cwd, env={"PATH": "/usr/bin:/bin", **environ}, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def in_bash(folder, line, **environ):
    """What bash is given: of each word the part behind its last colon or equals sign."""
    words = '. ../script.bash; COMP_LINE="$1"; COMP_POINT=${#1}; _minion; echo "${COMPREPLY[@]}"'
    return run("bash", "--norc", "-c", words, "bash", line, cwd=folder, **environ)


def in_fish(folder, line):
    return run("fish", "--no-config", "-c", ". ../script.fish; complete -C $argv", line, cwd=folder)


@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_bash_offers_what_fits(folder, line, offered):
    word = line.split()[-1]
    kept = max(word.rfind(":"), word.rfind("=")) + 1
    assert in_bash(folder, line) == [one[kept:] for one in offered.split()]


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here")
def test_fish_offers_the_same(folder):
    for line, offered in OFFERED[:10]:
        assert sorted(in_fish(folder, line)) == sorted(offered.split())


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")
def test_zsh_completes_as_somebody_types(folder):
    environ = {"PATH": "/usr/bin:/bin", "TERM": "dumb", "PS1": "READY> ", "HOME": str(folder)}
    shell = pexpect.spawn("zsh", ["-f", "-i"], cwd=folder, env=environ, encoding="utf-8")
    try:
        shell.expect_exact("READY> ")
        shell.sendline(". ../script.zsh")
        shell.expect_exact("READY> ")
        shell.send("fab deploy:li\t")
        shell.expect_exact("deploy:live")
    finally:
        shell.close(force=True)


def test_what_must_be_given_is_offered_first_and_what_is_given_no_more(folder):
    offered = in_bash(folder, "fab deploy:")
    assert offered[:3] == ["dev", "uat-2", "live"]
    assert {"branch=", "watch=", "confirm="} <= set(offered)
    assert "live,branch=" not in in_bash(folder, "fab deploy:live,branch=x,")
    assert set(in_bash(folder, "fab ")) >= {"deploy:", "status", "doctor"}


def test_the_settings_file_is_found_where_minion_finds_it(folder, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[environments.there]\n")
    assert in_bash(folder, "fab deploy:th", MINION_SETTINGS=str(other)) == ["there"]
    assert in_bash(folder, "fab deploy:th", MINION_SETTINGS=str(tmp_path)) == []
    assert in_bash(folder, "fab deploy:l", MINION_SETTINGS=str(tmp_path)) == ["live"]
    (tmp_path / "minion.toml").unlink()
    assert in_bash(folder, "fab deploy:l") == []


def test_nobody_waits_for_it(folder):
    """Less than a tenth of a second of the processor, whatever else it does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(10):
        in_bash(folder, "fab deploy:li")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    assert took / 10 < 0.1


@pytest.mark.parametrize("name", [name for name in tasks.__all__ if name != "sandbox"])
def test_what_is_offered_is_taken_and_else_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINION_SETTINGS", raising=False)
    task = getattr(tasks, name)
    parameters = inspect.signature(task.wrapped).parameters
    given = {
        key: "on" if key == "switch" else "x"
        for number, (key, parameter) in enumerate(parameters.items())
        if parameter.default is parameter.empty or (number == 0 and key == "source")
    }
    free = ("environment", "source", "target", "backup", "shell")
    for key in parameters:
        offered = VALUES.get(f"{name}.{key}", VALUES.get(key, ()))
        if key in free or not offered:
            continue
        with pytest.raises(ArgumentError):
            task(**{**given, key: "zzz"})
        for value in offered:
            with pytest.raises(MinionError) as caught:
                task(**{**given, key: value})
            assert not isinstance(caught.value, ArgumentError), (key, value)


def test_the_sandbox_is_offered_all_that_it_takes():
    assert VALUES["action"] == tuple(sandbox.ACTIONS)


# The task


def fab(*words, shell="/bin/bash"):
    fab = [sys.executable, "-m", "minion", *words]
    return subprocess.run(
        fab, env={"PATH": "/usr/bin:/bin", "SHELL": shell}, capture_output=True, text=True
    )


def test_one_line_installs_it_and_the_script_is_all_that_is_printed():
    said = fab("completion").stdout
    assert "completion:bash > ~/.minion.bash && echo '. ~/.minion.bash' >> ~/.bashrc" in said
    assert fab("completion:fish").stdout == script("fish", DOORS)
    failed = fab("completion", shell="/bin/tcsh")
    assert failed.returncode == 1
    assert "completion:bash, completion:zsh or completion:fish" in failed.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_known_by_its_name(shell):
    assert shell_of({"SHELL": f"/usr/bin/{shell}"}) == shell
    assert line_to_type(shell).startswith(("fab completion:", "mkdir -p "))
