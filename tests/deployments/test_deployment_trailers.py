"""minion.deployments.trailers: what is written into a tag is what is read from it."""

import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minion.deployments.record import MigrationTime, PageTime, Record, Released, StepTime
from minion.deployments.trailers import escape, parse, render, unescape

BEGUN = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=timezone.utc)
WHOLE = Record(
    operation="deploy",
    outcome="finished",
    environment="uat",
    begun=BEGUN,
    seconds=41.3,
    plan="d4d0284de9d8",
    commit="286ea45" + "0" * 33,
    options="push+migrate",
    operator="Ann <ann@example.com>",
    minion="1.0.0",
    idle_s=3600.0,
    stopped=1,
    releases=(Released("shop-uat", 431),),
    steps=(StepTime("push", "shop-uat", 12.25, 1), StepTime("migrate", "shop-uat", 9.0)),
    pages=(PageTime("shop-uat", 7.1),),
    migrations=(
        MigrationTime("shop.0002_more", "expand", seconds=1.4, app="shop-uat"),
        MigrationTime("shop.0003_far", "unknown", "contract", rows=12),
    ),
)
TRAILERS = """\
Minion-Operation: deploy
Minion-Outcome: finished
Minion-Environment: uat
Minion-Commit: 286ea45000000000000000000000000000000000
Minion-Plan: d4d0284de9d8
Minion-Options: push+migrate
Minion-Operator: Ann <ann@example.com>
Minion-Version: 1.0.0
Minion-Begun: 2026-02-03T04:05:06.000789+00:00
Minion-Seconds: 41.3; idle=3600
Minion-Stopped: 1
Minion-Release: shop-uat; version=431; status=succeeded
Minion-Page: shop-uat; seconds=7.1
Minion-Step: push; app=shop-uat; seconds=12.25; stopped=1
Minion-Step: migrate; app=shop-uat; seconds=9
Minion-Migration: shop.0002_more; read=expand; measured=; seconds=1.4; app=shop-uat
Minion-Migration: shop.0003_far; read=unknown; measured=contract; rows=12
"""


def test_this_is_how_it_looks():
    assert render(WHOLE) == TRAILERS
    assert parse(f"shop-uat v431 (uat)\n\n{TRAILERS}") == WHOLE


texts = st.text(max_size=12)
seconds = st.integers(0, 10**7).map(lambda number: number / 100)
whole = st.integers(0, 10**9)
records = st.builds(
    Record,
    operation=texts.filter(bool),
    outcome=texts,
    environment=texts,
    begun=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc)),
    seconds=seconds,
    plan=texts,
    commit=texts,
    options=texts,
    operator=texts,
    minion=texts,
    idle_s=seconds,
    stopped=whole,
    failed_at=texts,
    releases=st.lists(st.builds(Released, texts, whole, texts), max_size=3).map(tuple),
    steps=st.lists(st.builds(StepTime, texts, texts, seconds, whole), max_size=3).map(tuple),
    pages=st.lists(st.builds(PageTime, texts, seconds, st.booleans()), max_size=3).map(tuple),
    migrations=st.lists(
        st.builds(
            MigrationTime,
            *(texts, texts, texts, st.none() | seconds, st.none() | whole, texts, st.booleans()),
        ),
        max_size=3,
    ).map(tuple),
)


@given(records)
def test_what_was_written_is_read(record):
    assert parse(f"A title\n\n* 286ea45  A subject\n\n{render(record)}") == record


@given(texts)
@example(" \x85\u2028;=\\x41\udcff\U0001f600 ")
def test_a_value_is_one_printable_line(text):
    written = escape(text)
    assert written.isprintable()
    assert ";" not in written
    assert written == written.strip()
    assert unescape(written) == text


@given(records, st.text())
def test_what_stands_above_changes_nothing(record, above):
    assert parse(f"A title\n\n{above}\n\n{render(record)}") == record


@given(st.text(alphabet="Minon-BegursOpatSc:; =\n0123.\\xT+", max_size=200))
def test_nothing_that_somebody_has_written_is_an_error(text):
    parse(text)
    parse(f"x\n\nMinion-Operation: deploy\nMinion-Begun: {BEGUN.isoformat()}\n{text}")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "By hand",
        TRAILERS,
        "t\n\nMinion-Operation: deploy",
        "t\n\nMinion-Operation: deploy\nMinion-Begun: yesterday",
        "t\n\nMinion-Operation: deploy\nMinion-Begun: 2026-02-03T04:05:06",
        f"t\n\n{TRAILERS}\nAnd something below.",
    ],
)
def test_what_is_no_record(message):
    assert parse(message) is None


def test_what_is_no_number_is_unknown():
    odd = TRAILERS.replace("41.3", "nan").replace("seconds=1.4", "seconds=-1").replace("=431", "=x")
    read = parse(f"t\n\n{odd}")
    assert (read.seconds, read.migrations[0].seconds, read.releases[0].version) == (0.0, None, 0)


def test_git_reads_the_same(tmp_path):
    hostile = "* 286ea45  Minion-Outcome: never\n* 286ea46  x\\n\\nMinion-Plan: none"
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=f"shop-uat v431 (uat)\n\n{hostile}\n\n{TRAILERS}",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == TRAILERS


def test_what_all_records_of_an_operation_share():
    assert WHOLE.ended == BEGUN + timedelta(seconds=41.3)
    assert WHOLE.page_s == 7.1
    assert Record("deploy", "", "uat", BEGUN, 1.0).page_s == 0
