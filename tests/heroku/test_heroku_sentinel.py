from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.heroku.output import Text
from minion.heroku.sentinel import MARK, SentinelReader, with_sentinel

SENTINEL = f"{MARK}3\r\n".encode()
GREETING = b"rendezvous\r\n"

#: Output that is likely to be mistaken for something else.
PIECES = st.sampled_from(
    [
        b"hello\n",
        b"\r\n",
        b"\r",
        b"\n",
        b"\0",
        b" ",
        b"rendezvous\r\n",
        b"\xef",
        b"\xef\xbf",
        b"\xef\xbf\xbf",
        "é€😀".encode(),
        "😀".encode()[:3],
        MARK.encode(),
        MARK.encode()[:9],
        f"{MARK}0\r\n".encode(),
        f"x{MARK}255".encode(),
        f"{MARK}12345\n".encode(),
        b"7",
    ]
)
OUTPUTS = st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=12).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in zip(edges, edges[1:])]


def read(chunks: list[bytes]) -> tuple[bytes, int | None]:
    reader = SentinelReader()
    text = b"".join([reader.feed(chunk) for chunk in chunks])
    return text + reader.finish(), reader.status


@given(OUTPUTS, st.integers(0, 255), st.lists(st.integers(0, 400), max_size=20))
def test_output_and_status_survive_any_cutting(
    output: bytes, status: int, places: list[int]
) -> None:
    stream = GREETING + b"\0\0|" + output + b"|" + f"{MARK}{status}\r\n".encode()
    assert read(cut(stream, places)) == (b"|" + output.replace(b"\r\n", b"\n") + b"|", status)


@given(OUTPUTS, st.lists(st.integers(0, 400), max_size=20))
def test_a_stream_without_sentinel_is_shown_whole(output: bytes, places: list[int]) -> None:
    stream = GREETING + b"|" + output + b"|"
    assert read(cut(stream, places)) == (b"|" + output.replace(b"\r\n", b"\n") + b"|", None)


@given(OUTPUTS, st.lists(st.integers(0, 400), max_size=20))
def test_clean_text_does_not_depend_on_the_cutting(output: bytes, places: list[int]) -> None:
    text = Text()
    pieces = [text.feed(chunk) for chunk in cut(output, places)]
    assert b"".join([*pieces, text.finish()]) == output.replace(b"\r\n", b"\n")


@given(st.text(max_size=30), st.lists(st.integers(0, 200), max_size=20))
def test_no_character_is_cut_in_two(output: str, places: list[int]) -> None:
    text = Text()
    for chunk in cut(output.encode("utf-8", "replace"), places):
        text.feed(chunk).decode("utf-8")  # Raises where a character is cut.


@pytest.mark.parametrize(
    ("chunks", "shown", "status"),
    [
        ([GREETING, b"hi\r\n", SENTINEL], b"hi\n", 3),
        ([GREETING, b"no newline" + SENTINEL], b"no newline", 3),
        ([GREETING + SENTINEL], b"", 3),
        ([b"\0\0", GREETING, b"\0\0hi\r\n", SENTINEL], b"hi\n", 3),
        ([b"rendez", b"vous\r", b"\nhi\r\n", SENTINEL], b"hi\n", 3),
        ([GREETING, SENTINEL[:1], SENTINEL[1:30], SENTINEL[30:-1], SENTINEL[-1:]], b"", 3),
        ([GREETING, SENTINEL, b"\r\n\0"], b"", 3),
        ([GREETING, SENTINEL, b"more\r\n"], SENTINEL[:-2] + b"\nmore\n", None),
        (
            [GREETING, b" heroku-command-exit-status: 0\n"],
            b" heroku-command-exit-status: 0\n",
            None,
        ),
        ([b"rendez"], b"rendez", None),
        ([b"no greeting\n", SENTINEL], b"no greeting\n", 3),
        ([], b"", None),
    ],
)
def test_streams_as_heroku_sends_them(
    chunks: list[bytes], shown: bytes, status: int | None
) -> None:
    assert read(chunks) == (shown, status)


def test_output_is_not_held_back_without_reason() -> None:
    reader = SentinelReader()
    reader.feed(GREETING)
    assert reader.feed(b"Are you sure? ") == b"Are you sure? "
    assert reader.feed("\uffff".encode() + b"x") == "\uffff".encode() + b"x"
    assert reader.feed(b"done\n" + SENTINEL[:12]) == b"done\n"
    assert reader.status is None


@pytest.mark.parametrize(
    ("command", "shown", "status"),
    [
        ("echo it works", "it works\n", 0),
        ("exit 3", "", 3),
        ("true; false", "", 1),
        ("echo 'a  \"b\"' \"c 'd'\" # and a comment", "a  \"b\" c 'd'\n", 0),
        ("echo one\necho two\n(exit 7)", "one\ntwo\n", 7),
        ("printf 'no newline'; exit 255", "no newline", 255),
        ("cat; echo $?", "0\n", 0),
        ("echo $HOME/*.nothing | wc -l | tr -d ' '", "1\n", 0),
        ("cd / && pwd &&\nexec sh -c 'exit 9'", "/\n", 9),
        ("kill -9 $$", "", 137),
        ("echo é€ \\\\ `echo tick`", "é€ \\ tick\n", 0),
    ],
)
def test_the_status_of_any_command_is_told(command: str, shown: str, status: int) -> None:
    """Run as Heroku runs it, with the sentinel, by bash."""
    done = subprocess.run(
        ["bash", "-c", with_sentinel(command)],
        input=b"this is not for the command",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert read([done.stdout]) == (shown.encode(), status)


@pytest.mark.parametrize("command", ["echo 'unclosed", "if true; then", "echo $(", "no-such-thing"])
def test_a_command_that_no_shell_takes_fails(command: str) -> None:
    done = subprocess.run(["bash", "-c", with_sentinel(command)], capture_output=True, check=False)
    assert read([done.stdout])[1] not in (0, None)
