"""Config vars from the env file to the last word, on the scripted Heroku."""

from __future__ import annotations

import json
import shutil

import pytest
from gits import Project, git
from scripted import Answer

from minion.api import ConfigRequest, check_config, config, resume
from minion.errors import DeployInterrupted, NotConfirmed, PlanOutdated, Refused

SETTINGS = """
[project]
config = "../config"
[environments.dev]
app = "shop-dev"
[environments.uat]
app = "shop-uat"
remote_only = ["HERE_ONLY"]
[environments.live]
apps = ["shop-a", "shop-b"]
tag = "{app}-v{version}"
"""
FORBIDDEN = Answer({"id": "forbidden", "message": "You do not have access."}, 403)
DATABASE = "postgres://u:canary@db.example.com/shop"


class Files:
    """The folder of env files, a repository of its own with an upstream."""

    def __init__(self, folder):
        self.folder = folder / "config"
        Project(self.folder)
        git(folder, "init", "-q", "--bare", "--template=", "config.git")
        git(self.folder, "remote", "add", "origin", "../config.git")
        self.write(ignored="")
        git(self.folder, "push", "-q", "-u", "origin", "HEAD")

    def write(self, **texts):
        """Commit and push `name.env` with each text."""
        for name, text in texts.items():
            path = self.folder / f"{name}.env"
            path.write_text(text)
            path.chmod(0o600)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "Change.")
        if "ignored" not in texts:
            git(self.folder, "push", "-q")


@pytest.fixture
def files(site):
    site.commit({"minion.toml": SETTINGS})
    return Files(site.folder)


def set_(name="uat", *, confirm="", as_json=False, **more):
    config(ConfigRequest(name, **more), confirm=confirm, wait_s=0, as_json=as_json)


def plan_of(name="uat", **more):
    """The identifier of the plan, as it stands in what asks for a yes."""
    with pytest.raises(NotConfirmed) as caught:
        set_(name, **more)
    return str(caught.value).partition("confirm=")[2].replace("shop-uat, or confirm=", "")[:12]


# Shown


def test_each_variable_has_its_sign_and_no_value(site, files, capsys):
    uat = site.heroku["shop-uat"]
    uat.set(SAME="1", OTHER="canary", HERE_ONLY="canary", GONE="canary", EMPTY="")
    uat.attach("DATABASE_URL", DATABASE)
    files.write(uat="SAME=1\nOTHER=canary-2\nNEW=canary\nEMPTY=canary\n")
    with pytest.raises(Refused, match=r"shop-uat: not what uat\.env says"):
        check_config(ConfigRequest("uat"), as_json=False)
    said = capsys.readouterr().out
    for line in (
        "! EMPTY         differs",
        "+ NEW           ********",
        "! OTHER         differs",
        "= SAME          ********",
        "? DATABASE_URL  only on Heroku, managed by pg-shop-uat",
        "? GONE          only on Heroku: ********",
        "? HERE_ONLY     only on Heroku, as listed in remote_only: ********",
        "Will be applied to shop-uat, all in one release:",
        "Add: NEW",
        "Change: EMPTY, OTHER",
    ):
        assert line in said
    assert "canary" not in said
    assert site.heroku.asked("PATCH") == []


def test_with_reveal_there_are_values(site, files, capsys):
    site.heroku["shop-uat"].set(OTHER="old")
    files.write(uat="OTHER=new\n")
    with pytest.raises(Refused):
        check_config(ConfigRequest("uat", reveal=True), as_json=True)
    streams = capsys.readouterr()
    assert "! OTHER  old -> new" in streams.err
    entry = {"key": "OTHER", "status": "!", "local": "new", "remote": "old"}
    assert json.loads(streams.out) == {"app": "shop-uat", "diff": [entry], "release": None}


def test_what_is_as_the_file_says_is_left_alone(site, files, capsys):
    site.heroku["shop-uat"].set(A="1", OLD="2")
    files.write(uat="A=1\n", dev="")
    set_()
    set_("dev")
    said = capsys.readouterr().out
    assert "Nothing to do. Only prune=yes would remove OLD." in said
    assert "none on either side\n\nNothing to do." in said
    assert site.heroku.asked("PATCH") == []


# Applied


def test_one_request_makes_one_release(site, files, capsys):
    uat = site.heroku["shop-uat"]
    uat.set(OTHER="old", GONE="1")
    files.write(uat="OTHER=new\nNEW=1\n")
    set_(confirm="shop-uat", as_json=True)
    assert uat.config == {"OTHER": "new", "NEW": "1", "GONE": "1"}
    assert site.heroku.asked("PATCH") == ["/apps/shop-uat/config-vars"]
    assert json.loads(capsys.readouterr().out)["release"] == 3


def test_removing_needs_the_plan(site, files):
    site.heroku["shop-uat"].set(GONE="1")
    files.write(uat="NEW=1\n")
    with pytest.raises(NotConfirmed, match="removing GONE needs confirm="):
        set_(prune=True, confirm="shop-uat")
    set_(prune=True, confirm=plan_of(prune=True))
    assert site.heroku["shop-uat"].config == {"NEW": "1"}


def test_a_release_phase_is_told_of(site, files, capsys):
    uat = site.heroku["shop-uat"]
    uat.deploy(site.first, types={"release": "python manage.py migrate"})
    files.write(uat="NEW=1\n")
    plan_of()
    assert "Take note: shop-uat has a release phase, and this" in capsys.readouterr().out


def test_an_app_to_which_nothing_was_deployed_is_set_too(site, files):
    site.heroku["shop-uat"].releases.clear()
    files.write(uat="NEW=1\n")
    set_(confirm="shop-uat")
    assert site.heroku["shop-uat"].config == {"NEW": "1"}


# Refused


@pytest.mark.parametrize("kept_in", ["file", "app"])
def test_two_environments_must_not_share_a_database(site, files, kept_in):
    if kept_in == "file":
        files.write(live=f"DATABASE_URL={DATABASE}\n")
    else:
        site.heroku["shop-b"].set(DATABASE_URL=DATABASE)
    files.write(uat=f"DATABASE_URL={DATABASE}\n")
    whose = "live.env" if kept_in == "file" else "shop-b"
    said = f"DATABASE_URL in uat.env is the database of {whose}: two environments must not share"
    with pytest.raises(Refused, match=said) as caught:
        set_(confirm="shop-uat")
    assert "canary" not in str(caught.value)


def test_an_app_above_that_may_not_be_read_has_no_known_database(site, files):
    site.heroku.server.on("GET /apps/shop-b/config-vars", FORBIDDEN)
    files.write(uat=f"DATABASE_URL={DATABASE}\n")
    set_(confirm="shop-uat")
    assert site.heroku["shop-uat"].config == {"DATABASE_URL": DATABASE}


def test_what_an_add_on_manages_is_not_set(site, files):
    site.heroku["shop-uat"].attach("DATABASE_URL", DATABASE)
    files.write(uat="DATABASE_URL=postgres://u:p@other.example.com/shop\n")
    with pytest.raises(Refused, match="the add-on pg-shop-uat of shop-uat manages it"):
        set_(confirm="shop-uat")


def test_the_live_site_takes_only_what_is_published(site, files, capsys):
    files.write(live="A=1\n", ignored="")
    with pytest.raises(Refused, match=r"config is not in step with origin: .*Nothing was changed"):
        set_("live", confirm="shop-a+shop-b")
    files.write(uat="A=1\n", ignored="")
    plan_of()
    assert "Take note: config is not in step with origin" in capsys.readouterr().out


def test_a_folder_that_is_no_repository_is_told_of(site, files, capsys):
    shutil.rmtree(files.folder / ".git")
    (files.folder / "uat.env").write_text("A=1\n")
    (files.folder / "uat.env").chmod(0o644)
    plan_of()
    said = capsys.readouterr().out
    assert "uat.env can be read by other users of this machine: chmod 600" in said
    assert "is in no git repository: nobody can tell who changed what" in said


# Moved meanwhile, and broken off


def at_yes(site, deed, path="/apps/shop-uat/config-vars", look=3):
    """Have `deed` done before a variable is looked at for the third time: after the report."""
    looks = []

    def count(request):
        if (request.method, request.path) == ("GET", path):
            looks.append(request)
            if len(looks) == look:
                deed()

    site.heroku.before = count


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (lambda app: app.set(NEW="2"), "the config vars of shop-uat, or uat.env, are others now"),
        (lambda app: app.release(app.slug), "the newest release of shop-uat was v1 and is v2"),
    ],
)
def test_what_moves_before_the_lock_is_shown_anew(site, files, deed, why):
    files.write(uat="NEW=1\n")
    at_yes(site, lambda: deed(site.heroku["shop-uat"]))
    with pytest.raises(PlanOutdated, match=why):
        set_(confirm="shop-uat")
    assert site.heroku.asked("PATCH") == []


def test_what_moves_between_two_apps_is_told_of_each(site, files):
    files.write(live="NEW=1\n")
    a, b = site.heroku["shop-a"], site.heroku["shop-b"]
    a_is_set = lambda request: a.config.get("NEW") and "NEW" not in b.config and b.set(NEW="2")  # noqa: E731
    site.heroku.before = a_is_set
    with pytest.raises(DeployInterrupted) as caught:
        set_("live", confirm="shop-a+shop-b")
    said = str(caught.value)
    assert "shop-b: its config vars were changed since they were shown" in said
    assert "shop-a: the config vars are as they were." in said
    assert "shop-b: the config vars are as they were." in said
    assert "When the cause is mended: fab config:live" in said
    assert a.config == {}
    assert b.config == {"NEW": "2"}


def when_both_have_it(site, deed):
    """Have `deed` done once, when the last of the two apps has its new value."""
    left = [deed]

    def look(request):
        there = [site.heroku[name].config.get("NEW") for name in ("shop-a", "shop-b")]
        if left and there == ["1", "1"]:
            left.pop()()

    site.heroku.before = look


def test_values_that_somebody_takes_back_at_the_end_are_not_called_set(site, files):
    """A rollback to a release with the same code brings back that one's config vars."""
    files.write(live="NEW=1\nGONE_TOO=1\n")
    a = site.heroku["shop-a"]

    def roll_back():
        a.config = {}
        a.release(a.slug, description="Rollback to v1", user={"email": "bob@example.com"})

    when_both_have_it(site, roll_back)
    with pytest.raises(DeployInterrupted) as caught:
        set_("live", confirm="shop-a+shop-b")
    assert str(caught.value).splitlines() == [
        "Every step was taken, but somebody has undone some of it since.",
        "shop-a: GONE_TOO, NEW not as they were set: somebody has released v3 (Rollback to v1) "
        "by bob@example.com since.",
        "To look and go on: fab config:live",
    ]


def test_what_else_somebody_sets_at_the_end_is_theirs(site, files, capsys):
    files.write(live="NEW=1\n")
    when_both_have_it(site, lambda: site.heroku["shop-a"].set(OTHER="1"))
    set_("live", confirm="shop-a+shop-b")
    assert site.heroku["shop-a"].config == {"NEW": "1", "OTHER": "1"}


def test_an_app_that_cannot_go_back_has_the_new_values(site, files, capsys):
    files.write(live="NEW=1\n")
    a = site.heroku["shop-a"]
    mine = Answer({"NEW": "1"})

    def set_once(request):
        a.set(NEW="1")
        site.heroku.server.on("PATCH /apps/shop-b/config-vars", FORBIDDEN)
        site.heroku.server.on("GET /apps/shop-a/releases/2/config-vars", FORBIDDEN)
        return mine

    site.heroku.server.on("PATCH /apps/shop-a/config-vars", set_once)
    with pytest.raises(DeployInterrupted) as caught:
        set_("live", confirm="shop-a+shop-b")
    said = str(caught.value)
    assert "shop-a: has the new values, as v2, which is succeeded." in said
    assert "Not everything could be put back. First of all: fab resume:live" in said
    assert "Could not put back what `shop-a: config vars NEW`" in capsys.readouterr().out


@pytest.fixture
def half_applied(site, files):
    """The live site, where the command ended for good between its two apps."""
    files.write(live="NEW=1\n")
    forbidden = (
        "PATCH /apps/shop-b/config-vars",
        "GET /apps/shop-a/releases/2/config-vars",
    )
    for path in forbidden:
        site.heroku.server.on(path, FORBIDDEN)
    with pytest.raises(DeployInterrupted):
        set_("live", confirm="shop-a+shop-b")
    for path in forbidden:
        site.heroku.server.forget(path)
    return site


def test_what_is_half_applied_can_be_finished(half_applied, capsys):
    resume("live", how="finish")
    for name in ("shop-a", "shop-b"):
        assert half_applied.heroku[name].config == {"NEW": "1"}
    assert '"config to live" is finished.' in capsys.readouterr().out


def test_or_taken_back(half_applied):
    resume("live", how="back")
    assert half_applied.heroku["shop-a"].config == half_applied.heroku["shop-b"].config == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NEW=2\n", "shop-b: it or live.env is not what was confirmed any more."),
        ("'\n", "The values cannot be read again: "),
    ],
)
def test_with_another_file_only_back(half_applied, files, capsys, text, why):
    (files.folder / "live.env").write_text(text)
    with pytest.raises(Refused, match="how=finish is not possible here, only how=back"):
        resume("live", how="finish")
    assert why in capsys.readouterr().out
    resume("live", how="back")
    assert half_applied.heroku["shop-a"].config == {}
