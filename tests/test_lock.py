"""One holder at a time, on a real origin; and nobody's lock is ever taken for nothing."""

import multiprocessing
import os
import signal
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from minion.errors import GitError, Refused
from minion.git import Repository
from minion.lock import Holder, Locked, Locks, LockUnreadable

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ADA = Holder(
    environment="uat",
    who="Ada <ada@example.com>",
    machine="laptop",
    pid=7,
    since=NOON,
    until=NOON + timedelta(hours=2),
    purpose="deploy",
    plan="1a2b3c",
    token="t" * 16,
)


def git(*words, cwd):
    done = subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    (tmp_path / "gitconfig").write_text("[user]\n name = Ada\n email = ada@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def origin(tmp_path):
    git("init", "-q", "--bare", str(tmp_path / "origin.git"), cwd=tmp_path)
    return tmp_path / "origin.git"


@pytest.fixture
def clone(tmp_path, origin):
    def make(name):
        git("clone", "-q", str(origin), name, cwd=tmp_path)
        return Repository.open(tmp_path / name)

    return make


def take(locks, token, environment="uat", **more):
    return locks.take(environment, "deploy", plan="p1", minutes=60, token=token, **more)


@pytest.fixture(params=["origin", "branch"])
def mode(request):
    return request.param


def test_the_second_is_refused_with_the_name_of_the_first(clone, mode):
    ours, theirs = (Locks(clone(name), "origin", mode=mode) for name in ("a", "b"))
    lock = take(ours, "ours")
    with pytest.raises(Locked, match=r"Ada <ada@example.com> on .* deploy \(plan p1\)") as refusal:
        take(theirs, "theirs")
    assert "fab unlock:uat" in str(refusal.value)
    assert refusal.value.holder == theirs.holder("uat") == lock.holder
    take(theirs, "theirs", "live").release()
    lock.release()
    lock.release()
    assert theirs.holder("uat") is None
    take(theirs, "theirs").release()


def test_nothing_is_left_on_origin(clone, origin, mode):
    take(Locks(clone("a"), "origin", mode=mode), "ours").release()
    assert git("for-each-ref", cwd=origin) == ""


def test_a_crashed_holder_knows_its_own_lock_by_the_token(clone, mode):
    repository = clone("a")
    take(Locks(repository, "origin", mode=mode), "ours")
    again = take(Locks(repository, "origin", mode=mode), "ours")
    again.release()
    assert Locks(repository, "origin", mode=mode).holder("uat") is None


def test_a_lock_that_was_broken_is_not_given_back_twice(clone):
    ours, theirs = (Locks(clone(name), "origin") for name in ("a", "b"))
    lock = take(ours, "ours")
    assert theirs.break_("uat", lock.holder)
    new = take(theirs, "theirs")
    assert not ours.break_("uat", lock.holder)
    with pytest.raises(GitError, match="broken the lock of uat"):
        lock.release()
    assert ours.holder("uat") == new.holder


def test_what_cannot_be_read_is_a_lock_all_the_same(clone, origin):
    repository = clone("a")
    sha = repository.write_message('{"format": 99}')
    repository.push_ref_atomically("origin", "refs/minion/locks/uat", sha, None)
    locks = Locks(clone("b"), "origin")
    with pytest.raises(Locked, match="another version of minion") as refusal:
        take(locks, "ours")
    assert refusal.value.holder is None
    with pytest.raises(LockUnreadable):
        locks.holder("uat")
    assert "cannot be read" in locks.holders(("uat", "live"))["uat"]
    assert locks.break_("uat", None)
    take(locks, "ours").release()


def test_waiting_ends_when_the_lock_is_free(clone):
    ours, theirs = (Locks(clone(name), "origin") for name in ("a", "b"))
    lock = take(ours, "ours")
    said = []

    def say(text):
        said.append(text)
        lock.release()

    take(theirs, "theirs", wait_s=60, say=say).release()
    assert len(said) == 1
    assert "Ada" in said[0]


def test_waiting_has_an_end(clone):
    ours, theirs = (Locks(clone(name), "origin") for name in ("a", "b"))
    take(ours, "ours")
    with pytest.raises(Locked):
        take(theirs, "theirs", wait_s=0.1)


def test_without_an_origin_the_machine_is_guarded_and_it_is_said(clone):
    repository, said = clone("a"), []
    lock = take(Locks(repository, None), "ours", say=said.append)
    assert "no origin" in said[0]
    with pytest.raises(Locked):
        take(Locks(repository, "origin", mode="local"), "theirs")
    assert list(Locks(repository, None).holders(("uat",))) == ["uat"]
    lock.release()
    assert Locks(repository, None).holder("uat") is None


def test_a_host_that_refuses_the_ref_is_named_with_the_setting(clone, origin):
    hook = origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no such refs here'; exit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Refused, match='lock = "branch"'):
        take(Locks(clone("a"), "origin"), "ours")


def test_an_origin_out_of_reach_is_an_error_and_no_lock(clone, origin):
    locks = Locks(clone("a"), "origin")
    origin.rename(origin.with_suffix(".gone"))
    with pytest.raises(GitError, match="origin"):
        take(locks, "ours")


@pytest.mark.parametrize("name", ["../uat", "", "-uat", "a b", "uat\n", "ü"])
def test_odd_names_are_refused(clone, name):
    with pytest.raises(Refused, match="no name"):
        take(Locks(clone("a"), "origin"), "ours", name)


def compete(folder, token, start, results):
    locks = Locks(Repository.open(folder), "origin")
    start.wait()
    try:
        take(locks, token)
        results.put(token)
    except Locked:
        results.put(None)


def test_of_eight_at_once_one_wins(clone, tmp_path):
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    workers = [
        context.Process(target=compete, args=(clone(f"c{n}").root, f"token{n}", start, results))
        for n in range(8)
    ]
    for worker in workers:
        worker.start()
    start.set()
    won = [results.get(timeout=100) for _ in workers]
    for worker in workers:
        worker.join()
    winners = [token for token in won if token]
    assert len(winners) == 1
    assert Locks(clone("judge"), "origin").holder("uat").token == winners[0]


def take_and_die(folder):
    take(Locks(Repository.open(folder), "origin"), "ours")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_holder_leaves_its_lock(clone):
    context = multiprocessing.get_context("spawn")
    repository = clone("a")
    worker = context.Process(target=take_and_die, args=(repository.root,))
    worker.start()
    worker.join()
    with pytest.raises(Locked):
        take(Locks(clone("b"), "origin"), "theirs")
    take(Locks(repository, "origin"), "ours").release()


def test_a_holder_in_words():
    line = ADA.describe(NOON + timedelta(minutes=4))
    assert line == (
        "Ada <ada@example.com> on laptop has held the lock for 4 min: deploy (plan 1a2b3c), "
        "to end within 1 h"
    )
    assert "it should have ended 3 h ago" in ADA.describe(NOON + timedelta(hours=5))


def test_a_holder_survives_its_text():
    assert Holder.of(ADA.text()) == ADA
    for text in ("", "{}", "[]", "nonsense", ADA.text().replace("2026", "x"), '{"format": 1}'):
        with pytest.raises(ValueError, match="cannot be read"):
            Holder.of(text)
