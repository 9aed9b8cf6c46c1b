"""What fails on Heroku's side: exit status 1, the page and preboot as promised, the next move."""

import re

import pytest

BROKEN_MIGRATION = """
from django.db import migrations


def explode(apps, schema_editor):
    raise RuntimeError("the fuse blew")


class Migration(migrations.Migration):
    dependencies = [("customers", "{before}")]
    operations = [migrations.RunPython(explode, migrations.RunPython.noop)]
"""
LEVEL_MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "{before}")]
    operations = []
"""


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", "deploy:dev,confirm=bookshop-dev")
    shop.api("PATCH", "/apps/bookshop-dev/features/preboot", {"enabled": True})
    shop.git("checkout", "-q", "-b", "work", "dev")
    return shop


@pytest.fixture(autouse=True)
def afresh(ready):
    """Each test begins with the page down, preboot on, no faults, at what runs."""
    ready.api("DELETE", "/_sandbox/faults")
    ready.api("PATCH", "/apps/bookshop-dev", {"maintenance": False})
    ready.git("checkout", "-q", "-B", "work", running(ready))


def running(shop):
    releases = shop.api("GET", "/apps/bookshop-dev/releases")
    current = next(one for one in releases if one["current"])
    return shop.api("GET", f"/apps/bookshop-dev/slugs/{current['slug']['id']}")["commit"]


def stands(shop):
    """(page, preboot) of bookshop-dev."""
    return (
        shop.api("GET", "/apps/bookshop-dev")["maintenance"],
        shop.api("GET", "/apps/bookshop-dev/features/preboot")["enabled"],
    )


def last_migration(shop):
    return sorted(p.stem for p in (shop.project / "customers/migrations").glob("0*.py"))[-1]


def deploy(operator, status=1, more=""):
    return operator.fab(
        "sandbox", f"deploy:dev,branch=work,confirm=bookshop-dev{more}", status=status
    )


def test_a_build_that_fails_leaves_the_old_release_and_no_page(operator, ready):
    content = LEVEL_MIGRATION.format(before=last_migration(ready))
    ready.commit(
        "Need what is not there",
        {
            "requirements.txt": "no-such-package-anywhere==99.99\n",
            "customers/migrations/0950_level.py": content,
        },
    )
    before = ready.newest("bookshop-dev")["version"]
    done = deploy(operator)
    assert "the build failed" in done.stderr
    assert re.search(rf"v{before} \(\w{{7}}\) runs as before", done.stderr)
    assert "fab sandbox deploy:dev" in done.stderr
    assert ready.newest("bookshop-dev")["version"] == before
    assert stands(ready) == (False, True)
    assert ready.page("bookshop-dev").status_code == 200


def requests_of(shop, method, path):
    seen = shop.api("GET", "/_sandbox/requests")
    return [one for one in seen if one["method"] == method and path in one["path"]]


@pytest.mark.parametrize(
    "status", [403, *(pytest.param(status, marks=pytest.mark.whole) for status in (404, 422))]
)
def test_nothing_is_pushed_where_the_page_cannot_be_put_up(operator, ready, status):
    content = BROKEN_MIGRATION.format(before=last_migration(ready))
    ready.commit("Need the page", {"customers/migrations/0952_page.py": content})
    before = ready.newest("bookshop-dev")
    fault = {"method": "PATCH", "path": "^/apps/bookshop-dev$", "status": status}
    ready.api("POST", "/_sandbox/faults", fault)
    ready.api("DELETE", "/_sandbox/requests")
    done = deploy(operator)
    assert "bookshop-dev: Heroku refuses to switch its maintenance page" in done.stderr
    assert "maintenance=no" in done.stderr
    assert "fab sandbox deploy:dev,branch=work" in done.stderr
    assert not requests_of(ready, "POST", "git-receive-pack")
    assert not requests_of(ready, "PATCH", "features/preboot")
    assert ready.newest("bookshop-dev") == before
    assert stands(ready) == (False, True)


def test_a_page_that_is_refused_when_the_code_is_out_leaves_a_way_back(operator, ready):
    before = ready.newest("bookshop-dev")
    content = BROKEN_MIGRATION.format(before=last_migration(ready))
    ready.commit("Lose the page", {"customers/migrations/0953_lost.py": content})
    fault = {"method": "PATCH", "path": "^/apps/bookshop-dev$", "status": 403, "skip": 1}
    ready.api("POST", "/_sandbox/faults", {**fault, "times": 20})
    done = deploy(operator)
    assert "cannot be put up" in done.stderr and "nothing was done to the database" in done.stderr
    assert "fab sandbox deploy:dev,branch=work,options=migrate" in done.stderr
    assert "the fuse blew" not in done.stdout
    ready.api("DELETE", "/_sandbox/faults")
    way_back = re.search(r"fab sandbox '?(rollback:dev\S*?)'?$", done.stderr, re.M).group(1)
    operator.fab("sandbox", f"{way_back},confirm=bookshop-dev")
    assert ready.newest("bookshop-dev")["slug"] == before["slug"]
    assert stands(ready) == (False, True)
    # Heroku's repository is left with what was rolled back.
    ready.git("checkout", "-q", "-B", "work", running(ready))
    ready.commit("Go on", {"NOTE.txt": "after the page was lost\n"})
    deploy(operator, status=0, more=",force=yes")


def test_a_page_that_was_up_before_is_not_said_to_be_ours(operator, ready):
    content = LEVEL_MIGRATION.format(before=last_migration(ready))
    needs = {"requirements.txt": "no-such-package-anywhere==99.99\n"}
    ready.commit("Fail", {**needs, "customers/migrations/0954_level.py": content})
    ready.api("PATCH", "/apps/bookshop-dev", {"maintenance": True})
    done = deploy(operator, more=",maintenance=yes")
    assert "the build failed" in done.stderr
    assert "page of bookshop-dev stays up: it was up already, put up by somebody" in done.stderr
    assert "database may be half changed" not in done.stderr
    assert "commands that were not run" not in done.stderr
    assert stands(ready) == (True, True)


def test_a_migration_that_fails_keeps_the_page_up_and_says_how_to_go_on(operator, ready):
    content = BROKEN_MIGRATION.format(before=last_migration(ready))
    path = "customers/migrations/0951_fuse.py"
    ready.commit("Blow the fuse", {path: content})
    done = deploy(operator)
    assert "the fuse blew" in done.stdout
    assert "exited with status 1" in done.stderr
    assert "page of bookshop-dev stays up" in done.stderr
    assert "fab sandbox deploy:dev,branch=work,options=migrate" in done.stderr
    assert "fab sandbox maintenance:dev,off" in done.stderr
    assert stands(ready) == (True, True)
    assert ready.page("bookshop-dev").status_code == 503
    ready.commit("Mend the fuse", {path: content.replace("raise RuntimeError", "print")})
    mended = deploy(operator, status=0)
    assert "page is up already, and stays up afterwards" in mended.stdout
    operator.fab("sandbox", "maintenance:dev,off")
    assert stands(ready) == (False, True)
    assert ready.page("bookshop-dev").status_code == 200


def test_a_release_phase_that_fails_is_told_though_git_push_exits_with_0(operator, ready):
    procfile = (ready.project / "Procfile").read_text()
    ready.commit("Fail the release", {"Procfile": procfile + "release: echo trying; exit 7\n"})
    before = ready.newest("bookshop-dev")["version"]
    done = deploy(operator)
    assert "trying" in done.stdout
    assert "the release is failed" in done.stderr
    assert re.search(rf"v{before} \(\w{{7}}\) runs", done.stderr)
    assert ready.newest("bookshop-dev")["status"] == "failed"
    assert stands(ready) == (False, True)
    assert ready.page("bookshop-dev").status_code == 200


def test_a_commit_that_heroku_has_built_already_is_released_again(operator, ready):
    """After the release phase of a commit failed, git would say that everything is up to date."""
    procfile = (ready.project / "Procfile").read_text()
    ready.commit(
        "Release only when allowed",
        {"Procfile": procfile + 'release: test "$ALLOWED" = yes\n'},
    )
    assert "failed" in deploy(operator, more=",force=yes").stderr
    ready.api("PATCH", "/_sandbox/settings", {"build_s": 0})
    ready.api("PATCH", "/apps/bookshop-dev/config-vars", {"ALLOWED": "yes"})
    done = deploy(operator, status=0, more=",force=yes")
    assert "had built" in done.stdout
    assert ready.newest("bookshop-dev")["status"] == "succeeded"


def test_an_answer_that_is_lost_does_not_make_two_releases(operator, ready):
    fault = {"method": "POST", "path": "/pipeline-promotions$", "times": 1, "after": True}
    ready.api("POST", "/_sandbox/faults", fault)
    before = ready.newest("bookshop-live")["version"]
    done = operator.fab("sandbox", "deploy:live,confirm=bookshop-live")
    assert "answer to the promotion was lost" in done.stdout
    assert ready.newest("bookshop-live")["version"] == before + 1


@pytest.mark.whole
def test_a_refused_promotion_changes_nothing_that_is_not_put_back(operator, ready):
    operator.fab("sandbox", "deploy:uat,confirm=bookshop-uat")
    fault = {"method": "POST", "path": "/pipeline-promotions$", "times": 1, "status": 422}
    ready.api("POST", "/_sandbox/faults", fault)
    before = ready.newest("bookshop-live")["version"]
    done = operator.fab("sandbox", "deploy:live,confirm=bookshop-live", status=1)
    assert re.search(rf"v{before} \(\w{{7}}\) runs as before", done.stderr)
    live = ready.api("GET", "/apps/bookshop-live")
    preboot = ready.api("GET", "/apps/bookshop-live/features/preboot")
    assert (live["maintenance"], preboot["enabled"]) == (False, True)


@pytest.mark.whole
def test_a_page_that_cannot_be_put_back_is_told_by_its_command(operator, ready):
    content = LEVEL_MIGRATION.format(before=last_migration(ready))
    ready.commit("Level", {"customers/migrations/0960_level.py": content})
    fault = {"method": "PATCH", "path": "/features/preboot$", "times": 99, "status": 503}
    ready.api("POST", "/_sandbox/faults", fault)
    done = deploy(operator, more=",maintenance=yes")
    assert "heroku features:enable preboot -a bookshop-dev" in done.stdout
    assert "no new release" in done.stderr
    assert "fab sandbox resume:dev" in done.stderr
    ready.api("DELETE", "/_sandbox/faults")
    assert "fab sandbox resume:dev" in deploy(operator).stderr
    operator.fab("sandbox", "resume:dev,how=back")
    assert stands(ready) == (False, True)
    assert "nothing to resume" in operator.fab("sandbox", "resume:dev", status=1).stderr
