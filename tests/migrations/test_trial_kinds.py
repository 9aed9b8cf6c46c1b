"""Releases of several migrations: what is read of them is what PostgreSQL shows, or more careful.

MINION_WHOLE in the environment tries many; without it a few.
"""

from __future__ import annotations

import collections
import os

import pytest
from hypothesis import HealthCheck, given, note, settings
from trial_grammar_kinds import Release, moved, python, refused, sql
from trial_measured import NotMigrations

from minion.analyser.migrations import Kind, read_migrations
from minion.analyser.migrations.verdicts import combine

EXAMPLES = int(os.environ.get("MIGRATION_TRIALS", "250" if os.environ.get("MINION_WHOLE") else "6"))
#: Of migrations that take away what is not there, as nobody's makemigrations makes them.
_NOT_MADE = ("ValueError: No ", "KeyError", "FieldDoesNotExist", "LookupError")
#: What was said beside what was measured, by kind of release.
TALLY: collections.Counter[tuple[str, str, str]] = collections.Counter()


@pytest.mark.parametrize("kind", [python, sql, moved, refused], ids=lambda kind: kind.__name__)
def test_nothing_is_promised_that_postgresql_does_not_keep(trials, kind):
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(release=kind())
    def tried(release: Release) -> None:
        check(trials, release)

    tried()
    if os.environ.get("MIGRATION_TALLY"):
        for (name, said, shown), count in sorted(TALLY.items()):
            if name == kind.__name__ or name.lower() == kind.__name__:
                print(f"{name:10} {said:10} {shown:10} {count}")


def _is_nonsense(release: Release, stopped: str) -> bool:
    """Whether the files take away what is not there, or SQL contradicts itself."""
    is_of_two = " ".join(release.files.values()).count("RunSQL") > 1
    contradicts = is_of_two and ("does not exist" in stopped or "already exists" in stopped)
    return stopped.startswith(_NOT_MADE) or (release.kind == "SQL" and contradicts)


def check(trials, release: Release) -> None:
    """What is said of a release, beside what it does."""
    tree = {path: text.encode() for path, text in release.files.items()}
    readings = read_migrations(tree, release.paths)
    for path in release.paths:
        note(release.files[path].partition("class Migration")[2])
    for one in readings:
        note(f"{one.path}: {one.kind} {one.why}")
    said, free = combine((one.kind, one.order_free) for one in readings)
    fails = [why for one in readings for why in one.fails]
    try:
        measured = trials.measure(release.files, release.new)
    except NotMigrations:
        return
    note(str(measured))
    if _is_nonsense(release, measured.stopped or ""):
        return
    shown = "stopped" if measured.stopped is not None else measured.kind
    TALLY[release.kind, "fails" if fails else str(said), shown] += 1
    if measured.stopped is not None:
        assert said not in (Kind.NEUTRAL, Kind.EXPAND), "it does not run"
        return
    assert not fails, "it runs"
    assert measured.old_works or said not in (Kind.NEUTRAL, Kind.EXPAND)
    needs_no_new = said in (Kind.NEUTRAL, Kind.CONTRACT) or (said is Kind.EXPAND and free)
    assert measured.new_works or not needs_no_new
    if said is not Kind.UNKNOWN:
        assert not measured.locks or any(one.locks for one in readings)
