"""minion.steps.judging: when a release is worse, and how what was seen is told."""

from __future__ import annotations

import random

import pytest

from minion.heroku.traffic import Seen
from minion.steps.judging import chance_of, told, worse


def why(seen, before=None, limit=0.01, *, is_over=True):
    return list(worse("shop", seen, before, limit, is_over=is_over))


@pytest.mark.parametrize(
    ("errors", "requests", "share", "chance"),
    [
        (0, 0, 0.01, 1.0),
        (1, 100, 0.01, 1.0),
        (1, 1, 0.5, 0.5),
        (2, 2, 0.5, 0.25),
        (2, 3, 0.5, 0.5),
        (10, 200, 0.01, 4e-5),
        (1, 10, 0.0, 0.0),
    ],
)
def test_chance_is_that_of_a_coin(errors, requests, share, chance):
    assert chance_of(errors, requests, share) == pytest.approx(chance, rel=0.1)


def test_many_requests_are_no_effort():
    assert chance_of(20_000, 1_000_000, 0.01) == 0.0
    assert chance_of(10_100, 1_000_000, 0.01) == pytest.approx(0.158, abs=0.02)


def test_five_percent_is_noticed_within_two_hundred_requests():
    assert why(Seen(requests=200, errors=10), is_over=False)
    (line,) = why(Seen(1204, 62, codes=(("H12", 40), ("H13", 2))), Seen(900, 1))
    assert line == (
        "shop: 5.1 % of 1,204 requests were answered with 5xx (1 % may be, 0.1 % before), "
        "40 H12, 2 H13"
    )


@pytest.mark.parametrize(
    "seen",
    [Seen(), Seen(3, 1), Seen(1000, 10), Seen(1000, 12), Seen(100, 3)],
)
def test_few_errors_are_chance(seen):
    assert why(seen) == []


def test_what_was_as_bad_before_is_not_worse():
    assert why(Seen(1000, 40), Seen(1000, 40)) == []
    assert why(Seen(1000, 90), Seen(1000, 40))
    assert why(Seen(1000, 40), Seen(2, 1)), "two requests tell nothing of before"


def test_a_release_that_is_good_enough_is_never_found_worse():
    """Asked every second for a minute, with a third of what is allowed."""
    chance = random.Random(4)
    for _ in range(200):
        requests = errors = 0
        for second in range(1, 61):
            requests += 20
            errors += sum(chance.random() < 0.003 for _ in range(20))
            assert why(Seen(requests, errors), is_over=second == 60) == []


def test_a_crash_is_worse_where_nothing_crashed_before():
    (line,) = why(Seen(crashed=(("worker", 2),)))
    assert line == "shop: worker crashed 2 times; look: heroku logs -a shop -d worker"
    assert why(Seen(crashed=(("worker", 2),)), Seen(crashed=(("worker", 1),))) == []
    assert why(Seen(crashed=(("worker", 1),)), Seen(crashed=(("web", 1),)))


@pytest.mark.parametrize(
    ("seen", "before", "said"),
    [
        (
            Seen(1204, 1, 90, 180),
            Seen(1000, 1, 80, 175),
            "60 s: 1,204 requests, 0.1 % 5xx (before 0.1 %), p95 180 ms (before 175 ms)",
        ),
        (Seen(1, 0, 5, 5), None, "60 s: 1 request, 0 % 5xx, p95 5 ms"),
        (Seen(), Seen(), "60 s: 0 requests"),
        (
            Seen(2, 1, 5, 6, (("H10", 1),), (("web", 1),)),
            Seen(),
            "60 s: 2 requests, 50 % 5xx, p95 6 ms, 1 H10, web crashed once",
        ),
    ],
)
def test_what_was_seen_is_one_line(seen, before, said):
    assert told(60, seen, before) == said
