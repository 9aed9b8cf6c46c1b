"""A name that promises somebody's own is believed, however few the values; so are numbers."""

import pytest
from anonymity_shop import judged

PHONE = "4917000000000 + n"
#: A definition, its value in row n, and whether the column is personal, asked about or neither.
PROMISES = [
    ("full_name text", "(ARRAY['Anna Arden', 'Bo Birk'])[1 + n % 2]", "personal"),
    ("full_name text", "'Person ' || n % 30", "personal"),
    ("contact_name text", "(ARRAY['Anna', 'Bo', 'Cy'])[1 + n % 3]", "personal"),
    ("billing_address text", "(ARRAY['1 High St', '2 Low St'])[1 + n % 2]", "personal"),
    ("phone text", "(ARRAY['112', '911'])[1 + n % 2]", "personal"),
    ("email text", "(ARRAY['anna', 'bo'])[1 + n % 2]", "personal"),
    ("password text", "(ARRAY['secret', 'hunter2'])[1 + n % 2]", "personal"),
    ("assigned_to text", "(ARRAY['Anna Arden', 'Maria Birk', 'John Cole'])[1 + n % 3]", "question"),
    ("handled_by text", "(ARRAY['Thomas', 'Sarah', 'Peter'])[1 + n % 3]", "question"),
    ("gender text", "(ARRAY['f', 'm', 'x'])[1 + n % 3]", None),
    ("phone_type text", "(ARRAY['home', 'work'])[1 + n % 2]", None),
    ("email_verified text", "(ARRAY['yes', 'no'])[1 + n % 2]", None),
    ("delivery text", "(ARRAY['By Post', 'By Courier', 'Will Call'])[1 + n % 3]", None),
    ("a text", "(ARRAY['New York', 'San Jose', 'Santa Fe'])[1 + n % 3]", None),
    ("contact_number bigint", PHONE, "personal"),
    ("contact_number numeric", PHONE, "personal"),
    ("contact_no int", "1632960 + n", "personal"),
    ("emergency_number bigint", PHONE, "personal"),
    ('"homeNumber" bigint', PHONE, "personal"),
    ("caller bigint", PHONE, "personal"),
    ("contact bigint", PHONE, "personal"),
    ("contact bigint[]", f"ARRAY[{PHONE}]", "personal"),
    ("caller int", "n", None),
    ("contact_id bigint", PHONE, None),
    ("call_started_at bigint", "1700000000000 + n", None),
    ("order_number bigint", PHONE, None),
    ("isbn bigint", "9780306406157 + n", None),
    ("house_number int", "n", None),
    ("contact_count bigint", PHONE, None),
]


@pytest.fixture(scope="module")
def verdicts(server):
    tables = [f"CREATE TABLE t{k} (id int, {one[0]});" for k, one in enumerate(PROMISES)]
    rows = [
        f"INSERT INTO t{k} SELECT n, {one[1]} FROM generate_series(1, 200) n;"
        for k, one in enumerate(PROMISES)
    ]
    judgement = judged(server.make(*tables, *rows), ignored=())
    found = {one.column.table: "personal" for one in judgement.personal}
    return {**found, **{one.column.table: "question" for one in judgement.questions}}


@pytest.mark.parametrize("number", range(len(PROMISES)), ids=[one[0] for one in PROMISES])
def test_promises(verdicts, number):
    assert verdicts.get(f"t{number}") == PROMISES[number][2]
