"""minion.analyser.between: what lies between two commits of a real repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from gits import Project, isolate

from minion.analyser.between import Between
from minion.analyser.code import Code
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
