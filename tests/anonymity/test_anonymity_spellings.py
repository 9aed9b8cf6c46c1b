"""Values that are spelled otherwise are found; what only looks like it is let through."""

import base64
import hashlib
from urllib.parse import quote

import pytest
from anonymity_shop import found_in, judged, memory_of
from hypothesis import given
from hypothesis import strategies as st
from postgres_server import execute

from minion.privacy import prove
from minion.privacy.proof.digests import DIGESTS, DigestSet
from minion.privacy.proof.reading import MOST, Reader, start
from minion.privacy.proof.spelling import HEAD, decoded, hashes, hashes_in
from minion.privacy.values import form, normal

#: One table for each way to treat it, with the same people in it.
PEOPLE = """
CREATE TABLE {table} (
    id serial PRIMARY KEY, full_name text, email text, phone text, line text, raw bytea
);
INSERT INTO {table} (full_name, email, phone)
SELECT 'Karen' || chr(97 + n % 26) || chr(97 + n / 26) || ' Smith',
       'Ann' || n || '@Example.org', '+44 1632 96' || (1000 + n)
FROM generate_series(1, 60) n;
"""
_BASE64 = "encode(convert_to({}, 'utf8'), 'base64')"
_HEX = "encode(convert_to({}, 'utf8'), 'hex')"
CLEAN = "UPDATE {table} SET full_name = 'Person ' || id, email = '', phone = ''"
WRITTEN = {
    "base64": _BASE64,
    "base64_for_urls": f"rtrim(translate({_BASE64}, '+/', '-_'), '=')",
    "hexadecimal": _HEX,
    "hexadecimal_in_capitals": f"upper({_HEX})",
    "backwards": "reverse({})",
    "percent": "replace(replace({}, '@', '%40'), ' ', '%20')",
    "percent_throughout": f"regexp_replace({_HEX}, '(..)', '%\\1', 'g')",
    "percent_twice": "replace(replace(replace({}, '@', '%40'), ' ', '%20'), '%', '%25')",
    "entities": "replace(replace({}, '@', '&#64;'), ' ', '&#32;')",
    "named_entities": "replace(replace({}, '@', '&commat;'), ' ', '&nbsp;')",
    "quoted_printable": "replace(replace({}, '@', '=40'), ' ', '=20')",
    "rot13": "translate({}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',"
    " 'NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm')",
}
#: What is done to a column after all was cleaned, from the table `s` of what there was.
TREATED = {
    **{f"email_{way}": ("line", sql.format("s.email")) for way, sql in WRITTEN.items()},
    **{f"name_{way}": ("full_name", sql.format("s.full_name")) for way, sql in WRITTEN.items()},
    "own_email_base64": ("email", WRITTEN["base64"].format("s.email")),
    "own_phone_backwards": ("phone", "reverse(s.phone)"),
    "phone_backwards": ("line", "reverse(replace(s.phone, ' ', ''))"),
    "phone_base64": ("line", WRITTEN["base64"].format("s.phone")),
    "url_percent": ("line", "'https://x.example/?to=' || replace(s.email, '@', '%40') || '&a=1'"),
    "url_path": ("line", "'https://x.example/by/' || s.email"),
    "html": ("line", "'<a href=\"mailto:' || replace(s.email, '@', '&#x40;') || '\">write</a>'"),
    "token_of_json": (
        "line",
        "'x.' || encode(convert_to('{\"to\": \"' || s.email || '\"}', 'utf8'), 'base64') || '.y'",
    ),
    "bytes": ("raw", "convert_to('to: ' || s.email, 'utf8')"),
    "bytes_of_a_file": ("raw", "'\\xffd8ff00'::bytea || convert_to(s.email, 'utf8') || '\\x00ff'"),
    "md5": ("line", "md5(lower(s.email))"),
    "md5_as_written": ("line", "md5(s.email)"),
    "gravatar": ("line", "'https://g.example/avatar/' || md5(lower(s.email)) || '?s=80'"),
    "own_md5": ("email", "md5(lower(s.email)) || '@anonymous.invalid'"),
    "sha256": ("line", "encode(sha256(lower(s.email)::bytea), 'hex')"),
    "sha256_base64": ("line", "encode(sha256(lower(s.email)::bytea), 'base64')"),
    "sha256_bytes": ("raw", "sha256(lower(s.email)::bytea)"),
    "md5_phone": ("phone", "md5(s.phone)"),
    "md5_phone_digits": ("line", "md5(regexp_replace(s.phone, '\\D', '', 'g'))"),
    "sha256_phone_plus": ("line", "encode(sha256(replace(s.phone, ' ', '')::bytea), 'hex')"),
}
HONEST = {
    "constant": ("email", "'nobody@anonymous.invalid'"),
    "by_row": ("email", "'c' || s.id || '@anonymous.invalid'"),
    "emptied": ("email", "NULL"),
    "drawn_names": ("full_name", "'Marion ' || chr(65 + s.id % 26) || 'obson'"),
    "salted_md5": ("email", "md5('c8b1 salt' || s.email)"),
    "salted_sha256": ("line", "encode(sha256(('c8b1 salt' || s.email)::bytea), 'hex')"),
    "salted_as_address": ("email", "md5('c8b1 salt' || s.email) || '@anonymous.invalid'"),
    "random_tokens": ("line", "md5(random()::text) || md5(random()::text)"),
    "random_base64": ("line", "encode(sha256(random()::text::bytea), 'base64')"),
    "random_bytes": ("raw", "sha256(random()::text::bytea)"),
    "percent_signs": ("line", "s.id || '% of 100%25 &amp; more &#64; =20 =3D'"),
    "urls": ("line", "'https://x.example/a%20b/?next=%2Fhome%2F' || s.id"),
    "encoded_fakes": ("line", "encode(('c' || s.id || '@anonymous.invalid')::bytea, 'base64')"),
    "drawn_phones": ("phone", "'+49 30 90' || (1820 + s.id)"),
    "hexadecimal_fakes": ("full_name", "encode(('Person ' || s.id)::bytea, 'hex')"),
    "short_names": ("full_name", "(ARRAY['anna', 'otto', 'abba'])[1 + s.id % 3]"),
}
IGNORED = ("*.line", "*.raw")


@pytest.fixture(scope="module")
def found(server):
    ways = {**TREATED, **HONEST}
    filled = [PEOPLE.replace("{table}", table) for table in ways]
    source, target = server.make(*filled), server.make(*filled)
    memory = memory_of(source, ignored=IGNORED)
    execute(target, PEOPLE.replace("{table}", "was"))
    for table, (column, sql) in ways.items():
        execute(
            target,
            CLEAN.replace("{table}", table),
            f"UPDATE {table} t SET {column} = {sql} FROM was s WHERE s.id = t.id",
        )
    execute(target, "DROP TABLE was")
    return found_in(prove([memory], target, judged(target, ignored=IGNORED)))


@pytest.mark.parametrize("table", TREATED)
def test_another_spelling_is_found(found, table):
    assert f"{table}.{TREATED[table][0]}" in found


@pytest.mark.parametrize("table", HONEST)
def test_what_only_looks_like_a_spelling_is_let_through(found, table):
    assert not {key for key in found if key.startswith(f"{table}.")}


@given(st.text("Aa0Zz9+/=_-%&;#x4f@. \n", max_size=60), st.text(max_size=20))
def test_any_text_can_be_read_in_all_ways(text, other):
    assert all(isinstance(one, str) for one in decoded(text + other))
    assert all(0 <= number < 1 << 64 for number in hashes_in(text + other))


@given(st.emails())
def test_an_address_is_the_same_in_two_spellings_at_once(address):
    written = base64.b64encode(quote(address, safe="").encode()).decode()
    reader = Reader(DigestSet([start(address)]))
    read = reader.read(written, {normal(written)}, is_personal=False)
    assert DIGESTS.of(form(normal(address))) in read.other
    assert set(hashes_in(hashlib.md5(address.encode()).hexdigest())) & set(hashes(address))


@pytest.mark.parametrize("before", [0, HEAD - 530, HEAD - 500, HEAD - 7, HEAD, 9 * HEAD, MOST])
def test_a_long_value_is_read_in_pieces_up_to_a_megabyte(before):
    written = base64.b64encode(b"ann@mail.example").decode()
    reader = Reader(DigestSet([start("ann@mail.example")]))
    value = " " * before + written
    read = reader.read(value, {normal(value)}, is_personal=False)
    assert (DIGESTS.of("annmailexample") in read.other) is (before < MOST)
