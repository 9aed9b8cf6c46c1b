"""Whatever comes from outside: no destination obeys it."""

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minion.text import (
    duration,
    github_data,
    github_property,
    in_json,
    no_commands,
    plain,
    printable_lines,
    without_controls,
)

#: Any text, with what does harm more often than by chance.
HARMFUL = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b[8m",
    "\x1b[31m",
    "\x1b",
    "\r",
    "\n",
    "\x07",
    "\x9b",
    "\x85",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u3164",
    "::error file=a::b",
    "##[error]",
    "%0A",
    "\udcff",
    "\ud800",
]
TEXTS = st.lists(st.sampled_from(HARMFUL) | st.text(st.characters(), max_size=5)).map("".join)


def forbidden(text):
    """The characters of `text` that a terminal must not be given."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn")]


def test_an_escape_sequence_in_a_subject_is_shown_not_obeyed():
    assert plain("fix\x1b[2J\nline\x07 ä 書 \udcff") == "fix\\x1b[2J\\nline\\x07 ä 書 \\udcff"


def test_what_takes_no_place_is_shown():
    assert plain("a\u3164b\u202ec\u200bd\U000e0041") == "a\\u3164b\\u202ec\\u200bd\\U000e0041"
    assert plain("⚠️ careful") == "⚠️ careful"


@given(TEXTS)
def test_a_name_stays_on_its_line(text):
    assert forbidden(plain(text)) == []
    assert plain(plain(text)) == plain(text)


@given(TEXTS)
def test_a_message_keeps_its_lines_and_nothing_else(text):
    shown = printable_lines(text)
    assert set(forbidden(shown)) <= {"\n"}
    assert shown.count("\n") == text.count("\n")


@given(TEXTS)
@example("\x1b[38;5;8mgrey\x1b[0m")
def test_output_has_colours_and_nothing_that_moves(text):
    shown = without_controls(text)
    left = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert set(forbidden(left)) <= {"\t"}
    colours = re.findall(r"\x1b\[([0-9;]*)m", shown)
    assert not colours or colours[-1] in ("", "0")


def test_output_keeps_colours_but_cannot_move_the_cursor():
    green = "\x1b[1;32mok\x1b[0m"
    assert without_controls(green + "\x1b[2J\x1b[5A\tend\r") == green + "\tend"
    assert without_controls("\x1b]0;title\x07text\x1b") == "text"
    assert without_controls("書\u3000か\xa0!") == "書\u3000か\xa0!"


@pytest.mark.parametrize("sequence", ["\x1b[8m", "\x1b[0;08m", "\x1b[38;5;1;8m", "\x1b[5m"])
def test_output_cannot_be_concealed(sequence):
    assert without_controls(f"{sequence}text") == "text"


@pytest.mark.parametrize("sequence", ["\x1b[38;5;8m", "\x1b[48;2;5;6;8m", "\x1b[1;38;5;8;4m"])
def test_a_colour_whose_number_looks_like_concealing_is_one(sequence):
    assert without_controls(f"{sequence}text") == f"{sequence}text\x1b[0m"


@given(TEXTS)
def test_json_is_valid_everywhere(text):
    written = json.dumps(in_json({text: [text, (text,), 1, None]}), ensure_ascii=False)
    read = json.loads(written.encode("utf-8").decode("utf-8"))
    assert next(iter(read.values()))[0] == in_json(text)
    if not re.search("[\ud800-\udfff]", text):
        assert read == {text: [text, [text], 1, None]}


def test_a_byte_that_is_no_text_is_shown_in_json():
    assert in_json(b"caf\xe9.py".decode("utf-8", "surrogateescape")) == "caf\\xe9.py"


def commands(log):
    """What GitHub's runner would obey in `log` (actions/runner: ActionCommand.cs)."""
    lines = re.split(r"\r\n|\r|\n", log)
    return [line for line in lines if line.strip().startswith("::") or "##[" in line]


@given(TEXTS)
@example("\x1b[2m   ::error::x")
def test_no_line_of_a_log_is_obeyed(text):
    assert commands(no_commands(printable_lines(text))) == []
    coloured = no_commands(without_controls(text))
    assert commands(coloured) == commands(re.sub(r"\x1b\[[0-9;]*m", "", coloured)) == []


@given(TEXTS, TEXTS)
def test_an_annotation_is_one_command_with_what_was_meant(path, message):
    line = f"::error file={github_property(path)},line=1::{github_data(message)}"
    assert forbidden(line) == []
    head, data = re.fullmatch(r"::error file=([^:,]*),line=1::(.*)", line).groups()
    assert "##[" not in data
    for coded in (head, data):
        assert set(re.findall("%(..)", coded)) <= {"25", "0A", "0D", "3A", "2C"}
    if not forbidden(path) and plain(path) == path:
        for code, character in (("3A", ":"), ("2C", ","), ("25", "%")):
            head = head.replace(f"%{code}", character)
        assert head == path


def test_text_without_commands_stays_as_it_is():
    text = "a :: b\n  * ::c\n#[x]\n# [y]"
    assert no_commands(text) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_a_duration_has_two_units_at_most(seconds, words):
    assert duration(seconds) == words


def test_a_short_duration_has_a_tenth():
    assert duration(0.44, exact=True) == "0.4 s"
    assert duration(12.4, exact=True) == "12 s"
