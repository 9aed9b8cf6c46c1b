"""minion.steps.applied: which migrations ran, and how long, by what Django writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.steps.applied import LONGEST, Applied
from minion.steps.world import World

PLAIN = (
    b"Operations to perform:\n  Apply all migrations: shop\nRunning migrations:\n"
    b"  Applying shop.0002_more... OK\n  Applying auth.0012_far...filled 3 rows\n OK\n"
)
BOTH = ["shop.0002_more", "auth.0012_far"]


class Silent:
    def __init__(self):
        self.written = b""

    def output_bytes(self, chunk):
        self.written += chunk


def told(*chunks):
    world = World(None, None, Silent(), None)
    found = []
    world.record = lambda kind, **facts: found.append((kind, facts))
    # It is a second later whenever something arrives.
    now = iter(range(len(chunks)))
    watch = Applied(world, "shop-uat", lambda: next(now))
    for chunk in chunks:
        watch.write(chunk)
    assert world.console.written == b"".join(chunks)
    assert all(kind == "migration" and facts["app"] == "shop-uat" for kind, facts in found)
    return [facts for _, facts in found]


def test_the_time_between_its_two_words():
    found = told(b"  Applying shop.0002_more...", b"slow", b" OK\n  Applying shop.0003_x... OK\n")
    assert [(one["name"], one["seconds"]) for one in found] == [
        ("shop.0002_more", 2),
        ("shop.0003_x", 0),
    ]


@given(st.lists(st.integers(0, len(PLAIN)), max_size=6))
def test_however_it_arrives(cuts):
    places = [0, *sorted(cuts), len(PLAIN)]
    found = told(*(PLAIN[start:end] for start, end in zip(places, places[1:])))
    assert [one["name"] for one in found] == BOTH


@pytest.mark.parametrize(
    ("output", "seconds"),
    [
        (b"  Applying a.0001... OK (1.234s)\r\n", 1.234),
        (b"  Applying a.0001...\x1b[32;1m OK\x1b[0m\r\n", 0),
    ],
)
def test_django_s_own_time_colours_and_ends_of_lines(output, seconds):
    assert told(output)[0]["seconds"] == seconds


def test_one_that_is_taken_back():
    (found,) = told(b"  Unapplying shop.0003_x... OK\n")
    assert (found["name"], found["reverses"]) == ("shop.0003_x", True)


@pytest.mark.parametrize(
    "output",
    [
        b"  Applying shop.0002_more...Traceback (most recent call last):\n  boom\n",
        b"  Applying shop.0002_more... FAKED\n",
        b" OK\n",
        b"No migrations to apply.\n",
        b"Applying the brakes... OK\n",
    ],
)
def test_what_did_not_run_has_no_time(output):
    assert told(output) == []


def test_of_two_tries_the_second_counts():
    failed = b"  Applying shop.0002_more...django.db.utils.OperationalError: lock timeout\n"
    (found,) = told(failed, b"", b"", b"  Applying shop.0002_more...", b" OK\n")
    assert found["seconds"] == 1


def test_endless_output_is_not_kept():
    world = World(None, None, Silent(), None)
    watch = Applied(world, "a")
    for _ in range(100):
        watch.write(b"x" * 1000)
    assert len(watch._rest) <= LONGEST
