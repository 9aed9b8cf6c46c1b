"""Several processes at one lock, processes that are killed, and answers that are lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from test_git import TOKEN, GitServer

from minion.engine.lock import Locked, Locks
from minion.errors import PushDeclined, PushLost
from minion.git import Repository

REF = "refs/minion/locks/uat"


def git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    (tmp_path / "gitconfig").write_text("[user]\n name = Ada\n email = ada@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def origin(tmp_path):
    git(tmp_path, "init", "-q", "--bare", "my-app.git")
    return tmp_path / "my-app.git"


@pytest.fixture
def clone(tmp_path, origin):
    def make(name):
        git(tmp_path, "clone", "-q", str(origin), name)
        return Repository.open(tmp_path / name)

    return make


@pytest.fixture
def server(origin):
    """The origin over HTTP; `breaks_at` drops connections after the effect."""
    server = GitServer(origin.parent)
    server.address = f"http://heroku:{quote(TOKEN, safe='')}@{server.url[7:]}/{origin.name}"
    git(origin, "config", "http.receivepack", "true")
    yield server
    server.close()


def take(locks, **more):
    return locks.take("uat", "deploy", **{"plan": None, "minutes": 5, **more})


def hook(origin: Path, name: str, script: str) -> None:
    path = origin / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --- many at once ---


def compete(root, origin, mode, start, results):
    locks = Locks(Repository.open(root), origin, mode=mode)
    start.wait(100)
    try:
        results.put((os.getpid(), take(locks).holder.token))
    except Locked as locked:
        results.put((os.getpid(), locked.holder))


@pytest.mark.parametrize("how", ["path", "http", "branch", "local"])
def test_of_eight_at_once_one_wins(clone, server, how):
    repository = clone("a")
    remote = server.address if how == "http" else "origin"
    mode = how if how in ("branch", "local") else "origin"
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(8), context.Queue()
    arguments = (str(repository.root), remote, mode, start, results)
    workers = [context.Process(target=compete, args=arguments) for _ in range(8)]
    for worker in workers:
        worker.start()
    outcomes = dict(results.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join()
    winners = {pid: token for pid, token in outcomes.items() if isinstance(token, str)}
    holder = Locks(repository, remote, mode=mode).holder("uat")
    assert winners == {holder.pid: holder.token}
    assert [outcome for outcome in outcomes.values() if outcome == holder] == [holder] * 7


def count_up(root, mode, file, rounds):
    """Read, wait, write: only what is alone gets every number."""
    locks = Locks(Repository.open(root), "origin", mode=mode, poll_s=0.01)
    for _ in range(rounds):
        lock = take(locks, wait_s=100)
        number = int(file.read_text())
        time.sleep(0.005)
        file.write_text(str(number + 1))
        lock.release()


@pytest.mark.parametrize("mode", ["origin", "local"])
def test_those_who_wait_get_their_turn_and_are_alone(clone, tmp_path, mode):
    repository, file = clone("a"), tmp_path / "number"
    file.write_text("0")
    context = multiprocessing.get_context("spawn")
    arguments = (str(repository.root), mode, file, 4)
    workers = [context.Process(target=count_up, args=arguments) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(150)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert file.read_text() == "12"
    assert Locks(repository, "origin", mode=mode).holders() == {}


# --- killed and interrupted ---

TAKER = """
import signal, sys
from minion.git import Repository
from minion.engine.lock import Locks
# A test that runs in the background has inherited that Ctrl-C is not heard.
signal.signal(signal.SIGINT, signal.default_int_handler)
locks = Locks(Repository.open(sys.argv[1]), sys.argv[2] if sys.argv[2:] else "origin")
locks.take("uat", "deploy", plan=None, minutes=5, token="ours")
"""


@pytest.fixture
def taker(clone, origin, tmp_path):
    """A process whose push has made the lock and waits for an answer."""
    hook(
        origin,
        "post-receive",
        f"[ -e '{tmp_path}/seen' ] && exit 0\necho $$ > '{tmp_path}/seen'\n"
        f"for i in $(seq 600); do [ -e '{tmp_path}/go' ] && exit 0; sleep 0.05; done",
    )
    repository = clone("a")
    process = subprocess.Popen(
        [sys.executable, "-c", TAKER, str(repository.root)], stderr=subprocess.DEVNULL
    )
    wait_for((tmp_path / "seen").exists)
    yield process
    (tmp_path / "go").touch()
    process.kill()
    process.wait()


def test_a_killed_taker_leaves_a_lock_that_its_token_takes_over(taker, clone, tmp_path):
    taker.send_signal(signal.SIGKILL)
    assert taker.wait(30) == -signal.SIGKILL
    (tmp_path / "go").touch()
    with pytest.raises(Locked) as caught:
        take(Locks(clone("b"), "origin"))
    assert caught.value.holder.pid == taker.pid
    lock = take(Locks(Repository.open(tmp_path / "a"), "origin"), token="ours")
    assert lock.holder.since == caught.value.holder.since
    lock.release()
    assert Locks(clone("c"), "origin").holders() == {}


def test_an_interrupted_taker_takes_its_lock_back(taker, clone, tmp_path):
    taker.send_signal(signal.SIGINT)
    assert taker.wait(60) == -signal.SIGINT
    assert Locks(clone("b"), "origin").holders() == {}


def test_one_who_insists_while_the_lock_is_taken_back_hears_that_it_may_be_there(
    clone, origin, tmp_path
):
    """The first Ctrl-C breaks off the push that has made the lock, the second its taking back."""
    stay = f"for i in $(seq 600); do [ -e '{tmp_path}/go' ] && exit 1; sleep 0.05; done"
    hook(origin, "post-receive", f"echo > '{tmp_path}/made'\n{stay}")
    hook(
        origin,
        "pre-receive",
        f"read old new ref\ncase $new in 000*) echo > '{tmp_path}/deleting'; {stay}; exit 1;; esac",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", TAKER, str(clone("a").root)], stderr=subprocess.PIPE, text=True
    )
    try:
        for sign in ("made", "deleting"):
            wait_for((tmp_path / sign).exists)
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=180)
    finally:
        (tmp_path / "go").touch()
        process.kill()
    assert "PushLost: Stopped; whether the lock of uat was taken is not known" in said
    assert "fab resume:uat" in said
    assert Locks(clone("b"), "origin").holder("uat").token == "ours"


def test_a_lock_that_a_slow_server_makes_after_the_ctrl_c_is_taken_back(
    clone, origin, server, tmp_path
):
    begun, go = tmp_path / "begun", tmp_path / "go"
    wait = f"for i in $(seq 600); do [ -e '{go}' ] && exit 0; sleep 0.02; done"
    hook(origin, "pre-receive", f"echo > '{begun}'; {wait}")
    hook(origin, "post-receive", f"echo > '{tmp_path}/made'")
    process = subprocess.Popen(
        [sys.executable, "-c", TAKER, str(clone("a").root), server.address],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(begun.exists)
        asked = len(server.authorizations)
        process.send_signal(signal.SIGINT)
        # The first try to take it back asks without and then with the password.
        wait_for(lambda: len(server.authorizations) >= asked + 2)
        go.touch()
        assert process.wait(60) == -signal.SIGINT
    finally:
        go.touch()
        process.kill()
    assert (tmp_path / "made").exists()
    assert Locks(clone("b"), "origin").holders() == {}


# --- lost answers ---


def test_a_lost_answer_is_settled_by_reading_back(clone, server):
    locks = Locks(clone("a"), server.address)
    server.breaks_at = "git-receive-pack"
    lock = take(locks)
    assert locks.holder("uat") == lock.holder
    lock.extend(lock.holder.until.replace(year=2090))
    assert locks.holder("uat").until.year == 2090
    said = []
    lock.release()
    assert said == []
    assert locks.holders() == {}


def test_the_token_of_the_remote_is_never_shown(clone, server, origin):
    hook(origin, "pre-receive", "exit 1")
    with pytest.raises(PushDeclined) as caught:
        take(Locks(clone("a"), server.address))
    assert "secret-token" not in str(caught.value)
    assert "fab" not in str(caught.value)
    assert "minion.toml" in str(caught.value)


def test_a_push_that_was_lost_on_the_way_is_made_again(clone, origin, tmp_path):
    """The remote's process ends before anything is done, once for each kind of change."""
    hook(
        origin,
        "pre-receive",
        f"[ -e '{tmp_path}/broken' ] && exit 0; touch '{tmp_path}/broken'; kill -9 $PPID",
    )
    locks = Locks(clone("a"), "origin")
    lock = take(locks)
    assert (tmp_path / "broken").exists()
    assert locks.holder("uat") == lock.holder
    (tmp_path / "broken").unlink()
    lock.release()
    assert (tmp_path / "broken").exists()
    assert locks.holders() == {}


def test_what_stays_unknown_is_said(clone, origin):
    hook(origin, "pre-receive", "kill -9 $PPID")
    with pytest.raises(PushLost, match="whether the lock of uat was taken is not known") as caught:
        take(Locks(clone("a"), "origin"))
    assert "fab resume:uat" in str(caught.value)


@pytest.mark.parametrize("is_taken_again", [True, False])
def test_a_lock_that_changes_hands_while_it_is_read_is_read_again(
    clone, origin, tmp_path, is_taken_again
):
    """Between the list and the fetch the lock that was listed is given back."""
    ours, reader = Locks(clone("a"), "origin"), clone("b")
    first = take(ours).holder
    ours.break_(first)
    second = take(ours, token="next").holder if is_taken_again else None
    git(origin, "update-ref", REF, first.mark)
    then = f"update-ref {REF} {second.mark}" if second else f"update-ref -d {REF}"
    pack = tmp_path / "upload-pack"
    pack.write_text(
        f"#!/bin/sh\n[ -e '{tmp_path}/listed' ] && git -C '{origin}' {then}\n"
        f"touch '{tmp_path}/listed'\nexec git-upload-pack \"$@\"\n"
    )
    pack.chmod(0o755)
    git(reader.root, "config", "remote.origin.uploadpack", str(pack))
    assert Locks(reader, "origin").holder("uat") == second
