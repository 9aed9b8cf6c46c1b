"""What is made of a measurement: classes, and readings beside them. Documents are data here."""

from __future__ import annotations

import pytest
from builders import INITIAL, TARGET

from minion.analyser.between import what_is_hidden
from minion.analyser.changes import analyse
from minion.analyser.code import Code
from minion.analyser.measured import is_wanted, judge, measured_code, with_measured
from minion.analyser.measured.nameless import nameless
from minion.analyser.migrations import Kind, read_migrations
from minion.analyser.report import migration_lines, migrations_document
from minion.engine.encoding import identifier
from minion.git.records import Change

PATH = "shop/migrations/0002_more.py"


def seen(**more):
    trace = {
        "seconds": 0.01,
        "statements": 2,
        "changing": 1,
        "changes_shape": True,
        "locks": {"shop_book": "AccessExclusiveLock"},
        "rewritten": [],
        "indexed": [],
        "scanned": [],
        "held": [],
        "rows": {},
        "touched": ["shop_book"],
        **more.pop("trace", {}),
    }
    return {
        "app": "shop",
        "name": "0002_more",
        "path": PATH,
        "atomic": True,
        "dependencies": [["shop", "0001_initial"]],
        "failed": None,
        "fails_on_rows": None,
        "rows": "many",
        "old_breaks": {},
        "new_breaks": {},
        "tried": 40,
        "untried": {},
        "reverse": None,
        "reverse_breaks": {},
        "trace": trace,
        **more,
    }


def document(*migrations, **more):
    found = {"network": "cut off", "new_code": {}, "migrations": list(migrations)}
    return {**found, **more}


def reading(operations):
    text = (
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('shop', '0001_initial')]\n"
        f"    operations = [{operations}]\n"
    ).encode()
    tree = {"shop/migrations/0001_initial.py": INITIAL, PATH: text}
    old = {path: tree[path] for path in tree if path != PATH}
    packages = {"shop", "shop/migrations"}
    (found,) = read_migrations(tree, [PATH], old=old, packages=packages)
    return found


FAILS = {"shop.Book: INSERT": "null value"}


@pytest.mark.parametrize(
    ("more", "kind", "order_free"),
    [
        ({}, Kind.EXPAND, True),
        ({"trace": {"changing": 0, "locks": {}, "touched": []}}, Kind.NEUTRAL, True),
        ({"new_breaks": FAILS}, Kind.EXPAND, False),
        ({"old_breaks": FAILS}, Kind.CONTRACT, False),
        ({"old_breaks": FAILS, "new_breaks": FAILS}, Kind.BREAKING, False),
        ({"failed": "IndexError"}, Kind.UNKNOWN, False),
        ({"untried": {"shop_book": "no value"}}, Kind.UNKNOWN, False),
        ({"untried": {"shop_other": "no value"}}, Kind.EXPAND, True),
        ({"untried": {"shop_book": "no value"}, "old_breaks": FAILS}, Kind.UNKNOWN, False),
        (
            {"untried": {"shop_book": "no"}, "old_breaks": FAILS, "new_breaks": FAILS},
            Kind.BREAKING,
            False,
        ),
        ({"rows": "none", "fails_on_rows": "x contains null values"}, Kind.BREAKING, False),
        ({"rows": "none", "fails_on_rows": "violates foreign key"}, Kind.EXPAND, True),
    ],
)
def test_the_four_answers_decide(more, kind, order_free):
    measured = judge(seen(**more))
    assert (measured.kind, measured.order_free) == (kind, order_free)
    assert measured.why


def test_what_follows_from_another_failure_is_not_told():
    follows = {"shop.Line: INSERT": "it cannot be tried any more"}
    (why,) = judge(seen(old_breaks={**follows, **FAILS})).why
    assert why == "the old code, after it: shop.Book: INSERT: null value"
    (why,) = judge(seen(old_breaks=follows)).why
    assert "cannot be tried" in why


def test_a_way_back_that_there_is_not_is_told():
    measured = judge(seen(reverse="it has no way back"))
    assert measured.is_reversible is False
    assert "cannot be taken back" in measured.notes[0]
    assert judge(seen(reverse="not tried: x")).is_reversible is None


def test_measured_counts_where_nothing_could_be_read():
    unknown = reading("migrations.RunPython(forwards)")
    assert unknown.kind is Kind.UNKNOWN
    (one,) = with_measured([unknown], document(seen()))
    assert (one.kind, one.read, one.order_free) == (Kind.EXPAND, Kind.UNKNOWN, True)
    (line,) = migration_lines([one])
    assert "expand (measured, read as unknown" in line
    (entry,) = migrations_document([one])
    assert entry["class"] == "expand"
    assert entry["measured"]["read"] == "unknown"


@pytest.mark.parametrize(("rows", "is_told"), [({}, True), ({"shop_book": 3}, False)])
def test_code_that_found_nothing_to_do_is_told(rows, is_told):
    unknown = reading("migrations.RunPython(forwards)")
    (one,) = with_measured([unknown], document(seen(trace={"rows": rows})))
    assert any("wrote no row here" in warning for warning in one.warnings) is is_told


def test_a_reading_that_would_have_let_it_run_is_called_a_bug():
    expand = reading("migrations.AddField('book', 'note', models.TextField(null=True))")
    assert expand.kind is Kind.EXPAND
    (one,) = with_measured([expand], document(seen(old_breaks=FAILS, new_breaks=FAILS)))
    assert one.kind is Kind.BREAKING
    assert any("a bug of minion's reader" in warning for warning in one.warnings)
    (one,) = with_measured([expand], document(seen(new_breaks=FAILS)))
    assert not any("bug" in warning for warning in one.warnings)


def test_what_could_not_be_measured_is_known_no_better():
    breaking = reading("migrations.RemoveField('book', 'title')")
    (one,) = with_measured([breaking], document(seen(failed="IndexError")))
    assert one.kind is breaking.kind
    expand = reading("migrations.AddField('book', 'note', models.TextField(null=True))")
    (one,) = with_measured([expand], document(seen(failed="IndexError: list")))
    assert one.kind is Kind.UNKNOWN
    assert "IndexError: list" in one.warnings[-1]


def test_somebody_s_caution_outweighs_a_measurement():
    careful = reading(
        "\n        # minion: contract - mails customers\n        migrations.RunPython(forwards)"
    )
    assert careful.kind is Kind.CONTRACT
    (one,) = with_measured([careful], document(seen()))
    assert one.kind is Kind.CONTRACT


def code_with(readings=(), changes=(), unread=None):
    found = analyse(
        [Change(path, "M") for path in changes], [], commits_differ=True, collects_static=False
    )
    return Code(TARGET, "master", (), (), found, True, readings=tuple(readings), unread=unread)


def test_migrations_of_packages_are_seen():
    hidden = code_with(changes=["requirements.txt"])
    code = code_with(changes=["requirements.txt"], unread=what_is_hidden(hidden.analysis))
    assert code.unread and is_wanted("unknown", code)
    theirs = seen(app="taggit", name="0007_more", path=None)
    told = measured_code(code, document(theirs))
    assert told.unread is None
    assert [one.path for one in told.readings] == ["taggit.0007_more"]


def test_without_a_measurement_the_reading_stands_and_says_so():
    unknown = reading("migrations.RunPython(forwards)")
    told = measured_code(code_with([unknown]), {"failed": "the old code does not build"})
    assert told.readings == (unknown,)
    assert "not measured: the old code does not build" in told.analysis.notes[-1]


@pytest.mark.parametrize(
    ("how", "operations", "wanted"),
    [
        ("no", "migrations.RunPython(f)", False),
        ("unknown", "migrations.RunPython(f)", True),
        ("unknown", "migrations.AddField('book', 'x', models.TextField(null=True))", False),
        ("all", "migrations.AddField('book', 'x', models.TextField(null=True))", True),
    ],
)
def test_what_is_measured(how, operations, wanted):
    assert is_wanted(how, code_with([reading(operations)])) is wanted


def test_nothing_is_measured_where_the_commits_cannot_be_compared():
    assert not is_wanted("all", code_with(unread="nothing has been deployed yet"))


def test_how_long_it_took_is_no_part_of_a_plan_s_identifier():
    slow, quick = judge(seen(trace={"seconds": 2.0})), judge(seen())
    assert slow.seconds != quick.seconds
    assert identifier(slow) == identifier(quick)
    assert identifier(slow) != identifier(judge(seen(tried=41)))


SECRET = """
'''Of the clinic Northwind.'''
from django.db import migrations, models
# Doctor Weber asked for it.
def fill(apps, schema_editor):
    Patient = apps.get_model("clinic", "Patient")
    for patient in Patient.objects.filter(diagnosis="measles"):
        patient.diagnosis = f"perhaps measles {patient.age}"
        patient.save()
class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]
    operations = [
        migrations.AddField("patient", "diagnosis", models.CharField(
            "The diagnosis", max_length=20, null=True, choices=[("measles", "Measles")])),
        migrations.RunPython(fill),
        migrations.RunSQL("UPDATE clinic_patient SET diagnosis = 'measles' -- Weber"),
        migrations.AddField("patient", "doctor", models.ForeignKey("staff.Doctor", models.CASCADE)),
    ]
"""


def test_a_copy_of_a_case_tells_no_names():
    copy = nameless({"clinic/migrations/0002_diagnosis.py": SECRET, "clinic/broken.py": "def ("})
    for secret in (
        "clinic",
        "patient",
        "diagnos",
        "measles",
        "weber",
        "northwind",
        "doctor",
        "staff",
    ):
        assert secret not in copy.lower()
    assert "no Python" in copy
    compile(copy, "copy", "exec")
    assert "migrations.AddField" in copy and "null=True" in copy and "UPDATE" in copy


def test_code_that_does_not_fit_its_own_schema_is_told():
    odd = document(seen(), network="open", new_code={"shop.Book: SELECT": "no column x"})
    notes = measured_code(code_with([]), odd).analysis.notes
    assert any("no column x" in note for note in notes)
    assert any("network open" in note for note in notes)
