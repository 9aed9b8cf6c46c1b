"""The visitors themselves: a shop of a few lines fails in every way, and they must tell."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from load import Load
from loadreport import (
    BROKEN,
    ERROR,
    OK,
    PAGE,
    REFUSED,
    Answer,
    Edit,
    Kept,
    judge,
    lost,
    make_report,
    stretches,
)

NOTHING = Kept(frozenset(), {})
PAGE_TEXT = "<h1>Offline for Maintenance</h1>"


class Till:
    """A shop on loopback. `mood` says how it answers; it keeps what it has accepted."""

    def __init__(self) -> None:
        self.mood = "well"
        self.addresses: set[str] = set()
        self.notes: dict[int, str] = {}
        till = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                till.answer(self, "")

            def do_POST(self) -> None:
                till.answer(self, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler, body: str) -> None:
        moods = {"maintenance": (503, PAGE_TEXT), "crashed": (503, "Application error")}
        if self.mood == "hangs up":
            request.close_connection = True
            return
        status, text = moods.get(self.mood) or self.serve(request, body)
        request.send_response(status)
        if request.command == "GET":
            request.send_header("Set-Cookie", "messages=one; Path=/")
            request.send_header("Set-Cookie", "csrftoken=abc; Path=/")
        request.end_headers()
        request.wfile.write(text.encode())

    def serve(self, request: BaseHTTPRequestHandler, body: str) -> tuple[int, str]:
        if request.path == "/orders/new":
            if self.mood != "forgetful":
                self.addresses.add(json.loads(body)["address"])
            return 201, "{}"
        if request.command == "POST":
            if "csrftoken=abc" not in request.headers["Cookie"]:
                return 403, "no cookie"
            if request.headers["X-CSRFToken"] != "abc":
                return 403, "no token"
            key = int(request.path.split("/")[2])
            if self.mood != "forgetful":
                self.notes[key] = parse_qs(body)["notes"][0]
            return 302, ""
        return 200, "<p>A page</p>"

    def kept(self) -> Kept:
        return Kept(frozenset(self.addresses), dict(self.notes))


@pytest.fixture
def till() -> Iterator[Till]:
    till = Till()
    yield till
    till.server.shutdown()
    till.thread.join()
    till.server.server_close()


def visitors(till: Till, **more: object) -> Load:
    return Load(till.url, clients=4, pause_s=0.001, customers=range(1, 9), **more)  # type: ignore[arg-type]


def test_a_good_shop_serves_everybody(till: Till) -> None:
    load = visitors(till)
    with load:
        load.wait_for(OK, 200)
    report = load.report(till.kept())
    assert report.failed == 0
    assert report.requests >= 200
    assert report.lost == ()
    assert report.writes >= len(till.addresses) > 20
    assert till.notes
    assert 0 < report.median_s <= report.p99_s < report.seconds
    whats = {answer.what.split("?")[0] for answer in load.answers}
    assert {"GET /", "GET /customers/", "POST /orders/new"} < whats


@pytest.mark.parametrize(
    ("mood", "outcome"), [("maintenance", PAGE), ("crashed", ERROR), ("hangs up", BROKEN)]
)
def test_failures_are_told_apart_and_never_tried_again(till: Till, mood: str, outcome: str) -> None:
    load = visitors(till)
    with load:
        load.wait_for(OK, 40)
        till.mood = mood
        load.wait_for(outcome, 40)
        till.mood = "well"
        load.wait_for(OK, 40)
    report = load.report(till.kept())
    assert set(report.outcomes) == {OK, outcome}
    assert report.failed == report.outcomes[outcome] >= 40
    assert report.lost == ()
    assert report.pages == (1 if outcome == PAGE else 0)
    assert (report.page_s > 0) is (outcome == PAGE)
    assert report.broken == (0 if outcome == PAGE else report.failed)
    assert bool(report.examples) is (outcome != PAGE)


def test_what_a_shop_accepts_and_forgets_is_lost(till: Till) -> None:
    load = visitors(till, mark="forgotten")
    with load:
        load.wait_for(OK, 60)
        assert till.addresses
        till.mood = "forgetful"
        load.wait_for(OK, 60)
    report = load.report(till.kept())
    assert report.failed == 0
    assert 0 < len(report.lost) < report.writes
    assert all(mark.startswith("load-forgotten-") for mark in report.lost)
    assert any(f"{len(report.lost)} of {report.writes}" in line for line in report.lines())


def test_the_same_seed_makes_the_same_visits(till: Till) -> None:
    begun = []
    for _ in range(2):
        load = Load(till.url, clients=1, pause_s=0, customers=range(1, 9), seed=3)
        with load:
            load.wait_for(OK, 50)
        begun.append([answer.what for answer in load.answers[:50]])
    assert begun[0] == begun[1]
    other = Load(till.url, clients=1, pause_s=0, customers=range(1, 9), seed=4)
    with other:
        other.wait_for(OK, 50)
    assert [answer.what for answer in other.answers[:50]] != begun[0]


def test_waiting_for_what_never_comes_ends(till: Till) -> None:
    load = visitors(till)
    with load, pytest.raises(TimeoutError, match="page"):
        load.wait_for(PAGE, timeout_s=0.1)


def test_nobody_listening_is_a_connection_error(till: Till) -> None:
    till.server.shutdown()
    till.server.server_close()
    load = visitors(till)
    with load:
        load.wait_for(BROKEN, 5)
    assert set(load.report(NOTHING).outcomes) == {BROKEN}
    till.thread.join()


@pytest.mark.parametrize(
    ("status", "text", "success", "outcome"),
    [
        (200, "", 200, OK),
        (201, "", 201, OK),
        (503, PAGE_TEXT, 200, PAGE),
        (503, "Application error", 200, ERROR),
        (500, PAGE_TEXT, 200, ERROR),
        (404, "", 200, REFUSED),
        (200, "the form again, with its errors", 302, REFUSED),
    ],
)
def test_an_answer_is_judged(status: int, text: str, success: int, outcome: str) -> None:
    assert judge(status, text, success) == outcome


def answers(*outcomes: str) -> list[Answer]:
    """One a second, each of which takes half a second."""
    return [Answer("GET /", each, float(n), n + 0.5) for n, each in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("outcomes", "found"),
    [
        ((OK, OK), []),
        ((OK, PAGE, OK), [(1.0, 1.5)]),
        ((OK, PAGE, PAGE, PAGE, OK, PAGE), [(1.0, 3.5), (5.0, 5.5)]),
        ((PAGE, ERROR, PAGE, OK), [(0.0, 0.5), (2.0, 2.5)]),
    ],
)
def test_the_page_lasts_from_its_first_answer_to_its_last(
    outcomes: tuple[str, ...], found: list[tuple[float, float]]
) -> None:
    assert list(stretches(answers(*outcomes))) == found


def test_an_answer_that_overlaps_with_the_page_does_not_end_it() -> None:
    seen = [
        Answer("GET /", PAGE, 0.0, 1.0),
        Answer("GET /", OK, 0.5, 0.7),
        Answer("GET /", PAGE, 0.8, 1.2),
        Answer("GET /", OK, 1.3, 2.0),
        Answer("GET /", PAGE, 1.5, 1.8),
        Answer("GET /", OK, 3.0, 3.1),
        Answer("GET /", PAGE, 3.2, 3.3),
    ]
    assert list(stretches(seen)) == [(0.0, 1.8), (3.2, 3.3)]


@pytest.mark.parametrize(
    ("edits", "note", "gone"),
    [
        ([("a", True)], "a", []),
        ([("a", True)], "", ["a"]),
        ([("a", True), ("b", True)], "b", []),
        ([("a", True), ("b", True)], "a", ["b"]),
        # Nobody knows whether b was written; either is right.
        ([("a", True), ("b", False)], "a", []),
        ([("a", True), ("b", False)], "b", []),
        ([("b", False), ("a", True)], "b", ["a"]),
        ([("a", False)], "", []),
    ],
)
def test_an_edit_is_lost_when_an_older_one_is_found(
    edits: list[tuple[str, bool]], note: str, gone: list[str]
) -> None:
    tried = [Edit(7, mark, accepted) for mark, accepted in edits]
    assert list(lost(tried, Kept(frozenset(), {7: note}))) == gone


def test_a_report_adds_up() -> None:
    report = make_report(
        answers(OK, PAGE, PAGE, ERROR, BROKEN, OK),
        ["one", "two"],
        [Edit(1, "three", True), Edit(2, "four", False)],
        Kept(frozenset({"one"}), {1: "three"}),
        began=0.0,
        ended=10.0,
    )
    assert (report.requests, report.failed, report.broken) == (6, 4, 2)
    assert (report.pages, report.page_s) == (1, 1.5)
    assert (report.writes, report.lost) == (3, ("two",))
    assert (report.median_s, report.p99_s) == (0.5, 0.5)
    assert report.examples[0] == "after 3.00 s, GET /: error "


def test_no_answers_make_an_empty_report() -> None:
    report = make_report([], [], [], NOTHING, began=0.0, ended=0.0)
    assert (report.requests, report.failed, report.p99_s) == (0, 0, 0.0)
    assert report.lines()
