"""Values in one form, digests, and what chance does."""

import json
import math
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minion.privacy.proof.chance import at_least
from minion.privacy.proof.digests import Digests, DigestSet
from minion.privacy.values import emails, is_date, kind, leaves, normal, of_hstore, of_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_the_normal_form_is_its_own(text):
    assert normal(normal(text)) == normal(text)


@given(TEXT, st.sampled_from(["", " ", "\t\n", "\u00a0"]))
def test_unicode_form_and_blanks_around_do_not_matter(text, blank):
    for form in ("NFC", "NFD"):
        assert normal(blank + unicodedata.normalize(form, text) + blank) == normal(text)


@given(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x24F), max_size=30))
def test_case_does_not_matter(text):
    assert normal(text.casefold()) == normal(text)
    if text.isascii():
        assert normal(text.upper()) == normal(text)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_is_the_same_however_it_is_written(day):
    written = (day.isoformat(), f"{day:%d.%m.}{day.year}", f"{day.isoformat()} 00:00:00+00")
    assert {normal(text) for text in written} == {day.isoformat()}
    assert is_date(normal(written[1]))
    assert normal((day - timedelta(days=1)).isoformat()) != day.isoformat()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+44 1632 960-123", "441632960123"),
        ("(01632) 960123", "01632960123"),
        ("tel:+44-1632-960123", "441632960123"),
        ("12-34", "12-34"),
        ("10.1.2.3", "10.1.2.3"),
        ("!", ""),
        ("!" + "aB3" * 13 + "x", ""),
        ("!call her", "!call her"),
        ("  STRASSE ", "strasse"),
        ("Straße", "strasse"),
        ("   ", ""),
    ],
)
def test_normal_forms(text, form):
    assert normal(text) == form


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a@b.example", "email"),
        ("not an@address", None),
        ("441632960123", "phone"),
        ("12345678", None),
        ("1980-02-03", None),
        ("gb29nwbk60161331926819", "iban"),
        ("eyjhbgcioijiuzi1nij9.eyj1.x1", "token"),
        ("12 long street, some town", "text"),
        ("somebody with a name", None),
        ("anna", None),
    ],
)
def test_kinds_of_marks(text, what):
    assert kind(text) == what


def test_addresses_are_found_within_texts():
    text = "write to <anna@mail.example>, or bob@mail.example; not to @carl"
    assert emails(text) == ["anna@mail.example", "bob@mail.example"]


def test_a_long_text_without_addresses_takes_no_time_to_search():
    assert emails("x" * 1_000_000) == []
    assert kind("x" * 1_000_000) == "text"


INNER = st.recursive(
    TEXT.filter(lambda text: normal(text)),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.just("k"), inner, min_size=1)
    ),
    max_leaves=6,
)


@given(INNER)
def test_json_is_taken_apart_down_to_its_texts(value):
    def walk(part):
        if isinstance(part, str):
            yield normal(part)
        for inner in part.values() if isinstance(part, dict) else part:
            if not isinstance(part, str):
                yield from walk(inner)

    assert sorted(leaves(value)) == sorted(walk(value))
    if isinstance(value, (dict, list)):
        assert sorted(of_text(json.dumps(value))) == sorted(walk(value))


def test_keys_of_json_count_if_they_are_somebodys():
    assert list(leaves({"anna@mail.example": 1, "level": None})) == ["anna@mail.example"]
    assert list(leaves({"phone": 441632960123, "count": 3})) == ["441632960123"]


def test_an_hstore_is_taken_apart():
    assert list(of_hstore(r'"a"=>"B \"b\"", "c"=>NULL')) == ["a", 'b "b"', "c"]


@given(st.sets(TEXT, max_size=40), st.binary(min_size=1, max_size=64))
def test_digests_tell_values_and_rows_apart(texts, key):
    digests = Digests(key)
    values = {text: digests.of(text) for text in texts}
    assert len(set(values.values())) == len(texts)
    pairs = {digests.pair(a, b) for a in values.values() for b in values.values()}
    assert len(pairs) == len(texts) ** 2
    assert all(digests.of(text) == digest < 1 << 64 for text, digest in values.items())


def test_digests_under_another_key_have_nothing_in_common():
    assert Digests(b"one").of("anna") != Digests(b"other").of("anna")


@given(st.lists(st.integers(0, 2**64 - 1)), st.integers(0, 2**64 - 1))
def test_a_set_of_numbers(numbers, other):
    kept = DigestSet(numbers)
    assert list(kept) == sorted(set(numbers))
    assert all(number in kept for number in numbers)
    assert (other in kept) == (other in numbers)
    assert [kept.position(number) for number in kept] == list(range(len(kept)))


@given(st.floats(0.001, 500), st.integers(0, 200))
def test_chance_is_a_probability_and_falls(expected, count):
    assert 0 <= at_least(count + 1, expected) <= at_least(count, expected) + 1e-9 <= 1 + 1e-9


def test_chance_is_that_of_a_poisson_distribution():
    assert at_least(1, 0.5) == pytest.approx(1 - math.exp(-0.5))
    assert at_least(3, 2.0) == pytest.approx(1 - math.exp(-2) * 5)
    assert at_least(0, 0) == 1
    assert at_least(1, 0) == 0
    # A hundred thousand rows of a choice of ten: what chance makes of them, and far from it.
    assert 0.4 < at_least(10_000, 10_000.0) < 0.6
    assert at_least(10_400, 10_000.0) < 0.001
    assert at_least(100_000, 10_000.0) == 0
