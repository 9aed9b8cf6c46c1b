"""minion.analyser.between: what lies between two commits of a real repository."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from gits import Project, isolate

from minion.analyser.between import Between
from minion.analyser.code import Code, Lacking
from minion.analyser.downtime import downtime_of
from minion.git import Repository
from minion.options import Option
from minion.settings import Settings

MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [{needs}]
    operations = [{operations}]
"""
INITIAL = MIGRATION.format(
    needs="",
    operations='migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))])',
)
NEXT = MIGRATION.format(
    needs='("shop", "0001_initial")',
    operations='migrations.AddField("book", "title", models.TextField(null=True))',
)


@dataclass(frozen=True)
class Running:
    """An app that runs `commit`."""

    commit: str
    name: str = "my-app"
    running_version: int = 7
    collects_static: bool = True


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    isolate(tmp_path, monkeypatch)
    return Project(tmp_path / "project")


def deployed(
    project: Project, before: dict[str, str], after: dict[str, str], *, promotes: bool = False
) -> Code:
    """What lies between a commit of the files `before`, and one that adds or changes `after`."""
    base = project.commit_files("Before.", before)
    target = project.commit_files("After.", after)
    repository = Repository.open(project.root)
    settings = Settings(root=Path(project.root))
    between = Between(settings, repository, "master", target, promotes, None)
    return between.result([Running(base)])


SHOP = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": INITIAL}


def test_a_new_migration_is_read(project):
    code = deployed(project, SHOP, {"shop/migrations/0002_title.py": NEXT})
    assert [reading.name for reading in code.readings] == ["0002_title"]
    assert (code.failures, code.unread) == ((), None)
    assert Option.MIGRATE in code.analysis.options


def test_a_migration_in_a_folder_without_init_is_known_to_fail(project):
    before = {"shop/migrations/0001_initial.py": INITIAL}
    code = deployed(project, before, {"shop/migrations/0002_title.py": NEXT})
    (failure,) = code.failures
    assert failure.startswith("shop/migrations/0002_title.py: shop/migrations has no __init__.py")


# -- MIGRATION_MODULES

MOVED = {
    "db/shop/__init__.py": "",
    "db/shop/0001_initial.py": INITIAL,
    "shop/models.py": "",
}


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("config/settings/base.py", 'MIGRATION_MODULES = {"shop": "db.shop"}'),
        ("settings.py", 'DB = "db."\nMIGRATION_MODULES = dict()\nMIGRATION_MODULES = 1'),
        ("conf.py", 'HERE = "db"\nMIGRATION_MODULES = {"shop": HERE + ".shop", "wiki": None}'),
        ("app/settings.py", 'class Base:\n    MIGRATION_MODULES = {"shop": "db.shop"}'),
    ],
)
def test_migrations_that_settings_keep_elsewhere_are_read(project, path, settings):
    before = {**MOVED, path: settings}
    code = deployed(project, before, {"db/shop/0002_title.py": NEXT, "shop/models.py": "x = 1"})
    if "= 1" in settings:
        assert code.readings == ()
        assert any("MIGRATION_MODULES is no plain dict" in note for note in code.analysis.notes)
        return
    assert [reading.key for reading in code.readings] == [("shop", "0002_title")]
    assert code.readings[0].kind == "expand"
    assert code.failures == ()
    assert Option.MIGRATE in code.analysis.options
    assert Option.SYNCDB not in code.analysis.options


def test_settings_of_tests_move_nothing(project):
    before = {**MOVED, "config/settings/test.py": "MIGRATION_MODULES = DisableMigrations()"}
    code = deployed(project, before, {"db/shop/0002_title.py": NEXT})
    assert code.readings == ()
    assert not any("MIGRATION_MODULES is no" in note for note in code.analysis.notes)


def test_a_folder_that_settings_replace_needs_no_init(project):
    before = {
        **MOVED,
        "settings.py": 'MIGRATION_MODULES = {"shop": "db.shop"}',
        "shop/migrations/0001_initial.py": INITIAL,
    }
    code = deployed(project, before, {"shop/migrations/0002_title.py": NEXT})
    assert code.failures == ()


# -- packages


@pytest.mark.parametrize(
    ("before", "changed"),
    [
        ({"requirements.txt": "-r deploy/base.pip\n", "deploy/base.pip": "a"}, "deploy/base.pip"),
        ({"requirements.txt": "--requirement=x/a.req", "x/a.req": "-cb", "x/b": "1"}, "x/b"),
        ({"requirements/live.txt": "-r ../packages\n", "packages": "django"}, "packages"),
        ({"requirements.txt": "-r requirements.txt\n-r https://x.example/r.txt"}, "pylock.toml"),
    ],
)
def test_what_a_list_of_packages_includes_is_one(project, before, changed):
    code = deployed(project, before, {changed: "django==6"})
    assert code.analysis.packages == (changed,)
    assert code.unread is not None and changed in code.unread


def test_a_list_that_is_included_nowhere_is_none(project):
    code = deployed(project, {"requirements.txt": "# -r notes.md\n"}, {"notes.md": "x"})
    assert (code.analysis.packages, code.unread) == ((), None)


def test_what_is_left_over_from_an_earlier_deployment_is_read_and_hides_nothing(project):
    before = {**SHOP, "shop/migrations/0002_title.py": NEXT}
    base = project.commit_files("Before.", before)
    target = project.commit_files("After.", {"shop/views.py": ""})
    between = Between(
        Settings(root=Path(project.root)),
        Repository.open(project.root),
        "master",
        target,
        False,
        None,
        {"my-app": Lacking(frozenset({"shop/migrations/0002_title.py"}))},
    )
    code = between.result([Running(base)])
    assert [reading.name for reading in code.readings] == ["0002_title"]
    assert code.unread is None


def test_what_the_database_has_run_already_is_not_read_as_pending(project):
    """So it is after a rollback that left the schema as it was."""
    base = project.commit_files("Before.", SHOP)
    more = "shop/migrations/0002_title.py"
    target = project.commit_files("After.", {more: NEXT})
    found = []
    for lacking in (Lacking(), Lacking(ahead=frozenset({more}))):
        between = Between(
            Settings(root=Path(project.root)),
            Repository.open(project.root),
            "master",
            target,
            False,
            None,
            {"my-app": lacking},
        )
        code = between.result([Running(base)])
        downtime = downtime_of(Option.PUSH | Option.MIGRATE, None, code)
        found.append(([one.name for one in code.readings], code.has_all_run, downtime.needed))
    assert found == [(["0002_title"], False, False), ([], True, False)]
    # Of a database that has not, nothing is known to be left either; of packages neither.
    assert downtime_of(Option.PUSH | Option.MIGRATE, None, replace(code, has_all_run=False)).needed
    assert downtime.reasons == ("no migration that is new has anything to do",)


def test_of_two_databases_the_one_that_lacks_it_decides(project):
    base = project.commit_files("Before.", SHOP)
    more = "shop/migrations/0002_title.py"
    target = project.commit_files("After.", {more: NEXT})
    lacking = {"one": Lacking(ahead=frozenset({more})), "two": Lacking()}
    settings, repository = Settings(root=Path(project.root)), Repository.open(project.root)
    between = Between(settings, repository, "master", target, False, None, lacking)
    code = between.result([Running(base, name) for name in lacking])
    assert not code.has_all_run and [one.name for one in code.readings] == ["0002_title"]


# -- what else migrates


def test_a_commit_that_is_not_here_has_no_hooks_that_can_be_read(project):
    base = project.commit_files("Before.", SHOP)
    repository = Repository.open(project.root)
    missing = "1" * 40
    between = Between(Settings(root=Path(project.root)), repository, "master", missing, True, None)
    code = between.result([Running(base)])
    assert code.hooks == ()
    assert "is not in this repository" in (code.unread or "")


@pytest.mark.parametrize("promotes", [False, True])
def test_a_hook_of_the_build_counts_where_there_is_a_build(project, promotes):
    before = {
        "bin/post_compile": "python manage.py migrate --noinput",
        "Procfile": "web: bin/web\n",
        "bin/web": "#!/bin/sh\npython manage.py migrate\nexec gunicorn shop.wsgi\n",
    }
    code = deployed(project, before, {"shop/views.py": ""}, promotes=promotes)
    where = [hook.where for hook in code.hooks]
    assert where == ([] if promotes else ["bin/post_compile"]) + ["the web command"]
    assert (code.build_migrates, code.boot_migrates) == (not promotes, True)


def test_tasks_that_take_other_arguments_are_noted(project):
    task = "from celery import shared_task\n@shared_task\ndef send(order{}): pass\n"
    code = deployed(
        project, {"shop/tasks.py": task.format("")}, {"shop/tasks.py": task.format(", lang")}
    )
    assert any("shop/tasks.py:3: the task shop.tasks.send" in note for note in code.analysis.notes)
