"""minion.analyser.migrations: which tables a migration locks, and how."""

from __future__ import annotations

import pytest

from minion.analyser.migrations import read_migrations

FIRST = b"""
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Order", [
            ("id", models.BigAutoField(primary_key=True)),
            ("note", models.CharField(max_length=50, null=True)),
            ("count", models.IntegerField(null=True)),
        ], options={"db_table": "orders"}),
        migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Seen", [("id", models.BigAutoField(primary_key=True))],
                               options={"managed": False}),
    ]
"""
HEAD = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial")]
    operations = [
"""


def found(operation):
    tree = {
        "shop/migrations/0001_initial.py": FIRST,
        "shop/migrations/0002_more.py": f"{HEAD}        {operation}\n    ]\n".encode(),
    }
    (reading,) = read_migrations(
        tree, list(tree)[1:], old={"shop/migrations/0001_initial.py": FIRST}
    )
    return [(one.tables, one.exclusive, one.locks, one.rewrites) for one in reading.findings]


ORDERS, BOOKS, NONE = ("orders",), ("shop_book",), ()
INDEX = "models.Index(fields=['count'], name='counted')"


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("AddField('order', 'more', models.TextField(null=True))", (ORDERS, True, False, False)),
        ("AddField('Book', 'more', models.TextField(null=True))", (BOOKS, True, False, False)),
        ("AlterField('order', 'count', models.BigIntegerField())", (ORDERS, True, True, True)),
        ("AlterField('order', 'count', models.IntegerField())", (ORDERS, True, True, False)),
        ("RemoveField('order', 'note')", (ORDERS, True, False, False)),
        ("DeleteModel('order')", (ORDERS, True, False, False)),
        ("AlterModelTable('order', 'other')", (ORDERS, True, False, False)),
        (f"AddIndex('order', {INDEX})", (ORDERS, False, True, False)),
        ("AddField('seen', 'more', models.TextField(null=True))", (NONE, False, False, False)),
        ("RunSQL('ALTER TABLE orders ADD COLUMN a int')", (ORDERS, True, False, False)),
        ("RunSQL('CREATE INDEX a ON shop_book (id)')", (BOOKS, False, True, False)),
        ("RunSQL('CREATE INDEX a ON other.book (id)')", (NONE, False, True, False)),
    ],
)
def test_the_tables_that_it_locks(operation, told):
    assert found(f"migrations.{operation},") == [told]


def test_what_keeps_nobody_waiting_locks_nothing():
    assert found(f"AddIndexConcurrently('order', {INDEX}),") == [(NONE, False, False, False)]


def test_a_table_of_the_same_file_is_nobodys():
    made = "migrations.CreateModel('New', [('id', models.BigAutoField(primary_key=True))]),"
    added = "migrations.AddField('new', 'more', models.TextField(null=True)),"
    assert {one[0] for one in found(f"{made}\n        {added}")} == {NONE}
