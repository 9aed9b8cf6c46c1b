import re
from dataclasses import replace
from pathlib import Path

import pytest

from minion.errors import ArgumentError, SettingsError
from minion.options import Option
from minion.settings import Settings, Watching, load, parse
from minion.settings.keys import KEYS

WHOLE = b"""
[project]
main_branch = "main"
static_extensions = [".css", ".JS"]

[commands]
migrate = "python manage.py migrate --noinput --traceback"

[environments.dev]
app = "my-app-dev"
branch = "dev"

[environments.uat]
app = "my-app-uat"

[environments.live]
apps = ["my-app-123", "my-app-eu"]
pipeline = true
preboot = true
tag = "{app}/v{version}"
"""


def read(content, path="minion.toml"):
    content = content if isinstance(content, bytes) else content.encode()
    return parse(content, Path("/repo") / path)


def test_a_whole_file():
    settings = read(WHOLE)
    assert [one.name for one in settings.environments] == ["dev", "uat", "live"]
    dev, uat, live = settings.environments
    assert (dev.branch, uat.branch, live.branch) == ("dev", "main", "main")
    assert live.apps == ("my-app-123", "my-app-eu")
    assert live.confirmation == "my-app-123+my-app-eu"
    assert (live.is_top, live.is_bottom, dev.is_top, dev.is_bottom) == (True, False, False, True)
    assert (uat.preboot, live.preboot, live.pipeline) == (None, True, True)
    assert settings.below(live) is uat
    assert settings.below(dev) is None
    assert settings.static_extensions == (".css", ".js")
    assert settings.commands.migrate.endswith("--traceback")
    assert settings.commands.syncdb == "python manage.py migrate --run-syncdb --noinput"


def test_the_reader_takes_every_key_of_the_table_and_no_other():
    for path in KEYS:
        table, _, key = path.replace("NAME", "dev").rpartition(".")
        with pytest.raises(SettingsError) as caught:
            content = f"[{table}]\nno_such_key = 1\n"
            if not table.startswith("environments"):
                content += '[environments.dev]\napp = "a1"\n'
            else:
                content += 'app = "a1"\n'
            read(content)
        known = str(caught.value).rpartition("known are ")[2].split(", ")
        assert key in known
        group = path.rpartition(".")[0]
        assert {f"{group}.{one}" for one in known} <= set(KEYS)


def test_what_is_not_said_is_as_the_table_says():
    settings = read('[environments.dev]\napp = "a1"\n')
    assert settings == replace(Settings(root=Path("/repo")), environments=settings.environments)
    for path, key in KEYS.items():
        table, _, name = path.rpartition(".")
        of = {
            "project": settings,
            "commands": settings.commands,
            "downtime": settings,
            "watch": settings.watching,
            "data": settings.data,
        }
        owner = of.get(table, settings.environments[0])
        if key.default is not None:
            assert getattr(owner, name) == key.default


def test_tags_of_two_apps_never_collide_by_default():
    settings = read('[environments.dev]\napp = "a1"\n[environments.live]\napps = ["b1", "c1"]\n')
    assert [one.tag for one in settings.environments] == [
        "{environment}-v{version}",
        "{environment}-{app}-v{version}",
    ]


ONE = '[environments.live]\napp = "my-app"\n'


@pytest.mark.parametrize(
    ("content", "key", "fix"),
    [
        (b"\xff", "minion.toml", "UTF-8"),
        ("[project", "minion.toml", "TOML"),
        ("", "environments", "missing"),
        ("[environments]", "environments", "name at least one"),
        ("[projcet]\n" + ONE, "projcet", "did you mean 'project'"),
        ('[project]\nmain_brunch = "m"\n' + ONE, "project.main_brunch", "'main_branch'"),
        ("[project]\nmain_branch = 1\n" + ONE, "project.main_branch", "text in quotes"),
        ('[project]\nstatic_extensions = "css"\n' + ONE, "project.static_extensions", "list"),
        ('[project]\nstatic_extensions = ["css"]\n' + ONE, "project.static_extensions", "dot"),
        ('[commands]\nfixtures = "loaddata"\n' + ONE, "commands.fixtures", "{fixtures}"),
        ('project = "x"\n' + ONE, "project", "[project]"),
        ("[environments.live]", "environments.live.app", "either"),
        (ONE + 'apps = ["a"]', "environments.live.app", "either"),
        ('[environments.live]\napp = "My_App"', "environments.live.app", "lower case"),
        ('[environments.live]\napps = ["a", "a"]', "environments.live.apps", "twice"),
        (ONE + "pipeline = true", "environments.live.pipeline", "no environment below"),
        (ONE + 'pipeline = "yes"', "environments.live.pipeline", "true or false"),
        (ONE + 'branch = "dev"', "environments.live.branch", "only master"),
        (ONE + 'tag = "v{vesrion}"', "environments.live.tag", "{version}"),
        (ONE + 'tag = "live"', "environments.live.tag", "{version}"),
        ('[environments.live]\napps = ["a", "b"]\ntag = "v{version}"', "live.tag", "{app}"),
        ('[environments.local]\napp = "a"', "environments.local", "local"),
        ('[environments."a b"]\napp = "a"', "environments.a b", "letters"),
        (
            '[environments.dev]\napp = "a"\n[environments.live]\napp = "a"',
            "environments.live",
            "dev already",
        ),
        (
            '[environments.dev]\napp = "a"\ntag = "v{version}"\n'
            '[environments.live]\napp = "b"\ntag = "v{version}"',
            "environments.live.tag",
            "collide with the tags of dev",
        ),
    ],
)
def test_an_unusable_file_is_refused_by_file_key_and_fix(content, key, fix):
    with pytest.raises(SettingsError) as caught:
        read(content)
    message = str(caught.value)
    assert message.startswith("minion.toml: ")
    assert key in message
    assert fix in message
    assert "\n" not in message


def test_an_unknown_environment_names_the_known_ones():
    with pytest.raises(ArgumentError) as caught:
        read(WHOLE).environment("lvie")
    assert "did you mean 'live'" in str(caught.value)
    assert "dev, uat, live" in str(caught.value)


def test_the_file_is_found_from_a_subfolder_but_not_beyond_the_repository(tmp_path, monkeypatch):
    monkeypatch.delenv("MINION_SETTINGS", raising=False)
    monkeypatch.delenv("MINION_ORIGIN", raising=False)
    (tmp_path / "minion.toml").write_bytes(WHOLE)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert load(inner).root == tmp_path.resolve()
    (tmp_path / "a" / ".git").mkdir()
    with pytest.raises(SettingsError, match="fab init"):
        load(inner)


def test_the_environment_names_the_file_and_the_origin(tmp_path, monkeypatch):
    (tmp_path / "other.toml").write_bytes(WHOLE)
    monkeypatch.setenv("MINION_SETTINGS", str(tmp_path / "other.toml"))
    monkeypatch.setenv("MINION_ORIGIN", "/somewhere/else.git")
    assert load(tmp_path).origin == "/somewhere/else.git"
    monkeypatch.setenv("MINION_SETTINGS", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match="no such file"):
        load(tmp_path)


def test_the_data_section():
    settings = read(
        ONE + '[data]\npii = ["shop_customer.*"]\npii_ignore = ["crm.book.title"]\n'
        'local = "postgres:///shop"\n'
    )
    assert settings.data.pii == ("shop_customer.*",)
    assert settings.data.pii_ignore == ("crm.book.title",)
    assert settings.data.local == "postgres:///shop"
    assert read(ONE).data.pii == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[data]\npii = ["email"]\n', "data.pii: 'email' must name a table and a column"),
        ('[data]\npi = ["a.b"]\n', "data.pi: unknown key (did you mean 'pii'?)"),
        ('[project]\nlock = "orign"\n', "project.lock: 'orign' is none of origin, branch, local"),
    ],
)
def test_what_the_new_sections_refuse(text, complaint):
    with pytest.raises(SettingsError, match=re.escape(complaint)):
        read(ONE + text)


def test_what_is_watched():
    settings = read(
        '[environments.a]\napp = "a1"\nwatch = "2min"\nhealth = "/up?x=1"\n'
        '[watch]\nerrors = "0.5%"\nstatus = 204\non_failure = "rollback"\n'
    )
    (environment,) = settings.environments
    assert (environment.watch_s, environment.health) == (120.0, "/up?x=1")
    assert settings.watching == Watching(errors="0.5%", status=204, on_failure="rollback")
    (environment,) = read(ONE).environments
    assert (environment.watch_s, environment.health) == (0.0, None)
    assert read(ONE).watching == Watching(errors="1%", status=200, on_failure="ask")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('watch = "soon"', "environments.a.watch: 'soon' is no time"),
        ('watch = "2000min"', "environments.a.watch: '2000min' is longer than an hour"),
        ('health = "https://b.example/"', "environments.a.health: 'https://b.example/' is no path"),
        ('health = "//b.example/"', "environments.a.health: '//b.example/' is no path"),
        ('health = "up"', "environments.a.health: 'up' is no path"),
        ('[watch]\nerrors = "1"', "watch.errors: '1' is no share of requests"),
        ('[watch]\nerrors = "nan%"', "watch.errors: 'nan%' is no share"),
        ('[watch]\nerrors = "101%"', "watch.errors: '101%' is no share"),
        ("[watch]\nstatus = 99", "watch.status: must be a whole number from 100 to 599"),
        ('[watch]\non_failure = "back"', "watch.on_failure: 'back' is none of ask, rollback, say"),
    ],
)
def test_what_cannot_be_watched_is_refused(line, complaint):
    with pytest.raises(SettingsError, match=re.escape(complaint)):
        read(f'[environments.a]\napp = "a1"\n{line}\n')


def test_which_environment_stands_above_which():
    settings = read(WHOLE)
    dev, uat, live = settings.environments
    assert settings.is_above(live, dev)
    assert settings.is_above(uat, dev)
    assert not settings.is_above(dev, dev)
    assert not settings.is_above(dev, live)


def test_an_empty_command_is_none():
    settings = read('[environments.a]\napp = "a1"\n[commands]\nmigrate = ""\nfixtures = " "\n')
    assert settings.commands.absent == Option.MIGRATE | Option.FIXTURES
    assert settings.commands.syncdb.startswith("python manage.py")
    assert read('[environments.a]\napp = "a1"\n').commands.absent == Option.NONE
    with pytest.raises(SettingsError, match="must be a text"):
        read('[environments.a]\napp = "a1"\n[commands]\nmigrate = 7\n')
