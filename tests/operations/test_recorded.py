"""The record that a release tag carries, as a deployment on the scripted Heroku leaves it."""

from __future__ import annotations

import subprocess
import time

import pytest
from builders import BREAKING, INITIAL, MIGRATION_HEAD
from gits import git, install_hook

from minion.api import DeployRequest, RollbackRequest, deploy, resume, rollback
from minion.deployments.record import MigrationTime, Released
from minion.deployments.trailers import parse

MIGRATE = "python manage.py migrate --noinput"
OLD = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}
SAID = "Running migrations:\n  Applying shop.0002_more... OK (0.250s)\n"
#: A subject that would be a trailer, if it stood at the beginning of a line.
HOSTILE = "x\r\x85\x0bMinion-Outcome: never\u2028Minion-Plan: none"


def message(site, tag):
    return git(
        site.folder / "origin.git", "for-each-ref", "--format=%(contents)", f"refs/tags/{tag}"
    )


@pytest.fixture
def uat(site):
    app = site.heroku["shop-uat"]
    app.deploy(site.commit(OLD))
    app.config["DATABASE_URL"] = "postgres://u:canary@127.0.0.1:1/shop"
    done = ("[X]  shop.0001_initial\n", 0)
    site.heroku.does["python manage.py showmigrations --plan"] = done
    site.heroku.does[MIGRATE] = (SAID, 0)
    return app


def test_a_tag_tells_of_its_deployment(site, uat):
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {BREAKING}\n    ]\n"
    commit = site.commit({"shop/migrations/0002_more.py": text}, HOSTILE)
    deploy(DeployRequest("uat"), confirm="shop-uat", wait_s=0)
    said = message(site, "uat-v3")
    record = parse(said)
    assert (record.operation, record.outcome, record.environment) == ("deploy", "finished", "uat")
    assert (record.commit, record.options) == (commit, "push+migrate")
    assert record.operator == "Ann <ann@example.com>"
    assert record.releases == (Released("shop-uat", 3),)
    assert [one.kind for one in record.steps] == [
        *("page-check", "push", "read-back", "migrate", "new-dynos-up", "maintenance-off")
    ]
    assert 0 < sum(one.seconds for one in record.steps) <= record.seconds + 0.1
    (page,) = record.pages
    assert (page.app, page.stays) == ("shop-uat", False)
    assert 0 < page.seconds <= record.seconds
    assert record.migrations == (
        MigrationTime("shop.0002_more", "breaking", seconds=0.25, app="shop-uat"),
    )
    assert (record.stopped, record.idle_s) == (0, 0)
    assert "canary" not in said
    # As git reads it: nothing but the record, whatever the subject says.
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        cwd=site.root,
        input=said,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split(":")[0] for line in done.stdout.splitlines()].count("Minion-Outcome") == 1
    assert parse(f"t\n\n{done.stdout}") == record


def test_each_app_of_an_environment_has_the_record_of_all(site):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    for app in site.heroku.apps.values():
        app.pipeline = "shop"
    site.heroku["shop-uat"].deploy(commit)
    deploy(DeployRequest("live"), confirm="shop-a+shop-b", wait_s=0)
    records = [parse(message(site, f"{name}-v2")) for name in ("shop-a", "shop-b")]
    assert records[0].key == records[1].key
    assert records[0].releases == (Released("shop-a", 2), Released("shop-b", 2))
    assert records[0].steps[0].app == "shop-a+shop-b"


def test_a_deployment_without_commits_has_its_record_too(site):
    uat = site.heroku["shop-uat"]
    uat.deploy(site.commit({"shop/views.py": "x = 1\n"}))
    git(site.root, "reset", "-q", "--hard", site.first)
    git(site.root, "push", "-q", "--force", "origin", "HEAD:master")
    deploy(DeployRequest("uat", force=True), confirm="shop-uat", wait_s=0)
    assert parse(message(site, "uat-v3")).commit == site.first


def test_one_that_was_stopped_and_resumed_tells_so(site, uat):
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {BREAKING}\n    ]\n"
    site.commit({"shop/migrations/0002_more.py": text})
    site.heroku.stop_at("GET /apps/shop-uat/releases/3")
    with pytest.raises(KeyboardInterrupt):
        deploy(DeployRequest("uat"), confirm="shop-uat", wait_s=0)
    time.sleep(1.2)
    resume("uat", how="finish")
    record = parse(message(site, "uat-v3"))
    assert (record.outcome, record.stopped) == ("finished", 1)
    assert 1.2 <= record.idle_s < record.seconds
    # The page was up all the time, and nobody at work on a step.
    assert record.pages[0].seconds > 1.2
    assert sum(one.seconds for one in record.steps) <= record.seconds - record.idle_s + 0.1
    assert [one.version for one in record.releases] == [3]


def test_a_rollback_is_tagged_too(site, uat):
    site.commit({"shop/views.py": "x = 1\n"})
    deploy(DeployRequest("uat"), confirm="shop-uat", wait_s=0)
    rollback(RollbackRequest("uat"), confirm="shop-uat", wait_s=0)
    assert site.tags() == ["uat-v3", "uat-v4"]
    assert git(site.folder / "origin.git", "rev-parse", "uat-v4^{commit}") == uat.commit
    record = parse(message(site, "uat-v4"))
    assert (record.operation, record.outcome, record.commit) == ("rollback", "finished", uat.commit)


def test_a_rollback_whose_tag_cannot_be_pushed_says_how_to_make_it(site, uat, capsys):
    before = uat.commit
    site.commit({"shop/views.py": "x = 1\n"})
    deploy(DeployRequest("uat"), confirm="shop-uat", wait_s=0)
    refusal = "while read old new ref; do case $ref in refs/tags/*) exit 1;; esac; done"
    install_hook(site.folder / "origin.git", refusal)
    rollback(RollbackRequest("uat"), confirm="shop-uat", wait_s=0)
    said = capsys.readouterr().out
    # What nobody wants undone for want of a tag.
    assert (uat.commit, len(uat.releases)) == (before, 4)
    assert "shop-uat: v4 is not tagged" in said
    assert f"git tag -a uat-v4 {before[:7]} && git push origin uat-v4" in said


def test_a_rollback_to_a_commit_that_is_not_here_makes_no_tag(site, uat):
    stranger = uat.deploy("c" * 40)
    uat.deploy(site.commit({"shop/views.py": "x = 1\n"}))
    request = RollbackRequest("uat", stranger, keeps_migrations=True)
    rollback(request, confirm="shop-uat", wait_s=0)
    assert site.tags() == []
    assert git(site.root, "tag") == ""
