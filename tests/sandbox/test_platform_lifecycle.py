"""Starting, finding, stopping and resetting the sandbox, also when things go wrong."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
import requests
from platform_client import Client, until
from sample_app import SampleApp

from minion.sandbox.daemon import process as daemon
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle import lifecycle
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec
from minion.sandbox.state.records import App, Installation
from minion.sandbox.state.store import Store


def quiet(line):
    """Nobody listens."""


@pytest.fixture
def folder(tmp_path):
    """A `.minion` whose sandbox is stopped after the test."""
    yield tmp_path / ".minion"
    lifecycle.stop(tmp_path / ".minion")


def project_of(sample_app, *names, **more):
    """A small project: apps that are made without a push."""
    apps = [AppSpec(name, name[5:], "development", **more) for name in names]
    return ProjectSpec(sample_app.root, {"master": sample_app.first}, apps)


def is_running(pid):
    """Whether the process is there and no zombie of ours."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_bookshop_is_set_up_and_answers(folder):
    said = []
    running = lifecycle.ensure(folder, said.append)
    assert (folder / ".gitignore").read_text() == "*\n"
    assert {app["environment"] for app in running.apps.values()} == {"dev", "uat", "live"}
    assert (running.project / "minion.toml").is_file()
    assert "MINION_ORIGIN" not in running.environ
    remote = git(running.project, "remote", "get-url", "origin")
    assert remote == running.origin
    client = Client(running, None)
    for name, app in running.apps.items():
        status = until(
            lambda app=app: requests.get(app["web_url"], timeout=70).status_code,
            lambda status: status == 200,
        )
        assert status == 200, name
        with psycopg.connect(app["database_url"]) as database:
            (count,) = database.execute("SELECT count(*) FROM customers_customer").fetchone()
        assert count > 0
    live = next(name for name, app in running.apps.items() if app["environment"] == "live")
    assert client.current(live)["version"] == 423
    assert client.get(f"/apps/{live}/features/preboot")["enabled"] is True
    couplings = client.get("/pipelines/bookshop/pipeline-couplings")
    assert {each["stage"] for each in couplings} == {"development", "staging", "production"}
    assert running.token not in repr(running)
    assert len(said) == 4


def test_a_running_sandbox_is_found_and_a_stopped_one_keeps_its_state(folder, sample_app):
    project = project_of(sample_app, "shop-one", config_vars={"A": "1"}, commit=sample_app.first)
    first = lifecycle.ensure(folder, quiet, project)
    assert lifecycle.ensure(folder, quiet, project) == first
    assert lifecycle.status(folder) == first
    client = Client(first, sample_app)
    client.patch("/apps/shop-one/config-vars", {"B": "2"})
    client.patch("/apps/shop-one", {"maintenance": True})
    before = client.releases("shop-one")
    assert lifecycle.stop(folder) is True
    assert lifecycle.status(folder) is None
    assert lifecycle.stop(folder) is False
    until(lambda: is_running(first.pid), lambda alive: not alive)
    second = lifecycle.ensure(folder, quiet, project)
    # Same addresses: an environment that was exported before goes on to be right.
    assert second.environ == first.environ
    assert second.apps == first.apps
    client = Client(second, sample_app)
    assert client.releases("shop-one") == before
    assert client.site("shop-one")[0] == 503
    client.patch("/apps/shop-one", {"maintenance": False})
    assert until(lambda: client.site("shop-one"), lambda site: site[0] == 200)


def test_a_killed_daemon_leaves_its_state_and_no_processes(folder, sample_app):
    project = project_of(sample_app, "shop-one", commit=sample_app.first)
    first = lifecycle.ensure(folder, quiet, project)
    client = Client(first, sample_app)
    client.patch("/apps/shop-one/config-vars", {"RELEASE_S": "60"})
    pid = until(lambda: client.site("shop-one"), lambda site: site[0] == 200)[1]["pid"]
    # It dies in the middle of a release phase.
    commit = sample_app.commit("never-released", release_phase=True)
    pushing = threading.Thread(target=client.push, args=("shop-one", commit))
    pushing.start()
    until(lambda: client.releases("shop-one")[0]["status"], lambda status: status == "pending")
    running_before = client.current("shop-one")
    os.kill(first.pid, signal.SIGKILL)
    pushing.join()
    until(lambda: is_running(pid), lambda alive: not alive)
    assert lifecycle.status(folder) is None
    second = lifecycle.ensure(folder, quiet, project)
    assert second.environ == first.environ
    client = Client(second, sample_app)
    releases = client.releases("shop-one")
    assert [release["status"] for release in releases[:2]] == ["failed", "succeeded"]
    assert client.current("shop-one") == running_before
    assert (
        until(lambda: client.site("shop-one"), lambda site: site[0] == 200)[1]["version"] == "one"
    )
    with psycopg.connect(second.apps["shop-one"]["database_url"]) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)


def test_two_callers_at_once_get_the_same_sandbox(folder, sample_app):
    project = project_of(sample_app, "shop-one")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(lifecycle.ensure(folder, quiet, project)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len({running.pid for running in found}) == 1


def test_an_interrupted_first_start_is_done_again(folder, sample_app):
    failing = project_of(
        sample_app, "shop-one", commit=sample_app.first, setup_commands=["echo why; exit 5"]
    )
    with pytest.raises(SandboxError, match="ended with status 5:\nwhy"):
        lifecycle.ensure(folder, quiet, failing)
    assert lifecycle.status(folder) is None
    assert not daemon.is_alive(folder / "sandbox")
    fine = project_of(
        sample_app, "shop-one", commit=sample_app.first, setup_commands=['test -n "$DATABASE_URL"']
    )
    running = lifecycle.ensure(folder, quiet, fine)
    assert [release["version"] for release in Client(running, sample_app).releases("shop-one")] == [
        4,
        3,
        2,
        1,
    ]


def test_a_commit_that_does_not_build_leaves_an_empty_app_and_a_word(folder, tmp_path):
    other = SampleApp(tmp_path / "other")
    broken = other.commit("broken", **{"requirements.txt": "./no-such-package\n"})
    said = []
    project = project_of(other, "shop-one", commit=broken)
    running = lifecycle.ensure(folder, said.append, project)
    assert any("shop-one" in line and "failed to compile" in line for line in said)
    assert Client(running, other).get("/apps/shop-one/dynos") == []


def test_a_project_is_rehearsed_on_an_origin_of_its_own(folder, tmp_path):
    other = SampleApp(tmp_path / "other")
    running = lifecycle.ensure(folder, quiet, project_of(other, "shop-one"))
    assert running.environ["MINION_ORIGIN"] == running.origin
    assert running.project == other.root
    assert git(Path(running.origin), "rev-parse", "master") == other.first
    # The project goes on: a commit and an app more.
    (other.root / "migrations").mkdir()
    wants = {"migrations/0001_initial.py": 'CreateExtension("no_such_thing")\n'}
    other.first = other.commit("two", **wants)
    said: list[str] = []
    running = lifecycle.ensure(folder, said.append, project_of(other, "shop-one", "shop-two"))
    (note,) = [line for line in said if line.startswith("NOTE: ")]
    assert "migrations/0001_initial.py:1 makes the extension no_such_thing" in note
    assert git(Path(running.origin), "rev-parse", "master") == other.first
    assert set(running.apps) == {"shop-one", "shop-two"}
    with pytest.raises(SandboxError, match="sandbox:reset"):
        lifecycle.ensure(folder, quiet)


def test_a_reset_begins_anew(folder, sample_app):
    project = project_of(sample_app, "shop-one")
    before = lifecycle.ensure(folder, quiet, project)
    Client(before, sample_app).patch("/apps/shop-one/config-vars", {"A": "1"})
    after = lifecycle.reset(folder, quiet, project)
    until(lambda: is_running(before.pid), lambda alive: not alive)
    assert after.token != before.token
    assert "A" not in Client(after, sample_app).get("/apps/shop-one/config-vars")


def test_a_port_that_was_taken_meanwhile_is_replaced(folder, sample_app):
    project = project_of(sample_app, "shop-one", commit=sample_app.first)
    first = lifecycle.ensure(folder, quiet, project)
    lifecycle.stop(folder)
    numbers = [
        int(first.api_url.rpartition(":")[2]),
        port_of(first.apps["shop-one"]["database_url"]),
    ]
    with (
        socket.create_server(("127.0.0.1", numbers[0])),
        socket.create_server(("127.0.0.1", numbers[1])),
    ):
        second = lifecycle.ensure(folder, quiet, project)
        assert second.api_url != first.api_url
        url = Client(second, sample_app).get("/apps/shop-one/config-vars")["DATABASE_URL"]
        assert port_of(url) != numbers[1]
        body = {"command": "echo $DATABASE_URL"}
        answer = Client(second, sample_app).post("/_sandbox/apps/shop-one/run", body)
        assert answer["output"] == [url]


def test_no_port_is_given_to_two_servers(folder, sample_app):
    project = project_of(sample_app, "shop-one", commit=sample_app.first)
    first = lifecycle.ensure(folder, quiet, project)
    lifecycle.stop(folder)
    store = Store(first.state_dir / "state.db")
    app = store.first(App, name="shop-one")
    app.port = store.first(Installation).ports["api"]
    store.save(app)
    store.close()
    second = lifecycle.ensure(folder, quiet, project)
    assert second.api_url == first.api_url
    assert until(lambda: Client(second, sample_app).site("shop-one"), lambda site: site[0] == 200)


def test_a_port_that_is_taken_while_the_sandbox_starts_is_replaced(folder, sample_app):
    project = project_of(sample_app, "shop-one")
    first = lifecycle.ensure(folder, quiet, project)
    lifecycle.stop(folder)
    log = first.state_dir / "postgres" / "postgres.log"
    before = log.stat().st_mtime_ns
    with socket.socket() as taken:
        # Who only binds a port, as the sandbox does to see whether it is free, may share it.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port_of(first.api_url)))
        found = []
        starting = threading.Thread(
            target=lambda: found.append(lifecycle.ensure(folder, quiet, project))
        )
        starting.start()
        # Its ports are chosen, and the API's is the last that it will listen on.
        until(lambda: log.stat().st_mtime_ns, lambda moment: moment != before)
        has_it = True
        try:
            taken.listen()
        except OSError:
            has_it = False  # the sandbox was quicker, which is as well
        starting.join()
    (second,) = found
    assert (second.api_url != first.api_url) is has_it
    assert Client(second, sample_app).get("/account")


def test_a_sandbox_that_cannot_start_says_why(folder):
    state_dir = folder / "sandbox"
    state_dir.mkdir(parents=True)
    (state_dir / "state.db").write_bytes(b"this is no database, but a file of some length" * 99)
    with pytest.raises(SandboxError, match="file is not a database"):
        daemon.start(state_dir)


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match="cannot be set up"):
        lifecycle.ensure(tmp_path / "file" / ".minion", quiet)


def test_a_second_daemon_refuses_the_folder(client):
    done = subprocess.run(
        [sys.executable, "-m", "minion.sandbox", "serve", str(client.running.state_dir)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(lifecycle.__file__).parents[3],
    )
    assert done.returncode == 1
    assert done.stderr.startswith("A sandbox runs already in ")
    assert client.get("/account")


def test_a_daemon_whose_folder_was_removed_ends(tmp_path, sample_app):
    folder = tmp_path / ".minion"
    running = lifecycle.ensure(folder, quiet, project_of(sample_app, "shop-one"))
    shutil.rmtree(folder, ignore_errors=True)
    until(lambda: is_running(running.pid), lambda alive: not alive)


def test_secrets_are_in_private_files_and_in_no_arguments(client):
    state_dir = client.running.state_dir
    for name in ("ready.json", "state.db"):
        assert (state_dir / name).stat().st_mode & 0o077 == 0
    assert json.loads((state_dir / "ready.json").read_text())["token"] == client.running.token
    assert client.running.token not in (state_dir / "daemon.log").read_text()


def port_of(url):
    """The port in a URL."""
    return int(url.rpartition(":")[2].partition("/")[0])


def git(folder, *arguments):
    """What git prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
