"""What is left of the source is found, and an honest anonymisation is let through."""

import psycopg
import pytest
from anonymity_shop import (
    ANONYMISE,
    ROWS,
    SCHEMA,
    found_in,
    judged,
    memory_of,
    treated,
)
from postgres_server import execute

from minion.privacy import leftovers, prove, remember
from minion.privacy.database.connection import DatabaseUnreachable, connected

SHOP = SCHEMA + ROWS
#: What must never be told: parts of the values of the source.
VALUES = ("@mail.example", "1632", "Firstname", "Long Street", "rings", "boss", "pbkdf2", "k1234")


def shop(database, *treatment, **more):
    return treated(database, SHOP, *treatment, **more)


def without(*columns):
    return [line for column, line in ANONYMISE.items() if column not in columns]


def test_an_honest_anonymisation_is_proven(database):
    proof = shop(database, *ANONYMISE.values())
    assert proof.ok, proof.lines()
    lines = "\n".join(proof.lines())
    assert "shop_customer.email: all 1500 values compared with 1500 rows, none found" in lines
    assert lines.endswith("Nothing personal of the source was found in any column.")


def test_an_anonymiser_that_does_nothing_is_found_in_every_column(database):
    proof = shop(database)
    told = {one.key.partition(".")[2] for one in proof.found}
    assert {*ANONYMISE, "session_key"} <= told
    text = "\n".join(proof.lines())
    assert "What to do" in text
    assert not any(value in text for value in VALUES)


@pytest.mark.parametrize("column", ANONYMISE)
def test_a_forgotten_column_is_found(database, column):
    proof = shop(database, *without(column))
    assert column in {one.key.partition(".")[2] for one in proof.found}, proof.lines()


@pytest.mark.parametrize("column", ["first_name", "email", "phone", "birth_date"])
def test_one_row_of_many_is_found_and_named(database, column):
    line = ANONYMISE[column] + " WHERE id <> 7"
    proof = shop(database, *without(column), line)
    found = {one.key: one for one in proof.found}
    assert list(found) == [f"shop_customer.{column}"]
    assert found[f"shop_customer.{column}"].found == 1
    assert found[f"shop_customer.{column}"].examples == ["7"]


@pytest.mark.parametrize(
    "copy",
    [
        "UPDATE shop_book SET title = (SELECT email FROM shop_customer WHERE id = 3) WHERE id = 1",
        "UPDATE shop_book SET title = 'ask ' || (SELECT email FROM shop_customer WHERE id = 3)"
        " || ' about it' WHERE id = 1",
        "UPDATE shop_book SET title = (SELECT replace(phone, ' ', '-') FROM shop_customer"
        " WHERE id = 3) WHERE id = 1",
        "UPDATE shop_book SET title = (SELECT upper(delivery_address) FROM shop_order"
        " WHERE id = 3) WHERE id = 1",
        "UPDATE shop_book SET title = (SELECT jsonb_build_object(email, 1)::text"
        " FROM shop_customer WHERE id = 3) WHERE id = 1",
    ],
)
def test_a_value_that_was_copied_elsewhere_is_found(database, copy):
    proof = shop(database, copy, *ANONYMISE.values())
    assert [(one.key, one.found, one.examples) for one in proof.elsewhere] == [
        ("shop_book.title", 1, ["1"])
    ]
    assert not proof.ok


def test_emails_copied_into_a_new_table_are_found(database):
    copy = "CREATE TABLE mailing AS SELECT email AS line FROM shop_customer"
    assert found_in(shop(database, copy, *ANONYMISE.values())) == {"mailing.line"}


def test_an_address_within_a_text_is_remembered_too(database):
    schema = """
    CREATE TABLE talk (id serial PRIMARY KEY, notes text, other text);
    INSERT INTO talk (notes)
    SELECT 'write to q' || n || '@mail.example please' FROM generate_series(1, 50) n;
    """
    copied = "UPDATE talk SET other = substring(notes, 'q[^ ]*'), notes = ''"
    proof = treated(database, schema, copied)
    assert found_in(proof) == {"talk.other"}


def test_a_search_vector_that_was_left_is_found(database):
    schema = """
    CREATE TABLE people (id serial PRIMARY KEY, email text, words tsvector);
    INSERT INTO people (email, words)
    SELECT m, to_tsvector('simple', m)
    FROM (SELECT 'p' || n || '@mail.example' m FROM generate_series(1, 50) n) s;
    """
    assert found_in(treated(database, schema, "UPDATE people SET email = ''")) == {"people.words"}


def test_a_small_table_that_nobody_touched_is_found(database):
    schema = """
    CREATE TABLE pets (id serial PRIMARY KEY, first_name text);
    INSERT INTO pets (first_name) VALUES ('anna'), ('bob'), ('anna'), ('bob'), ('bob'), ('carl'),
        ('carl');
    """
    assert found_in(treated(database, schema)) == {"pets.first_name"}
    assert treated(database, schema, "UPDATE pets SET first_name = 'pet'").ok


def test_values_that_moved_to_another_row_are_found(database):
    shuffled = "UPDATE shop_customer SET email = 'person' || (1501 - id) || '@mail.example'"
    assert found_in(shop(database, *without("email"), shuffled)) == {"shop_customer.email"}
    shifted = """UPDATE shop_customer c SET first_name = o.first_name FROM shop_customer o
                 WHERE o.id = c.id % 1500 + 1"""
    assert found_in(shop(database, *without("first_name"), shifted)) == {"shop_customer.first_name"}


def test_names_and_dates_drawn_anew_may_be_somebody_elses(database):
    names = "UPDATE shop_customer SET first_name = 'Firstname' || abs(hashtext('new' || id)) % 60"
    drawn = "date '1950-01-01' + abs(hashtext('n' || id)) % 18000"
    dates = f"UPDATE shop_customer SET birth_date = {drawn}"
    proof = shop(database, *without("first_name", "birth_date"), names, dates)
    assert proof.ok, proof.lines()


def test_one_name_for_everybody_may_be_somebodys(database):
    names = "UPDATE shop_customer SET first_name = 'Firstname7'"
    assert shop(database, *without("first_name"), names).ok


def test_a_title_that_a_log_quotes_is_no_secret(database):
    """The admin's log is personal, and names books by titles that stay."""
    log = "UPDATE django_admin_log SET object_repr = '', change_message = ''"
    proof = shop(database, *without("object_repr"), log)
    assert proof.ok, proof.lines()


def test_deleted_rows_and_tables_are_fine(database):
    proof = shop(
        database,
        *without("payload", "delivery_address", "first_name"),
        "DROP TABLE shop_order",
        "DELETE FROM shop_customer",
    )
    assert proof.ok
    assert any("shop_order.payload: no such column any more" in one for one in proof.lines())


@pytest.mark.parametrize("column", ["email", "first_name", "birth_date"])
@pytest.mark.parametrize("renamed", ["COLUMN {} TO other", "TO clients"])
def test_a_renamed_column_is_said_and_its_values_are_looked_for(database, column, renamed):
    rename = "ALTER TABLE shop_customer RENAME " + renamed.format(column)
    proof = shop(database, *ANONYMISE.values(), rename)
    assert proof.ok, proof.lines()
    assert any("no such column any more" in line for line in proof.lines())
    proof = shop(database, *without(column), rename)
    where = "shop_customer.other" if "COLUMN" in renamed else f"clients.{column}"
    assert found_in(proof) == {where}, proof.lines()


NO_KEY = """
CREATE TABLE people (birth_date date, first_name text, email text);
INSERT INTO people SELECT date '1950-01-01' + n * 5, 'Firstname' || n, 'p' || n || '@mail.example'
FROM generate_series(1, 400) n;
"""


@pytest.mark.parametrize("left", ["birth_date", "first_name", "email"])
def test_a_forgotten_column_of_a_table_without_key_is_found(database, left):
    columns = {"birth_date", "first_name", "email"} - {left}
    proof = treated(database, NO_KEY, *(f"UPDATE people SET {one} = NULL" for one in columns))
    assert found_in(proof) == {f"people.{left}"}


def test_a_table_without_key_can_be_anonymised(database):
    drawn = "date '1950-01-01' + abs(hashtext(email)) % 18000"
    proof = treated(
        database, NO_KEY, f"UPDATE people SET birth_date = {drawn}, first_name = 'x', email = ''"
    )
    assert proof.ok, proof.lines()
    one = "UPDATE people SET first_name = 'x', birth_date = NULL, email = ''"
    proof = treated(
        database,
        NO_KEY,
        f"{one} WHERE first_name <> 'Firstname9'",
        "UPDATE people SET email = '', birth_date = NULL",
    )
    assert found_in(proof) == {"people.first_name"}


def test_rows_with_new_keys_are_still_known(database):
    renumbered = "UPDATE shop_customer SET id = id + 100000"
    detached = "ALTER TABLE shop_order DROP CONSTRAINT shop_order_customer_id_fkey"
    proof = shop(database, *without("first_name"), detached, renumbered)
    assert found_in(proof) == {"shop_customer.first_name"}


def test_a_sample_says_what_it_is_worth(database):
    proof = shop(database, *ANONYMISE.values(), limit_rows=200)
    assert proof.ok
    email = next(one for one in proof.columns if one.key == "shop_customer.email")
    assert 100 < email.sampled < 300
    assert email.of_rows == 1500
    # All of k rows left are missed with at most (1 - p) to the k.
    p = email.sampled / 1500
    assert (1 - p) ** email.at_least <= 0.01 < (1 - p) ** (email.at_least - 1)
    assert f"{email.at_least} rows left as they were would have shown with 99 %" in email.line
    found = found_in(shop(database, limit_rows=200))
    assert {"shop_customer.email", "shop_customer.first_name", "shop_customer.birth_date"} <= found


def test_odd_names_keys_types_and_schemas(database):
    schema = """
    CREATE SCHEMA "Other One";
    CREATE TYPE place AS (street text, number int);
    CREATE DOMAIN mailbox AS text;
    CREATE TABLE "Other One"."Per""son" ("E mail" text, "Geb %Datum" date);
    CREATE TABLE pairs (a int, b text, email varchar, PRIMARY KEY (a, b));
    CREATE TABLE parts (id int, email mailbox) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
    CREATE TABLE lists (
        id serial PRIMARY KEY, emails text[], ip inet, raw bytea, more json, address place,
        birth_date date, phone bigint, low text GENERATED ALWAYS AS (lower('x' || phone)) STORED
    );
    CREATE MATERIALIZED VIEW never AS SELECT * FROM pairs WITH NO DATA;
    INSERT INTO "Other One"."Per""son" VALUES ('quoted@mail.example', '1980-02-03');
    INSERT INTO pairs VALUES (1, 'x', 'Pair@mail.example'), (2, 'y', '');
    INSERT INTO parts VALUES (5, 'part@mail.example');
    INSERT INTO lists (emails, ip, raw, more, address, birth_date, phone) VALUES
        (ARRAY['one@mail.example', NULL, 'two@mail.example'], '10.1.2.3', 'raw bytes of it',
         '{"to": "three@mail.example"}', ROW('High Street', 7), 'infinity', 441632960123),
        (NULL, '::1', NULL, NULL, NULL, '0044-03-15 BC', NULL);
    """
    listed = {"pii": ("lists.raw", "lists.more"), "ignored": ()}
    source, target = database(schema), database(schema)
    columns = {finding.column.key for finding in judged(source, **listed).personal}
    mine = {"emails", "ip", "raw", "more", "address", "birth_date", "phone"}
    made = "lists.low"
    assert columns == {
        *(f"lists.{name}" for name in mine),
        'Other One.Per"son.E mail',
        'Other One.Per"son.Geb %Datum',
        "pairs.email",
        "parts.email",
        "never.email",
    }
    memory = memory_of(source, **listed)
    held = columns - {"never.email", 'Other One.Per"son.Geb %Datum'}
    assert {one.key for one in leftovers([memory], target)} >= held
    execute(
        target,
        'UPDATE "Other One"."Per""son" SET "E mail" = NULL, "Geb %Datum" = NULL',
        "UPDATE pairs SET email = 'a'; UPDATE parts SET email = ''; DELETE FROM lists WHERE id = 2",
    )
    assert {one.key for one in leftovers([memory], target)} == {
        made,
        *(f"lists.{name}" for name in mine),
    }
    execute(target, "DELETE FROM lists")
    assert leftovers([memory], target) == ()


@pytest.mark.parametrize(
    ("extension", "value"), [("citext", "'A@mail.example'"), ("hstore", "'a=>a@mail.example'")]
)
def test_types_of_extensions(database, extension, value):
    names = "SELECT name FROM pg_available_extensions"
    with psycopg.connect(database()) as connection:
        if (extension,) not in connection.execute(names).fetchall():
            pytest.skip(f"this PostgreSQL has no {extension}")
    schema = f"""
    CREATE EXTENSION {extension}; CREATE TABLE people (id int PRIMARY KEY, data {extension});
    INSERT INTO people VALUES (1, {value});
    """
    proof = treated(database, schema, pii=("people.data",))
    assert found_in(proof) == {"people.data"}


def test_a_filled_view_of_old_rows_is_found(database):
    view = "CREATE MATERIALIZED VIEW copies AS SELECT id, email AS line FROM shop_customer;"
    proof = treated(database, SHOP + view, *ANONYMISE.values(), ignored=("shop_book.*", "copies.*"))
    assert found_in(proof) == {"copies.line"}
    refreshed = [*ANONYMISE.values(), "REFRESH MATERIALIZED VIEW copies"]
    assert treated(database, SHOP + view, *refreshed, ignored=("shop_book.*", "copies.*")).ok


def test_lists_without_end_are_thinned_out_and_said_to_be(database):
    schema = """
    CREATE TABLE people (id serial PRIMARY KEY, emails text[]);
    INSERT INTO people (emails) SELECT (
        SELECT array_agg('p' || n || '.' || m || '@mail.example') FROM generate_series(1, 500) m
    ) FROM generate_series(1, 30) n;
    """
    source, target = database(schema), database(schema)
    memory = memory_of(source, limit_rows=100)
    assert memory.columns[0].share < 1
    assert len(memory.columns[0].values) <= 4000
    proof = prove([memory], target, judged(target))
    assert found_in(proof) == {"people.emails"}
    execute(target, "UPDATE people SET emails = NULL")
    proof = prove([memory], target, judged(target))
    assert proof.ok
    assert "a sample" in proof.columns[0].line


def test_a_new_personal_column_is_named(database):
    proof = shop(database, *ANONYMISE.values(), "ALTER TABLE shop_customer ADD COLUMN fax text")
    assert proof.ok
    assert any(line.startswith("shop_customer.fax: personal, but not") for line in proof.lines())


def test_data_that_were_proven_before_rest_on_that_proof(database):
    url = database(SHOP)
    memory = remember(url, [], origin="proven on 1 March, when they came from live")
    proof = prove([memory], url, judged(url))
    assert proof.ok
    assert proof.lines() == ["Not compared again: proven on 1 March, when they came from live"]


def test_rows_are_named_by_their_keys_unless_these_are_somebodys(database):
    schema = """
    CREATE TABLE pairs (a int, b int, email text, PRIMARY KEY (a, b));
    INSERT INTO pairs VALUES (7, 8, 'pair@mail.example');
    CREATE TABLE people (email text PRIMARY KEY, phone text);
    INSERT INTO people VALUES ('anna@mail.example', '+44 1632 960123');
    """
    text = "\n".join(treated(database, schema).lines())
    assert "pairs.email: FOUND in 1 of 1 rows (rows 7/8)" in text
    assert "people.phone: FOUND in 1 of 1 rows: " in text
    assert "mail.example" not in text


def test_nothing_remembered_is_no_proof(database):
    url = database(SHOP)
    with pytest.raises(ValueError, match="nothing is remembered"):
        prove([], url, judged(url))


def test_nothing_can_be_written_by_the_way(database):
    """The sessions cannot write, whatever they are asked: a live database is read with them."""
    url = database(SHOP)
    with pytest.raises(DatabaseUnreachable, match="read-only transaction"):
        with connected(url) as connection:
            connection.execute("DELETE FROM shop_book")
    with connected(url) as connection:
        connection.rollback()
        connection.read_only = None
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM shop_book")


def test_a_value_that_cannot_be_read_is_not_quoted(database):
    with pytest.raises(DatabaseUnreachable) as told:
        with connected(database(SHOP)) as connection:
            connection.execute("SELECT email::int FROM shop_customer")
    assert "person" not in str(told.value)
    assert "22P02" in str(told.value)
