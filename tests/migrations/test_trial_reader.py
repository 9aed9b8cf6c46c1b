"""The reader says what the rules say; `test_trial_rules` shows that they are right."""

from __future__ import annotations

import pytest
from trial_table import CASES

from minion.analyser.migrations import Kind, Reading, read_migrations


def read(case) -> Reading:
    """What is said of the migration under trial."""
    tree = {path: text.encode() for path, text in case.files.items()}
    (reading,) = read_migrations(tree, [list(tree)[-1]])
    return reading


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_class_is_the_measured_one(case):
    reading = read(case)
    said = reading.kind.value + ("*" if reading.kind is Kind.EXPAND and reading.order_free else "")

    assert said in {case.kind, *case.reader}, reading.why


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_locks_are_said(case):
    expected = {case.locks}
    if case.locks_4_2 is not None:
        expected.add(case.locks_4_2)

    if case.careful:
        expected.add(True)

    assert read(case).locks in expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_said_whether_there_is_a_way_back(case):
    assert read(case).irreversible == case.irreversible


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.hazard], ids=lambda case: case.name
)
def test_rows_that_cannot_be_deleted_are_warned_of(case):
    assert any("delete" in warning for warning in read(case).warnings)
