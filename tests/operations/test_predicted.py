"""How long a migration will take, by what it took on the environment below."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from minion.analyser.migrations import Finding, Kind, Reading
from minion.analyser.migrations.readings import classes
from minion.analyser.prediction import FIXED_S, Seen, seconds_over
from minion.deployments.record import FINISHED, MigrationTime, Record
from minion.operations.predicted import (
    beside_the_truth,
    prediction_lines,
    predictions,
    predictions_document,
    rows_worked_through,
)
from minion.operations.sizes import DatabaseLook, TableSize

BEGUN = datetime(2026, 11, 1, tzinfo=timezone.utc)
NAME = "shop.0004_index"


def reading(*, is_long=True, table="shop_order"):
    finding = Finding(
        line=3,
        operation="AddIndex shop.Order",
        kind=Kind.EXPAND,
        order_free=True,
        locks=is_long,
        irreversible=False,
        lossy=False,
        why="an index",
        tables=(table,),
    )
    return Reading(
        path="shop/migrations/0004_index.py",
        app_label="shop",
        name="0004_index",
        kind=Kind.EXPAND,
        order_free=True,
        locks=is_long,
        irreversible=False,
        lossy=False,
        findings=(finding,),
        why=("an index",),
        warnings=(),
        annotated=None,
        dependencies=(),
        replaces=(),
        is_atomic=True,
    )


def look(rows, table="shop_order"):
    return DatabaseLook("app", (TableSize(table, rows, 1000),))


def record(*runs):
    return Record("deploy", FINISHED, "uat", BEGUN, 60.0, migrations=runs)


def test_more_rows_take_longer_in_proportion():
    assert seconds_over(Seen(4.002, 900_000, "uat"), 1_800_000) == pytest.approx(8.002)
    assert seconds_over(Seen(4.0, 0, "uat"), 10) == 4.0
    assert seconds_over(Seen(4.0, 10, "uat"), 0) == 4.0
    assert seconds_over(Seen(FIXED_S / 2, 10, "uat"), 10_000) == FIXED_S / 2


def test_it_is_predicted_from_the_newest_run_below():
    older = record(MigrationTime(NAME, seconds=9.0, rows=10))
    newer = record(MigrationTime(NAME, seconds=4.1, rows=900_000, app="a"))
    records = [("uat v431", record()), ("uat v430", newer), ("uat v420", older)]
    (one,) = predictions([reading()], [look(1_800_000)], records)
    assert one.seconds == pytest.approx(8.198, abs=0.01)
    lines = "\n".join(prediction_lines([one], behind_page=True))
    assert "shop.0004_index: about 8.2 s (uat v430: 4.1 s over about 900 k rows" in lines
    assert "here 1.8 M)" in lines
    assert "the page: 8.2 s for these" in lines
    (entry,) = predictions_document([one])
    assert entry["rows_estimated"] == 1_800_000
    assert entry["seen"]["where"] == "uat v430"


def test_without_sizes_it_is_told_what_it_took():
    run = record(MigrationTime(NAME, seconds=4.1))
    (one,) = predictions([reading()], [], [("uat v430", run)])
    assert (one.seconds, one.rows) == (4.1, None)
    (lines,) = prediction_lines([one], behind_page=False)
    assert "(uat v430: 4.1 s)" in lines
    assert "page" not in lines


def test_of_several_apps_the_longest_run_counts_and_no_way_back():
    runs = record(
        MigrationTime(NAME, seconds=2.0, app="a"),
        MigrationTime(NAME, seconds=3.0, app="b"),
        MigrationTime(NAME, seconds=9.0, app="b", reverses=True),
    )
    (one,) = predictions([reading()], [], [("uat v430", runs)])
    assert one.seconds == 3.0


def test_what_was_never_seen_is_not_predicted():
    assert predictions([reading()], [look(5)], []) == ()
    assert predictions([reading()], [look(5)], [("uat v1", record())]) == ()
    assert list(prediction_lines((), behind_page=True)) == []


def test_rows_count_where_the_lock_lasts_as_long_as_the_table_is_large():
    assert rows_worked_through([reading()], [look(5), look(7)]) == {NAME: 7}
    assert rows_worked_through([reading(is_long=False)], [look(5)]) == {}
    assert rows_worked_through([reading()], [look(None)]) == {}
    assert classes([reading()], {NAME: 7}) == ((NAME, "expand", "", 7),)


def test_afterwards_both_are_told():
    run = record(MigrationTime(NAME, seconds=4.0, rows=10))
    found = predictions([reading()], [look(20)], [("uat v430", run)])
    real = record(MigrationTime(NAME, seconds=7.0))
    assert list(beside_the_truth(found, real)) == [
        "shop.0004_index took 7.0 s, predicted were about 8.0 s."
    ]
    assert list(beside_the_truth(found, None)) == []
