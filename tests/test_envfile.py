import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.errors import SettingsError
from minion.settings.envfile import parse, render

KEYS = st.from_regex(r"[A-Z_][A-Z0-9_]{0,5}", fullmatch=True)
AWKWARD = st.sampled_from("\\'\"\n\r #$=\t\x85\u2028") | st.characters(
    exclude_categories=["Cs"], exclude_characters="\0"
)


@given(st.dictionaries(KEYS, st.text(AWKWARD), max_size=4))
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
"""
    assert parse(content, "dev.env") == {
        "TOKEN": "abc#def",
        "PRICE": "$5 and ${HOME}",
        "QUOTED": "two\nlines",
        "PEM": "-----BEGIN-----\nabc=\n-----END-----",
        "EMPTY": "",
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"A=1\nB=2\n\nA=3\n", "dev.env:4: A is set already in line 1"),
        (b"A=1\n\n# note\nwhat is this\n", "dev.env:4: not KEY=value"),
        (b'A="never closed\n', "dev.env:1: not KEY=value"),
        (b"A\n", "dev.env:1: A has no value"),
        (b"A=1\nB=\xff\n", "dev.env:2: not UTF-8"),
        (b"A=1\nB=\0\n", "dev.env:2: a NUL"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line_and_not_shown(content, says):
    with pytest.raises(SettingsError) as caught:
        parse(content, "dev.env")
    assert str(caught.value).startswith(says)
    assert "never closed" not in str(caught.value)
