"""A proposal for [data]: complete, with a reason for each line, and enough for a move."""

import sys

import pytest
from anonymity_shop import ROWS, SCHEMA, judged
from hypothesis import given
from hypothesis import strategies as st

from minion.privacy import in_toml, look, propose, take_inventory

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def proposed(url, pii=(), pii_ignore=()):
    inventory = take_inventory(url)
    return propose([(inventory, look(url, inventory))], pii, pii_ignore)


def read(proposal):
    found = tomllib.loads(proposal.text())["data"]
    assert list(proposal.pii) == found["pii"]
    assert list(proposal.pii_ignore) == found["pii_ignore"]
    return found["pii"], found["pii_ignore"]


@pytest.fixture(scope="module")
def url(server):
    return server.make(SCHEMA, ROWS)


def test_it_names_every_personal_column_by_table_with_its_reason(url):
    text = proposed(url).text()
    lines = [line.strip() for line in text.splitlines()]
    start = lines.index("# shop_customer: 1500 rows")
    assert lines[start + 1 : start + 3] == [
        '"shop_customer.first_name",  # its name says that it holds a name',
        '"shop_customer.email",  # its name says that it holds an e-mail address',
    ]
    assert '"shop_book.title",  # ? 60 different texts in 60 looked at; into pii_ignore' in text


def test_put_into_the_settings_nothing_is_left_to_ask(url):
    pii, ignored = read(proposed(url))
    judgement = judged(url, pii=pii, ignored=ignored)
    assert (judgement.questions, judgement.unknown) == ((), ())
    assert {one.column.key for one in judgement.personal} == set(pii)
    assert ignored == []
    again = proposed(url, pii, ignored)
    assert set(again.pii) == set(pii)
    assert again.asked == ()


def test_once_corrected_it_stays_so(url):
    pii, _ = read(proposed(url))
    books = [key for key in pii if key.startswith("shop_book.")]
    people = [key for key in pii if key not in books]
    again = proposed(url, people, [*books, "shop_customer.level"])
    assert set(again.pii) == set(people)
    assert set(again.pii_ignore) == {*books, "shop_customer.level"}
    assert again.asked == ()
    assert "minion.toml says so; 60 different texts in 60 looked at" in again.text()


def test_stars_are_kept_and_what_names_nothing_is_said(url):
    again = proposed(url, ("shop_customer.*", "shop_gone.name"), ("shop_book.*", "gone.*"))
    pii, ignored = read(again)
    assert pii[0] == "shop_customer.*"
    assert "shop_gone.name" not in pii
    assert ignored == ["shop_book.*", "gone.*"]
    assert '# "shop_gone.name" names no column here' in again.text()
    assert '# "gone.*" names no column here' in again.text()


def test_several_databases_make_one_proposal(url, database):
    other = database("CREATE TABLE letter (id int, email text)")
    both = [take_inventory(one) for one in (url, other)]
    found = propose([(one, {}) for one in both], ("letter.email", "gone.a"), ())
    assert {"letter.email", "shop_customer.email"} <= set(found.pii)
    assert found.unknown == ("gone.a",)


def test_odd_names_are_proposed_too(database):
    url = database(
        'CREATE TABLE "o""dd \\ \U0001f600\x7f" ("e-mail\n#1" text, "Straße" text)',
        "CREATE SCHEMA crm; CREATE TABLE crm.people (email text)",
    )
    pii, _ = read(proposed(url))
    assert 'o"dd \\ \U0001f600\x7f.e-mail\n#1' in pii
    assert "crm.people.email" in pii


@given(st.text())
def test_any_text_is_a_string_of_toml(text):
    text = text.encode("utf-8", "ignore").decode()
    assert tomllib.loads(f"a = {in_toml(text)}")["a"] == text
