"""A journal survives its writer, and nobody writes into one that is in use."""

import dataclasses
import multiprocessing
import os
import resource
import signal
from datetime import datetime

import pytest

from minion.engine.encoding import all_steps, decode, encode
from minion.engine.journal import (
    BEGUN,
    DONE,
    Journal,
    JournalBusy,
    JournalUnreadable,
    JournalUnwritable,
    kept,
)
from minion.engine.journal.kept import KEPT
from minion.errors import Refused
from minion.git.records import Commit
from minion.options import Option
from minion.steps import Built, Tables, TagRelease

HEADER = {"summary": "deploy 286ea45 to uat", "who": "Ada <ada@example.com>", "pid": 1}


def test_what_was_written_is_read_by_the_next_process(tmp_path):
    journal = Journal.create(tmp_path / "journals", "uat", HEADER)
    journal.begin(1)
    journal.note(1, dyno="run.1234")
    journal.done(1)
    journal.begin(2)
    journal.let_go()
    read = Journal.open(tmp_path / "journals", "uat")
    assert read.entries.header["who"] == HEADER["who"]
    assert [read.entries.state(n) for n in (1, 2, 3)] == [DONE, BEGUN, None]
    assert read.entries.notes == {1: {"dyno": "run.1234"}}
    assert not read.is_closed
    read.close("went back")
    read.let_go()
    # Closed, it still knows whose lock has to be given back.
    closed = Journal.open(tmp_path / "journals", "uat")
    assert closed.entries.outcome == "went back"
    closed.remove()
    closed.let_go()
    assert Journal.open(tmp_path / "journals", "uat") is None
    Journal.create(tmp_path / "journals", "uat", HEADER).let_go()


def test_journals_of_what_has_ended_are_kept(tmp_path):
    for number in range(4):
        journal = Journal.create(tmp_path, "uat", {"number": number})
        journal.begin(1)
        if number < 3:
            journal.close("finished")
            journal.remove()
        else:
            journal.let_go()
    Journal.create(tmp_path, "live", HEADER).let_go()
    (tmp_path / "uat.1.ended").write_bytes(b"{}\n")
    found = kept(tmp_path, "uat")
    assert [one.header["number"] for one in found] == [0, 1, 2, 3]
    assert [one.outcome for one in found] == [*["finished"] * 3, None]
    assert found[0].events[0]["event"] == BEGUN
    assert datetime.fromisoformat(found[0].events[0]["at"]).tzinfo is not None
    assert kept(tmp_path, "dev") == []


def test_of_many_the_newest_are_kept(tmp_path):
    for number in range(KEPT + 3):
        (tmp_path / f"uat.{10**18 + number}.ended").write_bytes(b"{}\n")
    for _ in range(2):
        journal = Journal.create(tmp_path, "uat", HEADER)
        journal.close("finished")
        journal.remove()
    ended = sorted(path.name for path in tmp_path.glob("*.ended"))
    assert len(ended) == KEPT - 1
    assert ended[-1] > f"uat.{10**18 + KEPT}"


def test_there_is_nothing_to_open_at_first(tmp_path):
    assert Journal.open(tmp_path, "uat") is None
    Journal.refuse_if_open(tmp_path, "uat")


def test_an_open_one_is_not_written_over(tmp_path):
    Journal.create(tmp_path, "uat", HEADER).let_go()
    Journal.create(tmp_path, "live", HEADER).let_go()
    with pytest.raises(Refused, match=r'"deploy 286ea45 to uat" by Ada .* fab resume:uat'):
        Journal.create(tmp_path, "uat", HEADER)
    with pytest.raises(Refused, match="fab resume:uat"):
        Journal.refuse_if_open(tmp_path, "uat")


def test_one_in_use_says_so(tmp_path):
    ours = Journal.create(tmp_path, "uat", HEADER)
    for attempt in (Journal.open, Journal.refuse_if_open):
        with pytest.raises(JournalBusy, match="under way on this machine right now"):
            attempt(tmp_path, "uat")
    with pytest.raises(JournalBusy):
        Journal.create(tmp_path, "uat", HEADER)
    ours.let_go()


def write_and_die(folder, ready):
    journal = Journal.create(folder, "uat", HEADER)
    journal.begin(1)
    ready.send(True)
    signal.pause()


def test_a_killed_writer_leaves_what_it_had_said(tmp_path):
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    writer = context.Process(target=write_and_die, args=(tmp_path, there))
    writer.start()
    assert here.recv()
    with pytest.raises(JournalBusy):
        Journal.open(tmp_path, "uat")
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    journal = Journal.open(tmp_path, "uat")
    assert journal.entries.state(1) == BEGUN
    journal.let_go()


def test_half_a_line_at_the_end_was_not_said(tmp_path):
    journal = Journal.create(tmp_path, "uat", HEADER)
    journal.begin(1)
    journal.let_go()
    with (tmp_path / "uat.journal").open("ab") as file:
        file.write(b'{"event": "done", "st')
    again = Journal.open(tmp_path, "uat")
    assert again.entries.state(1) == BEGUN
    again.done(1)
    again.let_go()
    third = Journal.open(tmp_path, "uat")
    assert third.entries.state(1) == DONE
    third.let_go()


@pytest.mark.parametrize("room", [0, 20])
def test_a_full_disk_leaves_no_half_line(tmp_path, room):
    journal = Journal.create(tmp_path, "uat", HEADER)
    journal.begin(1)
    before = journal.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, limits[1]))
    try:
        with pytest.raises(JournalUnwritable, match=r"uat\.journal cannot be written"):
            journal.done(1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert journal.path.read_bytes() == before
    assert journal.entries.state(1) == BEGUN
    journal.close("went back")


def test_half_a_header_is_no_journal(tmp_path):
    (tmp_path / "uat.journal").write_bytes(b'{"format": 1, "summ')
    assert Journal.open(tmp_path, "uat") is None
    Journal.create(tmp_path, "uat", HEADER).close("finished")


@pytest.mark.parametrize(
    "content", [b"no json\n", b"[]\n", b'{"format": 99}\n', b'{"format": 1}\n[]\n', b"\0\n"]
)
def test_what_cannot_be_understood_is_left_alone(tmp_path, content):
    path = tmp_path / "uat.journal"
    path.write_bytes(content)
    with pytest.raises(JournalUnreadable, match="cannot be read"):
        Journal.open(tmp_path, "uat")
    assert path.read_bytes() == content


def test_nobody_else_on_the_machine_can_read_it(tmp_path):
    journal = Journal.create(tmp_path, "uat", HEADER)
    assert journal.path.stat().st_mode & 0o077 == 0
    journal.close("finished")


def example(field):
    """A value for a step's field, by its declared type."""
    kinds = {
        "str": "text ü\n'",
        "str | None": None,
        "int": 7,
        "float": 2.5,
        "int | None": 7,
        "bool": True,
        "Option": Option.MIGRATE | Option.PUSH,
        "tuple[Commit, ...]": (Commit("1" * 40, "Fix ü"),),
        "tuple[str, ...]": ("a", "b"),
        "tuple[Built, ...]": (Built("shop", "0002_x", ("a", "b")),),
        "tuple[int, ...]": (1, 2),
        "Tables": Tables(("a",), ("b",)),
        "Formation": (("web", 2), ("worker", 1)),
    }
    return kinds[field.type]


@pytest.mark.parametrize(
    "kind", [k for k in all_steps() if k.__module__.startswith("minion.")], ids=lambda k: k.__name__
)
def test_every_step_comes_back_from_a_journal_as_it_was(tmp_path, kind):
    step = kind(**{f.name: example(f) for f in dataclasses.fields(kind)})
    journal = Journal.create(tmp_path, "uat", {"steps": encode((step,))})
    journal.let_go()
    assert decode(Journal.open(tmp_path, "uat").entries.header["steps"]) == (step,)


def test_a_step_of_another_version_is_refused():
    with pytest.raises(ValueError, match="no step called Teleport"):
        decode({"@": "Teleport", "app": "a"})
    with pytest.raises(ValueError, match="another step now"):
        decode({"@": "MaintenanceOn", "app": "a", "colour": "red"})
    with pytest.raises(TypeError, match="cannot stand in a journal"):
        encode(TagRelease("a", "uat", "t", "c", (), object()))
