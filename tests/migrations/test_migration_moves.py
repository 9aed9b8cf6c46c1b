"""Models that move between apps and keep their table: judged by what the database sees."""

from __future__ import annotations

import pytest
from migration_text import text

from minion.analyser.migrations import Kind, read_migrations, schedule

FIELDS = '[("id", models.BigAutoField(primary_key=True))]'
MAKE = f'migrations.CreateModel("Book", {FIELDS}, options={{"db_table": "old_book"}})'
DROP = 'migrations.DeleteModel("Book")'
STATE = "migrations.SeparateDatabaseAndState(state_operations=[{}])"
OLD = {
    "old/migrations/0001_initial.py": text(f'migrations.CreateModel("Book", {FIELDS})', needs=""),
    "new/migrations/0001_initial.py": text("", needs=""),
}
NEW_PATH, OLD_PATH = "new/migrations/0002_book.py", "old/migrations/0002_book.py"


def moved(make: str, drop: str, *, first: str):
    """The readings by app of a release in which one app makes and the other one drops."""
    needs = {
        "new": '("new", "0001_initial")' + (', ("old", "0002_book")' if first == "old" else ""),
        "old": '("old", "0001_initial")' + (', ("new", "0002_book")' if first == "new" else ""),
    }
    tree = {
        **OLD,
        NEW_PATH: text(make, needs=needs["new"]),
        OLD_PATH: text(drop, needs=needs["old"]),
    }
    readings = read_migrations(tree, [NEW_PATH, OLD_PATH])
    return {reading.app_label: reading for reading in readings}, schedule(readings)


@pytest.mark.parametrize("first", ["new", "old"])
def test_in_the_state_alone_nothing_happens(first):
    found, plan = moved(STATE.format(MAKE), STATE.format(DROP), first=first)
    assert {reading.kind for reading in found.values()} == {Kind.NEUTRAL}
    assert not plan.needs_page


@pytest.mark.parametrize("first", ["new", "old"])
def test_a_table_that_is_made_and_kept_is_there_already(first):
    found, plan = moved(MAKE, STATE.format(DROP), first=first)
    assert found["new"].kind is Kind.BREAKING
    assert "old_book" in found["new"].fails[0]
    assert any("state" in finding.advice for finding in found["new"].findings)
    assert plan.needs_page


@pytest.mark.parametrize("first", ["new", "old"])
def test_a_table_that_is_dropped_under_its_new_model_breaks(first):
    found, plan = moved(STATE.format(MAKE), DROP, first=first)
    later = found["old" if first == "new" else "new"]
    assert later.kind is Kind.BREAKING
    assert "old_book" in " ".join(later.why)
    assert plan.needs_page


def test_dropped_and_made_anew_breaks():
    found, plan = moved(MAKE, DROP, first="old")
    assert found["new"].kind is Kind.BREAKING
    assert "rows are lost" in " ".join(found["new"].why)
    assert plan.needs_page
    found, _ = moved(MAKE, DROP, first="new")
    assert "has the table old_book already" in found["new"].fails[0]


def test_the_new_app_may_have_had_it_for_long():
    """The other app has nothing new in this release."""
    tree = {
        **OLD,
        NEW_PATH: text(STATE.format(MAKE), needs='("new", "0001_initial")'),
        OLD_PATH: text(DROP, needs='("old", "0001_initial")'),
    }
    (reading,) = read_migrations(tree, [OLD_PATH])
    assert reading.kind is Kind.BREAKING
    assert "new.Book" in " ".join(reading.why)


def test_a_table_that_is_renamed_with_its_model_breaks_as_before():
    rename = (
        "migrations.SeparateDatabaseAndState("
        'database_operations=[migrations.AlterModelTable("Book", "new_book")], '
        f"state_operations=[{DROP}])"
    )
    make = STATE.format(f'migrations.CreateModel("Book", {FIELDS})')
    found, _ = moved(make, rename, first="old")
    assert (found["old"].kind, found["new"].kind) == (Kind.BREAKING, Kind.NEUTRAL)
    assert found["new"].fails == ()


@pytest.mark.parametrize(
    "later",
    ['migrations.RunSQL("DROP TABLE old_book", "")', "migrations.RunPython(tidy, tidy)", "x()"],
)
def test_a_table_that_something_unread_may_have_dropped_can_be_made_again(later):
    tree = {
        **OLD,
        OLD_PATH: text(STATE.format(DROP), needs='("old", "0001_initial")'),
        "old/migrations/0003_tidy.py": text(
            later, needs='("old", "0002_book")', above="def tidy(apps, editor): pass\n"
        ),
        "old/migrations/0004_again.py": text(MAKE, needs='("old", "0003_tidy")'),
    }
    (reading,) = read_migrations(tree, ["old/migrations/0004_again.py"])
    assert reading.kind is Kind.EXPAND
    del tree["old/migrations/0003_tidy.py"]
    tree["old/migrations/0004_again.py"] = text(MAKE, needs='("old", "0002_book")')
    (reading,) = read_migrations(tree, ["old/migrations/0004_again.py"])
    assert reading.fails


def test_a_model_that_is_not_djangos_to_make_takes_no_table():
    view = MAKE.replace('"db_table"', '"managed": False, "db_table"')
    found, _ = moved(view, STATE.format(DROP), first="new")
    assert found["new"].kind is Kind.NEUTRAL
