"""minion.analyser: how far the SQL of a migration is read."""

from __future__ import annotations

import pytest
from migration_text import read, text


def kind_of(*statements: str, body: str = "") -> str:
    return read(text(f"migrations.RunSQL({list(statements)!r}, migrations.RunSQL.noop)", body=body))


@pytest.mark.parametrize(
    ("statement", "kind", "locks"),
    [
        (
            "CREATE INDEX i ON shop_order USING gin (note gin_trgm_ops) WHERE count > 1",
            "expand",
            True,
        ),
        ('DROP INDEX IF EXISTS "i"', "expand", False),
        ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"', "expand", False),
        ("ALTER TABLE ONLY shop_order VALIDATE CONSTRAINT positive", "expand", False),
        ("ALTER TABLE shop_order ADD x jsonb NOT NULL DEFAULT '{}'::jsonb", "expand", False),
        ("ALTER TABLE shop_order ADD COLUMN x citext", "expand", False),
        ("ALTER TABLE shop_order ADD COLUMN x int NOT NULL", "breaking", False),
        ("COMMENT ON COLUMN shop_order.code IS 'a; DROP TABLE b'", "neutral", False),
        ("SET LOCAL lock_timeout = '5s'", "neutral", False),
        ("ANALYZE shop_order", "neutral", False),
        ("-- why\nCREATE SEQUENCE invoice_number; /* and */ ANALYZE", "expand", False),
    ],
)
def test_what_is_read(statement, kind, locks):
    found = kind_of(statement)
    assert (found.kind, found.locks) == (kind, locks)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shop_order SET count = 1",
        "WITH gone AS (DELETE FROM shop_order RETURNING 1) SELECT 1",
        "EXPLAIN ANALYZE DELETE FROM shop_order",
        "SELECT set_config('search_path', 'x', false)",
        "SET search_path = x",
        "DO $$ BEGIN DELETE FROM shop_order; END $$",
        "CREATE RULE r AS ON INSERT TO shop_order DO INSTEAD NOTHING",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "CREATE TABLE x AS SELECT do_it()",
        "CREATE UNIQUE INDEX i ON shop_order (code)",
        "DROP INDEX i CASCADE",
        "ALTER TABLE shop_order DROP COLUMN code",
        "ALTER TABLE shop_order ADD COLUMN x a_domain",
        "ALTER TABLE shop_order ADD COLUMN x bigserial",
        "ALTER TABLE shop_order ADD COLUMN x int REFERENCES shop_tag (id)",
        "ALTER TABLE shop_order ADD COLUMN x int, ADD CONSTRAINT c CHECK (x > 0)",
        "ALTER TABLE shop_order VALIDATE CONSTRAINT c, DROP COLUMN code",
        "CREATE EXTENSION x CASCADE",
        "CREATE INDEX i ON",
        "no SQL at all",
        "(" * 5000,
    ],
)
def test_what_is_not_surely_understood_is_unknown(statement):
    for statements in ([statement], ["ANALYZE", statement], [f"ANALYZE; {statement}"]):
        assert kind_of(*statements).kind == "unknown"


def test_values_that_are_put_into_it_are_not_known():
    operation = 'migrations.RunSQL([("ANALYZE %s", ["shop_order"])], migrations.RunSQL.noop)'
    assert read(text(operation)).kind == "unknown"
    plain = 'migrations.RunSQL([("ANALYZE", None), "ANALYZE"], migrations.RunSQL.noop)'
    assert read(text(plain)).kind == "neutral"


def test_an_index_under_a_lock_that_is_held_locks():
    quick = "ALTER TABLE shop_order ADD COLUMN x int"
    assert not kind_of(quick).locks
    assert kind_of(quick, "ALTER TABLE shop_order VALIDATE CONSTRAINT c").locks


def test_without_a_way_back_it_is_irreversible():
    assert read(text('migrations.RunSQL("ANALYZE")')).irreversible
    assert not kind_of("ANALYZE").irreversible
