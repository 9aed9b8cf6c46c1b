"""An index whose concurrent build was broken off: told before the next try fails on its name."""

from __future__ import annotations

import psycopg
import pytest
from postgres_server import served

from minion.commands.status import status
from minion.engine.perform import connect
from minion.operations.deploy import DEPLOY, DeployRequest

SCHEMA = """
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial');
CREATE TABLE shop_book (id serial PRIMARY KEY, title text);
INSERT INTO shop_book (title) VALUES ('Twice'), ('Twice');
"""


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    with served(tmp_path_factory.mktemp("postgres")) as made:
        yield made


def warnings():
    request, edges = DeployRequest("uat"), connect()
    facts = DEPLOY.gather(request, edges.settings, edges.heroku, edges.repository)
    return [one for one in DEPLOY.plan(request, edges.settings, facts).warnings if "INVALID" in one]


@pytest.mark.parametrize("has_migrations", [True, False])
def test_plan_and_status_tell_of_it_until_it_is_gone(site, databases, capsys, has_migrations):
    url = databases.make(SCHEMA)
    site.heroku["shop-uat"].deploy(site.commit({"shop/migrations/0001_initial.py": ""}))
    site.heroku["shop-uat"].set(DATABASE_URL=url)
    with psycopg.connect(url, autocommit=True) as connection:
        if not has_migrations:
            connection.execute("DELETE FROM django_migrations")
        assert warnings() == []
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute('CREATE UNIQUE INDEX CONCURRENTLY "shop Title" ON shop_book (title)')
        (told,) = warnings()
        assert told.startswith('shop-uat: the index "shop Title" is INVALID')
        status(as_json=False)
        assert 'shop-uat: the index "shop Title" is INVALID' in capsys.readouterr().out
        connection.execute(told.partition("building it: ")[2])
        assert warnings() == []
