"""Large objects, into which nobody looks, are gone from the target or named in the settings."""

from anonymity_shop import found_in, judged, memory_of
from postgres_server import execute

from minion.privacy import prove

PEOPLE = """
CREATE TABLE people (id serial PRIMARY KEY, email text, photo oid);
INSERT INTO people (email, photo)
SELECT 'p' || n || '@mail.example', lo_from_bytea(0, ('face of ' || n)::bytea)
FROM generate_series(1, 3) n;
"""
CLEAN = "UPDATE people SET email = ''"
EMPTIED = "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
KEY = "pg_largeobject.data"


def proof_after(database, *treatment, ignored=()):
    source, target = database(PEOPLE), database(PEOPLE)
    memory = memory_of(source, ignored=ignored)
    execute(target, *treatment)
    return prove([memory], target, judged(target, ignored=ignored))


def test_large_objects_that_were_copied_are_found_with_what_empties_them(database):
    proof = proof_after(database, CLEAN)
    assert found_in(proof) == {KEY}
    line = next(one.line for one in proof.found)
    assert line.startswith(f"{KEY}: FOUND in 3 of 3 rows: ")
    assert EMPTIED in line


def test_a_target_without_large_objects_is_let_through(database):
    proof = proof_after(database, CLEAN, EMPTIED)
    assert proof.ok, proof.lines()


def test_the_large_objects_of_a_database_without_personal_columns_are_found_too(database):
    url = database("SELECT lo_from_bytea(0, 'somebody''s face')")
    assert found_in(prove([memory_of(url)], url, judged(url))) == {KEY}


def test_large_objects_that_tell_nothing_of_anybody_may_be_ignored(database):
    proof = proof_after(database, CLEAN, ignored=(KEY,))
    assert proof.ok, proof.lines()


def test_they_are_judged_by_the_settings(database):
    with_some, without = database(PEOPLE), database("CREATE TABLE people (id int, email text)")
    assert KEY in {one.column.key for one in judged(with_some, ignored=()).personal}
    assert judged(with_some, ignored=(KEY,)).unknown == ()
    assert KEY not in {one.column.key for one in judged(without, ignored=()).personal}
    assert judged(without, ignored=(KEY,)).unknown == (KEY,)
