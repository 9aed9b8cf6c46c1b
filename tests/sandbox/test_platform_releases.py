"""How releases come about, and which of them runs."""

import threading
import time

import pytest
from platform_client import until


def served(client, app, version):
    """Wait until the app's site shows a version; what it shows."""
    is_there = lambda site: site[0] == 200 and site[1]["version"] == version  # noqa: E731
    return until(lambda: client.site(app), is_there)[1]


def test_a_new_app_has_the_releases_that_heroku_makes(client, new_name):
    name = client.create_app(new_name(), first_version=420, config_vars={"A": "1"})
    releases = client.releases(name)
    addon = client.get(f"/apps/{name}/addons")[0]["name"]
    assert [(each["version"], each["description"]) for each in releases] == [
        (422, f"Attach DATABASE (@ref:{addon})"),
        (421, "Enable Logplex"),
        (420, "Initial release"),
    ]
    assert [each["current"] for each in releases] == [True, False, False]
    assert {each["slug"] for each in releases} == {None}


def test_a_push_is_built_released_and_served(client, empty_app, sample_app):
    said = client.deploy(empty_app, sample_app.first)
    assert "remote: -----> Launching..." in said
    assert "remote:        Released v3" in said
    web_url = client.get(f"/apps/{empty_app}")["web_url"]
    assert f"remote:        {web_url} deployed to Heroku" in said
    assert "remote: Verifying deploy... done." in said
    release = client.current(empty_app)
    assert (release["version"], release["status"]) == (3, "succeeded")
    assert release["description"] == f"Deploy {sample_app.first:.8}"
    assert release["output_stream_url"] is None
    served(client, empty_app, "one")


def test_a_push_of_what_is_there_builds_nothing(client, app, sample_app):
    before = client.releases(app)
    assert "Everything up-to-date" in client.deploy(app, sample_app.first)
    assert client.releases(app) == before


def test_a_branch_that_is_not_the_main_one_is_stored_only(client, empty_app, sample_app):
    done = client.push(empty_app, sample_app.first, branch="feature")
    assert done.returncode == 0
    assert client.get(f"/apps/{empty_app}/builds") == []


def test_a_push_that_does_not_build_changes_nothing(client, app, sample_app):
    broken = sample_app.commit("broken", **{"requirements.txt": "./no-such-package\n"})
    before = client.releases(app)
    done = client.push(app, broken)
    (sample_app.root / "requirements.txt").write_text("")
    assert done.returncode == 1
    assert "Push rejected, failed to compile Python app." in done.stderr
    assert f"Push rejected to {app}." in done.stderr
    assert "pre-receive hook declined" in done.stderr
    assert client.releases(app) == before
    statuses = {b["source_blob"]["version"]: b["status"] for b in client.get(f"/apps/{app}/builds")}
    assert statuses == {sample_app.first: "succeeded", broken: "failed"}
    served(client, app, "one")


def test_several_config_vars_at_once_are_one_release(client, app):
    path = f"/apps/{app}/config-vars"
    assert client.patch(path, {"B": "2", "A": "é\n'\"$", "N": 1}) == {
        "A": "é\n'\"$",
        "B": "2",
        "N": "1",
    }
    assert client.current(app)["description"] == "Set A, B, N config vars"
    client.patch(path, {"A": None, "B": None, "GREETING": "hi"})
    assert client.current(app)["description"] == "Set GREETING and remove A, B config vars"
    assert served(client, app, "one")
    until(lambda: client.site(app), lambda site: site[1] and site[1]["greeting"] == "hi")
    client.patch(path, {"N": None})
    assert client.current(app)["description"] == "Remove N config vars"
    assert client.get(path) == {"GREETING": "hi"}
    of_release = client.get(f"/apps/{app}/releases/4/config-vars")
    assert of_release == {"A": "é\n'\"$", "B": "2", "N": "1"}


def test_config_vars_that_stay_as_they_are_make_no_release(client, empty_app):
    client.patch(f"/apps/{empty_app}/config-vars", {"A": "1"})
    before = client.releases(empty_app)
    client.patch(f"/apps/{empty_app}/config-vars", {"A": "1", "B": None})
    assert client.releases(empty_app) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"DATABASE_URL": "postgres://elsewhere/"},
        {"DATABASE_URL": None},
        {"A-B": "1"},
        {"": "1"},
        {"1A": "1"},
        {"__A": "1"},
        {"HEROKU_A": "1"},
        {"A": ["1"]},
        {"A": True},
        {"A": "zero\0byte"},
        {"A": "x" * 33_000},
    ],
)
def test_config_vars_against_the_rules_are_refused_together(client, changes):
    before = client.get("/apps/shop-dev/config-vars")
    body = {"FINE": "1", **changes}
    status, word, message = client.refused("PATCH", "/apps/shop-dev/config-vars", body)
    assert (status, word) == (422, "invalid_params")
    assert not any(isinstance(v, str) and v != "1" and v in message for v in changes.values())
    assert client.get("/apps/shop-dev/config-vars") == before


def test_a_value_that_an_addon_manages_is_refused_in_herokus_words(client):
    body = {"DATABASE_URL": "x"}
    message = client.refused("PATCH", "/apps/shop-dev/config-vars", body)[2]
    assert message == "Cannot overwrite attachment values DATABASE_URL."


def test_a_rollback_brings_back_code_and_config(client, app, sample_app):
    client.patch(f"/apps/{app}/config-vars", {"GREETING": "old"})
    client.deploy(app, sample_app.commit("two"))
    client.patch(f"/apps/{app}/config-vars", {"GREETING": "new", "MORE": "1"})
    served(client, app, "two")
    answer = client.post(f"/apps/{app}/releases", {"release": "4"})
    assert (answer["version"], answer["description"]) == (7, "Rollback to v4")
    assert answer["current"] is True
    assert client.get(f"/apps/{app}/config-vars") == {"GREETING": "old"}
    assert served(client, app, "one")["greeting"] == "old"


def test_only_what_ran_can_be_rolled_back_to(client, app):
    by_version = {release["version"]: release for release in client.releases(app)}
    assert [by_version[v]["eligible_for_rollback"] for v in (1, 2, 3)] == [False, False, True]
    assert client.refused("POST", f"/apps/{app}/releases", {"release": "1"})[0] == 422
    assert client.refused("POST", f"/apps/{app}/releases", {"release": "99"})[0] == 404
    assert client.refused("POST", f"/apps/{app}/releases", {})[0] == 422


def test_a_slug_can_be_released_again(client, app):
    slug = client.current(app)["slug"]["id"]
    body = {"slug": slug, "description": "Retry of v3: Deploy"}
    answer = client.post(f"/apps/{app}/releases", body)
    assert (answer["version"], answer["description"]) == (4, "Retry of v3: Deploy")
    assert client.current(app)["version"] == 4


def test_a_release_is_pending_while_its_release_phase_runs(client, app, sample_app):
    client.patch(f"/apps/{app}/config-vars", {"GREETING": "you", "RELEASE_S": "1.5"})
    commit = sample_app.commit("with-phase", release_phase=True)
    pushed = []
    pushing = threading.Thread(target=lambda: pushed.append(client.deploy(app, commit)))
    pushing.start()
    try:
        newest = until(
            lambda: client.releases(app)[0],
            lambda release: release["status"] == "pending" and release["version"] == 5,
        )
        assert newest["current"] is False
        assert client.current(app)["version"] == 4
        dynos = until(
            lambda: {dyno["name"]: dyno for dyno in client.get(f"/apps/{app}/dynos")},
            lambda dynos: "release.5" in dynos,
        )
        assert dynos["release.5"]["type"] == "release"
        assert dynos["release.5"]["release"]["version"] == 5
        # The address answers without a token and ends when the release phase does.
        output = client.session.get(
            newest["output_stream_url"], headers={"Authorization": ""}, timeout=30
        )
        assert output.text == "releasing with-phase for you\n"
        assert output.headers["Content-Type"].startswith("text/plain")
    finally:
        pushing.join()
    assert "Release command declared" in pushed[0]
    assert "Running release command..." in pushed[0]
    assert "releasing with-phase for you" in pushed[0]
    assert client.settled(app, 5)["status"] == "succeeded"
    assert client.current(app)["version"] == 5
    types = {each["type"]: each["quantity"] for each in client.get(f"/apps/{app}/formation")}
    assert types == {"web": 1, "worker": 0, "release": 0}
    scaled = {"updates": [{"type": "release", "quantity": 1}]}
    assert client.refused("PATCH", f"/apps/{app}/formation", scaled)[0] == 422


def test_a_release_phase_runs_in_the_size_that_its_type_was_given(client, app, sample_app):
    client.deploy(app, sample_app.commit("has-a-phase", release_phase=True))
    given = {"updates": [{"type": "release", "size": "Performance-M"}]}
    client.patch(f"/apps/{app}/formation", given)
    sizes = {each["type"]: each["size"] for each in client.get(f"/apps/{app}/formation")}
    assert (sizes["web"], sizes["release"]) == ("Standard-1X", "Performance-M")
    client.patch(f"/apps/{app}/config-vars", {"RELEASE_S": "1.5"})
    dynos = until(
        lambda: {each["type"]: each["size"] for each in client.get(f"/apps/{app}/dynos")},
        lambda dynos: "release" in dynos,
    )
    assert dynos["release"] == "Performance-M"


def test_the_output_can_be_read_as_events(client, app, sample_app):
    client.deploy(app, sample_app.commit("as-events", release_phase=True))
    url = client.current(app)["output_stream_url"]
    events = {"Accept": "text/event-stream"}
    text = client.session.get(url, headers=events, timeout=60).text
    assert "data: releasing as-events for None\n" in text
    last = text.rpartition("id: ")[2].split("\n")[0]
    rest = client.session.get(url, headers={**events, "Last-Event-Id": last}, timeout=60)
    assert rest.text == ""


def test_a_failed_release_phase_leaves_the_old_release_running(client, app, sample_app):
    client.patch(f"/apps/{app}/config-vars", {"RELEASE_STATUS": "7"})
    served(client, app, "one")
    said = client.deploy(app, sample_app.commit("doomed", release_phase=True))
    assert "Release command failed" in said
    newest = client.releases(app)[0]
    assert (newest["version"], newest["status"], newest["current"]) == (5, "failed", False)
    assert newest["eligible_for_rollback"] is False
    assert client.current(app)["version"] == 4
    assert served(client, app, "one")
    assert "release" not in {each["type"] for each in client.get(f"/apps/{app}/formation")}


def test_releases_are_settled_in_the_order_of_their_versions(client, app, sample_app):
    client.patch(f"/apps/{app}/config-vars", {"RELEASE_S": "0.5"})
    client.deploy(app, sample_app.commit("in-order", release_phase=True))
    for number in range(3):
        client.patch(f"/apps/{app}/config-vars", {"NUMBER": str(number)})
    statuses = {release["version"]: release["status"] for release in client.releases(app)[:3]}
    assert statuses == {8: "pending", 7: "pending", 6: "pending"}
    assert client.current(app)["version"] == 5
    assert client.settled(app, 6)["status"] == "succeeded"
    assert client.current(app)["version"] in (6, 7)
    client.settled(app, 8)
    assert client.current(app)["version"] == 8
    site = until(lambda: client.site(app), lambda site: site[0] == 200)
    assert site[1]["version"] == "in-order"


def test_pushes_at_the_same_time_are_built_one_after_the_other(client, app, sample_app):
    commits = [sample_app.commit("left")]
    commits.append(sample_app.commit("right"))
    threads = [threading.Thread(target=client.push, args=(app, commit)) for commit in commits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    builds = client.get(f"/apps/{app}/builds")
    assert {build["status"] for build in builds} == {"succeeded"}
    versions = [release["version"] for release in client.releases(app)]
    assert versions == list(range(len(versions), 0, -1))
    # Whichever came last, the repository and the running slug agree.
    slug = client.get(f"/apps/{app}/slugs/{client.current(app)['slug']['id']}")
    repo = client.running.state_dir / "git" / f"{app}.git"
    head = (repo / "refs" / "heads" / "master").read_text().strip()
    assert slug["commit"] == head


def test_preboot_keeps_the_old_dynos_until_the_window_is_over(client, app, sample_app):
    client.patch("/_sandbox/settings", {"preboot_s": 1.5})
    try:
        client.patch(f"/apps/{app}/features/preboot", {"enabled": True})
        served(client, app, "one")
        client.deploy(app, sample_app.commit("preboots"))
        assert client.current(app)["version"] == 4
        assert client.site(app) == (200, {**client.site(app)[1], "version": "one"})
        refused = client.refused(
            "PATCH", f"/apps/{app}/formation", {"updates": [{"type": "web", "quantity": 2}]}
        )
        assert refused == (
            422,
            "invalid_params",
            "Cannot change formation for a preboot app until preboot is complete",
        )
        began = time.monotonic()
        statuses = set()

        def look():
            status, site = client.site(app)
            statuses.add(status)
            return site["version"] if site else None

        until(look, lambda version: version == "preboots")
        assert statuses == {200}
        assert time.monotonic() - began < 20
    finally:
        client.patch("/_sandbox/settings", {"preboot_s": 2})


def test_preboot_is_for_standard_and_performance_dynos_only(client, new_name, sample_app):
    name = client.create_app(new_name(), database=False, size="Basic", preboot=True)
    client.deploy(name, sample_app.first)
    served(client, name, "one")
    client.deploy(name, sample_app.commit("basic"))
    update = {"updates": [{"type": "web", "quantity": 1}, {"type": "worker", "quantity": 1}]}
    client.patch(f"/apps/{name}/formation", update)
    served(client, name, "basic")
