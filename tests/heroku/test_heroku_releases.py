from __future__ import annotations

import datetime
import itertools
import threading
from typing import Any

import pytest
from scripted import DROP, Answer, Request, ScriptedServer, Time, release

from minion.errors import HerokuError, NotFound
from minion.heroku import Heroku
from minion.heroku.api import Api
from minion.heroku.release_output import ReleaseOutput
from minion.heroku.releases import Releases, find_current
from minion.heroku.wire import release_of

SHA = "0123456789abcdef0123456789abcdef01234567"
LIST = "GET /apps/shop/releases"


def test_the_newest_releases_come_first(heroku: Heroku, server: ScriptedServer) -> None:
    server.on(LIST, Answer([release(2, eligible_for_rollback=True), release(1)]))
    two, one = heroku.releases.newest("shop", n=2)
    assert (two.version, one.version) == (2, 1)
    assert two.created_at == datetime.datetime(2026, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
    assert (two.user, two.slug_id, two.eligible_for_rollback) == ("ada@example.com", "slug-2", True)
    headers = server.requests[0].headers
    assert headers["Range"] == "version ..; max=2, order=desc"
    assert headers["Accept"].endswith("version=3.sdk")


@pytest.mark.parametrize(
    ("releases", "version"),
    [
        ([release(3), release(2)], 3),
        ([release(3, "failed"), release(2), release(1)], 2),
        ([release(3, "pending"), release(2, "expired"), release(1)], 1),
        # A later release is succeeded, but Heroku says that an earlier one runs.
        ([release(3), release(2, current=True)], 2),
        ([release(3, "failed", current=True), release(2)], 2),
        ([release(3, slug=None), release(2, slug=None, oci_image={"id": "img"})], 2),
        ([release(1, slug=None)], None),
        ([], None),
    ],
)
def test_what_runs_is_not_simply_the_newest(
    heroku: Heroku, server: ScriptedServer, releases: list[Any], version: int | None
) -> None:
    server.on(LIST, Answer(releases))
    found = heroku.releases.current("shop")
    assert (found.version if found else None) == version
    assert find_current([release_of(one) for one in releases]) == found


def test_a_day_of_failed_releases_does_not_hide_what_runs(
    heroku: Heroku, server: ScriptedServer
) -> None:
    history = [*(release(number, "failed") for number in range(60, 30, -1)), release(30)]
    server.on(LIST, Answer(history[:25], 206), Answer(history))
    found = heroku.releases.current("shop")
    assert found is not None and found.version == 30


def test_pending_and_later_releases_are_found(heroku: Heroku, server: ScriptedServer) -> None:
    server.on(LIST, Answer([release(7, "pending")]))
    pending = heroku.releases.pending_release("shop")
    later = heroku.releases.newest_after("shop", 6)
    assert pending is not None and pending.version == 7
    assert later == pending
    assert heroku.releases.newest_after("shop", 7) is None
    server.on(LIST, Answer([release(7)]))
    assert heroku.releases.pending_release("shop") is None


def test_the_commit_comes_from_the_slug(heroku: Heroku, server: ScriptedServer) -> None:
    slug = {"id": "slug-7", "commit": SHA, "process_types": {"web": "gunicorn", "release": "./r"}}
    server.on("GET /apps/shop/slugs/slug-7", Answer(slug))
    seven = release_of(release(7, description="Deploy fffffff"))
    assert heroku.releases.commit_of("shop", seven) == SHA
    assert heroku.releases.process_types_of("shop", seven) == {"web": "gunicorn", "release": "./r"}
    assert len(server.requests) == 1


def test_the_commit_of_a_fir_app_comes_from_its_image(
    heroku: Heroku, server: ScriptedServer
) -> None:
    server.on("GET /apps/shop/oci-images/img", Answer([{"id": "img", "commit": SHA}]))
    artifacts = [{"type": "oci-image", "id": "img"}]
    for shown in ({"oci_image": {"id": "img"}}, {"artifacts": artifacts}):
        image = release_of(release(7, slug=None, **shown))
        assert heroku.releases.commit_of("shop", image) == SHA
        assert heroku.releases.process_types_of("shop", image) == {}


@pytest.mark.parametrize(
    "slug",
    [
        Answer({"commit": None}),
        Answer({"commit": "v1.2"}),
        Answer({"commit": SHA[:8]}),
        Answer({"commit": SHA + "\n"}),
        Answer({"id": "not_found"}, 404),
    ],
)
def test_what_is_no_git_commit_is_unknown(
    heroku: Heroku, server: ScriptedServer, slug: Answer
) -> None:
    server.on("GET /apps/shop/slugs/slug-7", slug)
    assert heroku.releases.commit_of("shop", release_of(release(7))) is None


def test_a_release_without_slug_has_no_commit(heroku: Heroku, server: ScriptedServer) -> None:
    assert heroku.releases.commit_of("shop", release_of(release(1, slug=None))) is None
    assert server.requests == []


def test_releases_are_made_again_and_rolled_back(heroku: Heroku, server: ScriptedServer) -> None:
    server.on("POST /apps/shop/releases", Answer(release(8, "pending"), 201))
    old = release_of(release(5))
    image = release_of(release(6, slug=None, oci_image={"id": "img"}))
    assert heroku.releases.create("shop", release=old, description="Deploy 5").version == 8
    assert heroku.releases.create("shop", release=image).status == "pending"
    assert heroku.releases.rollback("shop", old.id).version == 8
    assert [one.body for one in server.requests] == [
        {"slug": "slug-5", "description": "Deploy 5"},
        {"oci_image": "img"},
        {"release": "release-5"},
    ]
    with pytest.raises(HerokuError, match="v1 has nothing"):
        heroku.releases.create("shop", release=release_of(release(1, slug=None)))


def test_an_odd_answer_is_no_traceback(heroku: Heroku, server: ScriptedServer) -> None:
    server.on(LIST, Answer([{"id": "x"}]))
    with pytest.raises(HerokuError, match=r"a release is odd.*version"):
        heroku.releases.newest("shop")
    with pytest.raises(NotFound):
        heroku.releases.get("other", 3)


# Waiting


ONE = "GET /apps/shop/releases/7"


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_release_is_waited_for(api: Api, server: ScriptedServer, time: Time, status: str) -> None:
    server.on(ONE, Answer(release(7, "pending")), DROP, Answer(release(7, status)))
    ended = Releases(api).wait("shop", 7, timeout_s=600, poll_s=5)
    assert ended.status == status
    assert time.slept[0] == 5


def test_waiting_survives_an_outage_but_not_a_refusal(
    api: Api, server: ScriptedServer, time: Time
) -> None:
    asked = itertools.count()

    def broken_for_long(_: Request) -> Answer:
        return Answer({}, 503) if next(asked) < 12 else Answer(release(7))

    server.on(ONE, Answer(release(7, "pending")), broken_for_long)
    assert Releases(api).wait("shop", 7, timeout_s=600, poll_s=5).status == "succeeded"
    assert time.now - 1000 > 30
    server.on(ONE, Answer({"id": "forbidden", "message": "Not any more."}, 403))
    with pytest.raises(HerokuError, match="Not any more"):
        Releases(api).wait("shop", 7, timeout_s=600, poll_s=5)


def test_waiting_has_an_end(api: Api, server: ScriptedServer, time: Time) -> None:
    server.on(ONE, Answer(release(7, "pending")))
    with pytest.raises(HerokuError, match="v7 of shop has not ended within 10 minutes"):
        Releases(api).wait("shop", 7, timeout_s=600, poll_s=50)
    assert time.now - 1000 == 600


def test_the_output_of_the_release_phase_is_shown(heroku: Heroku, server: ScriptedServer) -> None:
    """Its URL is known late, may be 404 at first, and must not see the token."""
    running = release(7, "pending", output_stream_url=f"{server.url}/streams/7")
    is_read = threading.Event()

    def stream(_: Request) -> Answer:
        is_read.set()
        return Answer(b"\0Running\r\nmigr\xc3\xa9\n", headers={"Content-Type": "text/plain"})

    def state(_: Request) -> Answer:
        ended = {**running, "status": "failed"}
        return Answer(ended if is_read.is_set() else running)

    server.on(ONE, Answer(release(7, "pending")), state)
    server.on("GET /streams/7", Answer(b"", 404), stream)
    output: list[bytes] = []
    ended = heroku.releases.wait("shop", 7, timeout_s=30, poll_s=0.1, on_output=output.append)
    assert ended.status == "failed"
    assert b"".join(output) == "Running\nmigré\n".encode()
    assert len(server.asked("GET /streams/7")) == 2
    assert not any("Authorization" in one.headers for one in server.asked("GET /streams/7"))


def test_a_stream_that_never_comes_does_not_matter(heroku: Heroku, server: ScriptedServer) -> None:
    running = release(7, "pending", output_stream_url="http://127.0.0.1:1/streams/7")
    server.on(ONE, Answer(running), Answer({**running, "status": "succeeded"}))
    ended = heroku.releases.wait("shop", 7, timeout_s=30, poll_s=0.1, on_output=print)
    assert ended.status == "succeeded"


def read_stream(server: ScriptedServer) -> bytes:
    output: list[bytes] = []
    reader = ReleaseOutput(Api(server.url, "token"), output.append)
    reader.start(f"{server.url}/streams/7")
    reader.finish(20)
    return b"".join(output)


def broken_off(body: bytes, status: int = 200, kind: str = "text/plain") -> Answer:
    chunk = b"%x\r\n%s\r\n" % (len(body), body)
    headers = {"Content-Type": kind, "Transfer-Encoding": "chunked", "Connection": "close"}
    return Answer(chunk, status, headers)


@pytest.mark.parametrize("has_ranges", [True, False])
def test_a_broken_stream_is_taken_up_where_it_broke(
    server: ScriptedServer, has_ranges: bool
) -> None:
    rest = Answer(b"456789\n", 206) if has_ranges else Answer(b"0123456789\n", 200)
    server.on("GET /streams/7", broken_off(b"0123"), rest)
    assert read_stream(server) == b"0123456789\n"
    assert server.requests[1].headers["Range"] == "bytes=4-"


def test_nothing_behind_what_was_read_is_the_end(server: ScriptedServer) -> None:
    server.on("GET /streams/7", broken_off(b"all\n"), Answer(b"", 416))
    assert read_stream(server) == b"all\n"


def test_a_stream_of_events_is_taken_up_by_its_last_id(server: ScriptedServer) -> None:
    kind = "text/event-stream"
    first = b": hello\n\nid: 1\ndata: one\n\nid: 2\ndata:two\r\ndata: three\n\nid: 3\ndata: half"
    rest = b"id: 3\ndata: half\ndata: \n\nevent: eof\n\n"
    server.on(
        "GET /streams/7", broken_off(first, kind=kind), Answer(rest, headers={"Content-Type": kind})
    )
    assert read_stream(server) == b"one\ntwo\nthree\nhalf\n"
    assert server.requests[1].headers["Last-Event-Id"] == "2"
