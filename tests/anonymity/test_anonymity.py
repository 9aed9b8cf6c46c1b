"""What is personal is found, and what is left of it in another database is found too."""

import datetime

import pytest
from postgres_server import execute
from small_shop import ANONYMISE, ROWS, SCHEMA

from minion.privacy import (
    DatabaseUnreachable,
    Mark,
    judge,
    look,
    prove,
    read_mark,
    remember,
    take_inventory,
    write_mark,
)

LISTED = ("shop_customer.born",)
IGNORED = ("shop_book.*",)


def judged(url, pii=LISTED, ignored=IGNORED):
    inventory = take_inventory(url)
    return judge(inventory, look(url, inventory), pii, ignored)


def personal(url, **more):
    return {finding.column.key for finding in judged(url, **more).personal}


def memory_of(url, limit_rows=100_000):
    return remember(url, [one.column for one in judged(url).personal], limit_rows=limit_rows)


def proof_of(database, *anonymise, limit_rows=100_000):
    """The proof that a copy of the shop, treated by `anonymise`, has nothing of it."""
    source = database(SCHEMA, ROWS)
    target = database(SCHEMA, ROWS)
    remembered = [memory_of(source, limit_rows)]
    execute(target, *anonymise)
    return prove(remembered, target, judged(target))


def test_an_inventory(database):
    inventory = take_inventory(database(SCHEMA, ROWS))
    customers = next(table for table in inventory.tables if table.key == "shop_customer")
    assert (customers.rows, customers.is_exact) == (400, True)
    assert [column.name for column in customers.primary_key] == ["id"]
    assert int(inventory.server_version.partition(".")[0]) >= 12
    assert inventory.size_bytes > 0
    kinds = {column.name: column.type for column in customers.columns}
    assert (kinds["id"], kinds["born"], kinds["email"]) == ("int4", "date", "varchar")


def test_what_is_personal_by_name_by_content_and_by_django(database):
    found = personal(database(SCHEMA, ROWS))
    assert found == {
        "auth_user.password",
        "auth_user.username",
        "django_session.session_data",
        "django_session.session_key",
        "shop_customer.born",
        "shop_customer.country",
        "shop_customer.email",
        "shop_customer.name",
        "shop_customer.notes",
        "shop_customer.phone",
        "shop_order.delivery_address",
        "shop_order.payload",
    } - {"shop_customer.country"}


def test_what_nobody_has_spoken_of_is_a_question_with_the_lines_to_paste(database):
    url = database(SCHEMA, ROWS)
    judgement = judged(url, ignored=())
    assert [one.column.key for one in judgement.questions] == ["shop_book.title"]
    assert any('"shop_book.title",' in line for line in judgement.paste)
    assert not judged(url, ignored=("shop_book.title",)).questions
    assert not judged(url, pii=("shop_book.title",), ignored=()).questions
    assert judged(url, pii=("shop_pen.*", *LISTED)).unknown == ("shop_pen.*",)


def test_a_star_means_no_keys_and_no_numbers(database):
    found = personal(database(SCHEMA, ROWS), pii=("shop_order.*",))
    assert {key for key in found if key.startswith("shop_order")} == {
        "shop_order.delivery_address",
        "shop_order.payload",
    }


def test_an_honest_anonymisation_is_proven(database):
    proof = proof_of(database, ANONYMISE)
    assert proof.ok, proof.lines()
    lines = "\n".join(proof.lines())
    assert "shop_customer.email: all 400 values compared with 400 rows, none found" in lines


@pytest.mark.parametrize(
    ("undone", "column"),
    [
        ("", "shop_customer.email"),
        (ANONYMISE.replace("phone = '', ", ""), "shop_customer.phone"),
        (ANONYMISE.replace("born = NULL, ", ""), "shop_customer.born"),
        (ANONYMISE.replace("payload = '{}'", "total = 1"), "shop_order.payload"),
        (ANONYMISE.replace("notes = '';", "notes = '' WHERE id <> 7;"), "shop_customer.email"),
        (ANONYMISE.replace("DELETE FROM django_session;", ""), "django_session.session_data"),
        (ANONYMISE.replace(", password = '!'", ""), "auth_user.password"),
    ],
)
def test_what_was_left_is_found(database, undone, column):
    proof = proof_of(database, *([undone] if undone else []))
    assert not proof.ok
    found = {one.key: one for one in proof.columns if one.found}
    assert column in found
    text = "\n".join(proof.lines())
    assert "FOUND" in text
    assert "@mail.example" not in text
    assert "1632" not in text


def test_one_row_of_four_hundred_is_found_and_named(database):
    partly = ANONYMISE.replace("notes = '';", "notes = '' WHERE id <> 7;")
    proof = proof_of(database, partly)
    email = next(one for one in proof.columns if one.key == "shop_customer.email")
    assert (email.found, email.examples) == (1, ["7"])


@pytest.mark.parametrize(
    "copy",
    [
        "UPDATE shop_book SET title = (SELECT email FROM shop_customer WHERE id = 3) WHERE id = 1;",
        "UPDATE shop_book SET title = 'ask ' || (SELECT email FROM shop_customer WHERE id = 3)"
        " || ' about it' WHERE id = 1;",
        "UPDATE shop_book SET title = (SELECT phone FROM shop_customer WHERE id = 3) WHERE id = 1;",
    ],
)
def test_a_value_that_was_copied_elsewhere_is_found(database, copy):
    proof = proof_of(database, copy, ANONYMISE)
    assert [one.key for one in proof.elsewhere] == ["shop_book.title"]
    assert not proof.ok


def test_values_that_moved_to_another_row_are_found(database):
    shuffled = ANONYMISE.replace(
        "email = 'c' || id || '@anonymous.invalid'",
        "email = 'person' || (401 - id) || '@mail.example'",
    )
    assert not proof_of(database, shuffled).ok


def test_a_date_of_birth_that_is_drawn_anew_may_be_somebody_elses(database):
    drawn = ANONYMISE.replace("born = NULL", "born = date '1950-01-01' + (id * 7919 % 18000)")
    assert proof_of(database, drawn).ok


def test_a_renamed_column_is_said_and_its_values_are_looked_for_elsewhere(database):
    renamed = "ALTER TABLE shop_customer RENAME COLUMN email TO mail_to;"
    proof = proof_of(database, ANONYMISE, renamed)
    assert proof.ok
    assert any("no such column any more" in line for line in proof.lines())
    assert not proof_of(
        database, ANONYMISE.replace("email = 'c' || id || '@anonymous.invalid',", ""), renamed
    ).ok


def test_a_sample_says_what_it_is_worth(database):
    proof = proof_of(database, ANONYMISE, limit_rows=100)
    assert proof.ok
    assert any("a sample: " in line and "with 99 %" in line for line in proof.lines())
    assert not proof_of(database, limit_rows=100).ok


def test_odd_names_keys_and_schemas(database):
    schema = """
    CREATE SCHEMA "Other One";
    CREATE TABLE "Other One"."Per""son" ("E mail" text, "Geb %Datum" date);
    CREATE TABLE pairs (a int, b text, email text, PRIMARY KEY (a, b));
    CREATE TABLE parts (id int, email text) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
    CREATE TABLE lists (id serial PRIMARY KEY, emails text[], ip inet, raw bytea);
    """
    rows = """
    INSERT INTO "Other One"."Per""son" VALUES ('quoted@mail.example', '1980-02-03');
    INSERT INTO pairs VALUES (1, 'x', 'pair@mail.example');
    INSERT INTO parts VALUES (5, 'part@mail.example');
    INSERT INTO lists (emails, ip, raw) VALUES
        (ARRAY['one@mail.example', NULL, 'two@mail.example'], '10.1.2.3', 'raw bytes of it');
    """
    source, target = database(schema, rows), database(schema, rows)
    found = personal(source, pii=("lists.raw",), ignored=())
    assert {'Other One.Per"son.E mail', "pairs.email", "parts.email", "lists.emails"} <= found
    assert {"lists.ip", "lists.raw"} <= found
    columns = [one.column for one in judged(source, pii=("lists.raw",), ignored=()).personal]
    remembered = [remember(source, columns, limit_rows=1000)]
    proof = prove(remembered, target, judged(target, ignored=()))
    assert {one.key for one in proof.columns if one.found} == {column.key for column in columns}
    execute(
        target,
        'UPDATE "Other One"."Per""son" SET "E mail" = NULL, "Geb %Datum" = NULL',
        "UPDATE pairs SET email = 'a'; UPDATE parts SET email = ''; DELETE FROM lists",
    )
    assert prove(remembered, target, judged(target, ignored=())).ok


def test_a_mark_goes_with_what_it_was_given_for(database):
    url = database(SCHEMA, ROWS)
    assert read_mark(url) is None
    mark = Mark("shop-live", datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc))
    write_mark(url, mark)
    assert read_mark(url) == mark
    execute(url, "ALTER TABLE shop_book ADD COLUMN more text; CREATE TABLE new (id int)")
    assert read_mark(url) == mark
    execute(url, "DROP TABLE shop_order; CREATE TABLE shop_order (id int)")
    assert read_mark(url) is None


def test_a_database_without_migrations_cannot_be_marked(database):
    with pytest.raises(DatabaseUnreachable, match="django_migrations"):
        write_mark(database(), Mark("x", datetime.datetime.now(datetime.timezone.utc)))


def test_an_unreachable_database_is_told_without_its_password(database):
    for url in ("postgres://u:hunter2@127.0.0.1:1/x", "nonsense://hunter2", "hunter2"):
        with pytest.raises(DatabaseUnreachable) as told:
            take_inventory(url)
        assert "hunter2" not in str(told.value)


NAMES = """
CREATE TABLE guests (id serial PRIMARY KEY, first_name text);
INSERT INTO guests (first_name) SELECT (ARRAY['Ada', 'Bo', 'Cy', 'Di'])[1 + n % 4]
FROM generate_series(1, 200) n;
"""


@pytest.mark.parametrize(
    ("anonymise", "is_proven"),
    [
        ("SELECT 1", False),
        ("UPDATE guests SET first_name = 'Guest'", True),
        (
            "UPDATE guests SET first_name = (ARRAY['Ada', 'Bo', 'Cy', 'Di'])"
            "[1 + abs(hashtext('drawn ' || id)) % 4]",
            True,
        ),
    ],
)
def test_names_that_many_share_may_be_drawn_anew_but_not_forgotten(database, anonymise, is_proven):
    source, target = database(NAMES), database(NAMES, anonymise)
    proof = prove([memory_of(source)], target, judged(target))
    assert proof.ok is is_proven, proof.lines()


def test_a_text_that_begins_like_an_unusable_password_is_compared(database):
    odd = "CREATE TABLE guests (id serial PRIMARY KEY, notes text); INSERT INTO guests (notes)"
    odd += " VALUES ('!! never ring the bell at night')"
    source, target = database(odd), database(odd)
    assert not prove([memory_of(source)], target, judged(target)).ok


def test_keys_that_may_be_personal_are_not_shown(database):
    proof = proof_of(database)
    session = next(one for one in proof.columns if one.key == "django_session.session_data")
    assert session.found
    assert session.examples == []
