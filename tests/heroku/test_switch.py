"""Waiting for the old dynos to go, by the list that Heroku gives and by the clock."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from scripted import TOKEN, Answer, release

from minion.errors import HerokuError, SettingsError
from minion.heroku import Heroku, timeouts
from minion.heroku.waiting import Stopped, clock, until, wait_for
from minion.heroku.wire import release_of
from minion.steps import OldDynosGone, ReadBack, switch
from minion.steps.world import World
from minion.terminal.console import Console

WINDOW_S = 1.2
SHA = "1" * 40
FORMATION, DYNOS = "GET /apps/shop/formation", "GET /apps/shop/dynos"
RELEASES = "GET /apps/shop/releases"


def dyno(version, kind="web"):
    return {
        "id": f"d{version}",
        "name": f"{kind}.1",
        "type": kind,
        "state": "up",
        "release": {"id": "r", "version": version},
    }


def web(quantity):
    return Answer([{"type": "web", "quantity": quantity, "size": "Standard-1X", "command": "x"}])


@pytest.fixture
def world(server):
    environ = {
        "HEROKU_HOST": server.url,
        "HEROKU_API_KEY": TOKEN,
        "MINION_PREBOOT_WINDOW": str(WINDOW_S),
    }
    server.on(FORMATION, web(1))
    server.on(DYNOS, Answer([dyno(8)]))
    server.on(RELEASES, Answer([release(8, current=True)]))
    server.on("GET /apps/shop/releases/8", Answer(release(8)))
    server.on("GET /apps/shop/slugs/slug-8", Answer({"commit": SHA}))
    return World(Heroku.connect(environ), None, Console(), None)


def ours(world):
    """The release is ours, and has just succeeded."""
    world.released["shop"] = replace(release_of(release(8)), created_at=datetime.now(timezone.utc))
    world.succeeded_at["shop"] = clock()


def test_with_preboot_the_window_is_waited_out_whatever_the_list_shows(world, capsys):
    world.console = Console()
    ours(world)
    OldDynosGone("shop", preboot=True).do(world)
    assert clock() - world.succeeded_at["shop"] >= WINDOW_S
    assert capsys.readouterr().out.count("the old dynos serve until") == 1


def test_the_window_begins_when_the_release_was_seen_to_succeed(world):
    world.released["shop"] = release_of(release(8))
    began = clock()
    ReadBack("shop", commit=SHA).do(world)
    assert world.succeeded_at["shop"] >= began
    world.succeeded_at["shop"] -= WINDOW_S
    OldDynosGone("shop", preboot=True).do(world)
    assert clock() - began < WINDOW_S


def test_a_release_of_another_process_gets_the_whole_window(world, server):
    now = datetime.now(timezone.utc).isoformat()
    server.on(RELEASES, Answer([release(8, current=True, created_at=now)]))
    began = clock()
    OldDynosGone("shop", preboot=True).do(world)
    assert clock() - began >= WINDOW_S


def test_a_release_of_long_ago_is_not_waited_for(world, server):
    ago = (datetime.now(timezone.utc) - timedelta(hours=3)).isoformat()
    server.on(RELEASES, Answer([release(8, current=True, created_at=ago)]))
    began = clock()
    OldDynosGone("shop", preboot=True).do(world)
    assert clock() - began < WINDOW_S


def test_a_release_that_comes_meanwhile_begins_another_window(world, server):
    server.on(RELEASES, Answer([release(9, current=True)]))
    ours(world)
    world.succeeded_at["shop"] -= WINDOW_S
    began = clock()
    OldDynosGone("shop", preboot=True).do(world)
    assert clock() - began >= WINDOW_S


def test_without_web_dynos_nothing_preboots(world, server):
    server.on(FORMATION, web(0))
    ours(world)
    OldDynosGone("shop", preboot=True).do(world)
    assert clock() - world.succeeded_at["shop"] < WINDOW_S


@pytest.mark.parametrize("preboot", [False, True])
@pytest.mark.parametrize("kind", ["web", "worker", "clock", "run", "scheduler"])
def test_old_dynos_that_are_listed_are_waited_for(world, server, capsys, preboot, kind):
    world.console = Console()
    ours(world)
    both = [dyno(8), dyno(7, kind)]
    server.on(DYNOS, Answer(both), Answer(both), Answer([dyno(8), dyno(8, "run")]))
    OldDynosGone("shop", preboot=preboot).do(world)
    assert len(server.asked(DYNOS)) == 3
    assert capsys.readouterr().out.count(f"what runs the old code: {kind}.1 (v7)") == 1


def test_old_code_that_does_not_end_is_named_with_what_to_type(world, server, monkeypatch):
    monkeypatch.setattr(switch, "GONE_S", 0.1)
    ours(world)
    server.on(DYNOS, Answer([dyno(8), dyno(7, "run")]))
    with pytest.raises(HerokuError) as caught:
        OldDynosGone("shop", preboot=False).do(world)
    assert "the old code still runs in run.1 (v7)" in str(caught.value)
    assert "heroku ps:stop run.1 -a shop" in str(caught.value)


def test_whoever_wants_to_stop_is_heard_at_once(world):
    ours(world)
    world.is_stopping = lambda: True
    with pytest.raises(Stopped):
        OldDynosGone("shop", preboot=True).do(world)
    assert clock() - world.succeeded_at["shop"] < WINDOW_S


@pytest.mark.parametrize(("said", "known"), [("", 240), ("360", 360), ("240.5", 240.5)])
def test_the_window_of_heroku(said, known):
    heroku = Heroku.connect({"MINION_PREBOOT_WINDOW": said})
    assert heroku.old_gone_s == known >= timeouts.PREBOOT_S + timeouts.SHUTDOWN_S


@pytest.mark.parametrize("said", ["20", "0", "-1", "long", "1.2.3", "nan"])
def test_a_window_that_heroku_does_not_keep_to_is_refused(said):
    with pytest.raises(SettingsError, match="MINION_PREBOOT_WINDOW"):
        Heroku.connect({"MINION_PREBOOT_WINDOW": said})


def test_a_wait_ends_with_what_was_found_or_with_the_time(time):
    found = iter(["", "", "there"])
    looks = {"poll_s": 2.0, "clock": time.clock, "pause": time.sleep}
    assert until(lambda: next(found), timeout_s=60, **looks) == "there"
    assert until(lambda: 0, timeout_s=5, **looks) == 0
    assert time.slept == [2, 2, 2, 2, 1]


def test_a_wait_for_heroku_says_what_did_not_end(api, time):
    with pytest.raises(HerokuError, match="Build 1 has not ended within 5 minutes"):
        wait_for(api, lambda: 1, lambda one: False, timeout_s=300, poll_s=60, what="Build 1")
    assert sum(time.slept) == 300
