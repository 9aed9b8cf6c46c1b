"""What PostgreSQL has noted of columns before their values were replaced."""

import psycopg
from anonymity_shop import found_in, judged, memory_of
from postgres_server import execute

from minion.privacy import prove, renew_statistics

PEOPLE = """
CREATE TABLE people (id serial PRIMARY KEY, email varchar(80));
INSERT INTO people (email) SELECT 'person' || n || '@mail.example' FROM generate_series(1, 60) n;
CREATE TABLE sessions (key text COLLATE "C" PRIMARY KEY, email varchar(80), seen tstzrange);
INSERT INTO sessions SELECT md5(n::text), 'person' || n || '@mail.example'
FROM generate_series(1, 60) n;
"""
#: As autovacuum does meanwhile.
NOTED = "ANALYZE"
CLEAN = ("UPDATE people SET email = ''", "DELETE FROM sessions")
COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attcollation::regcollation::text, attnotnull
FROM pg_attribute WHERE attrelid = 'sessions'::regclass AND attnum > 0 ORDER BY attnum
"""
FILES = "SELECT relname, relfilenode FROM pg_class WHERE oid >= 16384 ORDER BY relname"


def asked(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def proof_after(database, *more):
    source, target = database(PEOPLE), database(PEOPLE, NOTED, *CLEAN, *more)
    memory = memory_of(source)
    before = asked(target, COLUMNS), asked(target, FILES)
    renew_statistics(target)
    # Neither types nor collations are others, and no file of a table was written anew.
    assert (asked(target, COLUMNS), asked(target, FILES)) == before
    return prove([memory], target, judged(target))


def test_without_being_made_anew_they_are_found(database):
    source, target = database(PEOPLE), database(PEOPLE, NOTED, *CLEAN)
    found = found_in(prove([memory_of(source)], target, judged(target)))
    assert any(key.startswith("people.email (statistics") for key in found)
    assert any(key.startswith("sessions.email (statistics") for key in found)


def test_made_anew_they_hold_nothing_of_anybody_also_of_a_table_without_rows(database):
    proof = proof_after(database)
    assert proof.ok, proof.lines()


def test_what_a_view_keeps_from_being_dropped_is_found(database):
    proof = proof_after(database, "CREATE VIEW mails AS SELECT email FROM sessions")
    assert {key.partition(" (")[0] for key in found_in(proof)} == {"sessions.email"}


def test_nor_do_those_of_partitions_that_are_all_empty(database):
    visits = """
    CREATE TABLE visits (email varchar(80), at date) PARTITION BY RANGE (at);
    CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO visits SELECT 'person' || n || '@mail.example', '2025-02-03'
    FROM generate_series(1, 60) n;
    """
    source, target = database(visits), database(visits, NOTED, "DELETE FROM visits")
    memory = memory_of(source)
    assert not prove([memory], target, judged(target)).ok
    renew_statistics(target)
    proof = prove([memory], target, judged(target))
    assert proof.ok, proof.lines()


def test_no_row_is_lost_and_none_is_written(database):
    url = database(PEOPLE, NOTED)
    before = asked(url, "SELECT p::text, xmin::text FROM people p ORDER BY id")
    execute(url, "DELETE FROM sessions")
    renew_statistics(url)
    assert asked(url, "SELECT p::text, xmin::text FROM people p ORDER BY id") == before


def test_a_column_that_may_say_so_may_be_noted_too(database):
    """What had it at the source already, and tells nothing about anybody, as the settings say."""
    orders = """
    CREATE TABLE orders (id serial PRIMARY KEY, delivery_address text, line text);
    INSERT INTO orders (delivery_address) SELECT n || ' Long Street, Some Town, AB1 2CD'
    FROM generate_series(1, 60) n;
    UPDATE orders SET line = 'For ' || delivery_address;
    """
    source = database(orders)
    target = database(orders, "UPDATE orders SET delivery_address = id || ' Nowhere'")
    memory, ignored = memory_of(source, ignored=("orders.line",)), ("orders.line",)
    assert prove([memory], target, judged(target, ignored=ignored)).ok
    renew_statistics(target)
    proof = prove([memory], target, judged(target, ignored=ignored))
    assert proof.ok, proof.lines()
