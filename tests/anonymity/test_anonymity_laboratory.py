"""Dishonest anonymisers are found, and honest ones are let through; a few are drawn each time."""

import os
import random

import pytest
from laboratory import found_by
from laboratory_cases import DISHONEST
from laboratory_honest import HONEST

WHOLE = bool(os.environ.get("MINION_WHOLE"))
#: As many are drawn by the day's dice.
DRAWN = 24
#: Not found, and why nobody promises it.
MISSED: dict[str, str] = {}


def drawn(cases):
    return cases if WHOLE else random.Random(7).sample(cases, DRAWN)


@pytest.fixture(scope="module")
def told(server):
    names = {case.name for case in DISHONEST}
    cases = [*drawn(DISHONEST), *drawn(HONEST)]
    found = found_by(server, cases)
    wrong = [name for name in found if found[name] != (name in names)]
    print(f"\n{len(found)} cases, {len(wrong)} told wrong")
    for name in wrong:
        print(f"  {'missed' if name in names else 'refused'}: {name}")
    return found


@pytest.mark.parametrize("case", drawn(DISHONEST), ids=lambda case: case.name)
def test_what_is_left_is_found(told, case):
    assert told[case.name] is (case.name not in MISSED)


@pytest.mark.parametrize("case", drawn(HONEST), ids=lambda case: case.name)
def test_what_is_honest_is_let_through(told, case):
    assert not told[case.name]


def test_each_case_has_a_name_of_its_own():
    names = [case.name for case in (*DISHONEST, *HONEST)]
    assert len(names) == len(set(names))
    assert len(DISHONEST) >= 120
    assert len(HONEST) >= 60
    assert set(MISSED) <= set(names)
