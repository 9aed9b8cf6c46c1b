"""minion.heroku.traffic: lines of Heroku's log, counted."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.heroku.traffic import Seen, Traffic, seen_lately, time_of

AT = "2026-02-03T04:05:06.000001+00:00"


def request(status=200, *, ms=18, code="", path="/", fwd="10.0.0.1", at=AT, dyno="web.1"):
    head = f'at=error code={code} desc="Whatever it is" ' if code else "at=info "
    return (
        f'{at} heroku[router]: {head}method=GET path="{path}" host=shop.example.com '
        f'request_id=4f1 fwd="{fwd}" dyno={dyno} connect=0ms service={ms}ms status={status} '
        "bytes=12 protocol=https"
    )


def seen(*lines):
    traffic = Traffic()
    for line in lines:
        traffic.take(line)
    return traffic.seen()


def test_requests_are_counted_by_status_and_time():
    found = seen(*[request(ms=n) for n in range(1, 100)], request(503, ms=30000, code="H12"))
    assert (found.requests, found.errors, found.share) == (100, 1, 0.01)
    assert (found.median_ms, found.p95_ms) == (50, 95)
    assert found.codes == (("H12", 1),)


def test_nothing_is_known_of_times_without_requests():
    assert seen() == Seen()
    assert seen().share is seen().p95_ms is None


@pytest.mark.parametrize(
    ("sock", "code", "status", "errors"), [("backend", "H18", 503, 1), ("client", "H27", 499, 0)]
)
def test_a_connection_that_broke_is_a_request_too(sock, code, status, errors):
    """With whose connection it was before all else (Dev Center: Heroku Error Codes, H18, H27)."""
    found = seen(request(status, code=code).replace("at=error", f"sock={sock} at=warning"))
    assert (found.requests, found.errors, found.codes) == (1, errors, ((code, 1),))


def test_the_page_and_those_who_went_away_are_no_errors():
    found = seen(request(503, code="H80"), request(499, code="H27"), request(404))
    assert (found.requests, found.errors) == (2, 0)


@pytest.mark.parametrize(
    ("dyno", "text", "codes", "crashed"),
    [
        ("web.1", "State changed from up to crashed", (), (("web", 1),)),
        ("worker.2", "State changed from starting to crashed", (), (("worker", 1),)),
        ("run.77", "State changed from up to crashed", (), ()),
        ("web.1", "State changed from starting to up", (), ()),
        ("web.1", "Process exited with status 1", (), ()),
        ("web.1", "Error R14 (Memory quota exceeded)", (("R14", 1),), ()),
        ("web.1", "source=web.1 sample#memory_total=21.00MB", (), ()),
    ],
)
def test_dynos_are_heard(dyno, text, codes, crashed):
    found = seen(f"{AT} heroku[{dyno}]: {text}")
    assert (found.codes, found.crashed) == (codes, crashed)


@given(st.text(), st.text())
def test_others_decide_nothing_by_what_they_ask_for(path, fwd):
    """Neither by a path nor by a header: of both the router cuts nothing but the quotes."""
    path, fwd = (text.replace('"', "%22").replace("\n", "") for text in (path, fwd))
    found = seen(request(200, path=f"/{path} status=500 service=9ms", fwd=f"{fwd} status=503"))
    assert (found.requests, found.errors, found.p95_ms) == (1, 0, 18)


def test_a_quote_in_a_header_decides_nothing_either():
    assert seen(request(200, fwd='1" status=500 code=H12 "')).errors == 0


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no line at all",
        f"{AT} app[web.1]: at=error code=H12 status=503 service=1ms",
        f"{AT} app[web.1]: State changed from up to crashed",
        f"{AT} heroku[router]: at=info",
        f"{AT} heroku[api]: Deploy 1234567 by user ada@example.com",
    ],
)
def test_what_is_no_line_of_herokus_about_it_counts_for_nothing(line):
    assert seen(line) == Seen()


def test_only_the_latest_ten_minutes_are_what_it_was_like_before():
    lines = [
        request(503, at="2026-02-03T04:00:00Z"),
        "a line without a time",
        request(200, at="2026-02-03T04:15:00.5Z"),
        request(200, at="2026-02-03T04:20:00+00:00"),
    ]
    found = seen_lately(lines)
    assert (found.requests, found.errors) == (2, 0)
    assert seen_lately([]) == Seen()


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-02-03T04:05:06+00:00 x", 0),
        ("2026-02-03T04:05:06Z x", 0),
        ("2026-02-03T04:05:06.5Z x", 500_000),
        ("2026-02-03T04:05:06.123456+00:00 x", 123_456),
        ("2026-02-03T05:05:06.123456789+01:00 x", 123_456),
    ],
)
def test_times_are_read_however_many_digits_they_have(text, microsecond):
    at = time_of(text)
    assert at == datetime(2026, 2, 3, 4, 5, 6, microsecond, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-02-03", "2026-02-03T04:05:06 x", "2026-99-03T04:05:06Z"]
)
def test_what_is_no_time_is_none(text):
    assert time_of(text) is None


def test_a_journal_can_keep_it():
    found = seen(request(503, code="H12"), f"{AT} heroku[web.1]: State changed from up to crashed")
    kept = json.loads(json.dumps(dataclasses.asdict(found)))
    assert Seen.of(kept) == found
