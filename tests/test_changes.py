"""That the changes to the bookshop are of the kind that they are there to show."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import changes
import pytest

from minion.sandbox.bookshop import create

#: Reads the front page and a book, and places an order; prints what was answered.
SHOP = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "bookshop.settings"
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
order = {"book": 1, "customer": 1}
answers = [client.get("/"), client.get("/books/1/"),
           client.post("/orders/new", order, content_type="application/json")]
print(*[answer.status_code for answer in answers])
"""
WELL = "200 200 201"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The newest shop, and a database of its schema with people in it."""
    folder = tmp_path_factory.mktemp("changes")
    project, database = create(folder).project, folder / "shop.sqlite3"
    run(project, database, "manage.py", "migrate", "--run-syncdb")
    run(project, database, "manage.py", "loaddata", "shop/fixtures/books.json")
    run(project, database, "manage.py", "seed_customers", "--count=5")
    return project, database


def run(project: Path, database: Path, *words: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env={"PATH": path, "ALLOWED_HOSTS": "*", "DATABASE_URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def changed(project: Path, folder: Path, files: dict[str, str]) -> Path:
    """A copy of the project in which `files` are as they are to be."""
    copy = Path(shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".git")))
    for name, content in files.items():
        (copy / name).write_text(content, encoding="utf-8")
    return copy


def migrated(project: Path, database: Path, path: Path) -> Path:
    """A copy of the database with the project's schema, which its models agree with."""
    shutil.copy(database, path)
    run(project, path, "manage.py", "makemigrations", "--check", "--dry-run")
    run(project, path, "manage.py", "migrate")
    return path


@pytest.mark.parametrize(
    ("kind", "old_on_new", "new_on_old"),
    [("code", True, True), ("expand", True, False), ("breaking", False, False)],
)
def test_a_change_is_of_its_kind(
    shop: tuple[Path, Path], tmp_path: Path, kind: str, old_on_new: bool, new_on_old: bool
) -> None:
    old, database = shop
    new = changed(old, tmp_path / "new", getattr(changes, kind)(old, 7))
    after = migrated(new, database, tmp_path / "after.sqlite3")
    assert run(new, after, "-c", SHOP) == WELL
    before = Path(shutil.copy(database, tmp_path / "before.sqlite3"))
    assert (run(old, after, "-c", SHOP) == WELL) is old_on_new
    assert (run(new, before, "-c", SHOP) == WELL) is new_on_old


def test_contract_takes_away_what_expand_has_added(shop: tuple[Path, Path], tmp_path: Path) -> None:
    project, database = shop
    wide = changed(project, tmp_path / "wide", changes.expand(project, 7))
    narrow = changed(wide, tmp_path / "narrow", changes.contract(wide, 7))
    assert (narrow / "shop/models.py").read_text() == (project / "shop/models.py").read_text()
    before = migrated(wide, database, tmp_path / "before.sqlite3")
    assert run(narrow, before, "-c", SHOP) == WELL
    after = migrated(narrow, before, tmp_path / "after.sqlite3")
    assert run(wide, after, "-c", SHOP) != WELL


def test_a_dedication_names_the_customer_in_every_order(
    shop: tuple[Path, Path], tmp_path: Path
) -> None:
    project, database = shop
    new = changed(project, tmp_path / "new", changes.dedication(project))
    after = migrated(new, database, tmp_path / "after.sqlite3")
    with contextlib.closing(sqlite3.connect(after)) as rows:
        found = rows.execute(
            "SELECT dedication_1, name FROM shop_order o JOIN customers_customer c "
            "ON c.id = o.customer_id"
        ).fetchall()
    assert found
    assert all(text == f"Read this in the garden, {name}" for text, name in found)
