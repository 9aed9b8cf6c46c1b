import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minion.errors import SettingsError
from minion.settings.envfile import parse, render

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}|[A-Z0-9]{1,3}", fullmatch=True)
AWKWARD = st.sampled_from("\\'\"\n\r #$=\t\x85\u2028") | st.characters(
    exclude_categories=["Cs"], exclude_characters="\0"
)
VALUES = st.text(AWKWARD) | st.sampled_from(["", "=", "-----BEGIN", "C:\\"])


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_written_is_read_back_byte_for_byte(values):
    text, left_out = render(values)
    assert all(values[key].endswith("\\") for key in left_out)
    kept = {key: value for key, value in values.items() if key not in left_out}
    assert parse(text.encode(), "x.env") == kept


def test_dotenv_as_people_write_it():
    content = b"""
# a comment
export TOKEN=abc#def   # but this is one
PRICE=$5 and ${HOME}
QUOTED = "two\\nlines"
PEM='-----BEGIN-----
abc=
-----END-----'
EMPTY=
camelCase=1
lower_case=
FOLDER=C:\\users\\
NEXT=x
2FA=yes
"""
    assert parse(content, "dev.env") == {
        "TOKEN": "abc#def",
        "PRICE": "$5 and ${HOME}",
        "QUOTED": "two\nlines",
        "PEM": "-----BEGIN-----\nabc=\n-----END-----",
        "EMPTY": "",
        "camelCase": "1",
        "lower_case": "",
        "FOLDER": "C:\\users\\",
        "NEXT": "x",
        "2FA": "yes",
    }


def test_a_byte_order_mark_and_the_lines_of_other_systems_are_read():
    assert parse(b"\xef\xbb\xbfA=1\r\nB='x\r\ny'\r\n", "x.env") == {"A": "1", "B": "x\r\ny"}
    assert parse(b"A=1\rB=2\r", "x.env") == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"A=1\nB=2\n\nA=3\n", "dev.env:4: A is set already in line 1"),
        (b"A=1\r\n\r\n\r\nA=3\r\n", "dev.env:4: A is set already in line 1"),
        (b"canary=1\n canary=2\n", "dev.env:2: its key is set already in line 1"),
        (b"A=1\n\n# note\nwhat is this canary\n", "dev.env:4: not KEY=value"),
        (b'A="never closed canary\n', "dev.env:1: not KEY=value"),
        (b'A="canary\nB="canary"\n', "dev.env:1: not KEY=value"),
        (b"A=1\ncanary\n", "dev.env:2: not KEY=value"),
        (b"A=1\nexport canary\n", "dev.env:2: not KEY=value"),
        (b"A=1\nexport CANARY=1 2\nexport =canary", "dev.env:3: not KEY=value"),
        (b"A=1\nB=canary\xff\n", "dev.env:2: not UTF-8"),
        (b"A=1\rB=canary\xff\n", "dev.env:2: not UTF-8"),
        (b"A=1\nB=canary\0\n", "dev.env:2: a NUL"),
        (b"A=1\ncan-ary=1\n", "dev.env:2: not a key"),
        (b"A=1\n'canary x'=1\n", "dev.env:2: not a key"),
        (b"A=1\ncan\xc3\xa4ry=1\n", "dev.env:2: not a key"),
        (b"A=1\n\xef\xbb\xbfcanary=1\n", "dev.env:2: not a key"),
        (b"A=1\ncanary==\n", "dev.env:2: a value that begins with ="),
        (b"A=1\ncaNAry123=\n", "dev.env:2: not a key"),
        (b"A=x\\\ncanary=1\n", "dev.env:2: does the value above go on here"),
        (b"A=-----BEGIN X\ncanary=1\n", "dev.env:2: does the value above go on here"),
        (
            b"A=1\nPEM=-----BEGIN KEY-----\nMIIcanary+/x\ncanary=\n-----END KEY-----",
            "dev.env:3: not KEY=value",
        ),
        (b"A=-----BEGIN PUBLIC KEY-----\nMCowBQcanaryA=\n-----END", "dev.env:2: not a key"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line_and_not_shown(content, says, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SettingsError) as caught:
        parse(content, "dev.env")
    assert str(caught.value).startswith(says)
    assert "canary" not in str(caught.value).lower()
    assert caplog.text == ""


SECRET = "sEcr3tMark"
HIDDEN = st.tuples(st.text("abcXYZ019+/-_ ", max_size=12), st.sampled_from(["", "=", "=="])).map(
    lambda parts: SECRET + "".join(parts)
)
#: Where a secret stands in a file that somebody has written in haste.
PLACES = st.one_of(
    HIDDEN.map("KEY={}".format),
    HIDDEN.map('KEY="{}'.format),
    HIDDEN.map("KEY='{}\nB=1".format),
    HIDDEN.map('KEY="x" {}'.format),
    HIDDEN.map("# {}".format),
    HIDDEN.map("KEY=one\\\n{}".format),
    HIDDEN.map("KEY=-----BEGIN PRIVATE KEY-----\n{0}\n{0}==\n-----END PRIVATE KEY-----".format),
    HIDDEN.map("KEY=-----BEGIN PUBLIC KEY-----\n{}=\n-----END PUBLIC KEY-----".format),
    HIDDEN.map("export {}".format),
    HIDDEN.map("{}".format),
    HIDDEN.map("{}==".format),
    HIDDEN.map("{}=".format),
    HIDDEN.map("KEY\n={}".format),
    HIDDEN.map("KEY: {}".format),
    HIDDEN.map("'{}'".format),
    HIDDEN.map("'{}".format),
    HIDDEN.map('"{}"'.format),
    HIDDEN.map("KEY={}\nKEY={}".replace("{}", "{0}").format),
    HIDDEN.map("KEY=\0{}".format),
    HIDDEN.map("\ufeffKEY={}".format),
)
LINES = PLACES | st.sampled_from(["", "A=1", "B='two\nlines'", "export C=", "\\", '"', "'"])
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@settings(max_examples=400)
@given(st.lists(LINES, min_size=1, max_size=6), ENDS, st.binary(max_size=2))
def test_no_secret_is_taken_for_a_key_or_told(lines, end, rest):
    # On a line of its own: after `KEY=` it would be a value.
    content = "\n".join([*lines, ""]).replace("\n", end).encode() + rest
    try:
        values = parse(content, "dev.env")
    except SettingsError as error:
        assert SECRET not in str(error)
        assert str(error).startswith("dev.env:")
    else:
        assert SECRET not in " ".join(values)
