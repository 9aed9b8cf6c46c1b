"""What requests may hold, and how lists are asked for: as the CLI, Terraform and scripts do."""

import inspect
import itertools
import json

import pytest
import requests

from minion.sandbox.api.filters import filtered
from minion.sandbox.daemon.site import NOUNS

ITEMS = [{"name": "a", "on": True, "size": 1}, {"name": "b", "on": False, "size": None}]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "ab"),
        ({"eq[name]": "b"}, "b"),
        ({"eq[name]": "c"}, ""),
        ({"eq[on]": "true"}, "a"),
        ({"eq[size]": "1"}, "a"),
        ({"eq[size]": "None"}, ""),
        ({"eq[colour]": "x"}, ""),
        ({"eq[name]": "a", "eq[on]": "false"}, ""),
        ({"eq": "b", "name": "b"}, "ab"),
    ],
)
def test_a_query_cuts_a_list_down(query, names):
    assert "".join(item["name"] for item in filtered(ITEMS, query)) == names


def test_a_pipeline_is_found_by_its_name(client, new_name):
    name = new_name()
    client.post("/pipelines", {"name": name})
    client.post("/pipelines", {"name": new_name()})
    assert [each["name"] for each in client.get(f"/pipelines?eq[name]={name}")] == [name]
    assert client.get("/pipelines?eq[name]=nobody") == []


def test_the_account_and_its_apps_are_found_under_users(client, empty_app):
    account = client.get("/account")
    for user in ("~", account["email"], account["id"]):
        assert client.get(f"/users/{user}")["id"] == account["id"]
        assert empty_app in [app["name"] for app in client.get(f"/users/{user}/apps")]
    assert client.refused("GET", "/users/nobody/apps")[0] == 404


def test_wherever_get_answers_head_answers_without_a_body(client, empty_app):
    for path in ("/apps", f"/apps/{empty_app}", "/account", f"/apps/{empty_app}/releases"):
        read, head = client.ask("GET", path), client.ask("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == read.headers["ETag"]
        assert head.headers["Content-Length"] == str(len(read.content))
    assert client.ask("HEAD", "/apps/nobody").status_code == 404


def test_builds_are_ranged_by_when_they_started(client, app):
    newest = {"Range": "started_at ..; max=10, order=desc"}
    assert len(client.get(f"/apps/{app}/builds", headers=newest)) == 1


@pytest.mark.parametrize("noun", ["dynos", "formation", "collaborators", "features", "releases"])
def test_every_list_is_ranged(client, app, noun):
    answer = client.ask("GET", f"/apps/{app}/{noun}", headers={"Range": "id ..; max=1"})
    assert len(answer.json()) == 1
    assert "id" in answer.headers["Accept-Ranges"]


def test_what_is_absent_is_named(client):
    status, error_id, message = client.refused("GET", "/teams")
    assert (status, error_id) == (404, "not_found")
    assert message == "The sandbox has no GET /teams."
    assert client.refused("PUT", "/apps")[2] == "The sandbox has no PUT /apps."


def test_an_app_is_made_without_a_name_and_keeps_region_and_stack(client):
    made = client.post("/apps", {"region": "eu", "stack": {"name": "heroku-22"}})
    assert made["name"].count("-") == 2
    again = client.get(f"/apps/{made['id']}")
    assert (again["region"]["name"], again["build_stack"]["name"]) == ("eu", "heroku-22")
    moved = client.patch(f"/apps/{made['id']}", {"build_stack": "heroku-24"})
    assert moved["build_stack"]["name"] == "heroku-24"
    for wrong in ({"region": "moon"}, {"stack": "heroku-18"}, {"stack": 7}, {"region": {}}):
        assert client.refused("POST", "/apps", wrong)[0] == 422
    assert "Python only" in client.refused("POST", "/apps", {"stack": "container"})[2]
    assert {each["name"] for each in client.get("/regions")} == {"us", "eu"}
    assert [each["name"] for each in client.get("/stacks") if each["default"]] == ["heroku-24"]
    assert client.get("/regions/eu")["provider"]["region"] == "eu-west-1"


def spelled(thing):
    """A thing's identity in the four ways in which clients write it."""
    return [thing["id"], thing["name"], {"id": thing["id"]}, {"name": thing["name"]}]


def test_things_are_named_by_id_or_name_as_text_or_object(client, new_name, sample_app):
    app = client.post("/apps", {"name": new_name()})
    pipeline = client.post("/pipelines", {"name": new_name()})
    for an_app, a_pipeline in zip(spelled(app), spelled(pipeline)):
        body = {"app": an_app, "pipeline": a_pipeline, "stage": "staging"}
        coupling = client.post("/pipeline-couplings", body)
        client.delete(f"/pipeline-couplings/{coupling['id']}")
    addon = client.post(
        f"/apps/{app['name']}/addons",
        {"plan": {"name": "heroku-postgresql:essential-0"}, "attachment": {"name": "main"}},
    )
    assert addon["config_vars"] == ["MAIN_URL"]
    for number, (an_app, an_addon) in enumerate(zip(spelled(app), spelled(addon))):
        body = {"app": an_app, "addon": an_addon, "name": f"way_{number}"}
        assert client.post("/addon-attachments", body)["name"] == f"WAY_{number}"
        found = client.post("/actions/addons/resolve", {"addon": an_addon, "app": an_app})
        assert [each["id"] for each in found] == [addon["id"]]
        body = {"addon_attachment": f"WAY_{number}", "app": an_app}
        assert len(client.post("/actions/addon-attachments/resolve", body)) == 1
    wanted = {"in": {"id": [app["id"], 7]}}
    assert [each["name"] for each in client.post("/filters/apps", wanted)] == [app["name"]]


@pytest.mark.parametrize("name", ["1st", "with space", "dash-ed", "_X", "é", "x" * 64, 7, {}])
def test_an_attachment_that_no_config_var_can_be_named_after_is_refused(client, empty_app, name):
    addon = client.post(f"/apps/{empty_app}/addons", {"plan": "heroku-postgresql"})
    body = {"app": empty_app, "addon": addon["name"], "name": name}
    assert client.refused("POST", "/addon-attachments", body)[0] == 422
    client.delete(f"/apps/{empty_app}/addons/{addon['id']}")


def test_a_slug_of_another_app_can_be_released(client, app, new_name):
    slug = client.current(app)["slug"]["id"]
    other = client.post("/apps", {"name": new_name()})["name"]
    made = client.post(f"/apps/{other}/releases", {"slug": slug, "description": "Copied"})
    assert client.settled(other, made["version"])["status"] == "succeeded"
    assert client.get(f"/apps/{other}/slugs/{slug}")["id"] == slug
    assert client.refused("POST", f"/apps/{other}/releases", {"slug": "none"})[0] == 422


def test_the_buildpack_is_python_s(client, empty_app):
    path = f"/apps/{empty_app}/buildpack-installations"
    assert [one["buildpack"]["name"] for one in client.get(path)] == ["heroku/python"]
    body = {"updates": [{"buildpack": "heroku/nodejs"}]}
    assert "Python only" in client.refused("PUT", path, body)[2]
    assert client.ask("PUT", path, {"updates": [{"buildpack": "heroku/python"}]}).ok


def test_an_app_is_destroyed_with_all_that_it_has(client, new_name, sample_app, app):
    name = client.create_app(new_name(), pipeline="doomed", stage="staging")
    client.deploy(name, sample_app.first)
    url = client.get(f"/apps/{name}")["web_url"]
    addon = client.get(f"/apps/{name}/addons")[0]["name"]
    client.post("/addon-attachments", {"app": app, "addon": addon, "name": "SHARED"})
    assert client.delete(f"/apps/{name}")["name"] == name
    assert name not in [one["name"] for one in client.get("/apps")]
    for path in (f"/apps/{name}", f"/apps/{name}/dynos", f"/addons/{addon}"):
        assert client.refused("GET", path)[0] == 404
    assert client.get("/pipelines/doomed/pipeline-couplings") == []
    assert "SHARED_URL" not in client.get(f"/apps/{app}/config-vars")
    with pytest.raises(requests.ConnectionError):
        client.session.get(url, timeout=5)
    assert client.push(name, sample_app.first).returncode != 0
    client.create_app(name)
    assert [one["version"] for one in client.releases(name)] == [3, 2, 1]


def test_a_log_is_plain_or_events_as_asked_for(client, empty_app):
    client.patch(f"/apps/{empty_app}/config-vars", {"LOUD": "yes"})
    url = client.post(f"/apps/{empty_app}/log-sessions", {"lines": 5})["logplex_url"]
    plain = requests.get(url, timeout=60)
    assert plain.headers["Content-Type"].startswith("text/plain")
    assert "app[api]: Release v3 created by user" in plain.text
    assert not any(line.startswith(("id:", "data:")) for line in plain.text.splitlines())
    url = client.post(f"/apps/{empty_app}/log-sessions", {"lines": 5})["logplex_url"]
    events = requests.get(url, headers={"Accept": "text/event-stream"}, timeout=60)
    assert events.headers["Content-Type"] == "text/event-stream"
    assert events.text.startswith("id: ")


KEYS = (
    *("app", "pipeline", "stage", "addon", "plan", "name", "confirm", "attachment", "release"),
    *("slug", "source", "targets", "maintenance", "build_stack", "region", "stack", "in"),
    *("updates", "quantity", "dyno_size", "size", "type", "command", "attach", "env", "enabled"),
    *("time_to_live", "lines", "tail", "dyno", "description", "addon_attachment", "extensions"),
    *("backup_url", "from_name", "from_url", "to_name", "to_url"),
)
NUMBERS, TEXTS = (True, 1.5, -1, 10**30), ("", "\0", "é" * 300)
ODD = (None, *NUMBERS, *TEXTS, [], [[]], [None], {}, {"id": 7}, {"id": []})


def routes():
    """Every method and path whose handler reads the body, with the keys that its module names."""
    for noun in NOUNS:
        source = inspect.getsource(noun)
        keys = [key for key in KEYS if f'"{key}"' in source]
        for method, path, handler in noun.routes.handlers:
            if "body" in inspect.getsource(handler) or "_change(" in inspect.getsource(handler):
                yield pytest.param(method, path, keys, id=f"{method} {path}")


@pytest.mark.parametrize(("method", "path", "keys"), list(routes()))
def test_ill_typed_bodies_are_refused_not_failed(client, new_name, method, path, keys):
    """Whatever stands in a body: an answer with a status, and never Heroku's own failure."""
    app = client.create_app(new_name())
    addon = client.get(f"/apps/{app}/addons")[0]["name"]
    release = str(client.releases(app)[0]["version"])
    at = path.replace("{app}", app).replace("{release}", release)
    for name in ("addon", "database"):
        at = at.replace(f"{{{name}}}", addon)
    at = at.replace("{formation}", "web").replace("{feature}", "preboot")
    bodies = [dict.fromkeys(KEYS, odd) for odd in ODD]
    bodies += [{key: odd} for key, odd in itertools.product(keys, ODD[4:])]
    failed = {}
    for body in bodies:
        response = client.session.request(method, client.url + at, json=body, timeout=30)
        if response.status_code >= 500:
            failed[json.dumps(body)[:80]] = response.status_code
    deep = b'{"app": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    response = client.session.request(method, client.url + at, data=deep, timeout=30)
    assert response.status_code in (400, 404, 422)
    assert not failed
