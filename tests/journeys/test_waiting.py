"""``wait=``: for a build, for a release, for somebody else's operation; and Ctrl-C meanwhile."""

import os
import signal
import subprocess
import time

import pytest

from minion.engine.lock import Locks
from minion.git import Repository

DEV = "bookshop-dev"


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", f"deploy:dev,confirm={DEV}")
    shop.git("checkout", "-q", "-B", "work", "dev")
    return shop


@pytest.fixture
def locked(ready):
    """The lock of dev in somebody else's hands."""
    lock = Locks(Repository.open(ready.project), "origin").take(
        "dev", "to deploy", plan=None, minutes=30
    )
    yield lock
    lock.release()


def call(**more):
    words = [f"{name}={value}" for name, value in more.items()]
    return ",".join(["deploy:dev", "branch=work", f"confirm={DEV}", *words])


def until_said(process, words):
    """What the process has said, up to and with `words`."""
    said = ""
    while words not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


@pytest.mark.whole
def test_a_build_that_runs_is_waited_for_and_planned_anew(operator, ready):
    shop = ready
    shop.api("PATCH", "/_sandbox/settings", {"build_s": 8})
    first = shop.commit("A note", {"NOTE.txt": "first\n"})
    url = shop.state["git_url"].replace("://", f"://x:{shop.token}@") + f"/{DEV}.git"
    push = ["git", "-c", "http.sslVerify=false", "push", "-q", "-f", url]
    building = subprocess.Popen(
        [*push, f"{first}:refs/heads/main"],
        cwd=shop.project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    builds = f"/apps/{DEV}/builds"
    while not any(one["status"] == "pending" for one in shop.api("GET", builds)):
        assert building.poll() is None
        time.sleep(0.1)
    second = shop.commit("A note", {"NOTE.txt": "second\n"})
    refused = operator.fab("sandbox", call(), status=1).stderr
    assert "a build is running; wait until it is done" in refused
    with operator.begun("sandbox", call(wait=120)) as process:
        said = until_said(process, "Waiting: bookshop-dev: ")
        shop.api("PATCH", "/_sandbox/settings", {"build_s": 0})
        said += process.communicate(timeout=300)[0]
    assert building.wait(60) == 0
    assert process.returncode == 0, said
    # What the stranger has released meanwhile is the base of the plan.
    assert f"* {second[:7]}  A note" in said
    assert f"* {first[:7]}  A note" not in said


def test_another_operation_is_waited_for_and_the_new_plan_is_shown(operator, ready, locked):
    ready.commit("A note", {"NOTE.txt": "third\n"})
    with operator.begun("sandbox", call(wait=120)) as process:
        said = until_said(process, "Waiting for dev: ")
        ready.api("PATCH", f"/apps/{DEV}/config-vars", {"MOVED": str(time.time())})
        locked.release()
        said += process.communicate(timeout=300)[0]
    assert process.returncode == 0, said
    assert "Something moved since the report" in said
    assert "This is the plan now" in said
    assert said.count("Target environment:  dev") == 2


def test_a_plan_that_was_confirmed_by_its_identifier_is_not_another_one(operator, ready, locked):
    ready.commit("A note", {"NOTE.txt": "fourth\n"})
    plan = operator.json("sandbox", "plan:dev,branch=work,format=json")["plan"]
    words = f"deploy:dev,branch=work,wait=120,confirm={plan}"
    with operator.begun("sandbox", words) as process:
        said = until_said(process, "Waiting for dev: ")
        ready.api("PATCH", f"/apps/{DEV}/config-vars", {"MOVED": str(time.time())})
        locked.release()
        said += process.communicate(timeout=300)[0]
    assert process.returncode == 1, said
    assert f"confirm={plan} is neither" in said
    assert "[1/" not in said


def test_ctrl_c_is_heard_while_it_waits(operator, ready, locked):
    ready.commit("A note", {"NOTE.txt": "fifth\n"})
    before = ready.newest(DEV)["version"]
    with operator.begun("sandbox", call(wait=600)) as process:
        until_said(process, "Waiting for dev: ")
        os.kill(process.pid, signal.SIGINT)
        said = process.communicate(timeout=300)[0]
    assert process.returncode == 130, said
    assert ready.newest(DEV)["version"] == before
    journal = ready.project / ".git" / "minion" / "journals" / "dev.journal"
    assert not journal.exists()
