"""A release that is watched, in a sandbox: stopped, killed and taken back."""

import os
import re
import signal
import threading

import pytest
import requests

UAT = "bookshop-uat"
WATCHED = '\n[watch]\nerrors = "1%"\non_failure = "rollback"\n'
FAILING = """
from django.http import HttpResponseServerError


def always(get_response):
    return lambda request: HttpResponseServerError("It fails.")
"""
pytestmark = [pytest.mark.whole, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def ready(operator, shop):
    """The shop, on whose uat what is on master runs, with a path to be asked for."""
    settings = (shop.project / "minion.toml").read_text()
    health = f'app = "{UAT}"\nhealth = "/healthz"\n'
    settings = settings.replace(f'app = "{UAT}"\n', health) + WATCHED
    shop.commit("Watch", {"minion.toml": settings}, branch="master")
    deploy(operator, shop)
    return shop


@pytest.fixture
def visited(ready):
    """Somebody asks for the front page all the time."""
    is_over = threading.Event()
    url = ready.state["apps"][UAT]["web_url"]

    def visit():
        while not is_over.wait(0.05):
            requests.get(url, timeout=60)

    visitor = threading.Thread(target=visit)
    visitor.start()
    yield
    is_over.set()
    visitor.join()


def deploy(operator, shop, *, status=0, **words):
    shop.git("push", "-q", "origin", "master")
    more = "".join(f",{name}={value}" for name, value in words.items())
    return operator.fab("sandbox", f"deploy:uat,confirm={UAT}{more}", status=status)


def note(shop, text):
    shop.commit(text, {"NOTE.txt": text}, branch="master")
    shop.git("push", "-q", "origin", "master")


def until_watching(process):
    said = ""
    while "watching bookshop-uat" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def test_what_was_seen_is_told(operator, ready, visited):
    note(ready, "A good one")
    said = deploy(operator, ready, watch="6s").stdout
    (line,) = re.findall(r"^\d+ s: .*$", said, re.M)
    assert re.match(
        r"[67] s: \d\d+ requests, 0 % 5xx.*, p95 \d+ ms.*; /healthz answered 200$", line
    )


def test_after_a_kill_it_is_watched_again(operator, ready, visited):
    note(ready, "To be killed")
    with operator.begun("sandbox", f"deploy:uat,watch=5s,confirm={UAT}") as process:
        until_watching(process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    said = operator.fab("sandbox", "resume:uat,how=finish").stdout
    assert re.search(r"^5 s: \d+ requests, 0 % 5xx", said, re.M)
    assert ready.git("ls-remote", "origin", "refs/minion/*") == ""


def test_stopped_by_hand_it_ends_well(operator, ready):
    note(ready, "To be stopped")
    with operator.begun("sandbox", f"deploy:uat,watch=5min,confirm={UAT}") as process:
        until_watching(process)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    assert "Stopped watching." in said
    assert ready.git("ls-remote", "origin", "refs/minion/*") == ""


def test_one_that_fails_is_taken_back_by_itself(operator, ready, visited):
    before = ready.git("rev-parse", "master")
    settings = ready.project / "bookshop" / "settings.py"
    added = '\nMIDDLEWARE = [*MIDDLEWARE, "bookshop.failing.always"]\n'
    files = {
        "bookshop/failing.py": FAILING,
        "bookshop/settings.py": settings.read_text() + added,
    }
    ready.commit("Fail", files, branch="master")
    done = deploy(operator, ready, status=1, watch="60s")
    assert "were answered with 5xx" in done.stderr
    assert "uat was taken back by itself." in done.stderr
    assert ready.page(UAT).status_code == 200
    running = operator.json("sandbox", "status:format=json")
    assert next(one for one in running if one["app"] == UAT)["commit"] == before
    assert ready.git("ls-remote", "origin", "refs/minion/*") == ""
