"""minion.analyser.changes: tables of changed paths and what they call for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minion.analyser.changes
from minion.analyser.changes import (
    Analysis,
    StaticRules,
    analyse,
    assume_everything,
)
from minion.git.records import Change
from minion.options import ALL, Option
from minion.settings.keys import STATIC_EXTENSIONS

#: A project at its target commit; ``wiki`` is an app without migrations.
TREE = (
    "Procfile",
    "manage.py",
    "shop/__init__.py",
    "shop/models.py",
    "shop/migrations/__init__.py",
    "shop/migrations/0001_initial.py",
    "wiki/__init__.py",
    "wiki/models.py",
)


def found(*changes: str, collects_static: bool = False, tree=TREE, **options) -> Analysis:
    """The analysis of changes written as ``"A path"``; what is not deleted is in the tree."""
    records = [Change(text[2:], text[0]) for text in changes]
    present = {change.path for change in records if change.status != "D"}
    gone = {change.path for change in records if change.status == "D"}
    return analyse(
        records,
        (set(tree) | present) - gone,
        commits_differ=True,
        collects_static=collects_static,
        **options,
    )


def without_push(analysis: Analysis) -> Option:
    assert Option.PUSH in analysis.options
    return analysis.options & ~Option.PUSH


def test_nothing_to_do():
    analysis = analyse([], TREE, commits_differ=False, collects_static=False)
    assert analysis == Analysis(options=Option.NONE)


def test_an_empty_commit_is_pushed():
    assert found().options == Option.PUSH
    assert found().reasons == {Option.PUSH: ("the commits differ",)}


@pytest.mark.parametrize(
    "path",
    [
        "shop/admin.py",
        "templates/shop/index.html",
        "README.md",
        "docs/guide.md",
        "shop/css.py",
        "shop/migration.py",
        "shop/migrations.py",
        "shop/models_util.py",
        "shop/fixtures.py",
        "fixtures.json",
        "migrations",
        ".css",
        "static",
    ],
)
def test_plain_code_is_only_pushed(path):
    assert found(f"M {path}").options == Option.PUSH


@pytest.mark.parametrize("status", "AMDT")
@pytest.mark.parametrize(
    ("path", "is_migration_file"),
    [
        ("shop/migrations/0002_price.py", True),
        ("migrations/0002_price.py", True),
        ("a b/ü\n/migrations/0002_price.py", True),
        ("tests/app/migrations/0001_initial.py", True),
        ("shop/migrations/operations/fill.py", True),
        ("shop/migrations/__init__.py", False),
        ("shop/migrations/sql/fill.sql", False),
        ("shop/migrations/0003_gone.pyc", False),
    ],
)
def test_what_is_below_a_migrations_package_migrates(path, is_migration_file, status):
    analysis = found(f"{status} {path}")
    assert Option.MIGRATE in analysis.options
    assert analysis.reasons[Option.MIGRATE] == (path,)
    assert analysis.migrations == ((path,) if is_migration_file else ())


@pytest.mark.parametrize(
    "path",
    [
        "shop/migrations/__pycache__/0001_initial.cpython-312.pyc",
        "node/migrations/0001.ts",
        "docs/migrations/guide.md",
        "my_migrations/0001_initial.py",
    ],
)
def test_other_folders_called_migrations_do_not(path):
    assert found(f"A {path}").options == Option.PUSH


def test_sql_of_a_package_that_is_deleted_with_it_still_migrates():
    analysis = found("D blog/migrations/0001_initial.py", "D blog/migrations/fill.sql")
    assert analysis.reasons[Option.MIGRATE] == (
        "blog/migrations/0001_initial.py",
        "blog/migrations/fill.sql",
    )


@pytest.mark.parametrize(
    "path",
    [
        "shop/fixtures/books.json",
        "fixtures/books.json",
        "shop/fixtures/deep er/books.jsonl",
        "shop/fixtures/books.xml",
        "shop/fixtures/books.yaml",
        "shop/fixtures/books.replica.json.gz",
        "shop/fixtures/initial_data.json.zip",
        "shop/fixtures/b.json.xz",
        "contest/fixtures/-rf 'x'.json",
    ],
)
def test_a_fixture_is_loaded_when_added_or_changed_and_never_when_deleted(path):
    for status in "AMT":
        analysis = found(f"{status} {path}")
        assert without_push(analysis) == Option.FIXTURES
        assert analysis.fixtures == analysis.reasons[Option.FIXTURES] == (path,)
    assert found(f"D {path}").options == Option.PUSH
    assert found(f"D {path}").fixtures == ()


@pytest.mark.parametrize(
    "path",
    [
        "shop/books.json",
        "shop/fixtures/README.md",
        "shop/fixtures/make.py",
        "shop/fixtures/books.JSON",
        "shop/fixtures/books.json.rar",
        "shop/fixtures/books.csv",
        "shop/fixtures/.json",
        "shop/tests/fixtures/books.json",
        "tests/fixtures/books.json",
        "frontend/cypress/fixtures/user.json",
        "shop/fixtures/tests/books.json",
    ],
)
def test_what_loaddata_would_not_or_should_not_load(path):
    assert found(f"A {path}").options == Option.PUSH


def test_a_yml_file_is_no_fixture_and_that_is_said():
    analysis = found("A shop/fixtures/books.yml")
    assert analysis.fixtures == ()
    assert any("books.yml" in note and ".yaml" in note for note in analysis.notes)


def test_fixtures_have_a_stable_order():
    analysis = found("A z/fixtures/1.json", "M a/fixtures/2.json", "A a/fixtures/1.json")
    assert analysis.fixtures == ("a/fixtures/1.json", "a/fixtures/2.json", "z/fixtures/1.json")


@pytest.mark.parametrize("status", "AMDT")
@pytest.mark.parametrize(
    "path",
    ["logo.png", "shop/site.CSS", "a b/ü.woff2", "app.js.map", "static/README", "shop/static/x/y"],
)
def test_static_files_are_collected_unless_the_build_does(path, status):
    analysis = found(f"{status} {path}")
    assert without_push(analysis) == Option.COLLECTSTATIC
    assert analysis.reasons[Option.COLLECTSTATIC] == (path,)
    assert found(f"{status} {path}", collects_static=True).options == Option.PUSH


@pytest.mark.parametrize("extension", STATIC_EXTENSIONS)
def test_every_default_extension(extension):
    assert StaticRules().matches(f"shop/file{extension}")
    assert not StaticRules().matches(f"shop/file{extension}.py")


def test_the_rules_of_the_project_replace_the_defaults():
    rules = StaticRules(extensions=(".glsl",), folders=("frontend/dist", "public"))
    for path in ("a.glsl", "frontend/dist/x.txt", "my/frontend/dist/x", "public/robots.txt"):
        assert Option.COLLECTSTATIC in found(f"A {path}", rules=rules).options
    for path in ("a.css", "static/x", "frontend/distribution/x", "frontend/x"):
        assert found(f"A {path}", rules=rules).options == Option.PUSH


@pytest.mark.parametrize(
    "path", ["wiki/models.py", "wiki/models/page.py", "wiki/models/deep/page.py", "models.py"]
)
def test_models_without_migrations_need_syncdb(path):
    for status in "AM":
        analysis = found(f"{status} {path}")
        assert without_push(analysis) == Option.SYNCDB
        assert analysis.reasons[Option.SYNCDB] == (path,)
    # --run-syncdb only creates tables.
    assert found(f"D {path}").options == Option.PUSH


@pytest.mark.parametrize(
    "path",
    [
        "shop/models.py",
        "shop/models/order.py",
        "shop/models/sub/order.py",
        "wiki/tests/models.py",
        "tests/models.py",
        "wiki/models/README.md",
        "shop/migrations/models.py",
    ],
)
def test_models_that_need_no_syncdb(path):
    assert Option.SYNCDB not in found(f"M {path}").options


def test_an_app_below_a_folder_called_models_is_judged_by_its_own_migrations():
    tree = (*TREE, "models/shop/migrations/__init__.py")
    assert found("M models/shop/models.py", tree=tree).options == Option.PUSH
    assert without_push(found("M models/wiki/models.py", tree=tree)) == Option.SYNCDB


def test_an_app_that_gets_its_first_migrations_is_migrated_not_synced():
    analysis = found(
        "M wiki/models.py", "A wiki/migrations/__init__.py", "A wiki/migrations/0001_initial.py"
    )
    assert without_push(analysis) == Option.MIGRATE


def test_an_app_that_loses_its_migrations_is_migrated_and_synced():
    gone = ("D shop/migrations/__init__.py", "D shop/migrations/0001_initial.py")
    analysis = found(*gone)
    assert without_push(analysis) == Option.MIGRATE | Option.SYNCDB
    assert analysis.reasons[Option.SYNCDB] == tuple(text[2:] for text in gone)
    assert without_push(found(*gone, "D shop/models.py")) == Option.MIGRATE


def test_a_package_without_init_is_pointed_out():
    analysis = found("A blog/migrations/0001_initial.py", "A blog/models.py")
    assert without_push(analysis) == Option.MIGRATE
    assert any("blog/migrations" in note and "__init__.py" in note for note in analysis.notes)
    assert not any("__init__" in note for note in found("M shop/migrations/0001_initial.py").notes)


@pytest.mark.parametrize("status", "AM")
def test_a_submodule_is_not_seen_into(status):
    """It changed, and yet is no file of the commit."""
    analysis = analyse([Change("lib", status)], TREE, commits_differ=True, collects_static=False)
    assert analysis.options == ALL & ~Option.FIXTURES
    assert analysis.reasons[Option.MIGRATE] == ("lib",)
    assert analysis.migrations == ()
    assert any("lib" in note for note in analysis.notes)


def test_a_removed_submodule_shows_by_its_entry():
    analysis = found("M .gitmodules", "D lib")
    assert Option.MIGRATE in analysis.options
    assert analysis.reasons[Option.SYNCDB] == (".gitmodules",)


def test_a_submodule_needs_no_collectstatic_where_the_build_does_it():
    assert Option.COLLECTSTATIC not in found("M .gitmodules", collects_static=True).options


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements/base.in",
        "requirements-dev.txt",
        "uv.lock",
        "pyproject.toml",
    ],
)
def test_new_packages_are_pointed_out(path):
    analysis = found(f"M {path}")
    assert analysis.options == Option.PUSH | Option.MIGRATE
    assert analysis.packages == (path,)
    assert any(path in note for note in analysis.notes)


def test_several_at_once_each_with_its_own_reasons():
    analysis = found(
        "M shop/models.py",
        "A shop/migrations/0002_price.py",
        "A shop/fixtures/books.json",
        "M wiki/models.py",
        "M shop/static/shop/site.css",
        "D old.py",
    )
    assert analysis.options == ALL
    assert {int(option): reasons for option, reasons in analysis.reasons.items()} == {
        1: ("the commits differ",),
        2: ("wiki/models.py",),
        4: ("shop/migrations/0002_price.py",),
        8: ("shop/fixtures/books.json",),
        16: ("shop/static/shop/site.css",),
    }


def test_merging_keeps_both_sides_once():
    one = found("A shop/migrations/0002_b.py", "A a/fixtures/b.json", "M uv.lock")
    two = found("A shop/migrations/0001_a.py", "A a/fixtures/a.json", "A x.css", "M uv.lock")
    both = one.merge(two)
    assert both.options == one.options | two.options
    assert both.reasons[Option.MIGRATE] == (
        "shop/migrations/0002_b.py",
        "uv.lock",
        "shop/migrations/0001_a.py",
    )
    assert both.packages == ("uv.lock",)
    assert both.reasons[Option.PUSH] == ("the commits differ",)
    assert both.fixtures == ("a/fixtures/a.json", "a/fixtures/b.json")
    assert both.migrations == ("shop/migrations/0001_a.py", "shop/migrations/0002_b.py")
    assert both.notes == one.notes
    assert one.merge(one) == one


def test_everything_is_assumed_for_a_reason():
    tree = (*TREE, "b/fixtures/b.json", "a/fixtures/a.json", "shop/tests/fixtures/t.json")
    analysis = assume_everything("this clone is shallow", tree)
    assert analysis.options == ALL
    assert set(analysis.reasons.values()) == {("this clone is shallow",)}
    assert set(analysis.reasons) == {Option(bit) for bit in (1, 2, 4, 8, 16)}
    assert analysis.fixtures == ("a/fixtures/a.json", "b/fixtures/b.json")
    assert "this clone is shallow" in analysis.notes[0]


def test_no_fixture_can_be_assumed_where_there_is_none():
    analysis = assume_everything("why", TREE)
    assert analysis.options == ALL & ~Option.FIXTURES
    assert Option.FIXTURES not in analysis.reasons


NAMES = st.sampled_from(
    [
        *("shop", "models", "models.py", "migrations", "0001_initial.py", "__init__.py"),
        *("fixtures", "a.json", "tests", "static", "x.css", ".gitmodules", "ü \n", "\udce4.png"),
    ]
)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
CHANGES = st.lists(st.builds(Change, PATHS, st.sampled_from("AMDT")), max_size=8)


@given(CHANGES, st.lists(PATHS, max_size=8), st.booleans())
def test_options_and_reasons_always_agree(changes, tree, collects_static):
    analysis = analyse(changes, tree, commits_differ=True, collects_static=collects_static)
    paths = {change.path for change in changes}
    assert set(analysis.reasons) == {bit for bit in Option if bit and bit in analysis.options}
    for option, reasons in analysis.reasons.items():
        assert reasons
        assert option is Option.PUSH or set(reasons) <= paths
    assert set(analysis.fixtures) <= set(tree)
    assert not collects_static or Option.COLLECTSTATIC not in analysis.options


@given(CHANGES, CHANGES, st.lists(PATHS, max_size=8))
def test_more_changes_never_need_less(some, more, tree):
    few = analyse(some, tree, commits_differ=True, collects_static=False)
    many = analyse(some + more, tree, commits_differ=True, collects_static=False)
    assert few.options & ~many.options == Option.NONE


def test_the_analysis_does_no_input_or_output():
    for path in Path(minion.analyser.changes.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert name and name.split(".")[0] in {
                    *("__future__", "collections", "dataclasses", "minion", "re"),
                }


@pytest.mark.parametrize(
    "path",
    [
        *("requirements.txt", "requirements/live.txt", "requirements-dev.in", "Pipfile"),
        *("dev-requirements.txt", "constraints.txt", "etc/pip_constraints.txt", "Pipfile.lock"),
        *("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.live.toml"),
        *("requirements.lock", "vendor/shop-1.0-py3-none-any.whl", "pyproject.toml"),
    ],
)
def test_a_list_of_packages_may_bring_migrations(path):
    assert Option.MIGRATE in found(f"M {path}").options
    assert found(f"M {path}").packages == (path,)


@pytest.mark.parametrize("path", ["yarn.lock", "package-lock.json", "notes.txt", "lock.py"])
def test_other_lists_bring_none(path):
    assert found(f"M {path}").packages == ()
