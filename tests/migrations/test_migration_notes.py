"""Comments that overrule the reader."""

from __future__ import annotations

import pytest
from migration_text import read, said, text

RUN = "migrations.RunPython(fill, fill),"
FILL = "def fill(apps, editor): pass\n"


def commented(comment: str) -> bytes:
    return text(f"{comment}\n{RUN}", above=FILL)


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("# minion: expand - only fills the new column", "expand"),
        ("# minion: contract -- removes rows nobody reads", "contract"),
        ("# minion: neutral \N{EN DASH} a cache", "neutral"),
        ("# minion: expand \N{EM DASH} why", "expand"),
        ("# minion: expand: why", "expand"),
        ("#minion:EXPAND-why", "expand"),
        ("# minion: expand - why\n        # and more of it", "expand"),
    ],
)
def test_a_comment_above_an_operation_decides(comment, kind):
    reading = read(commented(comment))
    assert said(reading) == kind
    assert reading.annotated is not None
    assert "RunPython" in reading.annotated
    assert "not unknown" in reading.annotated
    assert "read as unknown" in reading.why[0] or kind == "neutral"


def test_a_comment_beside_the_first_line_decides():
    reading = read(text("migrations.RunPython(  # minion: expand - why\n fill, fill),", above=FILL))
    assert said(reading) == "expand"


def test_locks_and_the_way_back_stay_as_they_were_read():
    add = 'migrations.AddField("order", "x", models.IntegerField(null=True)),'
    reading = read(
        text(f"{add}\n# minion: expand - fills x\nmigrations.RunPython(fill)", above=FILL)
    )
    assert said(reading) == "expand LI"


def test_only_the_operation_below_is_overruled():
    drop = 'migrations.RemoveField("order", "code")'
    reading = read(text(f"# minion: expand - why\n{RUN}\n{drop}", above=FILL))
    assert reading.kind == "breaking"


def test_operations_inside_are_overruled_with_those_around_them_or_alone():
    inner = "migrations.SeparateDatabaseAndState([\n{}\n migrations.RunPython(fill, fill)])"
    assert said(read(text("# minion: expand - why\n" + inner.format(""), above=FILL))) == "expand"
    assert said(read(text(inner.format("# minion: expand - why"), above=FILL))) == "expand"


def test_a_comment_above_the_class_decides_about_the_file():
    drop = 'migrations.RemoveField("order", "code")'
    reading = read(text(f"{RUN}\n{drop}", above=f"{FILL}\n# minion: contract - nobody writes it"))
    assert said(reading) == "contract IV"
    assert reading.annotated is not None
    assert "not breaking: nobody writes it" in reading.annotated
    unread = read(text("*make()", above="# minion: neutral - looked at it"))
    assert said(unread) == "neutral"
    assert unread.annotated is not None


@pytest.mark.parametrize(
    ("comment", "complaint"),
    [
        ("# minion: expand", "no reason"),
        ("# minion: expand -", "no reason"),
        ("# minion: expand because I say so", "neither expand"),
        ("# minion: exapnd - why", "neither expand"),
        ("# minion: breaking - why", "neither expand"),
    ],
)
def test_what_is_not_understood_is_reported_and_not_obeyed(comment, complaint):
    reading = read(commented(comment))
    assert reading.kind == "unknown"
    assert reading.annotated is None
    assert any("not obeyed" in warning and complaint in warning for warning in reading.warnings)


def test_a_comment_elsewhere_is_reported_and_not_obeyed():
    reading = read(text(f"{RUN}\n# minion: expand - why", above=FILL))
    assert reading.kind == "unknown"
    assert any("neither at an operation" in warning for warning in reading.warnings)


def test_two_comments_for_one_file_are_not_obeyed():
    above = f"{FILL}# minion: expand - one\n# words\n\n# minion: contract - two"
    reading = read(text(RUN, above=above))
    assert reading.kind == "unknown"
    assert sum("another one" in warning for warning in reading.warnings) == 2


def test_a_string_is_no_comment():
    reading = read(text(f'migrations.RunSQL("# minion: expand - why"),\n{RUN}', above=FILL))
    assert reading.kind == "unknown"
    assert reading.annotated is None


def test_a_file_that_cannot_be_parsed_obeys_nothing():
    reading = read(b"# minion: expand - why\nclass Migration(:\n")
    assert reading.kind == "unknown"
    assert reading.annotated is None
