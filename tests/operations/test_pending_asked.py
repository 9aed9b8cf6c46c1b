"""What a database lacks, asked of a real PostgreSQL; nothing is run in a dyno where it answers."""

from __future__ import annotations

import pytest
from builders import EXPAND, INITIAL, MIGRATION_HEAD
from postgres_server import served

from minion.operations.pending import lacking, lacking_by_url

TABLE = "CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text)"
FIRST, SECOND = "shop/migrations/0001_initial.py", "shop/migrations/0002_x.py"
TREE = {
    FIRST: INITIAL,
    SECOND: (MIGRATION_HEAD.format(after="0001_initial") + f"        {EXPAND}\n    ]\n").encode(),
}


def has(*names, app="shop"):
    rows = [f"INSERT INTO django_migrations (app, name) VALUES ('{app}', '{n}')" for n in names]
    return (TABLE, *rows)


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    with served(tmp_path_factory.mktemp("postgres")) as made:
        yield made


def test_the_database_says_what_it_lacks(databases):
    url = databases.make(*has("0001_initial"))
    assert lacking_by_url(url, TREE, {}).paths == {SECOND}
    # No Heroku is there to be asked.
    assert lacking(None, "shop", url, TREE, {}, "python manage.py migrate").paths == {SECOND}


def test_it_says_what_it_has_of_code_that_does_not_run(databases):
    url = databases.make(*has("0001_initial", "0002_x"))
    found = lacking_by_url(url, {FIRST: INITIAL}, {}, {SECOND: TREE[SECOND]})
    assert (found.paths, found.ahead, found.why) == (frozenset(), {SECOND}, None)
    url = databases.make(*has("0001_initial"))
    assert lacking_by_url(url, {FIRST: INITIAL}, {}, {SECOND: TREE[SECOND]}).ahead == frozenset()


@pytest.mark.parametrize("statements", [(), has("0001_initial", app="other")])
def test_an_app_of_which_it_has_nothing_may_not_be_installed(databases, statements):
    url = databases.make(*statements)
    assert f"it has nothing of the app of {FIRST}" in str(lacking_by_url(url, TREE, {}).why)


def test_without_migrations_nothing_is_asked():
    assert lacking_by_url("postgres://u:p@127.0.0.1:1/x", {}, {}).why is None


def test_a_command_of_the_project_s_own_does_not_show_how_to_list():
    why = lacking(None, "shop", None, TREE, {}, "./run").why
    assert why == "it has no DATABASE_URL, and `./run` does not show how to list them"
