"""What the operator gets: plain lines in a pipe, a live view on a terminal."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from builders import SETTINGS, facts
from hypothesis import given
from hypothesis import strategies as st
from screen import looked_at

from minion.operations.deploy.plan import make_plan
from minion.operations.deploy.report import report
from minion.operations.deploy.request import DeployRequest
from minion.terminal.console import Console, last_words
from minion.terminal.device import Device

PLAIN = """\
[1/2] shop: push
      remote: Building
      \x1b[32mdone\x1b[0m
shop: v5 is released.
[2/2] shop: migrate
      Applying a
      half a line
      preboot: 3 min 00 s left
"""
HOSTILE = "a\x1b[2Jb\rc\u202ed\u2028e\x9bf"
SAFE = "a\\x1b[2Jb\\rc\\u202ed\\u2028e\\x9bf"


def tell(console):
    """Two steps with all that can be said during them."""
    with console.step(1, 2, "shop: push"):
        console.output("remote: Building")
        console.output("remote: 10 %\r")
        console.output("\x1b[32mdone\x1b[0m\x1b[2J")
        console.say("shop: v5 is released.")
    with console.step(2, 2, "shop: migrate"):
        console.output_bytes(b"Appl")
        console.output_bytes(b"ying a\r\nhalf a line")
        with console.waiting("preboot") as left:
            for seconds in (180, 179, 178):
                left(seconds)


class Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def clean(monkeypatch):
    for name in ("NO_COLOR", "CI", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.parametrize(
    "environ",
    [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}, {"CI": "true"}, {"CLICOLOR": "0"}],
    ids=str,
)
def test_a_terminal_that_wants_none_of_it_gets_plain_lines(clean, monkeypatch, environ):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Tty())
    tell(Console())
    assert sys.stdout.getvalue() == PLAIN


def test_a_pipe_gets_plain_lines(clean, capsys):
    tell(Console())
    assert capsys.readouterr().out == PLAIN


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_colours_can_be_had_in_a_pipe_and_change_no_character(clean, monkeypatch, capsys, name):
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("TERM", "dumb")
    tell(Console())
    said = capsys.readouterr().out
    assert "\x1b[" in said
    assert without_colours(said) == without_colours(PLAIN)
    monkeypatch.setenv("NO_COLOR", "1")
    tell(Console())
    assert capsys.readouterr().out == PLAIN


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


REPORTS = [
    report(make_plan(DeployRequest("live"), SETTINGS, facts(promoted=True, paths=paths)))
    for paths in (("admin.py",), ("shop/migrations/0002_x.py", "a.css"))
]


@pytest.mark.parametrize("text", [*REPORTS, "Downtime:            True\n? A  b\nREMOVE: KEY"])
def test_a_report_has_colours_and_the_same_characters(clean, text):
    from minion.terminal.styles import Message

    shown = Device(Tty()).rendered(Message(text, None))
    assert "\x1b[" in shown
    assert without_colours(shown) == f"{text}\n"


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \n*:"))


@given(WORDS, st.integers(2, 60))
def test_colours_and_lines_change_no_character_of_any_message(text, width):
    from minion.terminal.styles import Message

    device = Device(Tty(), {"TERM": "xterm"})
    assert without_colours(device.rendered(Message(text, None))) == f"{text}\n"
    broken = without_colours(device.rendered(Message(text, width)))
    assert "".join(broken.split()) == "".join(text.split())


def test_nothing_harmful_is_written_whoever_says_it(clean, monkeypatch, capsys):
    for force in ("", "1"):
        monkeypatch.setenv("FORCE_COLOR", force)
        console = Console()
        console.say(HOSTILE)
        with console.step(1, 1, HOSTILE):
            console.output(HOSTILE)
            console.output_bytes(f"{HOSTILE}\n".encode())
            with console.waiting(HOSTILE) as left:
                left(None)
        console.table({"x": None, "y": "fold"}, [[(HOSTILE, ""), (HOSTILE, "red")]])
        monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
        console.ask(HOSTILE)
        last_words(HOSTILE)
        said = capsys.readouterr()
        left = without_colours(said.out + said.err)
        assert re.findall(r"[^\n -~]", left) == []
        assert left.count(SAFE) == 7


def test_what_cannot_be_encoded_is_replaced(clean, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1"))
    Console().say("ä 書")
    assert raw.getvalue() == b"\xe4 ?\n"


def test_json_stands_alone_and_is_valid(clean, capsys):
    console = Console(as_json=True)
    console.say("for people")
    console.document({"path": "caf\udce9.py", "subject": "##[error]x"})
    said = capsys.readouterr()
    assert said.err == "for people\n"
    assert "##[" not in said.out
    assert json.loads(said.out) == {"path": "caf\\xe9.py", "subject": "##[error]x"}


def test_github_is_given_nothing_to_obey_but_annotations(clean, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    console = Console()
    console.say("one\n::error::two")
    console.output("::add-mask::x ##[error]y")
    console.annotate("::notice::mine")
    last_words("::error::three")
    said = capsys.readouterr()
    assert said.out == ("one\n\\::error::two\n      \\::add-mask::x ##\\[error]y\n::notice::mine\n")
    assert said.err == "\n\\::error::three\n"


# On a terminal.


def test_a_step_without_output_is_one_line_with_its_duration(monkeypatch):
    with looked_at(monkeypatch) as screen:
        with Console().step(1, 2, "shop: page up"):
            screen.wait_until(
                lambda text: re.fullmatch(r"\[1/2\] shop: page up \.\.\. \d+ s", text)
            )
        screen.settle()
        assert re.fullmatch(r"\[1/2\] shop: page up  [\d.]+ s", screen.text)


def test_the_running_step_is_the_last_line_and_its_seconds_count(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        with console.step(3, 6, "shop: migrate"):
            console.output("one")
            screen.wait_until(
                lambda text: re.search(r"\[3/6\] shop: migrate \.\.\. [1-9]\d* s$", text)
            )
            console.output("two")
            console.say("three")
            screen.settle()
            assert screen.rows[:4] == ["[3/6] shop: migrate", "      one", "      two", "three"]
            assert re.fullmatch(r"\[3/6\] shop: migrate \.\.\. \d+ s", screen.rows[4])
        screen.settle()
        assert len(screen.rows) == 5
        assert re.fullmatch(r"      done in [\d.]+ s", screen.rows[4])


def test_a_step_that_fails_has_no_duration_and_no_live_line(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        with pytest.raises(KeyboardInterrupt):
            with console.step(3, 6, "shop: migrate"):
                raise KeyboardInterrupt
        console.say("Going back.")
        screen.settle()
        assert screen.rows == ["[3/6] shop: migrate", "Going back."]


def test_a_step_that_nobody_ends_is_ended_by_the_next_one(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        console.step(1, 2, "one")
        with console.step(2, 2, "two"):
            pass
        screen.settle()
        assert [row[:9] for row in screen.rows] == ["[1/2] one", "[2/2] two"]


@pytest.mark.parametrize("columns", [120, 40, 20])
def test_the_live_line_fits_and_its_end_is_to_be_seen(monkeypatch, columns):
    with looked_at(monkeypatch, columns=columns) as screen:
        console = Console()
        with console.step(3, 6, "書店: python manage.py migrate " + "x" * 200):
            screen.wait_until(lambda text: re.search(r"… \.\.\. \d+ s$", text))
            assert len(screen.rows) == 1
            with console.waiting("the old dynos of 書店 answer no more " + "y" * 200) as left:
                left(150)
                screen.wait_until(lambda text: ": 2 min " in text)
                assert len(screen.rows) == 1


def test_a_window_that_is_made_smaller_gets_a_shorter_line(monkeypatch):
    with looked_at(monkeypatch, columns=120) as screen:
        with Console().step(3, 6, "shop: " + "x" * 90):
            screen.wait_until(lambda text: re.search(r"x \.\.\. \d+ s$", text))
            # A terminal that breaks the line takes the cursor along with its first half,
            # and all from there on is erased.
            assert screen.cursor == (0, 0)
            screen.resize(40)
            screen.wait_until(lambda text: "… ... " in text)
            assert len(screen.rows) == 1


def test_a_wait_is_counted_down_and_leaves_nothing(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        with console.waiting("Bob deploys to uat") as left:
            left(60.2)
            screen.wait_until(lambda text: re.fullmatch(r"Bob deploys to uat: \d+ s left", text))
            left(None)
            screen.wait_until(lambda text: text == "Bob deploys to uat ...")
        screen.settle()
        assert screen.rows == []


def test_output_is_dimmed_and_its_colours_end_with_the_line(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        console.output("\x1b[31mred")
        console.output("plain")
        console.say("mine")
        screen.settle()
        assert screen.style("red").fg == "red"
        assert screen.style("plain").fg == screen.style("mine").fg == "default"
        assert b"\x1b[2m" in screen.raw


def test_what_matters_has_a_colour(monkeypatch):
    with looked_at(monkeypatch, columns=120) as screen:
        Console().say(
            "Downtime:            True\nREMOVE: OLD\nTHIS IS NOT OVER. TYPE: fab resume:uat\n"
            "* shop/migrations/0002.py: breaking (locks): it drops a column"
        )
        monkeypatch.setattr(sys, "stderr", sys.stdout)
        last_words("Fatal error: refused")
        screen.settle()
        for words in ("True", "REMOVE", "OLD", "breaking", "Fatal error"):
            assert (screen.style(words).fg, screen.style(words).bold) == ("red", True), words
        assert screen.style("THIS IS NOT OVER").bg == "red"
        assert screen.style("fab resume:uat").fg == "cyan"
        assert screen.style("refused").fg == "default"


@pytest.mark.parametrize("columns", [80, 40])
def test_long_lines_are_broken_between_words_below_their_text(monkeypatch, columns):
    advice = "When the cause is mended: fab deploy:dev,branch=work,options=migrate and again, 書"
    path = "* " + "folder/" * 20 + "models.py"
    with looked_at(monkeypatch, columns=columns) as screen:
        Console().say(f"* {'word ' * 30}\nFrom:                {'word ' * 20}\nend")
        screen.settle()
        rows = screen.rows
        assert rows[0].startswith("* word") and rows[1].startswith("  word")
        row = next(number for number, text in enumerate(rows) if text.startswith("From:"))
        assert rows[row + 1].startswith(" " * 21 + "word")
        assert rows[-1] == "end"
        assert " ".join(rows).split().count("word") == 50
        Console().say(f"{advice}\n{path}")
        screen.settle()
        assert advice.encode() in re.sub(rb"\x1b\[[0-9;]*m", b"", screen.raw)
        assert path.encode() in screen.raw


def test_nothing_moves_while_somebody_types(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        with console.step(1, 1, "shop: look"):
            threading.Thread(target=answer, args=(screen,), daemon=True).start()
            assert console.ask("Go on? ") == "yes"
            screen.settle()
            assert screen.rows[0] == "[1/1] shop: look"
            assert screen.rows[1:3] == ["", "Go on? yes"]


def answer(screen):
    screen.wait_until(lambda text: text.endswith("Go on?"))
    screen.type("yes\n")


def test_a_progress_bar_is_one_line(monkeypatch, capsys):
    console = Console()
    for chunk in (b"10 %\r20 %\r", b"30 %", b"\r100 %\r", b"\nend\n"):
        console.output_bytes(chunk)
    assert capsys.readouterr().out == "      100 %\n      end\n"


HEADINGS = {"Environment": None, "App": None, "Error": "fold", "By": "ellipsis", "Page": None}
ROWS = [
    [("live", ""), ("bookshop-live", ""), ("", ""), ("developer@example.com", ""), ("on", "red")],
    [("uat", ""), ("書店", ""), ("gone " * 12, "red")],
]


@pytest.mark.parametrize("columns", [160, 100, 80, 62])
def test_a_table_fits_and_its_columns_are_aligned(monkeypatch, columns):
    with looked_at(monkeypatch, columns=columns) as screen:
        Console().table(HEADINGS, ROWS)
        screen.settle()
        head, live, uat = screen.rows[:3]
        assert head.split() == list(HEADINGS)
        assert head.index("App") == live.index("bookshop-live")
        assert head.index("Page") == live.rindex("on")
        # A wide character takes two columns of the screen, and one of the string.
        assert head.index("Error") == uat.index("gone") + 2


def test_a_row_is_a_paragraph_where_there_is_no_room(monkeypatch):
    with looked_at(monkeypatch, columns=40) as screen:
        Console().table(HEADINGS, ROWS)
        screen.settle()
        assert screen.rows[:7] == [
            "Environment  live",
            "App          bookshop-live",
            "Error",
            "By           developer@example.com",
            "Page         on",
            "",
            "Environment  uat",
        ]


def test_nothing_of_a_table_is_cut_off_in_a_log(clean, capsys):
    Console().table(HEADINGS, [[("live", ""), ("shop", ""), ("", ""), ("x" * 300, "")]])
    assert capsys.readouterr().out.count("x") == 300


def test_many_threads_and_a_live_line_do_not_mix(monkeypatch):
    with looked_at(monkeypatch, lines=500) as screen:
        console = Console()
        with console.step(1, 1, "shop: work"):
            workers = [
                threading.Thread(target=lambda n=n: [console.output(f"{n}-{i}") for i in range(50)])
                for n in range(4)
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        screen.settle()
        rows = screen.rows
        assert rows[0] == "[1/1] shop: work"
        assert sorted(rows[1:-1]) == sorted(f"      {n}-{i}" for n in range(4) for i in range(50))


SCRIPT = """
import signal, sys, time
from minion.terminal.console import Console
console = Console()
def said(number, frame):
    console.say("Stopping.")
signal.signal(signal.SIGUSR1, said)
with console.step(1, 1, "shop: work"):
    for number in range(20000):
        console.output(str(number))
"""


def test_a_signal_in_the_middle_of_writing_is_answered(clean):
    """Many of them: some arrive while the stream itself is being written."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"[1/1] shop: work\n"
    for _ in range(200):
        process.stdout.readline()
        os.kill(process.pid, signal.SIGUSR1)
    said = process.stdout.read()
    assert process.wait() == 0
    numbers = [int(line) for line in said.split(b"\n") if line.strip().isdigit()]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 19999
    assert b"Stopping." in said


def test_a_terminal_that_is_gone_is_written_to_in_vain(monkeypatch):
    with looked_at(monkeypatch) as screen:
        console = Console()
        with console.step(1, 2, "shop: work"):
            screen.vanish()
            console.say("to nobody")
            console.output("either")
        with console.step(2, 2, "shop: more"):
            pass
