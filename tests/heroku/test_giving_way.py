"""minion.steps.RunCommand: a migration that gets no lock is tried again."""

from __future__ import annotations

import pytest
from scripted import Answer, app
from scripted_dyno import one_off, status

from minion.errors import HerokuError
from minion.heroku import Heroku
from minion.options import Option
from minion.steps import RunCommand
from minion.steps.world import World
from minion.terminal.console import Console

NO_LOCK = b"psycopg.errors.LockNotAvailable: canceling statement due to lock timeout\r\n"
BUSY = [NO_LOCK[:60], NO_LOCK[60:] + status(1)]
FAILED = [b"ValueError: the data is not as expected\r\n" + status(1)]
DONE = [b"Applying shop.0002_more... OK\r\n" + status(0)]


@pytest.fixture
def runs(server, environ, rendezvous, capsys):
    """What is said, and how many dynos ran, when they end as told and the step may try."""

    def run(*dynos, tries, lock_timeout="5s", is_stopping=False):
        def told(chunks):
            def script(client):
                for chunk in chunks:
                    client.sendall(chunk)

            return script

        made = [one_off(rendezvous(told(chunks)).port) for chunks in dynos]
        server.on("GET /apps/shop", Answer(app()))
        server.on("POST /apps/shop/dynos", *(Answer(dyno, 201) for dyno in made))
        world = World(Heroku.connect(environ), None, Console(), None)
        world.is_stopping = lambda: is_stopping
        step = RunCommand("shop", Option.MIGRATE, "migrate", lock_timeout, tries)
        try:
            step.do(world)
            problem = None
        except HerokuError as error:
            problem = str(error)
        asked = server.asked("POST /apps/shop/dynos")
        return problem, [one.body["env"].get("PGOPTIONS") for one in asked], capsys.readouterr().out

    return run


def test_it_gets_the_lock_that_comes_free(runs):
    problem, options, said = runs(BUSY, DONE, tries=5)
    assert problem is None
    assert options == ["-c lock_timeout=5s"] * 2
    assert "shop: no lock within 5s, so it gave way and nobody waits. Try 2 of 5 in 2 s." in said


def test_one_that_never_gets_it_says_who_to_look_for(runs):
    problem, options, said = runs(BUSY, BUSY, tries=2)
    assert len(options) == 2
    assert "PostgreSQL gave it no lock within 5s, tried 2 times" in problem
    assert "heroku pg:locks -a shop" in problem
    assert said.count("gave way") == 1


@pytest.mark.parametrize(
    ("dyno", "more"),
    [
        (FAILED, {"tries": 5}),
        (BUSY, {"tries": 1}),
        (BUSY, {"tries": 5, "lock_timeout": None}),
        (BUSY, {"tries": 5, "is_stopping": True}),
    ],
    ids=["another error", "one try", "no limit", "the operator wants to stop"],
)
def test_it_is_not_tried_again(runs, dyno, more):
    problem, options, _ = runs(dyno, DONE, **more)
    assert "`migrate` exited with status 1" in problem
    assert len(options) == 1
