"""Database work that was not done is named and done by the next deployment, whoever makes it."""

import json
import sys
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

DEV = "bookshop-dev"
CALL = f"deploy:dev,branch=work,confirm={DEV}"


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", f"deploy:dev,confirm={DEV}")
    shop.git("checkout", "-q", "-B", "work", "dev")
    return shop


def fragile(shop, number):
    """A commit whose migration fails until the config var MENDED is `number`; its path."""
    files = changes.fragile(shop.project, number)
    shop.commit("Be fragile", files)
    return next(iter(files))


def mend(shop, number):
    shop.api("PATCH", f"/apps/{DEV}/config-vars", {"MENDED": str(number)})


def lacks(shop, path):
    """Whether the database has not run the migration, asked in the database itself."""
    url = shop.api("GET", f"/apps/{DEV}/config-vars")["DATABASE_URL"]
    label, _, name = path.split("/")
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT 1 FROM django_migrations WHERE app = %s AND name = %s", (label, name[:-3])
        )
        return found.fetchone() is None


def test_a_migration_that_failed_is_run_by_the_next_deployment(operator, ready):
    path = fragile(ready, 1)
    operator.fab("sandbox", CALL, status=1)
    version = ready.newest(DEV)["version"]
    mend(ready, 1)
    plan = operator.json("sandbox", "plan:dev,branch=work,format=json")
    assert plan["options"] == 4
    assert plan["reasons"]["4"] == [f"{path} (left over from v{version + 1})"]
    assert [one["path"] for one in plan["migrations"]] == [path]
    done = operator.fab("sandbox", CALL)
    assert f"* {path} (left over from v{version + 1})" in done.stdout
    assert not lacks(ready, path)
    assert "Nothing to do" in operator.fab("sandbox", CALL).stdout
    operator.fab("sandbox", "maintenance:dev,off")


@pytest.mark.whole
def test_so_it_is_by_a_commit_without_migrations(operator, ready):
    path = fragile(ready, 2)
    operator.fab("sandbox", CALL, status=1)
    mend(ready, 2)
    ready.commit("A note", {"NOTE.txt": "one\n"})
    plan = operator.json("sandbox", "plan:dev,branch=work,format=json")
    assert plan["options"] == 5
    assert path in plan["reasons"]["4"][0]
    assert plan["downtime"]["needed"]
    operator.fab("sandbox", CALL)
    assert not lacks(ready, path)
    operator.fab("sandbox", "maintenance:dev,off")


@pytest.mark.whole
def test_what_options_left_out_is_named_and_confirmed_by_the_plan(operator, ready):
    ready.commit("A shelf", changes.expand(ready.project, 7))
    call = "deploy:dev,branch=work,options=push"
    refused = operator.fab("sandbox", f"{call},confirm={DEV}", status=1).stderr
    assert "options=1 is not what the contents ask for (5)" in refused
    plan = operator.json("sandbox", f"{call.replace('deploy', 'plan')},format=json")
    operator.fab("sandbox", f"{call},confirm={plan['plan']}")
    left = operator.json("sandbox", "plan:dev,branch=work,format=json")
    assert left["options"] == 4
    assert "left over" in left["reasons"]["4"][0]
    operator.fab("sandbox", CALL)


def test_a_release_that_somebody_pushed_without_migrating_is_noticed(operator, ready):
    commit = ready.commit("A shelf", changes.expand(ready.project, 8))
    url = ready.state["git_url"].replace("://", f"://x:{ready.token}@") + f"/{DEV}.git"
    ready.git("-c", "http.sslVerify=false", "push", "-q", "-f", url, f"{commit}:refs/heads/main")
    left = operator.json("sandbox", "plan:dev,branch=work,format=json")
    assert left["options"] == 4
    assert "shelf_8.py (left over from v" in left["reasons"]["4"][0]
    operator.fab("sandbox", CALL)


@pytest.mark.whole
def test_status_names_what_the_database_has_not_run(operator, ready):
    path = fragile(ready, 3)
    operator.fab("sandbox", CALL, status=1)
    (dev,) = [one for one in operator.json("sandbox", "status:format=json") if one["app"] == DEV]
    assert (dev["pending"], dev["pending_unknown"]) == ([path], None)
    said = operator.fab("sandbox", "status").stdout
    assert f"{DEV}: its database has not run {path}" in said
    assert "fab sandbox plan:dev" in said
    mend(ready, 3)
    # Nothing listens there.
    found = operator.json("sandbox", "status:format=json", PGHOSTADDR="127.0.0.99")
    (dev,) = [one for one in found if one["app"] == DEV]
    assert dev["pending"] is None
    assert "127.0.0.99" in dev["pending_unknown"]
    operator.fab("sandbox", CALL)
    (dev,) = [one for one in operator.json("sandbox", "status:format=json") if one["app"] == DEV]
    assert dev["pending"] == []
    operator.fab("sandbox", "maintenance:dev,off")


@pytest.mark.whole
def test_a_database_that_cannot_be_reached_is_asked_for_in_a_dyno(operator, ready):
    path = fragile(ready, 4)
    operator.fab("sandbox", CALL, status=1)
    mend(ready, 4)
    ready.api("DELETE", "/_sandbox/requests")
    # Nothing listens there; the dynos have an environment of their own.
    plan = operator.json("sandbox", "plan:dev,branch=work,format=json", PGHOSTADDR="127.0.0.99")
    assert path in plan["reasons"]["4"][0]
    asked = [(one["method"], one["path"]) for one in ready.api("GET", "/_sandbox/requests")]
    assert ("POST", f"/apps/{DEV}/dynos") in asked
    operator.fab("sandbox", CALL)
    operator.fab("sandbox", "maintenance:dev,off")


@pytest.fixture
def no_dyno(ready):
    """The next one-off dyno on dev is refused."""
    wish = {"method": "POST", "path": f"^/apps/{DEV}/dynos$", "times": 1, "status": 422}
    ready.api("POST", "/_sandbox/faults", wish)
    yield
    ready.api("DELETE", "/_sandbox/faults")


def a_book(shop, key, title):
    """A fixture with one more book."""
    books = json.loads((shop.project / "shop/fixtures/books.json").read_text())
    return json.dumps([{**books[0], "pk": key, "fields": {**books[0]["fields"], "title": title}}])


@pytest.mark.whole
def test_fixtures_that_failed_are_loaded_by_the_next_deployment(operator, ready, no_dyno):
    path = "shop/fixtures/late.json"
    ready.commit("A late book", {path: a_book(ready, 9901, "A late book")})
    operator.fab("sandbox", CALL, status=1)
    version = ready.newest(DEV)["version"]
    ready.commit("A note", {"NOTE.txt": "two\n"})
    plan = operator.json("sandbox", "plan:dev,branch=work,format=json")
    assert plan["options"] == 9
    assert plan["reasons"]["8"] == [f"{path} (left over from v{version})"]
    operator.fab("sandbox", CALL)
    assert "A late book" in ready.page(DEV, "/").text
    assert "Nothing to do" in operator.fab("sandbox", CALL).stdout


@pytest.mark.whole
def test_static_files_that_were_not_collected_are_by_a_deployment_without_a_push(operator, ready):
    ready.api("PATCH", f"/apps/{DEV}/config-vars", {"DISABLE_COLLECTSTATIC": "1"})
    try:
        ready.commit("A colour", {"shop/static/shop/late.css": "p { color: teal }\n"})
        wish = {"method": "POST", "path": f"^/apps/{DEV}/dynos$", "times": 1, "status": 422}
        ready.api("POST", "/_sandbox/faults", wish)
        operator.fab("sandbox", CALL, status=1)
        version = ready.newest(DEV)["version"]
        plan = operator.json("sandbox", "plan:dev,branch=work,format=json")
        assert plan["options"] == 16
        assert plan["reasons"]["16"] == [f"shop/static/shop/late.css (left over from v{version})"]
        assert f"{DEV}: tag" in plan["steps"][-1]
        operator.fab("sandbox", CALL)
        assert "Nothing to do" in operator.fab("sandbox", CALL).stdout
    finally:
        ready.api("DELETE", "/_sandbox/faults")
        ready.api("PATCH", f"/apps/{DEV}/config-vars", {"DISABLE_COLLECTSTATIC": None})
