"""A change that needs the page as two deployments, each tried with the code that runs meanwhile."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys

import psycopg
import pytest
from breaking_changes import CHANGES
from measured_project import Project, plain_project, project_of
from postgres_server import served

from minion.analyser.measured import judge
from minion.commands.split import refuse_what_cannot_be
from minion.errors import ArgumentError, CommitNotFound, Refused
from minion.sandbox.measuring import Order, measure, split
from minion.tasks import split as split_task

#: One of each kind that has two halves, and some that have none.
FEW = (
    "add text",
    "add key",
    "add number for once",
    "remove number",
    "remove words with default",
    "rename list",
    "rename maker",
    "rename model with friends",
    "move into another column",
    "add one with a constraint: check",
    "words to number",
    "rename model that many have",
    "rename key",
)
#: What the suite has time for.
FEWER = ("remove number", "rename model with friends", "words to number")
NONE = {
    "words to number": "neither code can live with the other's",
    "rename model that many have": "the table of",
    "rename key": "its values come from the database itself",
}
PAGE = ("breaking", "unknown")


def kinds(project, old, new):
    """By app label the classes of the migrations between, as they are measured."""
    document = asyncio.run(measure(Order(project.repo, old, new)))
    found = {}
    for one in document["migrations"]:
        found.setdefault(one["app"], []).append((str(judge(one).kind), one["name"], judge(one).why))
    return found


@pytest.mark.parametrize(
    "names", [FEWER, pytest.param(FEW, marks=pytest.mark.whole)], ids=["few", "each"]
)
def test_both_halves_of_each_kind_need_no_page(names, tmp_path):
    cases = [case for case in CHANGES if case.name in names]
    assert {case.name for case in cases} == set(names)
    project, labels = project_of(cases, tmp_path / "shop")
    paths = [f"{label}/migrations/0002_trial.py" for label in labels]
    found = asyncio.run(split(Order(project.repo, project.old, project.new), paths))
    cannot = {labels[path.partition("/")[0]].name: why for path, why in found["cannot"].items()}
    assert set(cannot) == set(NONE) & set(names)
    assert all(NONE[name] in why for name, why in cannot.items())
    assert all(found["told"].values())

    middle = project.commit(found["first"])
    end = project.commit(found["second"])
    halves = (kinds(project, project.old, middle), kinds(project, middle, end))
    for label, case in labels.items():
        if case.name in cannot:
            continue
        for half in halves:
            page = [one for one in half.get(label, ()) if one[0] in PAGE]
            assert half.get(label) and not page, (case.name, page)


BASE = """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=20)),
        ]),
    ]
"""
CHANGE = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("app", "0001_initial")]

    operations = [
        # Wanted by the press — »Überschrift«.
        {operations}
    ]
"""
ADD = 'migrations.AddField("book", "pages", models.IntegerField(default=1)),'
RENAME = 'migrations.RenameField("book", "title", "heading"),'


@pytest.fixture
def project(tmp_path, monkeypatch):
    made = Project(tmp_path / "p")
    files = {
        **plain_project(tmp_path, ["app"]),
        "app/__init__.py": "",
        "app/migrations/__init__.py": "",
        "app/models.py": model("title"),
    }
    made.old = made.commit({**files, "app/migrations/0001_initial.py": BASE})
    monkeypatch.chdir(made.folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return made


@pytest.fixture
def database(tmp_path):
    with served(tmp_path / "postgres") as databases:
        yield databases.make()


@pytest.fixture
def environments(tmp_path, project, request):
    """The environments that others have made, which take long to be made."""
    from minion.sandbox.builds.cache import shared_folder

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("XDG_CACHE_HOME")
        there = shared_folder()
    there.mkdir(parents=True, exist_ok=True)
    shared_folder().parent.mkdir(parents=True, exist_ok=True)
    shared_folder().symlink_to(there)


def model(name, kind="models.CharField(max_length=20)"):
    return (
        "from django.db import models\n\n\nclass Book(models.Model):\n"
        f"    id = models.BigAutoField(primary_key=True)\n    {name} = {kind}\n"
    )


def change(project, operations, models):
    text = CHANGE.format(operations=operations)
    project.new = project.commit({"app/migrations/0002_more.py": text, "app/models.py": models})


def test_the_halves_are_written_where_a_developer_looks(project, environments, capfd):
    change(project, RENAME, model("heading"))
    split_task(project.old)
    said = capfd.readouterr().out
    assert "First deployment:\n\n* app/migrations/0002_more.py" in said
    assert "Neither half needs the maintenance page." in said
    assert "  git add app/migrations/0002_more.py app/migrations/0003_copy_more.py" in said
    assert said.rstrip().endswith("  git add app/migrations/0004_finish_more.py")
    folder = project.folder / "app" / "migrations"
    edited = (folder / "0002_more.py").read_text(encoding="utf-8")
    assert "# Wanted by the press — »Überschrift«." in edited
    assert "RenameField" not in edited
    for name in ("0002_more", "0003_copy_more", "0004_finish_more"):
        ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
    # Nothing but the files: no ref, no commit, nothing staged.
    assert git(project, "rev-parse", "HEAD") == project.new
    assert git(project, "diff", "--cached", "--name-only") == ""
    assert git(project, "for-each-ref", "--format=%(refname)").count("\n") == 0


def git(project, *words):
    done = subprocess.run(["git", *words], cwd=project.folder, capture_output=True, text=True)
    return done.stdout.strip()


MANY = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("app", "0001_initial")]

    operations = [
        migrations.AddField("book", "hour", models.TimeField(auto_now=True, null=True)),
    ]
"""
TWO = """migrations.RenameField("book", "title", "heading"),
        migrations.RenameField("book", "hour", "read_at"),"""


def test_what_was_in_a_renamed_column_is_in_the_new_one(project, environments, database):
    """Also what old code writes when the new column is there, and new code before it is alone."""
    project.old = project.commit({"app/migrations/0002_hour.py": MANY})
    change = CHANGE.format(operations=TWO).replace("0001_initial", "0002_hour")
    path = "app/migrations/0003_more.py"
    new = project.commit({path: change})
    found = asyncio.run(split(Order(project.repo, project.old, new), [path]))
    assert not found["cannot"]

    def migrate(files, until):
        project.commit(files)
        argv = [sys.executable, "manage.py", "migrate", "app", until]
        env = {**os.environ, "DATABASE_URL": database}
        subprocess.run(argv, cwd=project.folder, env=env, check=True, capture_output=True)

    def done(sql):
        with psycopg.connect(database, autocommit=True) as connection:
            answer = connection.execute(sql)
            return answer.fetchall() if answer.description else None

    migrate({}, "0002_hour")
    rows = (
        "SELECT 'b' || n, '08:00'::time + n * interval '1 second' FROM generate_series(1, 2500) n"
    )
    done(f"INSERT INTO app_book (title, hour) {rows}")
    migrate(found["first"], "0004_copy_more")
    done("INSERT INTO app_book (title, hour) VALUES ('old', '09:30')")
    done("INSERT INTO app_book (heading, read_at) VALUES ('new', '10:30')")
    done("UPDATE app_book SET title = 'old changed' WHERE heading = 'b1'")
    done("UPDATE app_book SET heading = 'new changed' WHERE title = 'b2'")
    both = done("SELECT count(*) FROM app_book WHERE (title, hour) = (heading, read_at)")
    assert both == [(2502,)]
    migrate(found["second"], "0005_finish_more")
    kept = done("SELECT heading, read_at::text FROM app_book ORDER BY id")
    assert kept[:3] == [
        ("old changed", "08:00:01"),
        ("new changed", "08:00:02"),
        ("b3", "08:00:03"),
    ]
    assert kept[2499:] == [("b2500", "08:41:40"), ("old", "09:30:00"), ("new", "10:30:00")]
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert done(functions) == []


def test_what_would_not_come_at_once_is_not_split(project, environments):
    """Without a transaction old code could write between a column and its default."""
    text = CHANGE.format(operations=ADD).replace("    dep", "    atomic = False\n    dep")
    path = "app/migrations/0002_more.py"
    new = project.commit({path: text})
    found = asyncio.run(split(Order(project.repo, project.old, new), [path]))
    assert "without a transaction" in found["cannot"][path]
    assert not found["first"] and not found["second"]


def test_a_migration_that_is_none_of_the_project_s_is_told():
    found = {"first": {}, "second": {}, "told": {}, "cannot": {}}
    with pytest.raises(Refused, match=r"guardian\.0003_x: it is no new migration of the project"):
        refuse_what_cannot_be(["guardian.0003_x"], found)


@pytest.mark.whole
def test_what_needs_no_page_is_left_alone(project, environments, capfd):
    add = 'migrations.AddField("book", "note", models.TextField(null=True)),'
    change(project, add, model("title"))
    split_task(project.old)
    assert "there is nothing to split" in capfd.readouterr().out
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.whole
@pytest.mark.parametrize(
    ("operations", "models", "said"),
    [
        (
            'migrations.AlterField("book", "title", models.IntegerField()),',
            model("title", "models.IntegerField()"),
            "these cannot be two deployments: app/migrations/0002_more.py: ",
        ),
        (RENAME, "import nothing_like_it\n", "it was not measured, so nothing is split"),
    ],
)
def test_what_has_no_halves_is_told_and_nothing_written(
    project, environments, operations, models, said
):
    change(project, operations, models)
    with pytest.raises(Refused, match=said) as caught:
        split_task(project.old)
    assert "\n" not in str(caught.value)
    assert git(project, "status", "--porcelain") == ""


def test_only_what_is_checked_out_is_split(project):
    change(project, RENAME, model("heading"))
    with pytest.raises(ArgumentError, match="is not checked out: git switch --detach"):
        split_task(project.old, project.old)
    with pytest.raises(CommitNotFound):
        split_task("no-such-branch")


@pytest.mark.whole
@pytest.mark.parametrize("ignored", ["", "0004_*"])
def test_what_is_not_committed_is_not_written_over(project, environments, ignored):
    change(project, RENAME, model("heading"))
    (project.folder / ".git" / "info" / "exclude").write_text(ignored)
    later = project.folder / "app" / "migrations" / "0004_finish_more.py"
    later.write_text("# mine\n")
    with pytest.raises(ArgumentError, match=r"0004_finish_more\.py has changes that are not"):
        split_task(project.old)
    assert later.read_text() == "# mine\n"
