"""Dates that were moved by as much in every row are found; dates of each row's own are not."""

from datetime import date, timedelta

import pytest
from anonymity_shop import found_in, judged, memory_of
from postgres_server import execute

from minion.privacy import prove
from minion.privacy.proof.moved import Moves, day_of

PEOPLE = """
CREATE TABLE {table} (id serial PRIMARY KEY, {column});
INSERT INTO {table} SELECT n, {value} FROM generate_series(1, 200) n;
"""
DAY = "(date '1950-01-01' + abs(hashtext('b' || n)) % 18000)"
DATE, TIME, TEXT = (
    ("birth_date date", DAY),
    ("birth_date timestamptz", DAY),
    ("birth_date text", f"to_char({DAY}, 'DD.MM.YYYY')"),
)
MOVED = {
    "by_days": (DATE, "birth_date + 37"),
    "by_days_back": (DATE, "birth_date - 1000"),
    "by_a_month": (DATE, "birth_date + interval '1 month'"),
    "by_a_year": (DATE, "birth_date - interval '1 year'"),
    "by_two_constants": (DATE, "birth_date + CASE WHEN id % 3 = 0 THEN 11 ELSE 37 END"),
    "most_rows": (DATE, "CASE WHEN id % 4 = 0 THEN NULL ELSE birth_date + 37 END"),
    "points_in_time": (TIME, "birth_date + interval '37 days'"),
    "texts": (TEXT, "to_char(to_date(birth_date, 'DD.MM.YYYY') + 37, 'YYYY-MM-DD')"),
}
HONEST = {
    "one_for_all": (DATE, "date '1980-01-01'"),
    "one_for_all_points": (TIME, "timestamptz '1980-01-01'"),
    "emptied": (DATE, "NULL"),
    "to_the_month": (DATE, "date_trunc('month', birth_date)"),
    "to_the_year": (DATE, "date_trunc('year', birth_date)"),
    "drawn_anew": (DATE, "date '1950-01-01' + abs(hashtext('n' || id)) % 18000"),
    "each_its_own": (DATE, "birth_date + 1 + abs(hashtext('s' || id)) % 60"),
    "by_the_row": (DATE, "date '1950-01-01' + id"),
    "few_of_few": (("birth_date date", "date '1980-01-01' + n % 2"), "date '1990-01-01'"),
}
ALL = {**MOVED, **HONEST}


@pytest.fixture(scope="module")
def found(server):
    filled = [
        PEOPLE.replace("{table}", table).replace("{column}", column).replace("{value}", value)
        for table, ((column, value), _) in ALL.items()
    ]
    source, target = server.make(*filled), server.make(*filled)
    memory = memory_of(source, pii=("*.birth_date",))
    execute(target, *(f"UPDATE {table} SET birth_date = {ALL[table][1]}" for table in ALL))
    return found_in(prove([memory], target, judged(target)))


@pytest.mark.parametrize("table", MOVED)
def test_dates_moved_alike_are_found(found, table):
    assert f"{table}.birth_date" in found


@pytest.mark.parametrize("table", HONEST)
def test_dates_of_their_own_are_let_through(found, table):
    assert f"{table}.birth_date" not in found


def moved_by(distances):
    moves = Moves()
    for n, days in enumerate(distances):
        day = date(1950, 1, 1) + timedelta(days=n * 101)
        moves.see(day.toordinal(), day.toordinal() + days)
    return moves.alike


def test_few_rows_prove_nothing_and_a_tenth_may_differ():
    assert moved_by([37] * 4) == 0
    assert moved_by([37] * 5) == 5
    assert moved_by([37] * 18 + [1, 2]) == 18
    assert moved_by([37] * 8 + list(range(1, 9))) == 0
    assert moved_by([37] * 20 + list(range(100, 120))) == 20
    assert moved_by([0] * 50) == 0


def test_days():
    assert day_of("1950-01-02") == day_of("1950-01-01 00:00:00+00") + 1
    assert day_of("infinity") == day_of("12345-01-01") == day_of("") == 0
