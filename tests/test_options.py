import pytest

from minion.errors import ArgumentError
from minion.options import ALL, Option, each, names, parse_options


def test_the_numbers_are_those_of_the_report():
    assert [int(option) for option in each(ALL)] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", Option.NONE),
        ("5", Option.PUSH | Option.MIGRATE),
        ("31", ALL),
        ("push", Option.PUSH),
        ("push+migrate", Option.PUSH | Option.MIGRATE),
        (" Push + CollectStatic ", Option.PUSH | Option.COLLECTSTATIC),
    ],
)
def test_options_are_given_by_number_or_name(text, expected):
    assert parse_options(text) == expected


@pytest.mark.parametrize("text", ["32", "-1", "push,migrate", "psuh", "", "push+", "1.0", "²"])
def test_what_is_no_option_is_refused_and_named(text):
    with pytest.raises(ArgumentError) as caught:
        parse_options(text)
    assert f"options={text}".strip() in str(caught.value)


@pytest.mark.parametrize("number", range(32))
def test_names_and_numbers_round_trip(number):
    assert parse_options(names(Option(number))) == Option(number)
