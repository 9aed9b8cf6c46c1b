"""Names that are left in a search vector, without case and endings, and titles that may stay."""

import pytest
from anonymity_shop import found_in, judged, memory_of
from postgres_server import execute

from minion.privacy import prove

NAMES = "{Annabelle Hopkins,Mary Müller,José Anne-Marie Richards,Charles Bailey,Zoë Kirby}"
PEOPLE = """
INSERT INTO {table} (full_name, phone, title, words)
SELECT name || ' ' || n, '+44 1632 96' || (1000 + n), title,
       to_tsvector('{config}', concat_ws(' ', name, n, '+44 1632 96' || (1000 + n), title))
FROM (SELECT n, ('NAMES'::text[])[1 + n % 5] AS name,
             ('{Rose garden,Mary tells,Long street}'::text[])[1 + n % 3] AS title
      FROM generate_series(1, 60) n) s;
""".replace("NAMES", NAMES)
CREATE = """
CREATE TABLE {table} (
    id serial PRIMARY KEY, full_name text, phone text, title text, words tsvector
);
"""
CLEAN = "UPDATE {table} SET full_name = 'Person ' || id, phone = ''"
REBUILT = "UPDATE {table} SET words = to_tsvector('english', concat_ws(' ', full_name, title))"
FOUND = {
    "untouched": ("english", [CLEAN]),
    "simple": ("simple", [CLEAN]),
    "german": ("german", [CLEAN]),
    "one_row": ("english", [CLEAN, REBUILT + " WHERE id <> 7"]),
    "stripped": ("english", [CLEAN, "UPDATE {table} SET words = strip(words)"]),
    "the_phones": (
        "simple",
        [CLEAN, "UPDATE {table} SET words = to_tsvector('simple', '961' || lpad(id::text,3,'0'))"],
    ),
    "renamed_names": ("english", [CLEAN, "ALTER TABLE {table} DROP COLUMN full_name"]),
}
HONEST = {
    "rebuilt": ("english", [CLEAN, REBUILT]),
    "emptied": ("english", [CLEAN, "UPDATE {table} SET words = NULL"]),
    "without_words": ("english", [CLEAN, "UPDATE {table} SET words = ''"]),
    "titles": ("english", [CLEAN, "UPDATE {table} SET words = to_tsvector('english', title)"]),
    "drawn_anew": (
        "english",
        [
            "UPDATE {table} SET phone = '', full_name = "
            f"('{NAMES}'::text[])[1 + abs(hashtext('x' || id)) % 5]",
            REBUILT,
        ],
    ),
    "deleted": ("english", ["DELETE FROM {table}"]),
}
ALL = {**FOUND, **HONEST}
IGNORED = ("*.title", "*.id")


@pytest.fixture(scope="module")
def proof(server):
    filled = [
        (CREATE + PEOPLE).replace("{table}", table).replace("{config}", config)
        for table, (config, _) in ALL.items()
    ]
    source, target = server.make(*filled), server.make(*filled)
    memory = memory_of(source, ignored=IGNORED)
    treatment = [
        line.replace("{table}", table) for table, (_, lines) in ALL.items() for line in lines
    ]
    execute(target, *treatment)
    return prove([memory], target, judged(target, ignored=IGNORED))


@pytest.mark.parametrize("table", FOUND)
def test_names_left_in_a_search_vector_are_found(proof, table):
    assert f"{table}.words" in found_in(proof)


@pytest.mark.parametrize("table", HONEST)
def test_a_search_vector_without_names_is_let_through(proof, table):
    assert not {key for key in found_in(proof) if key.startswith(f"{table}.")}, proof.lines()


def test_a_search_vector_is_personal_beside_personal_texts_alone(database):
    vector = "(id serial PRIMARY KEY, {}, words tsvector)"
    url = database(
        "CREATE TABLE people " + vector.format("full_name text"),
        "CREATE TABLE books " + vector.format("wording text"),
        "CREATE TABLE quiet " + vector.format("full_name text"),
        "CREATE TABLE made (id int, email text, words tsvector GENERATED ALWAYS AS"
        " (to_tsvector('simple', email)) STORED)",
    )
    found = {one.column.key for one in judged(url, ignored=("quiet.words",)).personal}
    assert found == {"people.full_name", "people.words", "quiet.full_name", "made.email"}
