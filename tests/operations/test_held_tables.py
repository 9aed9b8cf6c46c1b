"""What migrations lock, on a real PostgreSQL: how large it is, and who holds it."""

from __future__ import annotations

import io
import json
import sys
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from builders import EXPAND, INITIAL, MIGRATION_HEAD

from minion.api import DeployRequest, deploy
from minion.engine.perform import connect
from minion.errors import Refused
from minion.operations.deploy import DEPLOY
from minion.operations.deploy.report import document, report
from minion.operations.sizes import Tables, look_at_databases
from minion.options import Option
from minion.steps import RunCommand, commands
from minion.steps.holders import Holder, holders_at
from minion.steps.world import World
from minion.terminal.console import Console

APP, MIGRATE = "shop-uat", "python manage.py migrate --noinput"
SCHEMA = """
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial');
CREATE TABLE shop_book (id serial PRIMARY KEY, title text);
INSERT INTO shop_book (title) SELECT n::text FROM generate_series(1, 20000) n;
CREATE TABLE shop_other (id serial PRIMARY KEY);
ANALYZE;
"""
WIDER = 'migrations.AlterField("Book", "blurb", models.TextField()),'
#: What nobody is to see of a session.
SECRET = "SELECT id FROM shop_book WHERE title = 'ann@example.com'"


@pytest.fixture
def url(site, databases):
    """An app's database, which lacks a migration of the code that is to be deployed."""
    url = databases.make(SCHEMA)
    first = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}
    site.heroku[APP].deploy(site.commit(first))
    site.heroku[APP].set(DATABASE_URL=url)
    to_come(site, EXPAND)
    return url


def to_come(site, operation):
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {operation}\n    ]\n"
    site.commit({"shop/migrations/0002_more.py": text})


def planned(**asked):
    request, edges = DeployRequest("uat", **asked), connect()
    facts = DEPLOY.gather(request, edges.settings, edges.heroku, edges.repository)
    return DEPLOY.plan(request, edges.settings, facts)


@contextmanager
def session(url, statement=SECRET, application="nightly"):
    """A session that goes on in its transaction."""
    with psycopg.connect(url, application_name=application) as connection:
        connection.execute(statement)
        yield connection


def test_the_report_tells_how_large_what_is_locked_is(url, site):
    made = planned()
    assert "* shop.0002_more: Locks shop_book (about 20 k rows, " in report(made)
    assert " MB) exclusively for a moment." in report(made)
    assert "connections to the database are free" in report(made)
    (database,) = document(made)["databases"]
    (table,) = database["tables"]
    assert table["rows_estimated"] == 20000
    assert table["bytes"] > 500_000
    assert (table["lock"], table["is_long"], table["rewrites"]) == ("exclusive", False, False)
    assert database["free_connections"] > 0
    assert database["holders"] == []
    to_come(site, WIDER)
    assert "exclusively and works through its rows." in report(planned())


def test_what_wobbles_is_no_part_of_the_identifier(url):
    before = planned()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO shop_book (title) SELECT 'x' FROM generate_series(1, 9999)")
        connection.execute("ANALYZE")
    with session(url, application="pg_dump"):
        now = planned()
    assert document(now)["databases"] != document(before)["databases"]
    assert now.refusals and now.id == before.id
    (look,) = now.looks
    older = replace(look, holders=tuple(replace(one, age_s=900.0) for one in look.holders))
    assert replace(now, looks=(older,), refusals=(), busy=()).id == before.id


class Listening(io.StringIO):
    """Stands in for stdout; does something as soon as a word is said."""

    def __init__(self, word, action):
        super().__init__()
        self.word, self.action = word, action

    def write(self, text):
        count = super().write(text)
        if self.action is not None and self.word in self.getvalue():
            action, self.action = self.action, None
            action()
        return count


def test_a_backup_refuses_the_deployment_and_wait_waits_for_it(url, site, monkeypatch):
    done = ("[X]  shop.0001_initial\n", 0)
    site.heroku.does["python manage.py showmigrations --plan"] = done
    with session(url, application="pg_dump") as held:
        with pytest.raises(Refused, match=r"a backup \(pg_dump\) has held shop_book for \d s"):
            deploy(DeployRequest("uat"), confirm=APP, wait_s=0)
        assert (APP, MIGRATE) not in site.heroku.ran
        stdout = Listening("Waiting: ", held.rollback)
        monkeypatch.setattr(sys, "stdout", stdout)
        deploy(DeployRequest("uat"), confirm=APP, wait_s=30)
    said = stdout.getvalue()
    assert "Waiting: shop-uat: a backup (pg_dump) has held shop_book" in said
    assert (APP, MIGRATE) in site.heroku.ran
    assert "ann@example.com" not in said


def test_a_young_transaction_is_told_and_refuses_nothing(url):
    with session(url):
        made = planned()
    assert made.refusals == ()
    assert "shop-uat: an idle transaction of nightly has held shop_book for" in report(made)
    assert "ann@example.com" not in report(made) + json.dumps(document(made))


def test_without_migrations_nobody_is_asked(url):
    with session(url, application="pg_dump"):
        made = planned(options=Option.PUSH)
    assert (made.looks, made.refusals) == ((), ())


@pytest.mark.parametrize(
    ("tables", "statement", "is_held"),
    [
        (Tables(("shop_book",)), SECRET, True),
        (Tables((), ("shop_book",)), SECRET, False),
        (Tables((), ("shop_book",)), "UPDATE shop_book SET title = '' WHERE id = 1", True),
        (Tables(("shop_other",)), SECRET, False),
        (Tables(("shop_other",)), "LOCK TABLE shop_other IN ACCESS EXCLUSIVE MODE", True),
    ],
)
def test_only_locks_that_stand_in_the_way_count(url, tables, statement, is_held):
    with session(url, statement):
        assert bool(holders_at(url, tables)) is is_held


def test_a_table_that_is_held_by_another_migration_is_waited_for_briefly(url):
    with session(url, "LOCK TABLE shop_book IN ACCESS EXCLUSIVE MODE"):
        (look,) = planned().looks
    assert look.why is not None and "lock timeout" in look.why
    assert look.holders == ()


@pytest.mark.parametrize("said", [None, "postgres://u:canary@127.0.0.1:1/shop"])
def test_what_cannot_be_asked_is_said_and_goes_on(site, url, said):
    site.heroku.does["python manage.py showmigrations --plan"] = ("[X]  shop.0001_initial\n", 0)
    site.heroku[APP].set(DATABASE_URL=said)
    made = planned()
    assert made.refusals == ()
    assert "shop-uat: how large they are, and who holds them: " in report(made)
    assert "Locks shop_book exclusively for a moment." in report(made)
    assert "canary" not in report(made) + json.dumps(document(made))


def test_what_no_one_locks_is_not_looked_at():
    assert look_at_databases([], {}, Tables()) == ()


@pytest.mark.parametrize("ends", [True, False])
def test_the_step_waits_for_a_backup_that_began_meanwhile(site, url, monkeypatch, ends):
    monkeypatch.setattr(commands, "HOLDERS_S", 20.0 if ends else 0.2)
    edges = connect()
    with session(url, application="pg_dump") as held:
        stdout = Listening("it is waited for", held.rollback if ends else None)
        monkeypatch.setattr(sys, "stdout", stdout)
        world = World(edges.heroku, edges.repository, Console(), edges.settings)
        step = RunCommand(APP, Option.MIGRATE, MIGRATE, "5s", 5, tables=Tables(("shop_book",)))
        step.do(world)
    said = stdout.getvalue()
    assert "a backup (pg_dump) has held shop_book for 0 s: it is waited for" in said
    assert ("tried all the same" in said) is not ends
    assert site.heroku.ran[-1] == (APP, MIGRATE)


@pytest.mark.parametrize(
    ("holder", "words", "is_long"),
    [
        (Holder("web", 3.0, ("a",)), "a transaction of web has held a for 3 s", False),
        (Holder("", 75.0, ("a",)), "a transaction of a session without a name has held a", True),
        (Holder("x\x1b", None, ("a",)), "has held a for nobody knows how long", False),
        (Holder("web", 3700.0, tuple("abcde")), "held a, b, c and 2 more for 1 h 01 min", True),
        (
            Holder("", 3.0, ("a",), is_vacuum=True),
            "an autovacuum to prevent wraparound, which does not give way, has held a",
            True,
        ),
    ],
)
def test_who_holds_is_said_in_plain_words(holder, words, is_long):
    assert words in str(holder)
    assert "\x1b" not in str(holder)
    assert holder.is_long is is_long
