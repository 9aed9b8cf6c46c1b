"""What is left of backups and databases when the sandbox ends, is killed or begins anew."""

import os
import signal
import subprocess

import psycopg
import pytest
from data_kit import Shop, messages
from platform_client import Client, until

from minion.sandbox.daemon import process as daemon
from minion.sandbox.lifecycle import lifecycle
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec


def quiet(line):
    """Nobody listens."""


class Sandbox:
    """A sandbox with an app without a commit, which is started and ended by the test."""

    def __init__(self, folder, root, commit):
        self.folder = folder
        apps = [AppSpec("shop-one", "one", "development")]
        self.project = ProjectSpec(root, {"master": commit}, apps)
        self.start()

    def start(self):
        self.running = lifecycle.ensure(self.folder, quiet, self.project)
        self.client = Client(self.running, None)
        return self

    def kill(self):
        os.kill(self.running.pid, signal.SIGKILL)
        until(lambda: daemon.is_alive(self.running.state_dir), lambda alive: not alive)

    def local(self, statement, database=None):
        """The rows of a statement in the database that plays the developer's own."""
        url = self.running.local_database_url
        with psycopg.connect(url, dbname=database or "development", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    @property
    def backups(self):
        """The names of the files that the transfers have left."""
        return {path.name for path in (self.running.state_dir / "backups").iterdir()}


@pytest.fixture
def sandbox(tmp_path, sample_app):
    folder = tmp_path / ".minion"
    yield Sandbox(folder, sample_app.root, sample_app.first)
    lifecycle.stop(folder)


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_transfer_that_the_sandbox_did_not_outlive_has_failed(sandbox, is_killed):
    shop = Shop(sandbox.client, "shop-two", ["Ada"])
    kept = shop.back_up()
    sandbox.client.patch("/_sandbox/settings", {"transfer_s": 600})
    backup = shop.begin("backups")
    restore = Shop(sandbox.client, "shop-three").begin("restores", {"backup_url": kept["to_url"]})
    until(lambda: shop.look(backup)["processed_bytes"], bool)
    assert f"{backup['uuid']}.part" in sandbox.backups
    if is_killed:
        sandbox.kill()
    else:
        lifecycle.stop(sandbox.folder)
    shop.client = sandbox.start().client
    failed = shop.look(backup, verbose=True)
    assert (failed["succeeded"], failed["canceled_at"]) == (False, None)
    assert failed["finished_at"]
    assert messages(failed).endswith("ended while this was at work." if is_killed else "stopped.")
    path = f"/client/v11/apps/shop-three/transfers/{restore['uuid']}"
    assert sandbox.client.get(path)["succeeded"] is False
    assert sandbox.backups == {f"{kept['uuid']}.dump"}
    # What was whole can be used.
    shop.execute("DELETE FROM customer")
    assert shop.ended(shop.begin("restores", {"backup_url": kept["to_url"]}))["succeeded"]
    assert shop.customers == ["Ada"]
    assert shop.back_up()["num"] == 4


def test_a_reset_removes_the_backups(sandbox):
    shop = Shop(sandbox.client, "shop-two", ["Ada"])
    shop.back_up()
    assert sandbox.backups
    sandbox.running = lifecycle.reset(sandbox.folder, quiet, sandbox.project)
    assert sandbox.backups == set()


def test_the_developers_own_database_is_there_and_stays(sandbox):
    url = sandbox.running.local_database_url
    assert sandbox.running.environ["MINION_LOCAL_DATABASE"] == url
    assert url not in {app["database_url"] for app in sandbox.running.apps.values()}
    assert url not in repr(sandbox.running)
    programs = sandbox.running.environ["MINION_PG_BIN"]
    for program in ("pg_restore", "psql", "pg_dump"):
        subprocess.run([f"{programs}/{program}", "--version"], check=True, capture_output=True)
    sandbox.local("CREATE TABLE notes AS SELECT 1 AS n")
    lifecycle.stop(sandbox.folder)
    assert sandbox.start().running.local_database_url == url
    assert sandbox.local("SELECT n FROM notes") == [(1,)]


def test_a_swap_of_the_developers_own_database_is_not_disturbed(sandbox):
    sandbox.local("CREATE TABLE notes AS SELECT 1 AS n")
    sandbox.local("CREATE DATABASE beside", "template1")
    sandbox.local("ALTER DATABASE development RENAME TO set_aside", "beside")
    # The swap is interrupted here: an empty database would be in the way of the rest.
    sandbox.kill()
    sandbox.start()
    sandbox.local("ALTER DATABASE beside RENAME TO development", "set_aside")
    assert sandbox.local("SELECT to_regclass('notes')") == [(None,)]
    assert sandbox.local("SELECT n FROM notes", "set_aside") == [(1,)]
    # One who has dropped all that he had gets an empty one.
    sandbox.local("DROP DATABASE set_aside")
    sandbox.local("DROP DATABASE development", "template1")
    lifecycle.stop(sandbox.folder)
    sandbox.start()
    assert sandbox.local("SELECT current_database()") == [("development",)]
