"""An operation under way: what is left of it when it cannot even be tidied up after."""

from __future__ import annotations

import subprocess

import pytest
from builders import SETTINGS

from minion.engine.exclusive import journals, locks_of, resumed, under_way
from minion.engine.journal import Journal
from minion.engine.operation import Before, Work
from minion.errors import PushLost, Refused
from minion.git import Repository
from minion.operations.deploy import DeployRequest
from minion.steps.world import World
from minion.terminal.console import Console

WORK = Work("deploy", DeployRequest("uat"), "p1", (Before("app", 1, None, 1),), ())


def git(folder, *words):
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "gitconfig").write_text("[user]\n name = Ada\n email = ada@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(tmp_path, "clone", "-q", "origin.git", "clone")
    return World(None, Repository.open(tmp_path / "clone"), Console(), SETTINGS)


def hook(world, name, script):
    path = world.repository.git_dir.parents[1] / "origin.git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def work(world, check=lambda: None, outcome="finished"):
    with under_way(WORK, "to deploy", world, wait_s=0, check=check) as held:
        assert locks_of(SETTINGS, world.repository).holder("uat").purpose == "to deploy"
        held.journal.close(outcome)


def resume(world):
    journal = Journal.open(journals(world.repository), "uat")
    with resumed(journal, WORK, "to deploy", world):
        assert journal.entries.outcome == "finished"


def is_free(world):
    """Whether neither a lock nor a journal is left."""
    return (
        locks_of(SETTINGS, world.repository).holder("uat") is None
        and Journal.open(journals(world.repository), "uat") is None
    )


def test_what_has_ended_leaves_neither_lock_nor_journal(world):
    work(world)
    assert is_free(world)


def test_what_does_not_begin_leaves_neither(world):
    def moved():
        raise Refused("something moved")

    with pytest.raises(Refused):
        work(world, moved)
    assert is_free(world)


def test_a_lock_that_cannot_be_given_back_is_by_resume(world, capsys):
    world.console = Console()
    refusal = hook(world, "pre-receive", "read old new ref; case $new in 000*) exit 1;; esac")
    work(world)
    assert "could not be tidied up" in capsys.readouterr().out
    refusal.unlink()
    assert locks_of(SETTINGS, world.repository).holder("uat") is not None
    resume(world)
    assert is_free(world)


def test_a_journal_that_cannot_be_put_away_is_by_resume(world, capsys):
    world.console = Console()
    obstacle = journals(world.repository) / "uat.last"
    obstacle.mkdir(parents=True)
    work(world)
    assert "fab resume:uat" in capsys.readouterr().out
    obstacle.rmdir()
    resume(world)
    assert is_free(world)


def test_a_lock_that_may_have_been_taken_keeps_its_journal(world):
    hook(world, "post-receive", "rm -rf refs; mkdir hidden && mv objects hidden; kill -9 $PPID")
    with pytest.raises(PushLost, match="fab resume:uat"):
        work(world)
    assert Journal.open(journals(world.repository), "uat").entries.outcome is None


def test_a_lock_whose_second_push_reaches_nobody_may_come_of_the_first(world):
    hook(world, "pre-receive", "git config receive.denyDeletes broken; kill -9 $PPID")
    with pytest.raises(PushLost, match=r"an answer was lost.*fab resume:uat"):
        work(world)
    assert Journal.open(journals(world.repository), "uat").entries.outcome is None
