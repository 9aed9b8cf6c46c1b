"""``history``: what the scripted Heroku, origin's tags and this machine's journals know."""

from __future__ import annotations

import json

import pytest
from gits import git, install_hook

from minion.api import DeployRequest, RollbackRequest, deploy, history, resume, rollback
from minion.errors import DeployInterrupted, Refused


@pytest.fixture
def told(site, capsys):
    """The document of an environment, and one of its entries at a time."""

    def document(name="uat", version=None, **more):
        capsys.readouterr()
        history(name, version, as_document=True, **more)
        return json.loads(capsys.readouterr().out)

    return document


def brief(document):
    return [
        (one["operation"], one["outcome"], [r["version"] for r in one["releases"]])
        for one in document["deployments"]
    ]


def to_uat(**more):
    deploy(DeployRequest("uat", **more), confirm="shop-uat", wait_s=0)


def change(site, number):
    return site.commit({"shop/views.py": f"x = {number}\n"}, f"Change {number}.")


def test_what_nobody_has_deployed(site, told):
    site.heroku["shop-uat"].releases.clear()
    document = told()
    assert document["deployments"] == []
    assert document["figures"]["deployment_frequency"] == {"per_week": None, "count": 0}


def test_each_as_it_was_newest_first(site, told):
    uat = site.heroku["shop-uat"]
    commits = [change(site, 1)]
    to_uat()
    uat.set(A="1")
    commits.append(change(site, 2))
    site.heroku.pushed_status = "failed"
    with pytest.raises(DeployInterrupted):
        to_uat()
    site.heroku.pushed_status = "succeeded"
    commits.append(change(site, 3))
    to_uat()
    rollback(RollbackRequest("uat"), confirm="shop-uat", wait_s=0)
    document = told(days=3650)
    assert brief(document) == [
        ("rollback", "finished", [6]),
        ("deploy", "finished", [5]),
        ("deploy", "failed", [4]),
        ("deploy", "finished", [2]),
        ("deploy", "released", [1]),
    ]
    back, third, second, first, _ = document["deployments"]
    assert [one["commit"] for one in (third, second, first)] == commits[::-1]
    assert back["commit"] == commits[0]
    assert second["failed_at"] == "read-back"
    assert third["sources"] == ["tag", "Heroku", "this machine"]
    assert second["sources"] == ["Heroku", "this machine"]
    assert third["options"] == "push"
    assert document["notes"] == []
    figures = document["figures"]
    assert figures["change_failure_rate"] == {"rate": 2 / 4, "failures": 2, "changes": 4}
    assert figures["time_to_restore"]["count"] == 2


def test_one_that_made_no_release_is_known_here(site, told):
    change(site, 1)
    install_hook(site.heroku.git.folder / "shop-uat.git", "exit 1")
    with pytest.raises(DeployInterrupted):
        to_uat()
    failed = told()["deployments"][0]
    assert (failed["outcome"], failed["failed_at"], failed["releases"]) == ("failed", "push", [])
    assert failed["sources"] == ["this machine"]


def test_a_failed_build_that_heroku_tells_of(site, told):
    site.heroku["shop-uat"].build("failed")
    entries = told(days=3650)["deployments"]
    (failed,) = [one for one in entries if one["outcome"] == "failed"]
    assert (failed["failed_at"], failed["sources"]) == ("build", ["Heroku"])


def test_one_that_waits_for_resume_is_interrupted(site, told):
    change(site, 1)
    site.heroku.stop_at("GET /apps/shop-uat/releases/2")
    with pytest.raises(KeyboardInterrupt):
        to_uat()
    assert brief(told())[0] == ("deploy", "interrupted", [2])
    resume("uat", how="finish")
    document = told()
    assert brief(document)[0] == ("deploy", "finished", [2])
    assert document["deployments"][0]["stopped"] == 1


def test_two_apps_are_one_deployment(site, told, capsys):
    commit = change(site, 1)
    for app in site.heroku.apps.values():
        app.pipeline = "shop"
    site.heroku["shop-uat"].deploy(commit)
    site.heroku["shop-b"].set(A="1")
    deploy(DeployRequest("live"), confirm="shop-a+shop-b", wait_s=0)
    made = told("live")["deployments"][0]
    assert made["releases"] == [{"app": "shop-a", "version": 2}, {"app": "shop-b", "version": 3}]
    assert made["tags"] == ["shop-a-v2", "shop-b-v3"]
    capsys.readouterr()
    history("live")
    said = capsys.readouterr().out
    assert "shop-a v2, shop-b v3" in said


def test_without_heroku_the_tags_tell(site, told, monkeypatch):
    change(site, 1)
    to_uat()
    monkeypatch.setenv("HEROKU_API_KEY", "wrong")
    site.heroku.close()
    monkeypatch.setenv("MINION_TIMEOUT", "1")
    journals = site.root / ".git" / "minion" / "journals"
    for path in journals.iterdir():
        path.unlink()
    document = told()
    assert brief(document) == [("deploy", "finished", [2])]
    assert document["deployments"][0]["sources"] == ["tag"]
    assert "Heroku cannot be asked" in document["notes"][0]


def test_another_clone_knows_by_origin_and_heroku(site, told, monkeypatch, tmp_path):
    change(site, 1)
    to_uat()
    git(tmp_path, "clone", "-q", "--no-tags", str(site.folder / "origin.git"), "other")
    monkeypatch.chdir(tmp_path / "other")
    (made, first) = told(days=3650)["deployments"]
    assert made["sources"] == ["tag", "Heroku"]
    assert made["recorded"]
    assert first["outcome"] == "released"
    assert git(tmp_path / "other", "tag") == ""


def test_tags_of_others_are_listed_with_what_is_known(site, told):
    uat = site.heroku["shop-uat"]
    uat.deploy(change(site, 1))
    uat.deploy(change(site, 2))
    uat.deploy(change(site, 3))
    git(site.root, "tag", "uat-v2", "HEAD~2")
    git(site.root, "tag", "-a", "-m", "By hand", "uat-v3", "HEAD~1")
    old = f"shop-uat v4 (uat)\n\n* {site.first[:7]}  Change."
    git(site.root, "tag", "-a", "-m", old, "uat-v4", "HEAD")
    for name in ("uat-v02", "uat-vx", "v2", "uat-v2-rc", "live-v2"):
        git(site.root, "tag", name, "HEAD")
    document = told(days=3650)
    assert brief(document)[:3] == [("deploy", "tagged", [number]) for number in (4, 3, 2)]
    assert [one["sources"] for one in document["deployments"][:3]] == [["tag", "Heroku"]] * 3
    assert document["deployments"][0]["by"] == "Ann <ann@example.com>"
    assert not document["deployments"][0]["recorded"]


def test_one_whole(site, told, capsys):
    change(site, 1)
    to_uat()
    assert len(told(version=2)["deployments"]) == 1
    capsys.readouterr()
    history("uat", 2)
    said = capsys.readouterr().out
    for words in ("Release:             shop-uat v2", "Steps:", "push (shop-uat)", "Change 1."):
        assert words in said
    with pytest.raises(Refused, match="v9 of uat; known are v2, v1"):
        history("uat", 9)


def test_the_list_for_people(site, told, capsys):
    change(site, 1)
    to_uat()
    capsys.readouterr()
    history("uat")
    said = capsys.readouterr().out
    assert "finished" in said
    assert "Deployment frequency: 7.0 a week, 1 in all" in said
    assert "Change failure rate:" in said
