"""Migrations as text, for the tests of the reader."""

from __future__ import annotations

from minion.analyser.migrations import Reading, read_migrations

HEAD = """\
import uuid
import django.db.models.deletion
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.constraints
from django.conf import settings
from django.contrib.postgres.operations import (
    AddConstraintNotValid, AddIndexConcurrently, BtreeGistExtension, CreateCollation,
    CreateExtension, RemoveCollation, RemoveIndexConcurrently, ValidateConstraint,
)
from django.db import migrations, models
from django.db.models.functions import Now
from django.contrib.postgres.functions import RandomUUID
import custom.fields
import modelcluster.fields
import wagtail.core.fields
import wagtail.fields
"""

#: What the tests' migrations start from: shop.0001_initial.
INITIAL = """\
migrations.CreateModel("Customer", [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", models.CharField(max_length=50)),
]),
migrations.CreateModel("Tag", [
    ("id", models.BigAutoField(primary_key=True)),
    ("word", models.CharField(max_length=50, unique=True)),
], options={"db_table": "tags"}),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("code", models.CharField(max_length=20)),
    ("note", models.CharField(max_length=20, null=True)),
    ("text", models.TextField(blank=True)),
    ("count", models.IntegerField(default=0)),
    ("stock", models.PositiveIntegerField(null=True)),
    ("price", models.DecimalField(max_digits=8, decimal_places=2)),
    ("made", models.DateTimeField(auto_now_add=True)),
    ("level", models.IntegerField(db_default=1)),
    ("pinned", models.IntegerField(db_column="pin", null=True)),
    ("slug", models.SlugField(null=True)),
    ("customer", models.ForeignKey("shop.Customer", models.CASCADE)),
    ("helper", models.ForeignKey("shop.Customer", models.CASCADE, null=True, related_name="+")),
    ("loose", models.ForeignKey("shop.Customer", models.CASCADE, null=True, db_constraint=False,
                                related_name="+")),
    ("tags", models.ManyToManyField("shop.Tag")),
    ("links", models.ManyToManyField("shop.Tag", through="shop.Link", related_name="+")),
    ("twice", models.GeneratedField(expression=models.F("count") * 2,
                                    output_field=models.IntegerField(), db_persist=True)),
    ("sizes", django.contrib.postgres.fields.ArrayField(models.CharField(max_length=5), null=True)),
    ("money", custom.fields.MoneyField(max_digits=8)),
    ("early", wagtail.core.fields.StreamField([("a", Block())])),
    ("stream", wagtail.fields.StreamField([("b", Block(["x"]))], use_json_field=True)),
    ("rich", wagtail.fields.RichTextField()),
    ("parent", modelcluster.fields.ParentalKey("shop.Customer", models.CASCADE)),
    ("cash", custom.fields.MoneyField(max_digits=8, null=True)),
], options={"unique_together": {("code", "count")}, "constraints": [
    models.CheckConstraint(condition=models.Q(count__gte=0), name="count_ok"),
    models.CheckConstraint(condition=models.Q(note__gt=""), name="note_ok"),
    models.UniqueConstraint(fields=["code"], name="code_once"),
]}),
migrations.CreateModel("Link", [
    ("id", models.BigAutoField(primary_key=True)),
    ("order", models.ForeignKey("shop.Order", models.CASCADE)),
    ("tag", models.ForeignKey("shop.Tag", models.CASCADE)),
]),
migrations.CreateModel("View", [("id", models.IntegerField(primary_key=True)),
                                ("total", models.IntegerField())], options={"managed": False}),
migrations.CreateModel("Vip", [], options={"proxy": True}, bases=("shop.customer",)),
"""


def text(
    operations: str = "",
    *,
    needs: str = '("shop", "0001_initial")',
    head: str = HEAD,
    body: str = "",
    above: str = "",
) -> bytes:
    """A migration file."""
    return (
        f"{head}\n{above}\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{needs}]\n"
        f"    operations = [\n{operations}\n    ]\n    {body}\n"
    ).encode()


def history(**files: bytes) -> dict[str, bytes]:
    """The shop's migrations: the initial one, and `files` by name without suffix."""
    found = {"shop/migrations/__init__.py": b"", "shop/migrations/0001_initial.py": initial()}
    found.update({f"shop/migrations/{name}.py": content for name, content in files.items()})
    return found


def initial() -> bytes:
    """shop.0001_initial."""
    return text(INITIAL, needs="")


def read(content: bytes, **before: bytes) -> Reading:
    """The reading of the newest migration, after the initial one and those `before` it."""
    tree = history(**before)
    path = "shop/migrations/9999_new.py"
    (reading,) = read_migrations({**tree, path: content}, [path])
    return reading


def said(reading: Reading) -> str:
    """The class, with ``*`` where the order is free, and the flags that are set, by letter."""
    flags = (
        ("L", reading.locks),
        ("I", reading.irreversible),
        ("V", reading.lossy),
    )
    free = "*" if reading.order_free else ""
    letters = "".join(letter for letter, is_set in flags if is_set)
    return f"{reading.kind}{free} {letters}".strip()
