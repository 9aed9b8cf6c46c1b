"""The Platform API's nouns: every answer by name and by id, with its fields."""

import ast
import uuid

import published_schema
import pytest
from platform_client import until

from minion.sandbox.lifecycle.controls import Controls

#: Fields that clients of Heroku read, with their types; held also where there is no schema.
FIELDS = {
    "app": {
        "id": str,
        "name": str,
        "maintenance": bool,
        "git_url": str,
        "web_url": str,
        "generation.name": str,
        "stack.name": str,
        "build_stack.name": str,
        "owner.email": str,
        "region.name": str,
    },
    "release": {
        "id": str,
        "version": int,
        "status": str,
        "current": bool,
        "description": str,
        "user.email": str,
        "slug.id": str,
        "artifacts": list,
        "addon_plan_names": list,
        "created_at": str,
        "eligible_for_rollback": bool,
    },
    "slug": {"id": str, "commit": str, "process_types": dict, "size": int, "stack.name": str},
    "build": {
        "id": str,
        "status": str,
        "output_stream_url": str,
        "release.id": str,
        "slug.id": str,
        "source_blob.version": str,
    },
    "formation": {
        "id": str,
        "type": str,
        "quantity": int,
        "size": str,
        "dyno_size.name": str,
        "command": str,
    },
    "dyno": {
        "id": str,
        "name": str,
        "type": str,
        "state": str,
        "command": str,
        "size": str,
        "release.version": int,
        "updated_at": str,
    },
    "feature": {"id": str, "name": str, "enabled": bool, "state": str, "doc_url": str},
    "addon": {
        "id": str,
        "name": str,
        "state": str,
        "addon_service.name": str,
        "plan.name": str,
        "app.name": str,
        "config_vars": list,
    },
    "attachment": {"id": str, "name": str, "app.name": str, "addon.id": str, "addon.app.id": str},
    "coupling": {"id": str, "stage": str, "app.id": str, "pipeline.id": str, "pipeline.name": str},
    "pipeline": {"id": str, "name": str, "owner.id": str},
    "account": {"id": str, "email": str, "name": str},
}


def has_fields(thing, kind):
    """Hold one answer against the list above."""
    for path, kind_of_value in FIELDS[kind].items():
        value = thing
        for name in path.split("."):
            value = value[name]
        assert type(value) is kind_of_value, (kind, path, value)
    return thing


@pytest.fixture(scope="module")
def live(client):
    """The id of the project's live app."""
    return client.get("/apps/shop-live")["id"]


def test_the_published_schema_judges_where_it_is():
    if published_schema.load() is None:
        pytest.skip(f"the published schema is not at {published_schema.schema_path()}")
    wrong = {"id": "no-uuid", "email": 3}
    with pytest.raises(AssertionError, match="email"):
        published_schema.check("GET", "/account", wrong)


def ids(answer):
    return [noun["id"] for noun in (answer if isinstance(answer, list) else [answer])]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "app"),
        ("/releases", "release"),
        ("/builds", "build"),
        ("/formation", "formation"),
        ("/dynos", "dyno"),
        ("/features", "feature"),
        ("/addons", "addon"),
        ("/addon-attachments", "attachment"),
        ("/pipeline-couplings", "coupling"),
    ],
)
def test_every_noun_of_an_app_answers_by_its_name_and_by_its_id(client, live, path, kind):
    answer = client.get(f"/apps/shop-live{path}")
    # Only which: a dyno that is starting is up a moment later.
    assert ids(client.get(f"/apps/{live}{path}")) == ids(answer)
    newest = answer[-1] if isinstance(answer, list) else answer
    has_fields(client.current("shop-live") if kind == "release" else newest, kind)


@pytest.mark.parametrize(
    ("path", "name"),
    [("formation", "type"), ("dynos", "name"), ("features", "name"), ("addons", "name")],
)
def test_one_of_many_is_found_by_its_name_and_by_its_id(client, path, name):
    one = client.get(f"/apps/shop-live/{path}")[0]
    for identity in (one[name], one["id"]):
        assert client.get(f"/apps/shop-live/{path}/{identity}")["id"] == one["id"]
    assert client.refused("GET", f"/apps/shop-live/{path}/{uuid.uuid4()}")[:2] == (404, "not_found")


def test_the_running_commit_is_the_slugs(client, sample_app):
    release = client.current("shop-live")
    assert client.get(f"/apps/shop-live/releases/{release['version']}") == release
    assert client.get(f"/apps/shop-live/releases/{release['id']}") == release
    slug = has_fields(client.get(f"/apps/shop-live/slugs/{release['slug']['id']}"), "slug")
    assert slug["commit"] == sample_app.first
    assert set(slug["process_types"]) == {"web", "worker"}


def test_a_slug_is_not_shown_to_other_apps(client, empty_app):
    slug = client.current("shop-live")["slug"]["id"]
    assert client.refused("GET", f"/apps/{empty_app}/slugs/{slug}")[0] == 404


def test_a_build_is_recorded_with_its_output(client, app, sample_app):
    (build,) = client.get(f"/apps/{app}/builds")
    has_fields(build, "build")
    assert (build["status"], build["source_blob"]["version"]) == ("succeeded", sample_app.first)
    assert build["slug"] == client.current(app)["slug"]
    assert client.get(f"/apps/{app}/builds/{build['id']}") == build
    # Without a token: the address is the secret.
    output = client.session.get(
        build["output_stream_url"], headers={"Authorization": ""}, timeout=10
    )
    assert "Python app detected" in output.text
    rest = client.session.get(
        build["output_stream_url"], headers={"Range": "bytes=10-"}, timeout=10
    )
    assert (rest.status_code, rest.text) == (206, output.text[10:])


def test_the_database_is_an_addon_whose_value_is_a_config_var(client):
    addon = has_fields(client.get("/apps/shop-uat/addons")[0], "addon")
    assert addon["config_vars"] == ["DATABASE_URL"]
    assert client.get(f"/addons/{addon['name']}")["id"] == addon["id"]
    url = client.get("/apps/shop-uat/config-vars")["DATABASE_URL"]
    assert url == client.running.apps["shop-uat"]["database_url"]
    body = {"addon": "DATABASE", "app": "shop-uat"}
    assert [each["id"] for each in client.post("/actions/addons/resolve", body)] == [addon["id"]]


def test_an_attachment_is_resolved_as_the_cli_asks_for_it(client):
    body = {"addon_attachment": "DATABASE_URL", "app": "shop-uat"}
    plain = client.post("/actions/addon-attachments/resolve", body)
    has_fields(plain[0], "attachment")
    asked = client.session.post(
        f"{client.url}/actions/addon-attachments/resolve",
        json=body,
        headers={"Accept-Inclusion": "addon:plan,config_vars"},
        timeout=60,
    ).json()
    assert asked[0]["addon"]["plan"]["name"].startswith("heroku-postgresql:")
    assert asked[0]["config_vars"] == ["DATABASE_URL"]
    body["addon_attachment"] = "NOTHING_URL"
    assert client.refused("POST", "/actions/addon-attachments/resolve", body)[0] == 404


def test_attaching_and_detaching_a_database_makes_releases(client, empty_app):
    addon = client.get("/apps/shop-uat/addons")[0]
    attachment = client.post("/addon-attachments", {"addon": addon["name"], "app": empty_app})
    assert attachment["name"] == "DATABASE"
    url = client.get("/apps/shop-uat/config-vars")["DATABASE_URL"]
    assert client.get(f"/apps/{empty_app}/config-vars") == {"DATABASE_URL": url}
    client.delete(f"/addon-attachments/{attachment['id']}")
    assert client.get(f"/apps/{empty_app}/config-vars") == {}
    descriptions = [release["description"] for release in client.releases(empty_app)[:2]]
    assert descriptions == [
        f"Detach DATABASE (@ref:{addon['name']})",
        f"Attach DATABASE (@ref:{addon['name']})",
    ]


def test_an_addon_is_found_by_the_app_and_its_name_there_as_the_cli_attaches_it(client, empty_app):
    addon = client.get("/apps/shop-uat/addons")[0]
    for name in ("DATABASE", "DATABASE_URL"):
        assert client.get(f"/addons/shop-uat::{name}")["id"] == addon["id"]
    body = {"addon": "shop-uat::DATABASE", "app": empty_app, "name": "READER"}
    assert client.post("/addon-attachments", body)["addon"]["id"] == addon["id"]
    for unknown in ("shop-uat::NOTHING", "nobody::DATABASE", "::"):
        assert client.refused("GET", f"/addons/{unknown}")[:2] == (404, "not_found")


def test_an_addon_is_renamed(client, empty_app, new_name):
    first, second = (
        client.post(f"/apps/{empty_app}/addons", {"plan": "heroku-postgresql"}) for _ in range(2)
    )
    path, name = f"/apps/{empty_app}/addons/{first['id']}", new_name()
    assert client.patch(path, {"name": name})["id"] == first["id"]
    assert client.get(f"/addons/{name}")["id"] == first["id"]
    for wrong in (second["name"], "1st", 3):
        assert client.refused("PATCH", path, {"name": wrong})[0] == 422
    status, _, said = client.refused("PATCH", path, {"plan": "heroku-postgresql:standard-0"})
    assert status == 422 and "pg:copy" in said


def test_a_second_database_gets_a_name_of_its_own_and_can_be_destroyed(client, empty_app):
    body = {"plan": "heroku-postgresql:standard-0"}
    first, second = (client.post(f"/apps/{empty_app}/addons", body) for _ in range(2))
    assert first["config_vars"] == ["DATABASE_URL"]
    (name,) = second["config_vars"]
    assert name.startswith("HEROKU_POSTGRESQL_")
    client.delete(f"/apps/{empty_app}/addons/{second['id']}")
    assert set(client.get(f"/apps/{empty_app}/config-vars")) == {"DATABASE_URL"}
    other = client.refused("POST", f"/apps/{empty_app}/addons", {"plan": "heroku-redis:mini"})
    assert other[0] == 422


def test_apps_are_filtered_by_their_ids(client, live):
    assert [app["id"] for app in client.post("/filters/apps", {"in": {"id": [live]}})] == [live]
    assert client.post("/filters/apps", {"in": {"id": []}}) == []


def test_an_app_is_created_with_a_name_that_is_free(client, new_name):
    name = new_name()
    has_fields(client.post("/apps", {"name": name}), "app")
    assert client.refused("POST", "/apps", {"name": name})[:2] == (422, "invalid_params")
    for wrong in ("A", "9lives", "x", "ends-", "../up", 7):
        assert client.refused("POST", "/apps", {"name": wrong})[:2] == (422, "invalid_params")
    versions = {r["version"]: r["description"] for r in client.releases(name)}
    assert versions == {1: "Initial release", 2: "Enable Logplex"}


def test_maintenance_is_seen_by_visitors_at_once_and_makes_no_release(client, app):
    until(lambda: client.site(app)[0], lambda status: status == 200)
    before = client.releases(app)
    assert client.patch(f"/apps/{app}", {"maintenance": True})["maintenance"] is True
    assert client.site(app)[0] == 503
    assert client.patch(f"/apps/{app}", {"maintenance": False})["maintenance"] is False
    assert client.site(app)[0] == 200
    assert client.releases(app) == before
    assert client.refused("PATCH", f"/apps/{app}", {"maintenance": "on"})[0] == 422


def test_a_renamed_app_is_the_same_under_another_name(client, app, new_name, sample_app):
    before, name = client.get(f"/apps/{app}"), new_name()
    after = client.patch(f"/apps/{app}", {"name": name})
    assert (after["id"], after["name"]) == (before["id"], name)
    assert after["git_url"].endswith(f"/{name}.git")
    assert client.refused("GET", f"/apps/{app}")[0] == 404
    second = sample_app.commit("two")
    assert client.push(app, second).returncode != 0
    client.deploy(name, second)
    assert client.refused("PATCH", f"/apps/{name}", {"name": "Shop"})[0] == 422


def test_a_feature_is_switched_for_one_app(client, empty_app):
    before = client.get("/apps/shop-uat/features/preboot")["enabled"]
    assert client.patch(f"/apps/{empty_app}/features/preboot", {"enabled": True})["enabled"] is True
    assert client.get(f"/apps/{empty_app}/features/preboot")["enabled"] is True
    assert client.get("/apps/shop-uat/features/preboot")["enabled"] is before
    assert client.refused("PATCH", f"/apps/{empty_app}/features/preboot", {})[0] == 422
    assert client.refused("PATCH", f"/apps/{empty_app}/features/magic", {"enabled": True})[0] == 404


def quantities(client, app):
    return {each["type"]: each["quantity"] for each in client.get(f"/apps/{app}/formation")}


def test_the_formation_is_scaled_in_the_ways_that_clients_write_it(client, app):
    assert quantities(client, app) == {"web": 1, "worker": 0}
    path = f"/apps/{app}/formation"
    client.patch(path, {"updates": [{"type": "web", "quantity": "+1", "size": "standard-2x"}]})
    client.patch(f"{path}/worker", {"quantity": 1, "dyno_size": {"name": "Standard-1X"}})
    assert quantities(client, app) == {"web": 2, "worker": 1}
    assert client.get(f"{path}/web")["size"] == "Standard-2X"
    names = until(
        lambda: {d["name"]: d["state"] for d in client.get(f"/apps/{app}/dynos")},
        lambda dynos: set(dynos.values()) == {"up"} and len(dynos) == 3,
    )
    assert set(names) == {"web.1", "web.2", "worker.1"}
    client.patch(path, {"updates": [{"type": "web", "quantity": "-2"}]})
    assert quantities(client, app) == {"web": 0, "worker": 1}
    assert len(client.releases(app)) == 3


@pytest.mark.parametrize(
    "update",
    [
        {"type": "web", "quantity": -1},
        {"type": "web", "quantity": "many"},
        {"type": "web", "quantity": True},
        {"type": "web", "size": "Gigantic"},
        {"type": "web", "quantity": 2, "size": "Eco"},
    ],
)
def test_an_impossible_formation_changes_nothing(client, update):
    before = client.get("/apps/shop-uat/formation")
    body = {"updates": [{"type": "worker", "quantity": 1}, update]}
    assert client.refused("PATCH", "/apps/shop-uat/formation", body)[:2] == (422, "invalid_params")
    assert client.get("/apps/shop-uat/formation") == before


def test_small_dynos_are_alone_in_their_process_type(client, app):
    path = f"/apps/{app}/formation/web"
    alone = (
        422,
        "invalid_params",
        "Cannot update to more than 1 Basic size dynos per process type.",
    )
    client.patch(path, {"size": "Basic"})
    assert client.refused("PATCH", path, {"quantity": 2}) == alone
    client.patch(path, {"quantity": 2, "size": "Standard-1X"})
    assert client.refused("PATCH", path, {"size": "Basic"}) == alone
    assert quantities(client, app) == {"web": 2, "worker": 0}


def test_dynos_know_their_app_and_release_where_the_feature_is_on(client, app):
    ask = (
        "python -c 'import os; print({k: v for k, v in os.environ.items() if k[:6] == \"HEROKU\"})'"
    )
    controls = Controls(client.card)
    assert controls.run(app, ask) == (0, ["{}"])
    client.patch(f"/apps/{app}/features/runtime-dyno-metadata", {"enabled": True})
    status, output = controls.run(app, ask)
    told = ast.literal_eval(output[0])
    version = max(each["version"] for each in client.get(f"/apps/{app}/releases"))
    assert status == 0 and told["HEROKU_APP_NAME"] == app
    assert told["HEROKU_RELEASE_VERSION"] == f"v{version}"
    assert told["HEROKU_SLUG_COMMIT"] == told["HEROKU_BUILD_COMMIT"]
    assert told["HEROKU_SLUG_DESCRIPTION"] == f"Deploy {told['HEROKU_SLUG_COMMIT'][:8]}"
    assert controls.run(app, "echo $WEB_CONCURRENCY $DYNO")[1][0].startswith("2 run.")


def test_an_unknown_process_type_cannot_be_scaled(client):
    body = {"updates": [{"type": "clock", "quantity": 1}]}
    refused = client.refused("PATCH", "/apps/shop-uat/formation", body)
    assert refused == (404, "not_found", "Couldn't find that process type (clock).")


def test_a_restarted_dyno_is_another_process(client, app):
    until(lambda: client.site(app)[0], lambda status: status == 200)
    before = client.site(app)[1]["pid"]
    assert client.ask("DELETE", f"/apps/{app}/dynos/web.1").status_code == 202
    until(lambda: client.site(app), lambda site: site[0] == 200 and site[1]["pid"] != before)
    assert client.refused("DELETE", f"/apps/{app}/dynos/web.9")[0] == 404


def test_a_detached_one_off_dyno_runs_and_is_gone(client, app):
    body = {"command": "echo ran $GREETING; exit 3", "env": {"GREETING": "öne off"}}
    dyno = client.post(f"/apps/{app}/dynos", body)
    assert dyno["type"] == "run"
    assert dyno["attach_url"] is None
    until(
        lambda: [each["name"] for each in client.get(f"/apps/{app}/dynos")],
        lambda names: dyno["name"] not in names,
    )
    assert "ran öne off" in logs(client, app, dyno=dyno["name"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"command": ""},
        {"command": None},
        {"command": "ls", "env": {"A B": "1"}},
        {"command": "ls", "time_to_live": 0},
        {"command": "ls", "size": "Gigantic"},
        {"command": "ls", "type": "a b"},
    ],
)
def test_an_impossible_one_off_dyno_is_refused(client, wrong):
    assert client.refused("POST", "/apps/shop-uat/dynos", wrong)[:2] == (422, "invalid_params")


def test_an_app_without_a_slug_runs_nothing(client, empty_app):
    assert client.get(f"/apps/{empty_app}/formation") == []
    assert client.get(f"/apps/{empty_app}/dynos") == []
    assert client.refused("POST", f"/apps/{empty_app}/dynos", {"command": "ls"})[0] == 422


def logs(client, app, **wishes):
    """The app's log, as the CLI reads it."""
    session = client.post(f"/apps/{app}/log-sessions", {"tail": False, **wishes})
    as_events = {"Authorization": "", "Accept": "text/event-stream"}
    response = client.session.get(session["logplex_url"], headers=as_events, timeout=60)
    assert response.headers["Content-Type"].startswith("text/event-stream")
    response.encoding = "utf-8"
    return response.text


def test_a_log_session_shows_what_was_asked_for(client, app):
    until(lambda: client.site(app)[0], lambda status: status == 200)
    until(lambda: logs(client, app, dyno="web.1"), lambda text: "served /" in text)
    assert logs(client, app, lines=1).count("data: ") == 1
    assert "served" not in logs(client, app, source="heroku")
    assert client.refused("POST", f"/apps/{app}/log-sessions", {"lines": "all"})[0] == 422


def test_a_tailing_log_session_goes_on(client, app):
    session = client.post(f"/apps/{app}/log-sessions", {"lines": 1, "tail": True})
    as_events = {"Accept": "text/event-stream"}
    with client.session.get(
        session["logplex_url"], headers=as_events, stream=True, timeout=10
    ) as response:
        lines = (line for line in response.iter_lines() if line.startswith(b"data: "))
        next(lines)
        client.patch(f"/apps/{app}", {"maintenance": True})
        # Whatever else the app says meanwhile; a stream that ends says nothing of it.
        assert any(b"Maintenance mode on" in line for line in lines)


def test_pipelines_are_made_and_apps_coupled(client, empty_app, new_name):
    name = new_name()
    pipeline = has_fields(client.post("/pipelines", {"name": name}), "pipeline")
    body = {"app": empty_app, "pipeline": pipeline["id"], "stage": "staging"}
    coupling = has_fields(client.post("/pipeline-couplings", body), "coupling")
    assert client.get(f"/apps/{empty_app}/pipeline-couplings") == coupling
    assert client.get(f"/pipelines/{name}/pipeline-couplings") == [coupling]
    moved = client.patch(f"/pipeline-couplings/{coupling['id']}", {"stage": "production"})
    assert moved["stage"] == "production"
    assert client.refused("POST", "/pipeline-couplings", body)[0] == 422
    assert (
        client.refused("PATCH", f"/pipeline-couplings/{coupling['id']}", {"stage": "x"})[0] == 422
    )
    client.delete(f"/pipeline-couplings/{coupling['id']}")
    assert client.get(f"/pipelines/{name}/pipeline-couplings") == []


def test_a_pipeline_is_renamed_and_its_apps_are_let_go_with_it(client, empty_app, new_name):
    name, later = new_name(), new_name()
    pipeline = client.post("/pipelines", {"name": name})
    client.post("/pipeline-couplings", {"app": empty_app, "pipeline": name, "stage": "staging"})
    path = f"/pipelines/{pipeline['id']}"
    assert client.patch(path, {"name": later})["name"] == later
    assert client.refused("GET", f"/pipelines/{name}")[0] == 404
    assert client.patch(path, {"name": later})["name"] == later
    client.post("/pipelines", {"name": name})
    for wrong in (name, "No Name", None):
        assert client.refused("PATCH", path, {"name": wrong})[0] == 422
    assert client.delete(path)["id"] == pipeline["id"]
    assert client.refused("GET", path)[0] == 404
    assert client.refused("GET", f"/apps/{empty_app}/pipeline-couplings")[0] == 404


def test_an_app_outside_of_pipelines_has_no_coupling(client, empty_app):
    assert client.refused("GET", f"/apps/{empty_app}/pipeline-couplings")[:2] == (404, "not_found")


def test_the_account_and_its_token(client):
    has_fields(client.get("/account"), "account")
    (authorization,) = client.get("/oauth/authorizations")
    assert authorization["access_token"]["token"] == client.running.token
