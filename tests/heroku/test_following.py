"""A log that is followed: the lines that come, whatever becomes of the stream."""

from __future__ import annotations

import time

import pytest
from scripted import DROP, Answer
from test_traffic import request

from minion.errors import HerokuError
from minion.heroku import Heroku
from minion.heroku.logs import Followed

SESSIONS = "POST /apps/shop/log-sessions"
STREAM = "GET /stream"


def lines(*seconds, status=200):
    """A line for each, as server-sent events."""
    at = "2026-02-03T04:05:{:02}.5+00:00"
    told = [request(status, at=at.format(second)) for second in seconds]
    return Answer("".join(f"id: 1\ndata: {one}\n\n" for one in told).encode())


@pytest.fixture
def follow(heroku, server):
    """Follows until `count` lines have come, with these streams one after the other."""
    followed: list[Followed] = []

    def until(count, *streams):
        server.on(SESSIONS, Answer({"id": "s", "logplex_url": f"{server.url}/stream"}, 201))
        server.on(STREAM, *streams)
        taken: list[str] = []
        followed.append(heroku.logs.follow("shop", taken.append))
        deadline = time.monotonic() + 20
        while len(taken) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [line[17:19] for line in taken], followed[-1]

    yield until
    for one in followed:
        one.close()


def test_what_was_logged_before_is_no_news(follow, server):
    taken, _ = follow(2, lines(1, 2, 3))
    assert taken == ["02", "03"]
    (asked,) = server.asked(SESSIONS)[:1]
    assert asked.body == {"source": "heroku", "lines": 1, "tail": True}


@pytest.mark.parametrize("broken", [DROP, Answer({}, 500)], ids=str)
def test_a_stream_that_breaks_is_opened_again_and_nothing_comes_twice(follow, server, broken):
    taken, followed = follow(4, lines(1, 2, 3), broken, lines(2, 3, 4, 5))
    assert taken == ["02", "03", "04", "05"]
    assert followed.lost_s > 0.5
    assert server.asked(SESSIONS)[-1].body["lines"] == 1500


def test_a_stream_that_never_opens_is_known_by_its_error(follow, heroku, server):
    server.on(SESSIONS, Answer({"id": "forbidden", "message": "Not for you."}, 403))
    followed = heroku.logs.follow("shop", lambda line: None)
    deadline = time.monotonic() + 20
    while not followed.why and time.monotonic() < deadline:
        time.sleep(0.02)
    followed.close()
    assert "Not for you" in followed.why
    assert not followed.was_open


def test_lines_may_come_in_another_order(follow):
    assert follow(3, lines(1, 5, 4, 5))[0] == ["05", "04", "05"]


def test_the_token_goes_to_the_api_only(follow, server):
    follow(1, lines(1, 2))
    assert "Authorization" in server.asked(SESSIONS)[0].headers
    assert "Authorization" not in server.asked(STREAM)[0].headers


def test_how_it_was_is_read_once(heroku: Heroku, server):
    server.on(SESSIONS, Answer({"id": "s", "logplex_url": f"{server.url}/stream"}, 201))
    server.on(STREAM, lines(1, 2, 3))
    assert heroku.logs.seen_lately("shop").requests == 3
    assert server.asked(SESSIONS)[0].body == {"source": "heroku", "lines": 1500, "tail": False}


# Whether a site answers


@pytest.mark.parametrize("status", [200, 204, 404, 500, 503])
def test_a_site_s_answer_is_its_status(heroku: Heroku, server, status):
    server.on("GET /healthz", Answer({}, status))
    assert heroku.health.status(f"{server.url}/", "/healthz") == status
    (asked,) = server.asked("GET /healthz")
    assert "Authorization" not in asked.headers


def test_redirects_are_followed(heroku: Heroku, server):
    server.on("GET /healthz", Answer({}, 301, {"Location": "/health/"}))
    server.on("GET /health/", Answer({}))
    assert heroku.health.status(server.url, "/healthz") == 200


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "", "http://u:canary@127.0.0.1:1"])
def test_a_site_that_is_not_there_is_an_error_without_its_secrets(heroku: Heroku, url):
    with pytest.raises(HerokuError, match="did not answer") as caught:
        heroku.health.status(url, "/healthz?token=canary")
    assert "canary" not in str(caught.value)
