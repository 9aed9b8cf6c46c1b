"""Backups, restores and copies by the data API, with real dumps of real databases."""

import hmac
import re
import stat
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import requests
from data_kit import Shop, messages
from platform_client import until


@pytest.fixture
def make_shop(client, new_name):
    """Makes apps whose databases have customers."""
    return lambda *customers: Shop(client, new_name(), customers)


@pytest.fixture
def slow(client):
    """Sets how long a transfer takes."""
    yield lambda seconds: client.patch("/_sandbox/settings", {"transfer_s": seconds})
    client.patch("/_sandbox/settings", {"transfer_s": 0})


@pytest.fixture(scope="module")
def elsewhere():
    """The URL of a server with files that are no dumps."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status = 404 if self.path.startswith("/missing") else 200
            body = b"this is no dump" * 100
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def files(client):
    """The names of the files that the transfers have left."""
    return {path.name for path in (client.running.state_dir / "backups").iterdir()}


def test_a_backup_can_be_downloaded_by_its_url_alone(client, make_shop, tmp_path):
    shop = make_shop("Ada")
    backup = shop.back_up()
    assert (backup["from_type"], backup["to_type"], backup["num"]) == ("pg_dump", "gof3r", 1)
    assert (backup["from_name"], backup["canceled_at"]) == ("DATABASE", None)
    for moment in ("created_at", "started_at", "finished_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000", backup[moment])
    assert backup["source_bytes"] > 1_000_000
    answer = requests.get(shop.public_url(backup), timeout=60)
    assert answer.status_code == 200
    assert len(answer.content) == backup["processed_bytes"] > 0
    dumped = tmp_path / "dump"
    dumped.write_bytes(answer.content)
    program = f"{client.running.environ['MINION_PG_BIN']}/pg_restore"
    shown = subprocess.run(
        [program, "--list", str(dumped)], capture_output=True, text=True, check=True
    )
    assert "TABLE DATA public customer" in shown.stdout


def test_a_backup_is_a_private_file(client, make_shop):
    backup = make_shop("Ada").back_up()
    path = client.running.state_dir / "backups" / f"{backup['uuid']}.dump"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_public_url_cannot_be_guessed_or_stretched(client, make_shop):
    shop = make_shop("Ada")
    backup = shop.back_up()
    url = shop.public_url(backup)
    later = re.sub(r"expires=\d+", "expires=99999999999", url)
    for wrong in (url[:-1] + ("0" if url[-1] != "0" else "1"), later, url.partition("?")[0]):
        assert requests.get(wrong, timeout=60).status_code == 403

    def signed(expires):
        said, key = f"{backup['uuid']}:{expires}".encode(), client.running.token.encode()
        signature = hmac.new(key, said, "sha256").hexdigest()
        return f"{url.partition('?')[0]}?expires={expires}&signature={signature}"

    now = int(time.time())
    answers = [requests.get(signed(now + seconds), timeout=60) for seconds in (600, -2)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert "expired" in answers[1].json()["message"]
    assert 3500 < int(re.search(r"expires=(\d+)", url)[1]) - time.time() <= 3600


def test_a_restore_replaces_everything_and_makes_no_release(client, make_shop):
    shop = make_shop("Ada", "Grace")
    backup = shop.back_up()
    releases = client.releases(shop.name)
    shop.execute("DELETE FROM customer WHERE name = 'Ada'")
    shop.sign_up("Edsger")
    shop.execute("CREATE TABLE later ()")
    with shop.connect() as connection:
        restore = shop.ended(shop.begin("restores", {"backup_url": backup["to_url"]}))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert restore["succeeded"], restore["logs"]
    assert (restore["from_type"], restore["to_type"], restore["num"]) == ("gof3r", "pg_restore", 2)
    assert restore["processed_bytes"] == restore["source_bytes"] == backup["processed_bytes"]
    assert shop.customers == ["Ada", "Grace"]
    assert shop.execute("SELECT to_regclass('later')") == [(None,)]
    assert client.releases(shop.name) == releases


def test_a_backup_of_one_app_is_restored_into_another(make_shop):
    live, uat = make_shop("Ada"), make_shop("Test")
    backup = live.back_up()
    url = live.public_url(backup)
    for address in (backup["to_url"], url):
        uat.sign_up("Test")
        restore = uat.ended(uat.begin("restores", {"backup_url": address}))
        assert restore["succeeded"], restore["logs"]
        assert uat.customers == ["Ada"]
    # The signature is a key to the data.
    assert url.startswith(restore["from_url"])
    assert "signature" not in str(restore)
    assert live.customers == ["Ada"]


@pytest.mark.parametrize(
    ("path", "reason", "left"),
    [
        ("/missing?key=secret", "the download was answered with 404", ["Ada"]),
        ("/page?key=secret", "pg_restore finished with errors", None),
    ],
)
def test_what_is_no_dump_cannot_be_restored(make_shop, elsewhere, path, reason, left):
    shop = make_shop("Ada")
    restore = shop.ended(shop.begin("restores", {"backup_url": elsewhere + path}))
    assert restore["succeeded"] is False
    assert messages(restore).endswith(reason)
    assert "secret" not in str(restore)
    assert shop.customers == left


def test_a_restore_that_goes_on_after_errors_has_failed(make_shop):
    shop = make_shop("Ada")
    shop.execute("CREATE FUNCTION fits(n int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true'")
    shop.execute("CREATE TABLE size (n int CHECK (fits(n)))")
    shop.execute("INSERT INTO size VALUES (1)")
    shop.execute(
        "CREATE OR REPLACE FUNCTION fits(n int) RETURNS bool IMMUTABLE LANGUAGE sql"
        " AS 'SELECT n < 0'"
    )
    backup = shop.back_up()
    restore = shop.ended(shop.begin("restores", {"backup_url": backup["to_url"]}))
    assert restore["succeeded"] is False
    assert 'violates check constraint "size_n_check"' in messages(restore)
    assert (shop.customers, shop.execute("SELECT count(*) FROM size")) == (["Ada"], [(0,)])


def test_a_backup_that_fails_leaves_its_log_and_no_file(client, make_shop):
    shop = make_shop("Ada")
    shop.execute("ALTER TABLE customer ENABLE ROW LEVEL SECURITY")
    shop.execute("ALTER TABLE customer FORCE ROW LEVEL SECURITY")
    before = files(client)
    backup = shop.ended(shop.begin("backups"))
    assert backup["succeeded"] is False
    assert "row-level security" in messages(backup)
    assert files(client) == before
    path = f"{shop.path}/{backup['num']}/actions/public-url"
    assert client.refused("POST", path)[0] == 409
    wanted = {"backup_url": backup["to_url"]}
    assert client.refused("POST", f"{shop.database}/restores", wanted)[0] == 404
    assert shop.customers is not None


@pytest.mark.parametrize("what", ["backups", "restores"])
def test_the_bytes_pass_while_it_is_at_work(make_shop, slow, what):
    shop = make_shop("Ada")
    shop.fill()
    body = {"backup_url": shop.back_up()["to_url"]} if what == "restores" else None
    slow(60)
    transfer = shop.begin(what, body)
    counts = []

    def look():
        running = shop.look(transfer)
        counts.append(running["processed_bytes"])
        return running

    until(look, lambda running: len(set(counts)) > 3)
    running = look()
    assert running["started_at"]
    assert running["finished_at"] is running["succeeded"] is None
    slow(0)
    ended = shop.ended(transfer)
    assert ended["succeeded"]
    assert counts == sorted(counts)
    assert 0 < counts[-1] < ended["processed_bytes"]
    assert shop.execute("SELECT count(*) FROM customer") == [(20_001,)]


@pytest.mark.parametrize("what", ["backups", "restores"])
def test_a_canceled_transfer_ends(client, make_shop, slow, what):
    shop = make_shop("Ada")
    shop.fill()
    body = {"backup_url": shop.back_up()["to_url"]} if what == "restores" else None
    before = files(client)
    slow(600)
    transfer = shop.begin(what, body)
    until(lambda: shop.look(transfer)["processed_bytes"], bool)
    client.post(f"{shop.path}/{transfer['uuid']}/actions/cancel")
    ended = shop.look(transfer)
    assert ended["succeeded"] is False
    assert ended["canceled_at"] and ended["finished_at"]
    assert files(client) == before
    # It holds nothing up, and canceling it again changes nothing.
    slow(0)
    assert client.post(f"{shop.path}/{transfer['uuid']}/actions/cancel") == ended
    assert shop.ended(shop.begin("backups"))["succeeded"]


def test_a_canceled_restore_leaves_the_target_without_its_data(client, make_shop, slow):
    shop = make_shop("Ada")
    shop.fill()
    backup = shop.back_up()
    slow(600)
    restore = shop.begin("restores", {"backup_url": backup["to_url"]})
    until(lambda: shop.look(restore)["processed_bytes"], bool)
    client.delete(f"{shop.path}/{restore['num']}")
    assert shop.customers in (None, [])
    assert client.refused("GET", f"{shop.path}/{restore['num']}")[:2] == (404, "not_found")


def test_a_database_is_filled_by_one_transfer_at_a_time(make_shop, slow):
    shop, other = make_shop("Ada"), make_shop("Grace")
    backups = [shop.back_up(), other.back_up()]
    slow(600)
    first, second = (shop.begin("restores", {"backup_url": each["to_url"]}) for each in backups)
    until(lambda: shop.look(first)["started_at"], bool)
    assert shop.look(second)["started_at"] is None
    slow(0)
    assert shop.ended(first)["succeeded"]
    assert shop.ended(second)["succeeded"]
    assert shop.customers == ["Grace"]


def test_no_password_is_among_a_processs_arguments(make_shop, slow):
    shop = make_shop("Ada")
    shop.fill()
    backup = shop.back_up()
    slow(600)
    restore = shop.begin("restores", {"backup_url": backup["to_url"]})
    until(lambda: shop.look(restore)["processed_bytes"], bool)
    assert [line for line in arguments() if "pg_restore" in line]
    assert not [line for line in arguments() if urlsplit(shop.url).password in line]
    shop.client.delete(f"{shop.path}/{restore['num']}")


def arguments():
    """The command lines of all processes."""
    return [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]


def test_a_deleted_backup_is_gone_and_its_number_is_not_given_again(client, make_shop):
    shop = make_shop("Ada")
    backup, before = shop.back_up(), files(client)
    url = shop.public_url(backup)
    client.delete(f"{shop.path}/{backup['num']}")
    assert before - files(client) == {f"{backup['uuid']}.dump"}
    assert client.get(shop.path) == []
    assert requests.get(url, timeout=60).status_code == 404
    assert shop.back_up()["num"] == backup["num"] + 1


def test_a_copy_replaces_the_target_and_leaves_the_source(client, make_shop):
    source, target = make_shop("Ada"), make_shop("Test")
    body = {"from_name": "A", "from_url": source.url, "to_name": "B", "to_url": target.url}
    copy = target.ended(target.begin("transfers", body))
    assert copy["succeeded"], copy["logs"]
    assert (copy["from_type"], copy["to_type"]) == ("pg_dump", "pg_restore")
    assert (copy["from_url"], copy["to_url"]) == (source.url, target.url)
    assert (source.customers, target.customers) == (["Ada"], ["Ada"])
    assert files(client).isdisjoint({f"{copy['uuid']}.part", f"{copy['uuid']}.dump"})
    third = make_shop()
    for change in (
        {"to_url": "postgres://a:b@db.example.com/c"},
        {"to_url": source.url},
        {"from_url": "mysql://a:b@db.example.com/c"},
        {"from_url": third.url, "to_url": source.url},
    ):
        refused = client.refused("POST", f"{target.database}/transfers", {**body, **change})
        assert refused[:2] == (422, "invalid_params")
    assert source.customers == ["Ada"]


def test_a_copy_comes_from_any_database(client, make_shop):
    """The developer's own stands for one that the sandbox knows nothing of."""
    url, shop = client.running.local_database_url, make_shop("Test")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 'mine' AS word")
    body = {"from_name": "mine", "from_url": url, "to_name": "DATABASE", "to_url": shop.url}
    copy = shop.ended(shop.begin("transfers", body))
    assert copy["succeeded"], copy["logs"]
    assert shop.execute("SELECT word FROM notes") == [("mine",)]
    assert shop.customers is None
    assert urlsplit(url).password not in str(copy["from_url"])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE notes")
