"""The environment's lock: who holds it, who is refused, and what is said about it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import monotonic

import pytest

from minion.engine.lock import Holder, Locked, LockLost, Locks, kept_alive
from minion.engine.lock.holder import read
from minion.engine.lock.record import LockRecord
from minion.errors import AccessDenied, ArgumentError, GitError, PushDeclined
from minion.git import Repository

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ADA = Holder(
    environment="uat",
    mark="m",
    who="Ada <ada@example.com>",
    machine="laptop",
    pid=7,
    since=NOON,
    until=NOON + timedelta(minutes=5),
    purpose="to deploy",
    plan="1a2b3c",
    token="t" * 16,
    version="1.0.0",
)


def git(folder, *words, content=None):
    done = subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, text=True, input=content
    )
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    (tmp_path / "gitconfig").write_text("[user]\n name = Ada\n email = ada@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def origin(tmp_path):
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    return tmp_path / "origin.git"


@pytest.fixture
def clone(tmp_path, origin):
    def make(name, *options, who="Ada"):
        git(tmp_path, "clone", "-q", *options, str(origin), name)
        git(tmp_path / name, "config", "user.name", who)
        return Repository.open(tmp_path / name)

    return make


@pytest.fixture(params=["origin", "branch", "local"])
def pair(request, clone, tmp_path):
    """The locks as Ada and as Bob see them; "local" for two worktrees of one clone."""
    first = clone("ada")
    if request.param == "local":
        git(first.root, "commit", "-q", "--allow-empty", "-m", "One.")
        git(first.root, "worktree", "add", "-q", str(tmp_path / "bob"))
        second = Repository.open(tmp_path / "bob")
    else:
        second = clone("bob", who="Bob")
    return tuple(Locks(r, "origin", mode=request.param, poll_s=0.02) for r in (first, second))


def take(locks, environment="uat", **more):
    return locks.take(environment, "deploy", **{"plan": "1a2b3c", "minutes": 5, **more})


# --- one holder ---


def test_the_second_is_refused_with_the_name_of_the_first(pair):
    ada, bob = pair
    lock = take(ada)
    with pytest.raises(
        Locked, match=r"uat is locked: Ada <ada@example.com> on .* 1a2b3c"
    ) as caught:
        take(bob)
    assert "fab unlock:uat" in str(caught.value)
    assert caught.value.holder == bob.holder("uat") == lock.holder
    assert bob.holders() == {"uat": lock.holder}
    assert lock.holder.until - lock.holder.since == timedelta(minutes=5)


def test_each_environment_has_a_lock_of_its_own(pair):
    ada, bob = pair
    locks = {"uat": take(ada), "live": take(bob, "live"), "uat-2_b": take(bob, "uat-2_b")}
    assert ada.holders() == {name: lock.holder for name, lock in locks.items()}
    locks["live"].release()
    assert sorted(ada.holders()) == ["uat", "uat-2_b"]


def test_a_released_lock_leaves_nothing_and_can_be_taken(pair, origin):
    ada, bob = pair
    lock, said = take(ada), []
    lock.release()
    lock.release()
    assert said == []
    assert ada.holder("uat") is None
    assert bob.holders() == {}
    assert git(origin, "for-each-ref") == ""
    take(bob).release()


def test_a_token_takes_its_own_lock_over(pair):
    ada, _ = pair
    first = take(ada, token="ours")
    again = take(ada, token="ours", minutes=60)
    assert again.holder.since == first.holder.since
    assert again.holder.until > first.holder.until
    assert ada.holder("uat") == again.holder
    with pytest.raises(Locked):
        take(ada, token="another")
    again.release()
    assert ada.holder("uat") is None


def test_a_token_that_finds_no_lock_is_the_new_locks(pair):
    ada, bob = pair
    assert take(ada, token="ours").holder.token == "ours"
    assert bob.holder("uat").token == "ours"


def test_extending_is_seen_by_the_other(pair):
    ada, bob = pair
    lock = take(ada)
    until = lock.holder.until + timedelta(hours=1)
    lock.extend(until)
    assert bob.holder("uat") == lock.holder
    assert lock.holder.until == until
    lock.release()
    assert bob.holder("uat") is None


# --- broken locks ---


def test_a_broken_lock_is_said_and_the_next_holders_is_left_alone(pair):
    ada, bob = pair
    said = []
    lost = take(ada, say=said.append)
    said.clear()
    bob.break_(bob.holder("uat"))
    assert ada.holder("uat") is None
    new = take(bob)
    with pytest.raises(LockLost, match="was broken"):
        lost.extend(NOON)
    lost.release()
    lost.release()
    assert len(said) == 1
    assert "was broken by somebody while it was held here; now " in said[0]
    assert ada.holder("uat") == new.holder


def test_a_lock_that_is_gone_is_said(pair):
    ada, bob = pair
    said = []
    lost = take(ada, say=said.append)
    bob.break_(lost.holder)
    lost.release()
    assert "nobody holds it now" in said[-1]


def test_only_the_lock_that_was_looked_at_is_broken(pair):
    ada, bob = pair
    lock = take(ada)
    seen = bob.holder("uat")
    lock.release()
    bob.break_(seen)
    new = take(ada, token="another")
    with pytest.raises(Locked):
        bob.break_(seen)
    assert bob.holder("uat") == new.holder


# --- waiting ---


def test_waiting_ends_when_the_lock_is_free(pair):
    ada, bob = pair
    lock, said = take(ada), []

    def say(line):
        said.append(line)
        if line.startswith("Waiting"):
            lock.release()

    new = take(bob, wait_s=60, say=say)
    assert ada.holder("uat") == new.holder
    assert sum("Waiting for uat: Ada <ada@example.com>" in line for line in said) == 1


def test_waiting_has_an_end(pair):
    ada, bob = pair
    lock = take(ada)
    with pytest.raises(Locked) as caught:
        take(bob, wait_s=0.3)
    assert caught.value.holder == lock.holder


# --- what cannot be read ---

UNREADABLE = {
    "newer": ('{"format": 2, "minion": "9.1.0"}', "format 2 is not 1; it is of minion 9.1.0"),
    "empty": ("", "no JSON"),
    "nonsense": ("\x1b[2J{", "no JSON"),
    "deep": ("[" * 100_000, ""),
    "list": ("[]", "not written by minion"),
    "foreign": ('{"holder": "somebody"}', "not written by minion"),
    "incomplete": ('{"format": 1, "environment": "uat"}', "who is missing"),
}


@pytest.mark.parametrize(("text", "why"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_text_that_is_not_ours_is_a_holder_with_a_problem(text, why):
    holder = read("uat", LockRecord("m", text))
    assert why in holder.problem
    assert "somebody holds it, but" in holder.describe(NOON)
    assert holder.describe(NOON).isprintable()
    assert (holder.mark, holder.token) == ("m", "")


@pytest.mark.parametrize(
    "change",
    [
        {"since": "2026-03-01T12:00:00"},
        {"until": "tomorrow"},
        {"until": None},
        {"plan": 3},
        {"pid": "7"},
        {"token": None},
        {"environment": "live"},
    ],
)
def test_a_wrong_value_is_a_problem(change):
    good = json.loads(ADA.written())
    assert read("uat", LockRecord("m", json.dumps(good))) == ADA
    assert read("uat", LockRecord("m", json.dumps({**good, **change}))).problem


def foreign_objects(repository):
    """A blob, a commit with other words, an annotated tag: what other tools might leave."""
    commit = repository.write_memo("somebody else's subject\n\n{}")
    tag = f"object {commit}\ntype commit\ntag x\ntagger A <a@b> 1 +0000\n\nx\n"
    return repository.hash_object(b"{}"), commit, repository.hash_object(tag.encode(), "tag")


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_what_is_not_minions_is_a_lock_all_the_same(clone, kind):
    ada, bob = clone("ada"), clone("bob")
    sha = foreign_objects(ada)[kind]
    ada.push_ref_atomically("origin", "refs/minion/locks/uat", sha, None)
    locks = Locks(bob, "origin")
    with pytest.raises(Locked, match="cannot be read: it was not written by minion"):
        take(locks, token="")
    holder = locks.holders()["uat"]
    assert (holder.mark, holder.since) == (sha, None)
    locks.break_(holder)
    take(locks).release()


def test_a_damaged_local_lock_is_a_lock_all_the_same(clone):
    locks = Locks(clone("ada"), None)
    take(locks).release()
    path = clone("x").git_dir.parents[1] / "ada" / ".git" / "minion" / "locks" / "uat.lock"
    path.write_bytes(b"\xff\x00")
    with pytest.raises(Locked, match="cannot be read"):
        take(locks)
    locks.break_(locks.holder("uat"))
    take(locks).release()


# --- origin ---


def test_without_an_origin_it_is_said_how_little_is_guarded(clone):
    said = []
    locks = Locks(clone("ada"), None)
    take(locks, say=said.append)
    assert "in this clone only" in said[0]
    with pytest.raises(Locked):
        take(locks)


def hook(origin: Path, name: str, script: str) -> None:
    path = origin / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_host_that_refuses_such_refs_is_named_with_the_setting(clone, origin):
    hook(origin, "update", 'case "$1" in refs/heads/*) exit 0;; *) echo no; exit 1;; esac')
    repository = clone("ada")
    with pytest.raises(PushDeclined, match='lock = "branch" or lock = "local" under'):
        take(Locks(repository, "origin"))
    take(Locks(repository, "origin", mode="branch")).release()
    hook(origin, "update", "exit 1")
    with pytest.raises(PushDeclined) as caught:
        take(Locks(repository, "origin", mode="branch"))
    assert 'lock = "local"' in str(caught.value)
    assert 'lock = "branch"' not in str(caught.value)
    assert git(origin, "for-each-ref") == ""


def test_a_refusal_in_unknown_words_is_a_lost_race_if_the_lock_is_there(clone, origin):
    """As where a host checks by itself that a ref is new: another lock came in between."""
    theirs = Locks(clone("bob", who="Bob"), "origin")
    held = take(theirs).holder
    git(origin, "update-ref", "-d", "refs/minion/locks/uat")
    hook(origin, "pre-receive", f"echo {held.mark} > refs/minion/locks/uat; exit 1")
    (origin / "refs/minion/locks").mkdir(parents=True, exist_ok=True)
    with pytest.raises(Locked) as caught:
        take(Locks(clone("ada"), "origin"))
    assert caught.value.holder == held


def test_an_origin_out_of_reach_is_an_error_and_no_lock(clone, origin):
    locks = Locks(clone("ada"), "origin")
    lock = take(locks)
    origin.rename(origin.with_suffix(".away"))
    for attempt in (lambda: take(locks, "live"), lock.release, lambda: locks.holder("uat")):
        with pytest.raises(GitError, match="cannot be looked up or changed") as caught:
            attempt()
        assert not isinstance(caught.value, (PushDeclined, AccessDenied))
    origin.with_suffix(".away").rename(origin)
    lock.release()
    assert locks.holders() == {}


def test_a_shallow_clone_can_lock_and_read(clone, origin, tmp_path):
    ada = clone("ada")
    for number in range(3):
        git(ada.root, "commit", "-q", "--allow-empty", "-m", str(number))
    git(ada.root, "push", "-q", "origin", "HEAD")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{origin}", "shallow")
    shallow = Repository.open(tmp_path / "shallow")
    assert shallow.is_shallow()
    held = take(Locks(ada, "origin"))
    locks = Locks(shallow, "origin")
    assert locks.holder("uat") == held.holder
    take(locks, "live").release()
    assert len(git(shallow.root, "log", "--format=%H").split()) == 1


@pytest.mark.parametrize("name", ["../uat", "", "a/b", "a b", "uat\n", "uat.lock", "*", "-"])
def test_odd_names_are_refused(clone, name):
    locks = Locks(clone("ada"), "origin")
    for attempt in (lambda: take(locks, name), lambda: locks.holder(name)):
        with pytest.raises(ArgumentError, match="cannot be locked"):
            attempt()


# --- words ---


def test_a_holder_in_words():
    assert ADA.describe(NOON + timedelta(minutes=4)) == (
        "Ada <ada@example.com> on laptop (process 7) has held it for 4 min to deploy "
        "(plan 1a2b3c), meant to end by 12:05 UTC"
    )
    late = ADA.describe(NOON + timedelta(days=2, hours=1))
    assert "held it for 2 d" in late
    assert late.endswith("meant to end by 2026-03-01 12:05 UTC; it is overdue by 2 d")


def test_how_long_a_holder_has_been_silent():
    heard = replace(ADA, heard=NOON + timedelta(minutes=30), until=NOON + timedelta(hours=9))
    told = "has not been heard of for"
    assert told not in heard.describe(NOON + timedelta(minutes=36))
    assert heard.describe(NOON + timedelta(hours=4)).endswith(f"; {told} 3 h")


def test_a_lock_that_is_kept_alive_is_heard_of(pair):
    ada, bob = pair
    lock = take(ada)
    first = bob.holder("uat")
    assert first.heard == first.since
    with kept_alive(lock, 90, every_s=0.01):
        now = first
        until = monotonic() + 60  # as long as a busy machine may need; one beat is enough
        while not (now.heard > first.heard and now.until > first.until) and monotonic() < until:
            now = bob.holder("uat")
    assert now.heard > first.heard
    assert now.until - now.heard == timedelta(minutes=90)
    assert (now.token, now.since) == (first.token, first.since)
    lock.release()


def test_a_clock_that_is_behind_makes_no_odd_numbers():
    line = ADA.describe(NOON - timedelta(hours=3))
    assert "held it for less than a minute" in line
    assert "overdue" not in line


def test_a_name_cannot_paint_the_terminal(clone):
    repository = clone("ada", who="\x1b[31mAda\u202e")
    lock = take(Locks(repository, "origin"))
    assert lock.holder.describe(NOON).isprintable()


def test_the_operator_where_git_knows_none(clone, monkeypatch, tmp_path):
    repository = clone("ada")
    assert repository.operator() == "Ada <ada@example.com>"
    git(repository.root, "config", "--unset", "user.name")
    (tmp_path / "gitconfig").write_text("[user]\n useConfigOnly = true\n")
    monkeypatch.setenv("LOGNAME", "ada")
    assert repository.operator().startswith("ada@")
    take(Locks(repository, "origin")).release()
