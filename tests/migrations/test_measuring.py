"""Migrations carried out on a scratch database, by the project's own code and Django."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from measured_project import Project, groups_of, plain_project, project_of
from trial_table import CASES

from minion.analyser.measured import judge
from minion.sandbox.builds.cache import shared_folder
from minion.sandbox.measuring import NotMeasured, Order, measure
from minion.tasks import analyse

#: Some of each kind: what the suite has time for.
FEW = (
    "rename",
    "delete",
    "add null",
    "add with default",
    "add unique",
    "remove null",
    "add index",
    "add index concurrently",
    "unique together",
    "not null",
    "number to text",
    "date to time",
    "wider key",
    "words only",
    "constraint on",
)


#: Where a few invented rows show another class than the rules say: comments count as a change
#: of shape, and of a foreign key that no model knows the new code is never asked.
OTHERWISE = {
    "SQL: settings, comments and statistics": "expand*",
    "SQL: foreign key": "contract",
}


def measured(project, **more):
    order = Order(project.repo, project.old, project.new, **more)
    return asyncio.run(measure(order))


def told(cases, folder):
    """By case what was found that is not what the rules say."""
    project, labels = project_of(cases, folder)
    document = measured(project)
    assert len(document["migrations"]) == len(cases)
    wrong = {}
    for one in document["migrations"]:
        case, found = labels[one["app"]], judge(one)
        kind = f"{found.kind}*" if str(found.kind) == "expand" and found.order_free else found.kind
        if found.kind == "unknown" and case.expected == "breaking":
            # It does not run at all, and the reading stands.
            continue
        locks = bool(found.held) or not found.had_rows or case.expected == "breaking"
        if str(kind) != OTHERWISE.get(case.name, case.expected) or locks < case.expected_locks:
            wrong[case.name] = (kind, case.expected, locks, case.expected_locks, found.why)
    return wrong


def runnable(case):
    return not case.missing and not case.extension


def test_what_is_measured_is_what_the_rules_say(tmp_path):
    cases = [case for case in CASES if case.name in FEW and runnable(case)]
    assert len(cases) >= 12
    assert told(groups_of(cases)[0], tmp_path / "shop") == {}


WHOLE = [
    group[start : start + 50]
    for group in groups_of([case for case in CASES if runnable(case)])
    for start in range(0, len(group), 50)
]


@pytest.mark.whole
@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_all_of_the_rules_are_measured(number, tmp_path):
    assert told(WHOLE[number], tmp_path / "shop") == {}


APP = {"app/__init__.py": "", "app/migrations/__init__.py": ""}
FIRST = """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=20)),
            ("slug", models.CharField(max_length=20, null=True)),
        ]),
    ]
"""
SECOND = """
import socket, time
from django.db import migrations, models
def forwards(apps, schema_editor):
    {forwards}
class Migration(migrations.Migration):
    dependencies = [("app", "0001_initial")]
    operations = [{operations}]
"""


def project_with(folder, operations="migrations.RunPython(forwards)", forwards="pass", **more):
    project = Project(folder / "p")
    files = {**plain_project(folder, ["app"]), **APP, "app/migrations/0001_initial.py": FIRST}
    project.old = project.commit(files)
    second = SECOND.format(operations=operations, forwards=forwards)
    project.new = project.commit({"app/migrations/0002_more.py": second, **more})
    return project


FILL = "apps.get_model('app', 'Book').objects.filter(slug=None).update(slug='x')"


def test_python_and_sql_of_a_migration_are_measured(tmp_path):
    sql = "UPDATE app_book SET slug = title; CREATE INDEX app_slug ON app_book (slug)"
    project = project_with(
        tmp_path, f"migrations.RunPython(forwards), migrations.RunSQL({sql!r})", FILL
    )
    (one,) = measured(project)["migrations"]
    found = judge(one)
    assert (str(found.kind), found.order_free) == ("expand", True)
    assert found.rows["app_book"] > 0
    assert found.indexed == found.held == ("app_book",)
    assert found.is_reversible is False
    assert one["path"] == "app/migrations/0002_more.py"


REACH = "probe = socket.create_connection(('198.51.100.1', 80), 3)"  # TEST-NET-2 of RFC 5737


def test_the_project_s_code_reaches_nothing_but_the_database(tmp_path):
    project = project_with(tmp_path, forwards=REACH)
    document = measured(project)
    if document["network"] != "cut off":
        pytest.skip("this system starts no process without a network")
    assert "unreachable" in document["migrations"][0]["failed"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"requirements.txt": None}, "the new code does not build"),
        ({"settings.py": "import nothing_like_it"}, "No module named 'nothing_like_it'"),
        ({"manage.py": None}, "the new code: there is no manage.py"),
        (
            {
                "settings.py": "INSTALLED_APPS = ['app']\nSECRET_KEY = 'x'\n"
                "DATABASES = {'default': "
                "{'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}"
            },
            "it does not read DATABASE_URL",
        ),
    ],
)
def test_code_that_cannot_be_measured_is_told_in_a_line(changed, said, tmp_path):
    project = project_with(tmp_path, **changed)
    with pytest.raises(NotMeasured, match=said) as caught:
        measured(project)
    assert "\n" not in str(caught.value)


def test_a_migration_without_an_end_is_given_up(tmp_path):
    project = project_with(tmp_path, forwards="time.sleep(600)")
    (one,) = measured(project, limit_s=3)["migrations"]
    assert "no end after 3 s" in one["failed"]
    assert str(judge(one).kind) == "unknown"


def test_after_a_migration_that_fails_the_others_are_measured(tmp_path):
    third = SECOND.format(operations="migrations.RunPython(forwards)", forwards="pass")
    fourth = third.replace("0001_initial", "0002_more")
    more = {"app/migrations/0003_free.py": third, "app/migrations/0004_after.py": fourth}
    more["app/migrations/0005_merge.py"] = (
        "from django.db import migrations\nclass Migration(migrations.Migration):\n"
        "    dependencies = [('app', '0003_free'), ('app', '0004_after')]\n"
    )
    project = project_with(tmp_path, forwards="raise ValueError('no')", **more)
    found = {one["name"]: one["failed"] for one in measured(project)["migrations"]}
    assert found["0002_more"] == "ValueError: no"
    assert found["0003_free"] is None
    assert found["0004_after"] == "app.0002_more did not run"
    assert found["0005_merge"] == "app.0004_after did not run"


SCRIPT = """
import asyncio, sys
from pathlib import Path
from minion.sandbox.measuring import Order, measure
asyncio.run(measure(Order(Path(sys.argv[1]), *sys.argv[2:4]), lambda line: print(line, flush=True)))
"""


def test_nothing_is_left_when_it_is_killed(tmp_path):
    project = project_with(tmp_path, forwards="time.sleep(600)")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    running = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(project.repo), project.old, project.new],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(scratch)},
        text=True,
    )
    for line in running.stdout:
        if line.startswith("Measuring"):
            break
    (folder,) = scratch.iterdir()
    note = folder / "postgres" / "place"
    data = Path(note.read_text()) if note.exists() else folder / "postgres" / "data"
    assert (data / "cluster" / "postmaster.pid").exists()
    pid = int((data / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    running.send_signal(signal.SIGKILL)
    running.wait()
    deadline = time.monotonic() + 30
    while (list(scratch.iterdir()) or data.exists()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not list(scratch.iterdir())
    assert not data.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of its own, but for the environments, which take long to be made."""
    folder = tmp_path / "cache"
    (folder / "heroku-minion").mkdir(parents=True)
    environments = shared_folder()
    environments.mkdir(parents=True, exist_ok=True)
    (folder / "heroku-minion" / "environments").symlink_to(environments)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "heroku-minion" / "measured"


def analysed(project, capfd, **named):
    analyse(project.old, project.new, format="json", **named)
    captured = capfd.readouterr()
    return json.loads(captured.out), captured.err


def test_what_was_measured_is_kept_and_told(tmp_path, cache, capfd, monkeypatch):
    project = project_with(tmp_path, forwards=FILL)
    monkeypatch.chdir(project.folder)
    read, _ = analysed(project, capfd)
    assert read["downtime"]["needed"] is True
    assert read["migrations"][0]["measured"] is None

    first, said = analysed(project, capfd, measure="yes")
    (one,) = first["migrations"]
    assert (one["class"], one["measured"]["read"]) == ("expand", "unknown")
    assert first["downtime"]["needed"] is False
    assert "Measuring app.0002_more." in said
    (kept,) = cache.iterdir()

    again, said = analysed(project, capfd, measure="unknown")
    assert again == first
    assert "Measuring" not in said

    case = tmp_path / "case.py"
    analysed(project, capfd, measure="yes", case=str(case))
    assert "read unknown, measured expand" in case.read_text()
    assert "Book" not in case.read_text()

    kept.write_text("half of it")
    anew, said = analysed(project, capfd, measure="all")
    assert "Measuring" in said
    assert anew["downtime"] == first["downtime"]


def test_without_a_measurement_the_reading_is_told_with_the_reason(
    tmp_path, cache, capfd, monkeypatch
):
    project = project_with(tmp_path, **{"settings.py": "import nothing_like_it"})
    monkeypatch.chdir(project.folder)
    found, _ = analysed(project, capfd, measure="yes")
    assert found["migrations"][0]["class"] == "unknown"
    assert any("nothing_like_it" in warning for warning in found["warnings"])
    assert not cache.exists() or not list(cache.iterdir())
