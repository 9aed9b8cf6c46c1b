"""minion.engine.recording: the record says where the time went, as the journal has it."""

from datetime import datetime, timedelta, timezone

import pytest

from minion.deployments.record import MigrationTime, PageTime, Released, StepTime
from minion.engine.journal import Entries
from minion.engine.operation import Before, Work
from minion.engine.recording import kind_of, record_of
from minion.operations.deploy import DeployRequest
from minion.options import Option
from minion.steps import (
    MaintenanceOff,
    MaintenanceOn,
    OldDynosGone,
    Promote,
    Push,
    ReadBack,
    RunCommand,
    TagRelease,
)

T0 = datetime(2026, 2, 3, 4, 5, tzinfo=timezone.utc)
STEPS = (
    MaintenanceOn("shop", found=False),
    RunCommand("shop", Option.MIGRATE, "migrate"),
    MaintenanceOff("shop", found=False),
    TagRelease("shop", "uat", "v{version}", "c" * 40, (), None),
)
MIGRATIONS = (("shop.0002", "breaking", "", 12), ("shop.0003", "unknown", "expand", None))


def record(*events, steps=STEPS, until=None, migrations=MIGRATIONS):
    """The record of events that are (seconds after the first, what, and more of it)."""
    entries = Entries({"who": "Ann <a@b>", "minion": "1.0.0"})
    for at, what, more in events:
        moment = (T0 + timedelta(seconds=at)).isoformat()
        number = more if isinstance(more, int) else 0
        more = more if isinstance(more, dict) else {}
        entries.take({"at": moment, "event": what, "step": number, **more})
    before = (Before("shop", 6, "b" * 40, 6),)
    work = Work(
        "deploy", DeployRequest("uat"), "p1", before, steps, "c" * 40, "push+migrate", migrations
    )
    end = None if until is None else T0 + timedelta(seconds=until)
    return record_of(work, entries, end)


def fact(kind, **facts):
    return {"kind": kind, "facts": facts}


PAGE_UP = fact("page", app="shop", up=True)
PAGE_DOWN = fact("page", app="shop", up=False)
APPLIED = fact("migration", app="shop", name="shop.0002", seconds=1.25, reverses=False)
MADE = fact("release", app="shop", version=7, status="succeeded")
TO_THE_TAG = (
    (0, "begun", 1),
    (1, "record", PAGE_UP),
    (1.5, "done", 1),
    (2, "begun", 2),
    (5, "record", APPLIED),
    (6, "done", 2),
    (6, "begun", 3),
    (7, "record", PAGE_DOWN),
    (7.5, "record", MADE),
    (8, "done", 3),
    (8, "begun", 4),
)


def test_what_a_tag_is_to_tell():
    made = record(*TO_THE_TAG, until=9)
    assert (made.outcome, made.begun, made.seconds, made.idle_s) == ("finished", T0, 9, 0)
    assert (made.operator, made.minion, made.options) == ("Ann <a@b>", "1.0.0", "push+migrate")
    assert made.steps == (
        StepTime("maintenance-on", "shop", 1.5),
        StepTime("migrate", "shop", 4),
        StepTime("maintenance-off", "shop", 2),
    )
    assert made.pages == (PageTime("shop", 6),)
    assert made.releases == (Released("shop", 7),)
    assert made.migrations == (
        MigrationTime("shop.0003", "unknown", "expand"),
        MigrationTime("shop.0002", "breaking", seconds=1.25, rows=12, app="shop"),
    )


def test_nothing_begun_is_nothing_to_tell():
    assert record() is None
    assert record((0, "closed", {"outcome": "not begun"})) is None


def test_nobody_s_time_counts_for_the_page_and_for_no_step():
    killed = (*TO_THE_TAG[:4], (4, "note", 2))
    later = [(at + 1000, what, more) for at, what, more in TO_THE_TAG[3:]]
    made = record(*killed, (1000, "resumed", {}), *later, until=1009)
    assert (made.seconds, made.idle_s, made.stopped) == (1009, 996, 1)
    assert made.steps[1] == StepTime("migrate", "shop", 2 + 4, stopped=1)
    assert made.pages == (PageTime("shop", 1006),)


def test_one_that_was_stopped_between_two_steps():
    later = [(at + 50, what, more) for at, what, more in TO_THE_TAG[3:]]
    made = record(*TO_THE_TAG[:3], (50, "resumed", {}), *later, until=60)
    assert (made.idle_s, made.stopped) == (48.5, 1)
    assert [one.stopped for one in made.steps] == [0, 0, 0]


@pytest.mark.parametrize(
    ("more", "outcome"),
    [([], "interrupted"), ([(9, "closed", {"outcome": "went back"})], "went back")],
)
def test_one_that_failed_keeps_its_page(more, outcome):
    made = record(*TO_THE_TAG[:4], (6, "failed", 2), *more)
    assert (made.outcome, made.failed_at) == (outcome, "migrate")
    assert made.steps[1] == StepTime("migrate", "shop", 4)
    assert made.pages == (PageTime("shop", 8 if more else 5, stays=True),)
    assert made.seconds == (9 if more else 6)


def test_one_that_was_killed_and_never_resumed():
    made = record(*TO_THE_TAG[:5])
    assert (made.outcome, made.failed_at) == ("interrupted", "migrate")
    assert made.steps[1] == StepTime("migrate", "shop", 3)


def test_what_failed_once_and_went_well_when_resumed_has_not_failed():
    rest = [(at + 10, what, more) for at, what, more in TO_THE_TAG[3:-1]]
    ended = [(30, "closed", {"outcome": "finished"})]
    made = record(*TO_THE_TAG[:4], (6, "failed", 2), (12, "resumed", {}), *rest, *ended)
    assert (made.outcome, made.failed_at, made.idle_s) == ("finished", "", 6)
    assert made.steps[1] == StepTime("migrate", "shop", 8)


def test_a_page_that_was_up_before_is_not_counted():
    steps = (MaintenanceOn("shop", found=True), STEPS[1], MaintenanceOff("shop", found=True))
    assert record(*TO_THE_TAG, steps=steps, until=9).pages == ()
    pushed = (Push("shop", "c", "u", 6, page=True, page_found=True), *STEPS[1:])
    assert record(*TO_THE_TAG, steps=pushed, until=9).pages == ()


def test_a_page_that_somebody_took_down_counts_as_up_meanwhile():
    events = [*TO_THE_TAG[:4], (3, "record", PAGE_UP), *TO_THE_TAG[4:]]
    assert record(*events, until=9).pages == (PageTime("shop", 6),)


def test_a_migration_of_which_nothing_was_read():
    found = fact("migration", app="shop", name="auth.0012", seconds=0.5, reverses=True)
    made = record((0, "begun", 2), (1, "record", found), (2, "done", 2), migrations=())
    assert made.migrations == (MigrationTime("auth.0012", seconds=0.5, app="shop", reverses=True),)


def test_a_migration_that_ran_in_two_databases():
    made = record((0, "begun", 2), (1, "record", APPLIED), (2, "record", APPLIED), (2, "done", 2))
    assert made.migrations[-1].seconds == 2.5


def test_a_clock_that_is_put_back_takes_no_time_away():
    made = record(
        (10, "begun", 1), (1, "record", PAGE_UP), (2, "done", 1), (0, "record", PAGE_DOWN)
    )
    assert made.steps[0].seconds == 0
    assert made.pages == (PageTime("shop", 0),)


def test_a_journal_without_times_tells_nothing():
    entries = Entries({})
    entries.take({"event": "begun", "step": 1})
    assert record_of(Work("deploy", DeployRequest("uat"), "p", (), STEPS), entries) is None


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (STEPS[0], "maintenance-on"),
        (STEPS[1], "migrate"),
        (STEPS[3], "tag-release"),
        (ReadBack("shop", "c"), "read-back"),
        (OldDynosGone("shop", preboot=False), "old-dynos-gone"),
        (Promote("a", "p", "s", "c", ("b",), ("i",), (1,)), "promote"),
    ],
)
def test_the_kinds(step, kind):
    assert kind_of(step) == kind
