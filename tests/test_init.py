"""`init`: what it makes of a clone, of git's remotes and of Heroku's pipelines."""

import re
from pathlib import Path

import pytest
from gits import git
from scripted import Answer
from scripted_heroku import ScriptedHeroku

from minion.commands.init import account, guess_of, guesses
from minion.commands.init.clone import app_name, look_at
from minion.commands.init.guesses import Guess, Place, branch_of, by_name, by_pipeline, by_remotes
from minion.commands.init.writing import text_of
from minion.git import Repository
from minion.heroku import Heroku
from minion.options import Option
from minion.settings import parse

HOSTS = ["git.heroku.com"]


def accepted(guess):
    """The settings that the written file means; it must be one that minion reads."""
    return parse(text_of(guess).encode(), Path("minion.toml"))


@pytest.fixture
def clone(tmp_path):
    """A repository with one commit on main; `files` are added to it."""
    root = tmp_path / "Book_Shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")

    def made(*files, branches=(), **remotes):
        for path in ("README", *files):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("")
        git(root, "add", ".")
        git(root, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "One")
        for branch in branches:
            git(root, "branch", branch)
        for name, url in remotes.items():
            git(root, "remote", "add", name.replace("_", "-"), url)
        return look_at(Repository.open(root), HOSTS)

    made.root = root
    return made


@pytest.mark.parametrize(
    ("remotes", "places"),
    [
        ({"heroku": "shop"}, {"live": "shop"}),
        ({"production": "shop"}, {"live": "shop"}),
        ({"anything": "shop-staging"}, {"live": "shop-staging"}),
        ({"heroku": "shop", "staging": "shop-s"}, {"uat": "shop-s", "live": "shop"}),
        ({"prod": "a-p", "stage": "a-s", "qa": "a-q"}, {"dev": "a-q", "uat": "a-s", "live": "a-p"}),
        ({"heroku-dev": "x", "heroku-live": "y"}, {"dev": "x", "live": "y"}),
        ({"one": "shop-uat", "two": "shop-live"}, {"uat": "shop-uat", "live": "shop-live"}),
        ({"heroku": "shop", "canary": "shop-c"}, {"canary": "shop-c", "live": "shop"}),
    ],
)
def test_environments_follow_from_remotes_with_the_live_site_last(remotes, places):
    found = by_remotes(list(remotes.items()))
    assert {place.name: place.apps[0] for place in found} == places
    assert [place.name for place in found] == list(places)
    assert all("git remote " in place.why for place in found)
    settings = accepted(Guess("main", "origin", found))
    assert [one.name for one in settings.environments] == list(places)


def test_two_remotes_of_one_stage_are_two_apps():
    found = by_remotes([("prod-us", "shop-us"), ("prod-eu", "shop-eu"), ("staging", "shop-s")])
    assert [(place.name, place.apps) for place in found] == [
        ("uat", ("shop-s",)),
        ("live", ("shop-us", "shop-eu")),
    ]
    assert accepted(Guess("main", "origin", found)).environments[1].apps == ("shop-us", "shop-eu")


def test_environments_follow_from_a_pipeline_s_stages():
    apps = [("production", "b"), ("production", "a"), ("staging", "s"), ("review", "pr-1")]
    uat, live = by_pipeline("shop", apps, preboot=["a", "b"])
    assert (uat.name, uat.apps, uat.is_promoted, uat.is_preboot) == ("uat", ("s",), False, False)
    assert (live.apps, live.is_promoted, live.is_preboot) == (("a", "b"), True, True)
    text = text_of(Guess("main", "origin", (uat, live)))
    assert "# production of the pipeline shop" in text
    settings = parse(text.encode(), Path("minion.toml"))
    assert settings.environments[1].pipeline is True
    alone = by_pipeline("shop", [("production", "a")], [])
    assert (alone[0].is_promoted, alone[0].is_preboot) == (False, False)


@pytest.mark.parametrize(
    ("name", "branches", "branch"),
    [
        ("dev", ["main", "develop", "feature"], "develop"),
        ("dev", ["main"], None),
        ("uat", ["main", "staging"], "staging"),
        ("dev", ["dev", "main"], "dev"),
        ("canary", ["canary"], None),
    ],
)
def test_a_branch_is_named_only_where_it_is(name, branches, branch):
    assert branch_of(name, branches, "main") == branch


def test_nothing_known_makes_a_file_that_is_accepted(clone):
    guess = guess_of(clone(), by_name("shop"))
    settings = accepted(guess)
    assert [one.apps[0] for one in settings.environments] == ["shop-dev", "shop-uat", "shop"]
    assert settings.environments[0].branch == "main"
    assert "a guess: put in the app's name" in text_of(guess)


def test_a_clone_is_looked_at(clone):
    found = clone(
        "src/manage.py",
        "config/live.env",
        branches=["develop"],
        upstream="git@github.com:team/Best_Shop.git",
        heroku="https://git.heroku.com/shop-live.git",
        heroku_uat="git@heroku.com:shop-uat.git",
        other="https://example.com/git.heroku.com/no.git",
    )
    assert (found.main, found.origin) == ("main", "upstream")
    assert found.why_origin.startswith("there is no remote origin")
    assert found.heroku == [("heroku", "shop-live"), ("heroku-uat", "shop-uat")]
    assert (found.name, found.manage, found.config) == ("best-shop", "src/manage.py", "config")
    settings = accepted(guess_of(found, by_remotes([*found.heroku, ("dev", "shop-dev")])))
    assert settings.commands.migrate == "python src/manage.py migrate --noinput"
    assert [one.branch for one in settings.environments] == ["develop", "main", "main"]
    assert settings.config is not None


def test_the_default_branch_of_origin_is_the_main_one(clone, tmp_path):
    clone(branches=["release"])
    git(clone.root, "checkout", "-q", "release")
    git(tmp_path, "clone", "-q", str(clone.root), "copy")
    git(tmp_path / "copy", "checkout", "-q", "-b", "mine")
    found = look_at(Repository.open(tmp_path / "copy"), HOSTS)
    assert (found.main, found.why_main) == ("release", "the default branch of origin")


def test_a_repository_without_a_commit(tmp_path):
    git(tmp_path, "init", "-q", "-b", "topic", str(tmp_path / "9 new"))
    found = look_at(Repository.open(tmp_path / "9 new"), HOSTS)
    assert (found.main, found.name, found.heroku) == ("topic", "app-9-new", [])
    assert accepted(guess_of(found, by_name(found.name))).main_branch == "topic"


def test_a_password_in_a_remote_is_not_written(clone):
    found = clone(origin="https://ada:s3cret@example.com/team/shop.git")
    assert "s3cret" not in text_of(guess_of(found, by_name(found.name)))
    assert found.name == "shop"


@pytest.mark.parametrize("text", ["Book_Shop", "9lives", "---", "é", "x" * 60, "a.b.c", "gs", "x"])
def test_a_name_is_one_that_an_app_can_have(text):
    place = Place("live", (app_name(text),), "")
    assert accepted(Guess("main", "origin", (place,))).environments[0].apps == place.apps
    # Heroku's schema: app, name.
    assert re.fullmatch(r"[a-z][a-z0-9-]{1,28}[a-z0-9]", place.apps[0])


def test_heroku_tells_the_pipeline_of_an_app_and_who_is_in_it(tmp_path):
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "empty.git")
    wire = ScriptedHeroku(tmp_path / "heroku", tmp_path / "empty.git", "shop-s", "shop-p", "shop-q")
    try:
        for name in wire.apps:
            wire[name].pipeline = "line"
        wire["shop-p"].preboot, wire["shop-s"].preboot = True, None
        stages = [("staging", "shop-s"), ("production", "shop-p"), ("development", "gone")]
        pipeline = {"id": "id-of-line", "name": "line"}
        places = [
            {"app": {"id": f"id-of-{app}"}, "pipeline": pipeline, "stage": stage}
            for stage, app in stages
        ]
        wire.server.on("GET /pipelines/id-of-line/pipeline-couplings", Answer(places))
        wire.server.on("GET /pipelines", Answer([pipeline]))
        heroku = Heroku.connect({**wire.environ, "HOME": str(tmp_path)})
        for apps, name in ((["shop-q"], "x"), ([], "line")):
            found = account.places(heroku, apps, name)
            assert [(one.name, one.apps) for one in found] == [
                ("uat", ("shop-s",)),
                ("live", ("shop-p",)),
            ]
            assert found[1].is_preboot
        assert account.places(heroku, [], "no-such-pipeline") == []
    finally:
        wire.close()


def test_words_of_stages():
    assert guesses.stage_of("shop-staging") == "uat"
    assert guesses.stage_of("SHOP_PROD") == "live"
    assert guesses.stage_of("heroku") == "live"
    assert guesses.stage_of("heroku-eu") is None
    assert guesses.stage_of("latest-shop") is None


def test_a_project_whose_packages_speak_to_no_database_gets_no_commands_for_one(clone):
    (clone.root / "requirements.txt").write_text("Django\n# psycopg\n")
    found = clone("src/manage.py")
    text = text_of(guess_of(found, by_name("shop")))
    assert 'migrate = ""' in text
    assert "no package here speaks to PostgreSQL" in text
    settings = parse(text.encode(), Path("minion.toml"))
    assert settings.commands.absent == Option.SYNCDB | Option.MIGRATE | Option.FIXTURES
    assert settings.commands.collectstatic == "python manage.py collectstatic --noinput"


def test_a_second_database_is_migrated_by_the_command_that_is_written(clone):
    files = {
        "back/manage.py": 'setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "back/shop/settings.py": 'DATABASES = {"default": {}, "archive": {}}\n'
        'DATABASE_ROUTERS = ["shop.routers.Router"]\n',
        "back/shop/routers.py": "def allow_migrate(): ...\n",
    }

    def written() -> str:
        for path, text in files.items():
            (clone.root / path).parent.mkdir(parents=True, exist_ok=True)
            (clone.root / path).write_text(text)
        return text_of(guess_of(clone(), by_name("shop")))

    text = written()
    assert "# the databases of back/shop/settings.py:1" in text
    migrate = "python back/manage.py migrate --noinput"
    settings = parse(text.encode(), Path("minion.toml"))
    assert settings.commands.migrate == f"{migrate} --database=archive && {migrate}"
    assert settings.commands.anonymise == "python back/manage.py anonymise_data"
    # Where the release phase does it, nothing is left to be done.
    files["Procfile"] = "release: cd back && ./manage.py migrate --database archive\n"
    assert "--database" not in written()
