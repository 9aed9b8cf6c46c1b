"""Text that nobody wrote: the reader neither fails nor calls harmless what it could not read."""

from __future__ import annotations

import ast
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from migration_text import INITIAL, history, initial, said, text

from minion.analyser.migrations import Kind, read_migrations, schedule

PATH = "shop/migrations/0002_new.py"
FILES = (
    initial(),
    text(
        'migrations.AddField("order", "x", models.IntegerField(null=True)),\n'
        'migrations.RemoveField("order", "note"),\n'
        "# minion: expand - why\nmigrations.RunPython(fill, migrations.RunPython.noop),\n"
        'migrations.SeparateDatabaseAndState([migrations.RenameModel("Order", "Bill")], []),\n'
        'migrations.AddConstraint("order", models.CheckConstraint('
        'condition=models.Q(x__gt=1) | ~models.Q(note="x"), name="c")),',
        above="def fill(apps, editor):\n    for row in apps.get_model('shop', 'Order'): row.save()",
        body="atomic = False",
    ),
)
PIECES = (
    *(
        "None",
        "True",
        "0",
        "-1",
        "''",
        "'order'",
        "[]",
        "()",
        "{}",
        "{**{}}",
        "[*[]]",
        "b''",
        "1.5",
    ),
    *("...", "b''", "models", "migrations", "f()", "x.y", "x[0]", "not x", "lambda: 0", "f'{x}'"),
    *("[i for i in x]", "x if y else z", "print(*x, **y)", "models.IntegerField()"),
    *("models.ForeignKey()", "models.CharField(max_length='x')", "~models.Q()"),
    *("migrations.AddField()", "migrations.RunSQL()", "migrations.RunPython.noop"),
    *("migrations.CreateModel('order', [])", "migrations.RenameField('order', 'id', 'code')"),
)
FUZZ = settings(
    max_examples=int(os.environ.get("MIGRATION_EXAMPLES", "150")),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def reading_of(content):
    tree = {**history(), PATH: content}
    (reading,) = read_migrations(tree, [PATH])
    schedule([reading])
    return reading


def can_be_parsed(content):
    try:
        ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def assert_careful(content):
    reading = reading_of(content)
    assert reading.why
    assert all(line and "\n" not in line for line in reading.why)
    if not can_be_parsed(content):
        assert reading.kind is Kind.UNKNOWN
    return reading


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes(content):
    assert_careful(content)


@FUZZ
@given(st.sampled_from(FILES), st.data())
def test_cut_and_pasted_text(content, data):
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        to = data.draw(st.integers(at, min(len(content), at + 40)))
        start = data.draw(st.integers(0, len(content)))
        piece = content[start : start + data.draw(st.integers(0, 40))]
        content = content[:at] + piece + content[to:]
    assert_careful(content)


@FUZZ
@given(st.sampled_from(FILES), st.data())
def test_replaced_expressions(content, data):
    """Any expression put in the place of any other."""
    tree = ast.parse(content)
    spots = [
        (parent, name, index)
        for parent in ast.walk(tree)
        for name, value in ast.iter_fields(parent)
        for index, child in enumerate(value if isinstance(value, list) else [value])
        if isinstance(child, ast.expr) and isinstance(getattr(child, "ctx", ast.Load()), ast.Load)
    ]
    for _ in range(data.draw(st.integers(1, 3))):
        parent, name, index = data.draw(st.sampled_from(spots))
        piece = ast.parse(data.draw(st.sampled_from(PIECES)), mode="eval").body
        value = getattr(parent, name)
        if isinstance(value, list):
            if index < len(value):
                value[index] = piece
        else:
            setattr(parent, name, piece)
    try:
        changed = ast.unparse(ast.fix_missing_locations(tree)).encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        return
    assert_careful(changed)


ONE = 'migrations.AddField("order", "x", models.IntegerField(null=True))'


@FUZZ
@given(st.integers(0, len(ONE)), st.sampled_from(list("(),.\"'=[]{}*+-:#\\\n xX0")))
def test_a_letter_more_in_one_operation(at, letter):
    """Whatever is called harmless still parses, and still adds that column."""
    content = text(ONE[:at] + letter + ONE[at:])
    reading = assert_careful(content)
    if reading.kind is Kind.EXPAND and "#" not in letter:
        (found,) = [f for f in reading.findings if f.kind is Kind.EXPAND]
        assert found.operation.startswith("AddField shop.")


@pytest.mark.parametrize("wrapper", ["[{}][0]", "{} or None", "({} if x else y)", "x({})", "-{}"])
@pytest.mark.parametrize("what", ["models.IntegerField(null=True)", "True", '"order"', ONE])
def test_wrapped_in_something_that_is_not_followed(what, wrapper):
    changed = ONE.replace(what, wrapper.format(what))
    assert said(reading_of(text(changed, above="x = y = None"))) == "unknown"


def test_the_initial_file_is_read_whole():
    (reading,) = read_migrations(history(), ["shop/migrations/0001_initial.py"])
    assert reading.kind is Kind.EXPAND
    assert len(reading.findings) == INITIAL.count("migrations.CreateModel")
