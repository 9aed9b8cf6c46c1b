"""What the data API tells of databases, their reset, and who may ask."""

import psycopg
import pytest
import requests
from data_kit import Shop
from platform_client import until


@pytest.fixture(scope="module")
def shop(client):
    """An app with a customer."""
    return Shop(client, "told-of", ["Ada"])


def test_a_database_is_described_as_it_is(client, shop):
    shown = client.get(f"/client/v11/databases/{shop.addon['name']}")
    assert shown == client.get(shop.database)
    assert (shown["resource_url"], shown["following"]) == (shop.url, None)
    told = {each["name"]: each["values"] for each in shown["info"]}
    (version,) = shop.execute("SHOW server_version")[0]
    assert told["PG Version"] == [version.split()[0]]
    assert (told["Tables"], told["Plan"]) == (["1"], ["Essential 0"])
    assert told["Data Size"][0].endswith(" MB")
    assert told["Continuous Protection"] == ["Off"]
    with shop.connect():
        until(lambda: client.get(shop.database)["num_connections"], lambda count: count >= 1)
    assert client.get(f"{shop.database}/wait_status")["waiting?"] is False
    assert client.get(f"{shop.database}/transfer-schedules") == []


def test_a_reset_empties_the_database_and_keeps_its_address(client, shop, new_name):
    other = Shop(client, new_name(), ["Grace"])
    releases = client.releases(other.name)
    with other.connect() as connection:
        client.ask("PUT", f"{other.database}/reset", {"extensions": None}).raise_for_status()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert other.customers is None
    other.execute("CREATE TABLE customer (id int)")
    assert client.releases(other.name) == releases
    assert shop.customers == ["Ada"]


def test_a_reset_and_a_restore_can_come_with_extensions_that_the_server_has(client, new_name):
    other = Shop(client, new_name(), ["Grace"])
    backup = other.back_up()
    for wrong in (["no_such_thing"], ["plpgsql", "no_such_thing"], "plpgsql", [1]):
        for method, path, body in (
            ("PUT", f"{other.database}/reset", {}),
            ("POST", f"{other.database}/restores", {"backup_url": backup["to_url"]}),
        ):
            refused = client.refused(method, path, {**body, "extensions": wrong})
            assert refused[:2] == (422, "invalid_params")
    assert other.customers == ["Grace"]
    client.ask(
        "PUT", f"{other.database}/reset", {"extensions": ["public.hstore", "plpgsql"]}
    ).raise_for_status()
    assert other.customers is None
    wish = {"backup_url": backup["to_url"], "extensions": ["plpgsql"]}
    assert other.ended(other.begin("restores", wish))["succeeded"]
    assert other.customers == ["Grace"]


def test_credentials_are_told_to_who_has_the_token_as_a_password(client, shop):
    url = f"{client.url}/postgres/v0/databases/{shop.addon['name']}/credentials"
    (default,) = requests.get(url, auth=("", client.running.token), timeout=60).json()
    assert (default["name"], default["database"]) == ("default", shop.url.rpartition("/")[2])
    assert requests.get(url, auth=("", "wrong"), timeout=60).status_code == 401
    again = requests.get(f"{url}/default", auth=("", client.running.token), timeout=60)
    assert again.json() == default
    other = requests.get(f"{url}/other", auth=("", client.running.token), timeout=60)
    assert other.status_code == 404


def test_connections_are_ended_where_that_is_asked_for(client, new_name):
    """As `heroku pg:killall` does."""
    shop = Shop(client, new_name(), ["Ada"])
    with shop.connect() as connection:
        client.post(f"{shop.database}/connection_reset")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert shop.customers == ["Ada"]


def test_a_rotated_credential_ends_the_old_url_and_makes_a_release(client, new_name):
    shop = Shop(client, new_name(), ["Ada"])
    before, version = shop.url, client.releases(shop.name)[0]["version"]
    client.post(
        f"/postgres/v0/databases/{shop.addon['name']}/credentials/default/credentials_rotation"
    )
    newest = client.releases(shop.name)[0]
    assert (newest["version"], newest["status"]) == (version + 1, "succeeded")
    after = client.get(f"/apps/{shop.name}/config-vars")["DATABASE_URL"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(before)
    with psycopg.connect(after) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_nothing_is_told_without_the_token(client, shop):
    for method, path in (
        ("GET", shop.database),
        ("PUT", f"{shop.database}/reset"),
        ("POST", f"{shop.database}/backups"),
        ("GET", shop.path),
    ):
        answer = requests.request(method, client.url + path, timeout=60)
        assert (answer.status_code, answer.json()["id"]) == (401, "unauthorized")
    assert shop.customers == ["Ada"]
    # It is not the Platform API: no version need be named.
    headers = {"Authorization": f"Bearer {client.running.token}"}
    assert requests.get(client.url + shop.path, headers=headers, timeout=60).json() == []


def test_an_app_is_known_by_its_name_and_its_id(client, new_name):
    one, other = Shop(client, new_name(), ["Ada"]), Shop(client, new_name())
    backup = one.back_up()
    app_id = client.get(f"/apps/{one.name}")["id"]
    assert [each["uuid"] for each in client.get(one.path)] == [backup["uuid"]]
    by_id = f"/client/v11/apps/{app_id}/transfers"
    assert client.get(by_id) == client.get(one.path)
    assert client.get(f"{by_id}/{backup['num']}?verbose=true") == backup
    assert "logs" not in client.get(f"{by_id}/{backup['uuid']}")
    for path in (f"{other.path}/{backup['uuid']}", f"{one.path}/99", "/client/v11/databases/x"):
        assert client.refused("GET", path)[:2] == (404, "not_found")
    assert client.get(other.path) == []


@pytest.mark.parametrize("address", [None, 1, "", "ftp://a/b", "/etc/passwd", "file:///etc/passwd"])
def test_only_backups_and_downloads_can_be_restored(client, shop, address):
    path = f"{shop.database}/restores"
    assert client.refused("POST", path, {"backup_url": address})[:2] == (422, "invalid_params")
    unknown = {"backup_url": "s3://sandbox-pgbackups/nothing"}
    assert client.refused("POST", path, unknown)[:2] == (404, "not_found")
    assert shop.customers == ["Ada"]


def test_faults_and_the_record_of_requests_are_for_this_api_too(client, new_name):
    shop = Shop(client, new_name(), ["Ada"])
    client.post("/_sandbox/faults", {"method": "POST", "path": "/backups$", "after": True})
    client.delete("/_sandbox/requests")
    try:
        with pytest.raises(requests.ConnectionError):
            shop.begin("backups")
        (backup,) = client.get(shop.path)
        assert shop.ended(backup)["succeeded"]
        client.post("/_sandbox/faults", {"path": "^/client/", "status": 503})
        assert client.refused("GET", shop.path)[0] == 503
        url = shop.public_url(backup)
        assert requests.get(url, timeout=60).ok
        seen = client.get("/_sandbox/requests")
        assert (seen[0]["path"], seen[0]["status"]) == (f"{shop.database}/backups", None)
        assert seen[-1]["path"] == f"/pgbackups/{backup['uuid']}"
    finally:
        client.delete("/_sandbox/faults")


def test_no_more_connections_than_the_plan_allows(client, new_name):
    """In Heroku's words, which are PostgreSQL's own; the limit is the owner's."""
    other = Shop(client, new_name(), ["Grace"])
    held = []
    try:
        with pytest.raises(psycopg.OperationalError, match='too many connections for role "') as no:
            for _ in range(21):
                held.append(other.connect())
        assert len(held) <= 20, no
    finally:
        for connection in held:
            connection.close()
    info = {each["name"]: each["values"] for each in client.get(other.database)["info"]}
    assert info["Connections"][0].endswith("/20")
