"""Places that are easily forgotten: files, views of rows, other servers' rows, programs' tables."""

import base64
import gzip
import pickle
import zlib

import psycopg
import pytest
from anonymity_shop import found_in, judged, memory_of
from postgres_server import execute

from minion.privacy import ColumnProof, prove

PEOPLE = """
CREATE TABLE people (id serial PRIMARY KEY, full_name text, email text, raw bytea, line text);
INSERT INTO people (full_name, email)
SELECT 'Karen' || chr(97 + n % 26) || chr(97 + n / 26) || ' Smith',
       'ann.smith' || n || '@example.org'
FROM generate_series(1, 60) n;
"""
CLEAN = "UPDATE people SET full_name = 'Person ' || id, email = 'c' || id || '@x.invalid'"
WHO = "ann.smith7@example.org"
#: Longer than what is taken for nothing but an address.
JSON = f'{{"to": "{WHO}", "why": "{"because " * 10}"}}'.encode()
HEAD = b"\xff\xd8\xff\xe1\x00\x99Exif\x00\x00II*\x00" + bytes(range(128, 200))
FILES = {
    "deflated": zlib.compress(JSON),
    "gzip": gzip.compress(JSON),
    "gzip_cut_off": gzip.compress(JSON + bytes(range(256)) * 40)[:200],
    "gzip_twice": gzip.compress(gzip.compress(JSON)),
    "pickled": pickle.dumps({"kwargs": {"to": WHO}}),
    "pickled_address_alone": pickle.dumps(WHO),
    "image": HEAD + WHO.encode() + b"\xff\xd9" * 9,
    "image_of_windows": HEAD + WHO.encode("utf-16-le") + b"\xff\xd9" * 9,
    "document": b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n/Author (\xfe\xff" + WHO.encode("utf-16-be") + b")",
}
HARMLESS = {
    "deflated": zlib.compress(JSON.replace(b"ann.smith7", b"c7")),
    "not_deflated": b"x\x9c" + bytes(range(256)),
    "all_zeros": zlib.compress(bytes(10_000_000)),
    "image": HEAD + b"nobody@anonymous.invalid" + b"\xff\xd9" * 9,
}
IGNORED = ("*.raw", "*.line")


@pytest.fixture(scope="module")
def pair(server):
    """The memory of a source, and the URL of a target that is clean."""
    source, target = server.make(PEOPLE), server.make(PEOPLE)
    execute(target, CLEAN)
    return memory_of(source, ignored=IGNORED), target


def found_with(pair, raw, line):
    memory, target = pair
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("UPDATE people SET raw = %s, line = %s WHERE id = 7", [raw, line])
    try:
        return found_in(prove([memory], target, judged(target, ignored=IGNORED)))
    finally:
        execute(target, "UPDATE people SET raw = NULL, line = NULL")


@pytest.mark.parametrize("file", FILES)
def test_what_is_within_a_file_is_found(pair, file):
    written = base64.urlsafe_b64encode(FILES[file]).decode().rstrip("=")
    # As django.core.signing writes it.
    found = found_with(pair, FILES[file], f".{written}:1rXy2z:{'x' * 43}")
    assert found == {"people.raw", "people.line"}


def test_the_end_of_a_file_is_looked_at_too(pair):
    file = b"%PDF-1.7\n" + bytes(200_000) + b"/Author " + WHO.encode() + b"\0"
    assert found_with(pair, file, None) == {"people.raw"}


@pytest.mark.parametrize("file", HARMLESS)
def test_what_is_within_no_file_is_let_through(pair, file):
    written = base64.b64encode(HARMLESS[file]).decode()
    assert found_with(pair, HARMLESS[file], written) == set()


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        (
            "CREATE MATERIALIZED VIEW seen AS SELECT id, '{}'::text AS what FROM people",
            "seen.what",
        ),
        ("COMMENT ON COLUMN people.line IS 'as of {}'", "people (a comment)"),
        ("COMMENT ON FUNCTION pg_temp.f() IS '{}'", "something (a comment)"),
    ],
)
def test_what_is_beside_the_tables_is_found(pair, statement, key):
    memory, target = pair
    with psycopg.connect(target) as connection:
        connection.execute("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute(statement.format(WHO))
        connection.commit()
        try:
            assert key in found_in(prove([memory], target, judged(target, ignored=IGNORED)))
        finally:
            connection.execute("DROP MATERIALIZED VIEW IF EXISTS seen")
            connection.execute("COMMENT ON COLUMN people.line IS NULL")
            connection.commit()


def test_foreign_tables_and_event_triggers_are_refused_by_name(server, database):
    source, target = database(PEOPLE), database(PEOPLE)
    memory = memory_of(source, ignored=IGNORED)
    execute(target, CLEAN)
    server.as_superuser(
        target,
        "CREATE FOREIGN DATA WRAPPER elsewhere",
        "CREATE SERVER archive FOREIGN DATA WRAPPER elsewhere",
        "CREATE FOREIGN TABLE old_people (email text) SERVER archive",
        "CREATE FUNCTION notes() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER noting ON ddl_command_end EXECUTE FUNCTION notes()",
        "CREATE SCHEMA _heroku",
        "CREATE FUNCTION _heroku.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER of_heroku ON ddl_command_end EXECUTE FUNCTION _heroku.f()",
    )
    proof = prove([memory], target, judged(target, ignored=IGNORED))
    assert found_in(proof) == {"old_people", "noting"}
    said = "\n".join(one.line for one in proof.found)
    assert "DROP FOREIGN TABLE" in said
    assert "DROP EVENT TRIGGER" in said


def test_hashes_of_many_values_are_known_and_how_many_is_said(database):
    people = (
        "CREATE TABLE people (id serial PRIMARY KEY, email text, line text);"
        "INSERT INTO people (email) SELECT 'ann.smith' || n || '@example.org' "
        "FROM generate_series(1, 45000) n"
    )
    source, target = database(people), database(people)
    memory = memory_of(source, ignored=IGNORED)
    execute(
        target,
        "UPDATE people SET line = md5(email) WHERE id IN (44444, 44445, 44446)",
        "UPDATE people SET email = ''",
    )
    proof = prove([memory], target, judged(target, ignored=IGNORED))
    assert [(one.key, one.found) for one in proof.found] == [("people.line", 3)]
    assert "hashes" not in proof.columns[0].line
    assert "hashes of one in 3" in ColumnProof("people.email", sampled=9, hash_of=3).line


def test_what_companions_of_django_keep_is_judged_without_a_question(database):
    url = database(
        "CREATE TABLE reversion_version (id serial PRIMARY KEY, object_id text, format text,"
        " serialized_data text, object_repr text, db text)",
        "CREATE TABLE django_q_task (id char(32) PRIMARY KEY, name text, func text, args bytea)",
        "CREATE TABLE silk_request (id char(36) PRIMARY KEY, path text, body text, method text)",
        "CREATE TABLE shop_historicalbook (id int, history_type text, history_change_reason text)",
        *(
            f"INSERT INTO {table} SELECT n::text{words} FROM generate_series(1, 60) n"
            for table, words in (
                ("django_q_task", ", 'x ' || n, 'f' || n, n::text::bytea"),
                ("silk_request", ", '/a/' || n, 'b' || n, 'M' || n"),
            )
        ),
        "INSERT INTO reversion_version SELECT n, n, n, n, n, n FROM generate_series(1, 60) n",
        "INSERT INTO shop_historicalbook SELECT n, n, n FROM generate_series(1, 60) n",
    )
    judgement = judged(url, ignored=())
    assert not judgement.questions
    assert {one.column.key for one in judgement.personal} == {
        "django_q_task.args",
        "reversion_version.object_repr",
        "reversion_version.serialized_data",
        "shop_historicalbook.history_change_reason",
        "silk_request.body",
        "silk_request.path",
    }
