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
        ("CREATE UNIQUE INDEX i ON shop_order (code)", "contract", True),
        ("ALTER TABLE shop_order ADD CONSTRAINT c UNIQUE (code)", "contract", True),
        ("ALTER TABLE shop_order ADD CONSTRAINT c CHECK (count > 0) NOT VALID", "contract", False),
        ("ALTER TABLE shop_order ADD CONSTRAINT c UNIQUE USING INDEX i", "contract", False),
        ("ALTER TABLE shop_order ADD x int, ADD CONSTRAINT c CHECK (x > 0)", "breaking", True),
        ("ALTER TABLE shop_order RENAME CONSTRAINT a TO b", "expand", False),
        ("ALTER TABLE shop_order RENAME TO orders", "breaking", False),
        ("ALTER INDEX a RENAME TO b", "expand", False),
        ("ALTER TABLE shop_order ALTER note SET NOT NULL", "contract", True),
        ("ALTER TABLE shop_order ALTER code DROP NOT NULL", "expand", False),
        ("ALTER TABLE shop_order ALTER code DROP DEFAULT", "contract", False),
        ("ALTER TABLE shop_order ALTER note DROP DEFAULT", "expand", False),
        ('ALTER TABLE "shop_order" DROP COLUMN pin', "contract", False),
        ("ALTER TABLE shop_order DROP COLUMN code", "breaking", False),
        ("ALTER TABLE shop_order DROP COLUMN customer_id, DROP note", "breaking", False),
        ("ALTER TABLE shop_order DROP COLUMN money", "unknown", False),
        ("ALTER TABLE shop_link DROP COLUMN gone", "expand", False),
        ("DROP TABLE tags", "contract", False),
        ("DROP VIEW v", "contract", False),
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
        "DROP INDEX i CASCADE",
        "ALTER TABLE shop_order DROP COLUMN code CASCADE",
        "ALTER TABLE other.shop_order DROP COLUMN code",
        "ALTER TABLE shop_order ALTER COLUMN code TYPE int USING code::int",
        "ALTER TABLE shop_order ADD PRIMARY KEY (code)",
        "ALTER TABLE shop_order ADD CONSTRAINT c CHECK (do_it(code))",
        "DROP TABLE shop_order CASCADE",
        "DROP TRIGGER t ON shop_order",
        "INSERT INTO shop_order (code) VALUES ('x')",
        "UPDATE shop_order SET count = do_it()",
        "WITH x AS (DELETE FROM shop_tag RETURNING *) UPDATE shop_order SET count = 1",
        "TRUNCATE shop_order",
        "UPDATE somebodys SET x = 1",
        "ALTER TABLE shop_order ADD COLUMN x a_domain",
        "ALTER TABLE shop_order ADD COLUMN x bigserial",
        "ALTER TABLE shop_order ADD COLUMN x int REFERENCES shop_tag (id)",
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


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE shop_order SET count = 1, pin = 2 WHERE id > 3", "shop.Order (count, pinned)"),
        ("INSERT INTO tags (word) SELECT code FROM shop_order", "shop.Tag"),
        ("DELETE FROM shop_order WHERE code = ''", "shop.Order (deleted rows)"),
    ],
)
def test_the_models_whose_rows_it_writes_are_named(statement, told):
    found = kind_of(statement)
    assert (found.kind, told in found.why[0]) == ("unknown", True)
    assert found.findings[0].data


def test_what_the_same_file_makes_is_nobody_elses():
    made = (
        'migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True)), '
        '("x", models.TextField(null=True))]),'
        'migrations.AddField("order", "size", models.IntegerField(null=True)),'
    )
    after = "migrations.RunSQL({!r}, migrations.RunSQL.noop)"
    for statement in (
        "CREATE UNIQUE INDEX i ON shop_new (x)",
        "ALTER TABLE shop_new DROP COLUMN x",
        "INSERT INTO shop_new (x) VALUES (1)",
        "UPDATE shop_order SET size = count",
    ):
        assert read(text(made + after.format(statement))).kind == "expand", statement


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
