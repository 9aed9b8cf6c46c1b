"""Concurrent builds of indexes that are broken off on a real PostgreSQL: found and mended."""

from __future__ import annotations

import itertools
import json
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest

from minion.engine.perform import connect
from minion.errors import HerokuError
from minion.options import Option
from minion.steps import Built, RunCommand
from minion.steps.world import World
from minion.terminal.console import Console

APP, MIGRATE = "shop-uat", "python manage.py migrate --noinput"
BUILT = Built("shop", "0002_title", ("book_title",))
SCHEMA = """
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
CREATE TABLE shop_book (id serial PRIMARY KEY, title text);
INSERT INTO shop_book (title) SELECT md5(n::text) FROM generate_series(1, 20000) n;
"""
CREATE = "CREATE INDEX CONCURRENTLY book_title ON shop_book (title)"
RECORD = "INSERT INTO django_migrations (app, name) VALUES ('shop', '0002_title')"
BUILDER = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%%' AND pid <> %s"


@pytest.fixture
def url(site, databases):
    """An app's database, whose migration builds an index as Django does."""
    url = databases.make(SCHEMA)
    site.heroku[APP].set(DATABASE_URL=url)
    site.heroku.does[MIGRATE] = lambda app: migrate(url)
    return url


def migrate(url, lock_timeout="0"):
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"SET lock_timeout = '{lock_timeout}'")
            connection.execute(CREATE)
            connection.execute(RECORD)
    except psycopg.Error as error:
        return f"{error}\n", 1
    return "Applying shop.0002_title... OK\n", 0


def run(**more):
    """The step, as a deployment takes it."""
    edges = connect()
    world = World(edges.heroku, edges.repository, Console(), edges.settings)
    for name in ("noted", "is_repeating"):
        if name in more:
            setattr(world, name, more.pop(name))
    RunCommand(APP, Option.MIGRATE, MIGRATE, builds=(BUILT,), **more).do(world)


def state(url):
    """Whether the index is valid, None where there is none; and whether it was recorded."""
    with psycopg.connect(url) as connection:
        valid = connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('book_title')"
        ).fetchone()
        recorded = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    return (valid and valid[0], recorded[0] == 1)


@contextmanager
def holder(url, statement):
    """A transaction that has done something and goes on."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(statement)
        yield connection


def builder(url):
    """The process that builds the index, once it is there and not valid."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(1000):
            found = connection.execute(BUILDER, [connection.info.backend_pid]).fetchone()
            if found and state(url)[0] is False:
                return found[0]
            time.sleep(0.01)
    raise AssertionError("nobody builds")


def kill_the_build(url, after_s, held):
    try:
        pid = builder(url)
        time.sleep(after_s)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    except BaseException:
        # Or the build waits without end.
        held.close()
        raise


#: Before the first look at the table, and before the index is called valid.
PHASES = ("UPDATE shop_book SET title = title WHERE id = 1", "SELECT count(*) FROM shop_book")


@pytest.mark.parametrize(
    "kills", [pytest.param(20, marks=pytest.mark.whole, id="20"), pytest.param(2, id="2")]
)
def test_a_build_that_was_killed_is_found_and_made_anew(url, capsys, kills):
    found = 0
    for number, phase in zip(range(kills), itertools.cycle(PHASES)):
        with holder(url, phase) as held:
            killer = threading.Thread(target=kill_the_build, args=(url, number % 5 * 0.02, held))
            killer.start()
            with pytest.raises(HerokuError, match="exited with status 1"):
                run()
            killer.join()
        assert state(url) == (False, False)
        capsys.readouterr()
        run()
        found += "the index book_title is INVALID" in capsys.readouterr().out
        assert state(url) == (True, True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP INDEX book_title; DELETE FROM django_migrations")
    assert found == kills


def test_one_that_gave_way_is_dropped_before_the_next_try(url, site, capsys):
    tries = []
    with holder(url, PHASES[0]) as held:

        def give_way(app):
            tries.append(app)
            ended = migrate(url, "200ms")
            # Dropping what it has left waits for whoever uses the table, too.
            if len(tries) == 1:
                threading.Timer(0.3, held.rollback).start()
            return ended

        site.heroku.does[MIGRATE] = give_way
        run(lock_timeout="200ms", tries=3, pause_s=0.05)
    said = capsys.readouterr().out
    assert "gave way" in said and said.count("is INVALID, a build broken off") == 1
    assert len(tries) == 2
    assert state(url) == (True, True)


def test_one_that_a_server_process_still_builds_is_waited_for(url, capsys):
    def build():
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CREATE)

    with holder(url, PHASES[0]) as held:
        orphan = threading.Thread(target=build)
        orphan.start()
        builder(url)
        threading.Timer(0.5, held.rollback).start()
        run(noted={"indexes": "[]"}, is_repeating=True)
        orphan.join()
    said = capsys.readouterr().out
    assert "waiting for the index book_title, still being built" in said
    assert "is dropped, to be built again" in said
    assert state(url) == (True, True)


def test_a_whole_one_of_a_killed_try_is_built_again_and_only_that(url, site, capsys):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CREATE)
    noted = {"indexes": json.dumps(["book_title"])}
    with pytest.raises(HerokuError):
        run(noted=noted, is_repeating=True)
    assert "is there and whole, but its migration has not run" in capsys.readouterr().out
    assert state(url) == (True, False)
    run(noted={"indexes": "[]"}, is_repeating=True)
    assert "is dropped, to be built again" in capsys.readouterr().out
    assert state(url) == (True, True)
    # What was recorded is not touched, whatever it is.
    site.heroku.does[MIGRATE] = ("", 0)
    run(noted={"indexes": "[]"}, is_repeating=True)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("url_said", [None, "postgres://u:secret@127.0.0.1:1/x"])
def test_where_nobody_can_look_it_is_said_and_goes_on(site, capsys, url_said):
    if url_said:
        site.heroku[APP].set(DATABASE_URL=url_said)
    run()
    said = capsys.readouterr().out
    assert "whether an index was left unfinished cannot be told" in said
    assert "secret" not in said
    assert site.heroku.ran == [(APP, MIGRATE)]
