"""What is personal by settings, by Django, by name and by contents, and what is a question."""

import sys

import pytest
from anonymity_shop import IGNORED, ROWS, SCHEMA, judged, personal

from minion.privacy import DatabaseUnreachable, take_inventory
from minion.privacy.columns.naming import holds

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_an_inventory(database):
    inventory = take_inventory(database(SCHEMA, ROWS))
    customers = next(table for table in inventory.tables if table.key == "shop_customer")
    assert (customers.rows, customers.is_exact) == (1500, True)
    assert [column.name for column in customers.primary_key] == ["id"]
    orders = next(table for table in inventory.tables if table.key == "shop_order")
    assert [column.name for column in orders.columns if column.is_foreign] == ["customer_id"]
    assert int(inventory.server_version.partition(".")[0]) >= 12
    assert inventory.size_bytes > 0
    kinds = {column.name: column.type for column in customers.columns}
    assert (kinds["id"], kinds["birth_date"], kinds["email"]) == ("int4", "date", "varchar")


def test_what_is_personal_by_name_by_content_and_by_django(database):
    judgement = judged(database(SCHEMA, ROWS))
    assert {finding.column.key for finding in judgement.personal} == {
        "auth_user.password",
        "auth_user.username",
        "django_admin_log.change_message",
        "django_admin_log.object_repr",
        "django_session.session_data",
        "django_session.session_key",
        "shop_customer.birth_date",
        "shop_customer.email",
        "shop_customer.first_name",
        "shop_customer.notes",
        "shop_customer.phone",
        "shop_order.delivery_address",
        "shop_order.payload",
    }
    assert not judgement.questions


def test_what_nobody_has_spoken_of_is_a_question_with_lines_that_answer_it(database):
    url = database(SCHEMA, ROWS)
    judgement = judged(url, ignored=("shop_book.isbn", "shop_book.slug", "shop_book.cover"))
    assert [one.column.key for one in judgement.questions] == ["shop_book.title"]
    answer = tomllib.loads("[data]\n" + "\n".join(judgement.paste[:-1]))["data"]["pii"]
    assert answer == ["shop_book.title"]
    assert not judged(url, pii=answer, ignored=("shop_book.[isc]*",)).questions
    assert judged(url, pii=("shop_pen.*", "*.email")).unknown == ("shop_pen.*",)


def test_a_star_means_no_keys_and_no_numbers_but_a_name_means_all(database):
    url = database(SCHEMA, ROWS)
    assert "shop_order.total" not in personal(url, pii=("shop_order.*",))
    assert "shop_order.total" in personal(url, pii=("shop_order.total",))
    assert "shop_customer.email" in personal(url, pii=("*.email",), ignored=("shop_*.*",))
    assert "shop_customer.email" not in personal(url, ignored=("shop_customer.*", *IGNORED))


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("a text", "'somebody' || n || '@mail.example'"),
        ("a text", "'+49 170 ' || (1000000 + n)"),
        ("a text", "'10.1.' || n || '.7'"),
        ("a inet", "('10.1.' || n || '.7')::inet"),
        ("a text", "'GB29NWBK6016133192' || (1000 + n)"),
        ("a text", "md5(n::text)"),
        ("a text[]", "ARRAY['x' || n || '@mail.example']"),
        ("a jsonb", "jsonb_build_object('x', jsonb_build_array(n || '@mail.example'))"),
        ("a jsonb", "jsonb_build_object('phone', n)"),
        ("a text", """'{"home": {"street": "' || n || '"}}'"""),
        ("phone bigint", "491700000000 + n"),
        ("latitude float8", "50 + n / 1000.0"),
        ('"geburtsDatum" date', "date '1980-01-01' + n"),
        ("date_of_birth timestamptz", "timestamptz '1980-01-01' + n * interval '1 day'"),
        ("api_key uuid", "md5(n::text)::uuid"),
        ("nachname text", "'N' || n"),
    ],
)
def test_personal_by_contents_or_name(database, definition, value):
    table = f"CREATE TABLE thing (id serial PRIMARY KEY, {definition});"
    url = database(
        table, f"INSERT INTO thing SELECT n, {value} FROM generate_series(1, 50) AS s (n)"
    )
    judgement = judged(url, ignored=())
    assert len(judgement.personal) == 1, judgement
    assert judgement.personal[0].reason


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("a text", "(ARRAY['small', 'large', 'huge'])[1 + n % 3]"),
        ("phone_type text", "(ARRAY['home', 'work'])[1 + n % 2]"),
        ("isbn bigint", "9780306406157 + n"),
        ("message_count int", "n"),
        ("tax_rate numeric", "n / 7.0"),
        ("published date", "date '1980-01-01' + n"),
        ("created timestamptz", "now() - n * interval '1 day'"),
        ("reference uuid", "md5(n::text)::uuid"),
        ("counts jsonb", "jsonb_build_object('n', n)"),
        ("span int4range", "int4range(n, n + 2)"),
        ("words tsvector", "to_tsvector('simple', 'word' || n)"),
        ("a text GENERATED ALWAYS AS ('e' || id || '@x.example') STORED", None),
        ("a text", "''"),
    ],
)
def test_harmless_by_contents_or_type(database, definition, value):
    rows = "DEFAULT" if value is None else value
    table = f"CREATE TABLE thing (id int PRIMARY KEY, {definition});"
    insert = f"INSERT INTO thing SELECT n, {rows} FROM generate_series(1, 50) AS s (n)"
    if value is None:
        insert = "INSERT INTO thing SELECT n FROM generate_series(1, 50) AS s (n)"
    judgement = judged(database(table, insert), ignored=())
    assert (judgement.personal, judgement.questions) == ((), ())


def test_an_empty_table_is_judged_by_names_alone(database):
    url = database("CREATE TABLE thing (id int, wording text, email text)")
    judgement = judged(url, ignored=())
    assert [finding.column.key for finding in judgement.personal] == ["thing.email"]
    assert not judgement.questions


def test_nulls_say_nothing_and_long_values_are_no_kind(database):
    url = database(
        "CREATE TABLE thing (id serial PRIMARY KEY, wording text, blob text, phone text)",
        "INSERT INTO thing (wording, blob) SELECT CASE WHEN n % 100 = 0 THEN 'wording ' || n END,"
        " repeat('x', 50000) FROM generate_series(1, 1000) n",
    )
    judgement = judged(url, ignored=())
    assert [one.column.key for one in judgement.questions] == ["thing.wording"]
    assert [one.column.key for one in judgement.personal] == ["thing.phone"]


def test_places_and_unknown_texts_are_questions(database):
    url = database(
        "CREATE TABLE thing (home point, wording text)",
        "INSERT INTO thing SELECT point(n, n), 'wording ' || n FROM generate_series(1, 50) n",
    )
    questions = {one.column.key for one in judged(url, ignored=()).questions}
    assert questions == {"thing.home", "thing.wording"}


@pytest.mark.parametrize(
    ("table", "column", "what"),
    [
        ("t", "emailAddress", "an e-mail address"),
        ("t", "deliveryAddress_2", "an address"),
        ("t", "last_login_ip", "a name"),
        ("shop_customer", "name", "a name"),
        ("shop_product", "name", None),
        ("shop_product", "product_name", None),
        ("shop_product", "description", None),
        ("accounts_profile", "description", "free text about somebody"),
        ("t", "filename", None),
        ("t", "slug", None),
        ("t", "email_verified", None),
        ("t", "zip", "an address"),
        ("t", "shipping_label", None),
        ("t", "api_key", "a secret"),
        ("t", "sort_key", None),
        ("t", "", None),
    ],
)
def test_names(table, column, what):
    assert holds(table, column) == what


def test_an_unreachable_database_is_told_without_its_password():
    for url in (
        "postgres://u:hunter2@127.0.0.1:1/x",
        "postgres://u:hunter2@127.0.0.1:1/x?nonsense=hunter2",
        "postgres://u:p@127.0.0.1:port/hunter2",
        "nonsense://hunter2",
        "hunter2",
    ):
        with pytest.raises(DatabaseUnreachable) as told:
            take_inventory(url)
        assert "hunter2" not in str(told.value)
        assert "\n" not in str(told.value)
