"""The rules about migrations, shown by old and new code on a real PostgreSQL."""

from __future__ import annotations

import pytest
from trial_table import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_postgresql_shows_what_the_rules_say(trials, case):
    if case.missing:
        pytest.skip(case.missing)
    if case.extension and case.extension not in trials.extensions:
        pytest.skip(f"this PostgreSQL has no {case.extension}")

    measured = trials.measure(case.files)

    assert measured.kind == case.expected, measured
    assert not measured.impossible
    if measured.stopped is None:
        assert bool(measured.locks) == case.expected_locks, measured.locks
        assert bool(measured.irreversible) == case.irreversible, measured.irreversible
    if measured.kind != "breaking":
        assert bool(measured.hazards) == case.hazard, measured.hazards


def test_the_names_of_the_cases_are_different():
    assert len({case.name for case in CASES}) == len(CASES)
