"""The unmodified Heroku CLI does what a person does with databases and backups.

It looks at a transfer every three seconds, so those that it waits for are few.
"""

import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest
import requests
from data_kit import Shop
from heroku_cli import Cli, needs_cli
from platform_client import until

pytestmark = [needs_cli, pytest.mark.whole]


@pytest.fixture(scope="module")
def cli(client, tmp_path_factory):
    return Cli(client, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def live(client):
    """An app with customers."""
    return Shop(client, "cli-data-live", ["Ada", "Grace"])


@pytest.fixture(scope="module")
def uat(client):
    """An app whose database is to be overwritten."""
    return Shop(client, "cli-data-uat", ["Test"])


@pytest.fixture(scope="module")
def backup(cli, live):
    """A backup that the CLI has made."""
    said = cli.run("pg:backups:capture", "-a", live.name)
    assert said.returncode == 0, said.stderr
    assert "Backing up DATABASE to b001... done" in said.stderr
    (captured,) = live.client.get(live.path)
    assert captured["succeeded"]
    return captured


def test_a_captured_backup_is_listed_described_and_downloaded(cli, live, backup, tmp_path):
    shown = cli("pg:backups", "-a", live.name)
    assert re.search(r"b001 .*Completed \d{4}-\d\d-\d\d .*DATABASE", shown)
    assert "No restores found." in shown
    shown = cli("pg:backups:info", "b001", "-a", live.name)
    for text in ("Database:", "DATABASE", "Completed", "Manual", "Backup Logs", "pg_dump:"):
        assert text in shown
    # Dates stand where they should and are dates.
    assert re.search(r"Finished at: +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000", shown)
    url = cli("pg:backups:url", "-a", live.name).strip()
    dumped = tmp_path / "dump"
    dumped.write_bytes(requests.get(url, timeout=60).content)
    assert dumped.stat().st_size == backup["processed_bytes"]
    programs = live.client.running.environ["MINION_PG_BIN"]
    listed = subprocess.run(
        [f"{programs}/pg_restore", "--list", str(dumped)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TABLE DATA public customer" in listed.stdout


def test_a_backup_is_restored_into_another_app(cli, live, uat, backup):
    wish = ("pg:backups:restore", f"{live.name}::b001", "DATABASE_URL", "-a", uat.name)
    refused = cli.run(*wish, "--confirm", live.name)
    assert refused.returncode == 1
    assert uat.customers == ["Test"]
    said = cli.run(*wish, "--confirm", uat.name)
    assert (said.returncode, "Restoring... done" in said.stderr) == (0, True), said.stderr
    assert uat.customers == live.customers == ["Ada", "Grace"]
    assert re.search(r"r001 .*Completed", cli("pg:backups", "-a", uat.name))


def test_a_restore_that_fails_is_told_with_the_end_of_its_log(cli, client, uat):
    # The sandbox's own page is no dump, and without a token it is no page either.
    url = f"{client.url}/account"
    said = cli.run("pg:backups:restore", url, "DATABASE", "-a", uat.name, "--confirm", uat.name)
    assert said.returncode == 2
    assert "the download was answered with 401" in said.stderr
    failed = client.get(uat.path)[-1]
    assert (failed["from_type"], failed["succeeded"]) == ("htcat", False)


def test_a_running_backup_is_canceled_and_then_deleted(cli, client, live):
    client.patch("/_sandbox/settings", {"transfer_s": 600})
    try:
        running = live.begin("backups")
        until(lambda: live.look(running)["started_at"], bool)
        number = f"b{running['num']:03}"
        assert re.search(rf"{number} .*Running", cli("pg:backups", "-a", live.name))
        cli("pg:backups:cancel", "-a", live.name)
    finally:
        client.patch("/_sandbox/settings", {"transfer_s": 0})
    assert live.look(running)["canceled_at"]
    assert "Canceled" in cli("pg:backups:info", number, "-a", live.name)
    cli("pg:backups:delete", number, "-a", live.name, "--confirm", live.name)
    assert client.refused("GET", f"{live.path}/{running['uuid']}")[0] == 404


def test_a_database_is_reset(cli, client):
    shop = Shop(client, "cli-data-reset", ["Ada"])
    cli("pg:reset", "-a", shop.name, "--confirm", "another", status=1)
    assert shop.customers == ["Ada"]
    cli("pg:reset", "-a", shop.name, "--confirm", shop.name)
    assert shop.customers is None


def test_a_database_is_copied_over_another(cli, client, live):
    target = Shop(client, "cli-data-copy", ["Test"])
    wish = ("pg:copy", f"{live.name}::DATABASE", "DATABASE", "-a", target.name)
    said = cli.run(*wish, "--confirm", "DATABASE")
    assert (said.returncode, "Copying... done" in said.stderr) == (0, True), said.stderr
    assert target.customers == live.customers == ["Ada", "Grace"]
    assert re.search(r"c001 .*Completed", cli("pg:backups", "-a", target.name))


def test_a_database_is_described_and_ready(cli, live):
    cli("pg:wait", "-a", live.name)
    cli("pg:wait", live.addon["name"], "-a", live.name)
    shown = cli("pg:info", "-a", live.name)
    for text in ("=== DATABASE_URL", "Essential 0", "Available", live.addon["name"]):
        assert text in shown
    assert re.search(r"Tables: +1\b", shown)
    assert urlsplit(live.url).password not in shown


@pytest.mark.skipif(not shutil.which("psql"), reason="the CLI needs psql")
def test_a_database_is_asked_by_psql(cli, live):
    """As the CLI calls it, who waits for whom is told, too."""
    assert re.search(r"^ +42$", cli("pg:psql", "-c", "SELECT 6 * 7", "-a", live.name), re.M)
    assert "transactionid" in cli("pg:locks", "-a", live.name)
    assert live.url in cli("pg:credentials:url", "DATABASE", "-a", live.name)
