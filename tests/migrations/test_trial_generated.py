"""Made-up migrations: the reader never promises what PostgreSQL does not keep.

MIGRATION_TRIALS in the environment says how many are tried; without it a few.
"""

from __future__ import annotations

import os

import django
from hypothesis import HealthCheck, given, note, settings
from trial_grammar import damaged, migrations
from trial_history import SECOND
from trial_measured import Measured, NotMigrations

from minion.analyser.migrations import Kind, Reading, read_migrations

EXAMPLES = int(os.environ.get("MIGRATION_TRIALS", "20"))

few = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def read(files: dict[str, str]) -> Reading:
    tree = {path: text.encode() for path, text in files.items()}
    (reading,) = read_migrations(tree, [SECOND])
    note(files[SECOND])
    note(f"{reading.kind} {reading.why}")
    return reading


def promises(reading: Reading) -> tuple[bool, bool]:
    """Whether it is said that old code works after the migration, new code before it."""
    old = reading.kind in (Kind.NEUTRAL, Kind.EXPAND)
    new = reading.kind in (Kind.NEUTRAL, Kind.CONTRACT)
    return old, new or (reading.kind is Kind.EXPAND and reading.order_free)


def check(reading: Reading, measured: Measured) -> None:
    """The promises that can be checked with any migration that runs."""
    note(str(measured))
    old, new = promises(reading)
    assert measured.old_works or not old
    assert measured.new_works or not new


def _is_for_good(measured: Measured) -> bool:
    """Whether there is no way back for any rows.

    That their values do not fit the old type, or are not different, is up to them.
    """
    told = measured.irreversible or ""
    return bool(told) and not told.startswith("DataError") and "unique index" not in told


@few
@given(files=migrations())
def test_no_promise_is_broken(trials, files):
    reading = read(files)
    measured = trials.measure(files)

    if measured.stopped is None:
        check(reading, measured)
        assert not measured.impossible
        # Django 4.2 makes some constraints anew that later ones leave alone.
        if django.VERSION >= (5, 0) and reading.kind is not Kind.UNKNOWN:
            assert reading.locks or not measured.locks
        assert reading.irreversible or not _is_for_good(measured)
    else:
        # What the rows there are do not allow is not for a reader of files to see.
        note(measured.stopped)
        assert not promises(reading)[0]


@few
@given(files=damaged())
def test_damaged_files_break_no_promise(trials, files):
    reading = read(files)
    try:
        measured = trials.measure(files)
    except NotMigrations:
        return
    if measured.stopped is None:
        check(reading, measured)
