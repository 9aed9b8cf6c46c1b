"""What is gathered before a deployment, and what the plan makes of it, on the scripted Heroku."""

from __future__ import annotations

import pytest
from builders import EXPAND, INITIAL, MIGRATION_HEAD
from gits import git
from scripted import Answer

from minion.engine.perform import connect
from minion.errors import ArgumentError, NotFound, Refused
from minion.operations.deploy import DEPLOY, DeployRequest
from minion.options import Option
from minion.tasks import plan

FORBIDDEN = Answer({"id": "forbidden", "message": "You do not have access."}, 403)
LISTING = "python manage.py showmigrations --plan"
#: A database where nobody listens, so that a dyno is asked.
NOWHERE = "postgres://u:canary@127.0.0.1:1/shop"


def migration(number, operation, after):
    name = f"000{number}_x"
    text = MIGRATION_HEAD.format(after=after) + f"        {operation}\n    ]\n"
    return name, {f"shop/migrations/{name}.py": text}


def planned(name, **asked):
    request, edges = DeployRequest(name, **asked), connect()
    facts = DEPLOY.gather(request, edges.settings, edges.heroku, edges.repository)
    return DEPLOY.plan(request, edges.settings, facts)


@pytest.fixture
def coupled(site):
    """The site, with every app in one pipeline."""
    for app in site.heroku.apps.values():
        app.pipeline = "shop"
    return site


# What runs, and what is under way


def test_an_environment_that_runs_the_commit_has_nothing_to_do(site):
    plan = planned("uat")
    assert plan.has_nothing_to_do
    assert (plan.from_release, plan.from_commit) == (1, site.first)
    assert plan.refusals == plan.warnings == ()


def test_an_app_that_does_not_exist_is_named_before_anything_else(site):
    del site.heroku.apps["shop-uat"]
    with pytest.raises(NotFound):
        planned("uat")


def test_an_app_to_which_nothing_was_deployed_gets_everything(site):
    site.heroku["shop-uat"].releases.clear()
    plan = planned("uat")
    assert plan.from_release is None
    assert Option.PUSH | Option.MIGRATE in plan.options


def test_a_release_phase_is_waited_for(site):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    site.heroku["shop-uat"].deploy(commit, status="pending")
    assert planned("uat").busy == (f"shop-uat: release v2 is pending (Deploy {commit[:8]})",)


def test_so_is_a_build(site):
    site.heroku["shop-uat"].build()
    plan = planned("uat")
    assert plan.busy == ("shop-uat: a build is running",)
    assert plan.refusals == ("shop-uat: a build is running; wait until it is done",)


def test_an_app_without_preboot_is_deployed_without(site):
    site.commit({"shop/views.py": "x = 1\n"})
    site.heroku["shop-uat"].preboot = None
    plan = planned("uat", preboot=True)
    assert not plan.preboot
    assert "shop-uat: Heroku offers no preboot for this app" in plan.warnings


@pytest.mark.parametrize(("said", "collects"), [("1", False), ("0", True), ("", True)])
def test_static_files_are_collected_where_the_build_does_not(site, said, collects):
    site.heroku["shop-uat"].set(DISABLE_COLLECTSTATIC=said)
    site.commit({"shop/static/late.css": ""})
    assert (Option.COLLECTSTATIC in planned("uat").options) is not collects


# Config vars


def test_config_vars_that_the_environment_below_has_are_missed(site):
    site.commit({"shop/views.py": "x = 1\n"})
    site.heroku["shop-dev"].set(SECRET_KEY="canary", HEROKU_POSTGRESQL_AQUA_URL="canary")
    said = "\n".join(planned("uat").warnings)
    assert "missing here: shop-uat lacks SECRET_KEY, which" in said
    assert "canary" not in said


def test_an_app_below_that_may_not_be_read_is_done_without(site):
    site.commit({"shop/views.py": "x = 1\n"})
    site.heroku.server.on("GET /apps/shop-dev/config-vars", FORBIDDEN)
    assert planned("uat").warnings == ()


def test_an_env_file_that_was_not_applied_is_named(site):
    site.commit({"minion.toml": SETTINGS_WITH_CONFIG})
    folder = site.folder / "config"
    folder.mkdir()
    assert planned("uat").warnings == (), "there is no such file"
    (folder / "uat.env").write_text("A=1\nB=2\n")
    site.heroku["shop-uat"].set(A="1", B="canary")
    assert planned("uat").warnings == ("shop-uat: uat.env is not applied (B): fab config:uat",)


SETTINGS_WITH_CONFIG = """
[project]
config = "../config"
[environments.dev]
app = "shop-dev"
[environments.uat]
app = "shop-uat"
[environments.live]
app = "shop-a"
"""


# Origin


def test_without_origin_the_tag_stays_local(site):
    git(site.root, "remote", "remove", "origin")
    site.commit_here({"shop/views.py": "x = 1\n"})
    plan = planned("uat")
    assert "origin is not there or does not answer: the release's tag stays local" in plan.warnings


def test_what_an_unfinished_release_left_is_told_by_the_tags_on_origin(site):
    git(site.root, "tag", "-a", "-m", "", "uat-v1", site.first)
    git(site.root, "push", "-q", "origin", "uat-v1")
    git(site.root, "tag", "-d", "uat-v1")
    commit = site.commit({"shop/fixtures/late.json": "[]"})
    site.heroku["shop-uat"].deploy(commit)
    plan = planned("uat")
    assert plan.options == Option.FIXTURES
    assert plan.reasons[Option.FIXTURES] == ("shop/fixtures/late.json (left over from v2)",)
    assert [step.title for step in plan.steps][-1].startswith("shop-uat: tag")


def test_a_rehearsal_does_not_count_the_tags_of_the_real_heroku(site, monkeypatch):
    git(site.root, "tag", "uat-v1", site.first)
    site.heroku["shop-uat"].deploy(site.commit({"shop/fixtures/late.json": "[]"}))
    assert planned("uat").options == Option.FIXTURES
    monkeypatch.setenv("MINION_ORIGIN", "../origin.git")
    assert planned("uat").has_nothing_to_do


# What the database lacks


@pytest.fixture
def migrated(site):
    """The site, where uat runs a commit with two migrations; the name of the second."""
    name, files = migration(2, EXPAND, "0001_initial")
    first = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}
    site.heroku["shop-uat"].deploy(site.commit({**first, **files}))
    site.heroku["shop-uat"].set(DATABASE_URL=NOWHERE)
    return name


def listed(*names, applied=("0001_initial",)):
    lines = [f"[{'X' if name in applied else ' '}]  shop.{name}\n" for name in names]
    return "".join(lines), 0


def test_a_database_that_lacks_nothing_leaves_nothing_to_do(site, migrated):
    names = ("0001_initial", migrated)
    site.heroku.does[LISTING] = listed(*names, applied=names)
    assert planned("uat").has_nothing_to_do
    assert site.heroku.ran == [("shop-uat", LISTING)]


def test_what_it_lacks_is_left_over(site, migrated):
    site.heroku.does[LISTING] = listed("0001_initial", migrated)
    plan = planned("uat")
    assert plan.options == Option.MIGRATE
    path = f"shop/migrations/{migrated}.py"
    assert plan.reasons[Option.MIGRATE] == (f"{path} (left over from v3)",)
    assert [reading.path for reading in plan.migrations] == [path]


def test_a_migration_that_django_does_not_know_is_not_left_over(site, migrated):
    site.heroku.does[LISTING] = listed("0001_initial")
    assert planned("uat").has_nothing_to_do


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        (("no such command\n", 1), f"`{LISTING}` exited with status 1"),
        (("", 0), f"`{LISTING}` lists no migration"),
    ],
)
def test_what_cannot_be_told_is_taken_to_be_needed(site, migrated, ended, why):
    site.heroku.does[LISTING] = ended
    plan = planned("uat")
    assert plan.options == Option.MIGRATE
    said = " ".join(plan.reasons[Option.MIGRATE])
    assert "what the database of shop-uat lacks cannot be told" in said
    assert why in said
    assert "canary" not in said
    assert plan.downtime.needed


def test_of_two_apps_with_one_database_one_is_asked(site, migrated):
    commit = site.heroku["shop-uat"].commit
    for name in ("shop-a", "shop-b"):
        site.heroku[name].deploy(commit)
        site.heroku[name].set(DATABASE_URL=NOWHERE)
    site.heroku.does[LISTING] = listed("0001_initial", migrated)
    plan = planned("live", pipeline=False)
    assert site.heroku.ran == [("shop-a", LISTING)]
    migrates = [step.title for step in plan.steps if "migrate" in step.title]
    assert len(migrates) == 1


# Promotions


def test_a_promotion_ships_what_the_environment_below_runs(coupled):
    commit = coupled.commit({"shop/views.py": "x = 1\n"})
    coupled.heroku["shop-uat"].deploy(commit)
    plan = planned("live")
    assert plan.pipeline
    assert plan.to_commit == commit
    assert plan.steps[0].title == f"shop-a, shop-b: promote {commit[:7]} from shop-uat"


def test_there_must_be_an_environment_below(coupled):
    with pytest.raises(ArgumentError, match="no environment below dev"):
        planned("dev", pipeline=True)


@pytest.mark.parametrize(
    ("pipelines", "why"),
    [
        ({"shop-b": None}, "shop-b is in no pipeline"),
        ({"shop-b": "other"}, "shop-b is in pipeline other, where none of the apps below"),
        ({"shop-uat": None}, r"none of the apps below \(shop-uat\) is"),
    ],
)
def test_there_must_be_a_source(coupled, pipelines, why):
    for name, pipeline in pipelines.items():
        coupled.heroku[name].pipeline = pipeline
    with pytest.raises(Refused, match=why):
        planned("live")


def test_the_source_must_have_a_commit(coupled):
    uat = coupled.heroku["shop-uat"]
    uat.slugs["odd"] = {"id": "odd", "commit": "", "process_types": {}}
    uat.release("odd")
    with pytest.raises(Refused, match="shop-uat runs nothing that was built from a commit"):
        planned("live")


def test_two_sources_must_agree(coupled):
    commit = coupled.commit({"minion.toml": SETTINGS_OF_TWO_PIPELINES})
    for name in ("shop-dev", "shop-a"):
        coupled.heroku[name].pipeline = "one"
    coupled.heroku["shop-uat"].deploy(commit)
    with pytest.raises(Refused, match=f"shop-dev runs {coupled.first[:7]}, shop-uat runs"):
        planned("live")
    coupled.heroku["shop-dev"].deploy(commit)
    assert len([one for one in planned("live").steps if "promote" in one.title]) == 2


SETTINGS_OF_TWO_PIPELINES = """
[environments.uat]
apps = ["shop-dev", "shop-uat"]
tag = "{app}-v{version}"
[environments.live]
apps = ["shop-a", "shop-b"]
tag = "{app}-v{version}"
pipeline = true
"""


@pytest.fixture
def packaged(coupled):
    """The site, where a list of packages changed on the way up; both databases known."""
    commit = coupled.commit({"requirements.txt": "django==5.0\n"})
    coupled.heroku["shop-uat"].deploy(commit)
    return coupled


@pytest.mark.parametrize(
    ("below", "above", "unread"),
    [
        ("[X]  auth.0001_x\n", "[X]  auth.0001_x\n", None),
        ("[X]  auth.0001_x\n[X]  auth.0002_y\n", "[X]  auth.0001_x\n", "auth.0002_y"),
        ("nothing of the kind\n", "[X]  auth.0001_x\n", "packages may bring"),
    ],
)
def test_what_packages_bring_is_told_by_the_app_below(packaged, below, above, unread):
    packaged.heroku.does[LISTING] = lambda app: (below if app == "shop-uat" else above, 0)
    downtime = planned("live").downtime
    assert downtime.needed is (unread is not None)
    assert unread is None or unread in str(downtime)


def test_a_dyno_that_cannot_be_run_tells_nothing(packaged):
    packaged.heroku.does[LISTING] = ("no module\n", 1)
    downtime = planned("live").downtime
    assert downtime.needed
    assert f"`{LISTING}` exited with status 1" in str(downtime)


def test_a_command_of_the_project_s_own_does_not_show_how_to_list(packaged):
    text = (packaged.root / "minion.toml").read_text()
    (packaged.root / "minion.toml").write_text(f"{text}[commands]\nmigrate = './run'\n")
    assert planned("live").downtime.needed
    assert packaged.heroku.ran == []


NO_DATABASE = '\n[commands]\nmigrate = ""\nsyncdb = ""\nfixtures = ""\n'


def test_a_project_without_a_database_asks_for_nothing_of_one(site):
    site.heroku["shop-uat"].releases.clear()
    settings = (site.root / "minion.toml").read_text() + NO_DATABASE
    site.commit({"minion.toml": settings, "shop/migrations/0001_initial.py": ""})
    plan = planned("uat")
    assert plan.options == plan.inferred == Option.PUSH | Option.COLLECTSTATIC
    assert not plan.downtime.needed
    assert plan.migrations == ()
    assert site.heroku.ran == []
    asked = planned("uat", options=Option.PUSH | Option.MIGRATE)
    assert [one for one in asked.refusals if "commands.migrate is empty" in one]


def test_a_branch_that_only_origin_has_is_deployed_in_a_rehearsal_too(site, monkeypatch):
    commit = site.commit({"shop/views.py": "new"})
    git(site.root, "push", "-q", "origin", "HEAD:dev")
    git(site.root, "remote", "rename", "origin", "upstream")
    settings = '[project]\norigin = "upstream"\n' + (site.root / "minion.toml").read_text()
    branched = settings.replace('app = "shop-dev"', 'app = "shop-dev"\nbranch = "dev"')
    (site.root / "minion.toml").write_text(branched)
    assert "dev" not in connect().repository.branches()
    assert planned("dev").to_commit == commit
    monkeypatch.setenv("MINION_ORIGIN", str(site.folder / "origin.git"))
    assert planned("dev").to_commit == commit


# As a comment


def test_a_plan_is_a_comment_on_demand(site, tmp_path, monkeypatch, capfd):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    site.commit({"shop/views.py": "x = 1\n"}, "Thank @octocat </details>")
    plan("uat", format="markdown")
    said = capfd.readouterr().out
    assert said.startswith("<!-- minion plan -->\n### uat: needs no maintenance page\n")
    assert "Thank @&#8203;octocat &lt;/details&gt;" in said
    assert summary.read_text() == f"{said}\n"
