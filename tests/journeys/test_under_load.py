"""Visitors read, order and edit on the live site while it is deployed."""

import json
import sys
import time
from pathlib import Path

import psycopg
import pytest
from desk_kit import Shop

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes
from load import Load, Report, kept_in
from loadreport import OK, PAGE

LIVE = "bookshop-live"


def deploy_under_load(shop: Shop, *words: str, mark: str) -> Report:
    """What eight visitors of the live site saw of ``fab sandbox WORDS``, until it had switched."""
    app = shop.state["apps"][LIVE]
    load = Load(app["web_url"], clients=8, pause_s=0.1, mark=mark)
    with load:
        load.wait_for(OK, 50)
        shop.operator.fab("sandbox", *words)
        wait_for_switch(shop, shop.newest(LIVE)["version"])
        load.wait_for(OK, 50)
    return load.report(kept_in(app["database_url"]))


def wait_for_switch(shop: Shop, version: int, timeout_s: float = 180) -> None:
    """Until web dynos of this release get the requests: the dyno list hides who does."""
    deadline = time.monotonic() + timeout_s
    while True:
        dynos = shop.api("GET", f"/apps/{LIVE}/dynos")
        found = {(dyno["release"]["version"], dyno["state"]) for dyno in dynos}
        old_serve = shop.api("GET", "/_sandbox/apps")[LIVE]["preboot_pending"]
        if found == {(version, "up")} and not old_serve:
            return
        assert time.monotonic() < deadline, f"after {timeout_s} s there are dynos {found}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def live_commit(shop):
    """What live runs; `master` is put back to it, so that each deployment shows one change."""
    release = shop.newest(LIVE)
    commit = shop.api("GET", f"/apps/{LIVE}/slugs/{release['slug']['id']}")["commit"]
    shop.git("checkout", "-q", "master")
    shop.git("reset", "-q", "--hard", commit)
    return commit


def test_a_code_only_deployment_with_preboot_loses_nothing(operator, shop, live_commit):
    target = shop.commit("Print another edition", changes.code(shop.project, 2), "master")
    shop.git("push", "-q", "--force", "origin", "master")
    before = shop.newest(LIVE)["version"]
    report = deploy_under_load(shop, f"deploy:live,pipeline=no,confirm={LIVE}", mark="code")
    said = "\n".join(report.lines())
    assert report.failed == 0, said
    assert report.lost == (), said
    assert report.outcomes[OK] == report.requests > 100
    assert report.outcomes[PAGE] == 0
    assert report.writes > 20
    release = shop.newest(LIVE)
    slug = shop.api("GET", f"/apps/{LIVE}/slugs/{release['slug']['id']}")
    assert (release["version"], slug["commit"]) == (before + 1, target)
    assert "Edition 2." in shop.page(LIVE, "/").text


@pytest.fixture
def long_preboot(shop):
    """Long enough for a migration on a busy machine; on Heroku it is some 3 minutes."""
    shop.api("PATCH", "/_sandbox/settings", {"preboot_s": 15})
    yield
    shop.api("PATCH", "/_sandbox/settings", {"preboot_s": 2})


def commit_to_master(shop, message, files):
    shop.commit(message, files, "master")
    shop.git("push", "-q", "--force", "origin", "master")


# In the suite what is measured stands for them: it goes the same way.
@pytest.mark.whole
@pytest.mark.parametrize("kind", ["expand", "contract"])
def test_a_migration_that_one_code_can_live_with_loses_nothing(
    operator, shop, live_commit, long_preboot, kind
):
    # The contraction takes away what the expansion, which runs first, has added.
    files = getattr(changes, kind)(shop.project, 1)
    commit_to_master(shop, f"To {kind}", files)
    report = deploy_under_load(shop, f"deploy:live,pipeline=no,confirm={LIVE}", mark=kind)
    said = "\n".join(report.lines())
    assert report.failed == 0, said
    assert report.lost == (), said
    assert report.outcomes[PAGE] == 0
    assert report.writes > 20
    migration = next(path for path in files if "/migrations/" in path)
    assert Path(migration).stem in applied(shop)


@pytest.mark.whole
def test_what_breaks_either_code_is_behind_the_page_and_the_build_is_not(
    operator, shop, live_commit
):
    build_s = 6
    commit_to_master(shop, "To break", changes.breaking(shop.project, 1))
    shop.api("PATCH", "/_sandbox/settings", {"build_s": build_s})
    app = shop.state["apps"][LIVE]
    load = Load(app["web_url"], clients=8, pause_s=0.1, mark="breaking")
    try:
        with load:
            load.wait_for(OK, 50)
            began = time.monotonic()
            operator.fab("sandbox", f"deploy:live,pipeline=no,confirm={LIVE}")
            load.wait_for(OK, 50)
    finally:
        shop.api("PATCH", "/_sandbox/settings", {"build_s": 0})
    report = load.report(kept_in(app["database_url"]))
    said = "\n".join(report.lines())
    assert report.broken == 0, said
    assert report.lost == (), said
    first = min(one.began for one in load.answers if one.outcome == PAGE)
    assert first - began >= build_s, said
    assert shop.api("GET", f"/apps/{LIVE}")["maintenance"] is False
    preboot = shop.api("GET", f"/apps/{LIVE}/features/preboot")
    assert preboot["enabled"] is True


def applied(shop):
    url = shop.state["apps"][LIVE]["database_url"]
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM django_migrations")}


@pytest.mark.whole
@pytest.mark.parametrize("kind", ["python", "sql"])
def test_what_is_measured_needs_no_page(kind, operator, shop, live_commit, long_preboot):
    files = getattr(changes, kind)(shop.project, 1)
    commit_to_master(shop, "Tidy the blurbs up", files)
    read = json.loads(operator.fab("sandbox", "plan:live,pipeline=no,format=json").stdout)
    assert read["downtime"]["needed"] is True
    assert [one["class"] for one in read["migrations"]] == ["unknown"]

    words = f"deploy:live,pipeline=no,measure=yes,confirm={LIVE}"
    report = deploy_under_load(shop, words, mark=kind)

    said = "\n".join(report.lines())
    assert report.failed == 0, said
    assert report.lost == (), said
    assert report.outcomes[PAGE] == 0
    assert report.writes > 20
