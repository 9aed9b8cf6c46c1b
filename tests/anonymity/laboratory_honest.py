"""What honest anonymisers do, one case each: none may be refused."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import uuid
from datetime import date, timedelta
from typing import Any

from laboratory import Case, Row, Treatment, people


def _words(text: str) -> list[str]:
    return text.split()


_SALT = "c8b1 thrown away"
_NAMES = _words("Marion Robson Petra Quayle Ilse Unger Tom Vance Rita Xavier Leo Yates Uma Zorn")


def _dice(n: int, more: str = "") -> random.Random:
    return random.Random(f"honest {n} {more}")


def _random(n: int) -> bytes:
    return _dice(n).getrandbits(256).to_bytes(32, "big")


def _salted(column: str, form: Any) -> Treatment:
    return lambda row, n, rows: form(hashlib.sha256((_SALT + row[column]).encode()))


def _always(value: Any) -> Treatment:
    return lambda row, n, rows: value


def _fake(column: str) -> Treatment:
    """Other people's, drawn from the same lists of names and streets."""
    return lambda row, n, rows: _other(n, column)[column]


def _other(n: int, seed: str) -> Row:
    """Somebody who is not in the source: of another place."""
    one = people(f"fake {seed}")[n - 1]
    return {
        **one,
        "email": one["email"].partition("@")[0] + "@fake.example",
        "phone": one["phone"].replace("+44 1632", "+44 2079"),
        "address": one["address"].replace("Someplace", "Elsewhere"),
    }


def _drawn(column: str) -> Treatment:
    """Somebody's of the source, whosever it is."""
    return lambda row, n, rows: _dice(n, column).choice(rows)[column]


def _whole(row: Row, n: int, rows: Any) -> Row:
    return _other(n, "whole")


HONEST: list[Case] = [
    *(
        Case(f"{column}_{way}", column, treatment)
        for column in ("full_name", "email", "phone", "address", "api_token")
        for way, treatment in {
            "emptied": _always(None),
            "blank": _always("  "),
            "constant": _always("0000 anonymous"),
            "numbered": lambda row, n, rows: f"anonymous {n}",
            "salted": _salted(column, lambda one: one.hexdigest()),
            "salted_base64": _salted(column, lambda one: base64.b64encode(one.digest()).decode()),
            "of_other_people": _fake(column),
        }.items()
    ),
    Case("email_by_row", "email", lambda row, n, rows: f"user{n}@example.org"),
    Case("email_of_fake_names", "email",
         lambda row, n, rows: f"{_NAMES[n % 7 * 2]}.{_NAMES[n % 5 * 2 + 1]}@x.example".lower()),
    Case("email_salted_as_address", "email",
         _salted("email", lambda one: one.hexdigest()[:16] + "@anonymous.invalid")),
    Case("phone_in_order", "phone", lambda row, n, rows: f"+49 30 90{1820 + n}"),
    Case("phone_of_fiction", "phone", lambda row, n, rows: f"01632 960{n:03}"),
    Case("phone_drawn", "phone", lambda row, n, rows: f"+1 555 {_dice(n).randrange(10**6, 10**7)}"),
    Case("phone_stars", "phone", _always("+44 **** ******")),
    Case("phone_country_alone", "phone", lambda row, n, rows: row["phone"][:3]),
    Case("address_numbered_first", "address", lambda row, n, rows: f"{n + 10} Nowhere"),
    Case("name_of_lists", "full_name",
         lambda row, n, rows: f"{_dice(n).choice(_NAMES)} {_dice(n, 'last').choice(_NAMES)}"),
    Case("name_the_same_for_all", "full_name", _always("Jane Doe")),
    Case("name_somebodys_for_all", "full_name", lambda row, n, rows: rows[3]["full_name"]),
    Case("name_gone", "full_name", _always("")),
    Case("name_letters", "full_name", lambda row, n, rows: chr(65 + n % 26)),
    Case("birth_to_the_month", "birth_date", lambda row, n, rows: row["birth_date"].replace(day=1)),
    Case("birth_to_the_year", "birth_date",
         lambda row, n, rows: row["birth_date"].replace(day=1, month=1)),
    Case("birth_of_its_own", "birth_date",
         lambda row, n, rows: row["birth_date"] + timedelta(_dice(n).randrange(-400, 400))),
    Case("birth_constant", "birth_date", _always(date(1980, 1, 1))),
    Case("birth_drawn", "birth_date",
         lambda row, n, rows: date(1940, 1, 1) + timedelta(_dice(n).randrange(20_000))),
    Case("amount_drawn", "amount", lambda row, n, rows: _dice(n).randrange(10**6) / 100),
    Case("amount_in_order", "amount", lambda row, n, rows: n * 10),
    Case("amount_constant", "amount", _always(99)),
    Case("amount_of_its_own", "amount",
         lambda row, n, rows: round(row["amount"] * _dice(n).uniform(0.5, 1.5), 2)),
    Case("amount_in_thousands", "amount", lambda row, n, rows: round(row["amount"], -4)),
    Case("place_drawn", "*", lambda row, n, rows: {
        "latitude": _dice(n).uniform(-60, 60), "longitude": _dice(n).uniform(-170, 170)}),
    Case("place_whole_degrees", "*", lambda row, n, rows: {
        "latitude": round(row["latitude"]), "longitude": round(row["longitude"])}),
    Case("place_constant", "*", _always({"latitude": 51.5, "longitude": 0.1})),
    Case("everything_of_other_people", "*", _whole),
    Case("line_random_hexadecimal", "line", lambda row, n, rows: _random(n).hex()),
    Case("line_random_base64", "line",
         lambda row, n, rows: base64.b64encode(_random(n)).decode()),
    Case("line_uuid", "line", lambda row, n, rows: str(uuid.UUID(int=_dice(n).getrandbits(128)))),
    Case("spot_uuid", "spot", lambda row, n, rows: str(uuid.UUID(int=_dice(n).getrandbits(128))),
         "uuid"),
    Case("spot_bigint", "spot", lambda row, n, rows: 9_780_306_406_157 + n, "bigint"),
    Case("spot_milliseconds", "spot", lambda row, n, rows: 1_700_000_000_000 + n * 977, "bigint"),
    Case("spot_bytes", "spot", lambda row, n, rows: _random(n) * 3,
         "bytea"),
    Case("spot_json_of_fakes", "spot",
         lambda row, n, rows: json.dumps({"name": f"Person {n}", "email": f"c{n}@x.invalid"}),
         "jsonb"),
    Case("spot_vector_of_fakes", "spot", lambda row, n, rows: f"'person' '{n}'", "tsvector"),
    Case("spot_range", "spot", lambda row, n, rows: f"[{n},{n + 3})", "int8range"),
    Case("line_percent_signs", "line", lambda row, n, rows: f"{n} % of 100%25 &amp; =20 =3D &#64;"),
    Case("line_url", "line", lambda row, n, rows: f"https://x.example/a%20b/?next=%2Fhome%2F{n}"),
    Case("line_slug_of_fakes", "line", lambda row, n, rows: f"person-{n}"),
    Case("line_file_of_fakes", "line", lambda row, n, rows: f"avatars/person_{n}.jpg"),
    Case("line_words", "line", lambda row, n, rows: "Dear customer, thank you for your letter."),
    Case("line_street_words", "line", lambda row, n, rows: f"a long street, house {n}"),
    Case("line_order_number", "line", lambda row, n, rows: f"2024-{n:06}"),
    Case("line_fake_in_base64", "line",
         lambda row, n, rows: base64.b64encode(f"c{n}@anonymous.invalid".encode()).decode()),
    Case("line_secret_in_base32", "line",
         lambda row, n, rows: base64.b32encode(_random(n)[:20]).decode()),
    Case("line_numbers", "line",
         lambda row, n, rows: ",".join(str(_dice(n).randrange(30, 127)) for _ in range(12))),
    Case("line_hexadecimal_16", "line", lambda row, n, rows: _random(n).hex()[:16]),
    Case("line_paths", "line", lambda row, n, rows: f"C:\\temp\\101\\{n:03}\\a.txt"),
    Case("line_days", "line", lambda row, n, rows: f"{date(2024, 1, 1) + timedelta(n):%m/%d/%Y}"),
    Case("line_order_of_eight", "line", lambda row, n, rows: f"{20240000 + n * 7}"),
    Case("line_other_streets", "line", lambda row, n, rows: f"{n} Oak Street"),
    Case("line_in_the_same_town", "line", lambda row, n, rows: "delivered in Someplace"),
    Case("line_long_text", "line", lambda row, n, rows: f"<p>Dear all,</p> {n}" * 9000),
    Case("line_as_it_was", "line", lambda row, n, rows: f"parcel {n} of {row['amount']}",
         before=lambda row, n, rows: f"parcel {n} of {row['amount']}"),
    Case("line_titles_as_they_were", "line",
         lambda row, n, rows: f"The Long Way to {n}, Volume Two",
         before=lambda row, n, rows: f"The Long Way to {n}, Volume Two"),
    Case("rows_deleted", "line", _always(None), sql="DELETE FROM {table}"),
    Case("table_dropped", "line", _always(None), sql="DROP TABLE {table}"),
    Case("column_dropped", "line", _always(None), sql="ALTER TABLE {table} DROP COLUMN full_name"),
    Case("comment_of_no_harm", "line", _always(None), sql="COMMENT ON TABLE {table} IS 'people'"),
    Case("label_of_no_harm", "line", _always(None), sql="CREATE TYPE {n}kind AS ENUM ('a', 'b')"),
    Case("analysed", "line", _always("x"), sql="ANALYZE {table}"),
    Case("keys_anew", "line", _always(None), sql="UPDATE {table} SET id = id + 1000"),
    Case("without_key", "line", _always(None), own_key=False),
    Case("without_key_of_lists", "full_name",
         lambda row, n, rows: f"{_NAMES[n % 7]} {_NAMES[n % 5]}", own_key=False),
]  # fmt: skip
#: Not told from what is dishonest: somebody's own value stands there, by the dice.
UNDECIDED = [Case("name_drawn_of_the_source", "full_name", _drawn("full_name"))]
