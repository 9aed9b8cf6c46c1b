"""Cases: fields that change."""

from __future__ import annotations

from typing import Any

from trial_cases import FRIENDS, NAME, PEOPLE, Case, alter, model, sized

OTHERS = PEOPLE + model("Company", NAME)


def altered(name: str, kind: str, old: str, new: str, others: str = "", **more: Any) -> Case:
    """The item's size was `old` and becomes `new`, both as written behind `models.`."""
    return Case(name, kind, alter(_models(new)), sized(_models(old), others), **more)


def _models(field: str) -> str:
    return field if field.startswith("django.") else f"models.{field}"


def array(longest: int) -> str:
    base = f"models.CharField(max_length={longest})"
    return f"django.contrib.postgres.fields.ArrayField({base})"


FOREIGN = 'ForeignKey("shop.customer", models.CASCADE)'
FOREIGN_NULL = 'ForeignKey("shop.customer", models.CASCADE, null=True)'
FOREIGN_FREE = 'ForeignKey("shop.customer", models.CASCADE, db_constraint=False)'
ONE_TO_ONE = 'OneToOneField("shop.customer", models.CASCADE)'
AUTO = (
    'migrations.CreateModel("Customer", [("id", models.AutoField(primary_key=True)), '
    '("name", models.CharField(max_length=20))]),\n'
)

NO_SQL = [
    altered(
        "words only",
        "neutral",
        "CharField(max_length=20)",
        'CharField("Size", max_length=20, blank=True, editable=False, help_text="How big", '
        'choices=[("s", "small")], error_messages={"blank": "?"}, validators=[])',
    ),
    altered("default", "neutral", "IntegerField()", "IntegerField(default=3)"),
    altered("auto_now", "neutral", "DateTimeField()", "DateTimeField(auto_now=True)"),
    altered("upload_to", "neutral", "FileField()", 'FileField(upload_to="files")'),
    altered("column named as it is", "neutral", "IntegerField()", 'IntegerField(db_column="size")'),
    altered(
        "index on a unique field",
        "neutral",
        "IntegerField(unique=True)",
        "IntegerField(unique=True, db_index=True)",
    ),
    altered(
        "foreign key, words only",
        "neutral",
        FOREIGN,
        'ForeignKey("shop.customer", models.PROTECT, related_name="sizes", blank=True)',
        PEOPLE,
    ),
    altered(
        "same type, other class",
        "neutral",
        "EmailField(max_length=200)",
        "URLField(max_length=200)",
    ),
]

ASPECTS = [
    altered("other column", "breaking", "IntegerField()", 'IntegerField(db_column="width")'),
    altered("null", "expand", "IntegerField()", "IntegerField(null=True)"),
    altered("null on a foreign key", "expand", FOREIGN, FOREIGN_NULL, PEOPLE, locks=True),
    altered("not null", "contract", "IntegerField(null=True)", "IntegerField()", locks=True),
    altered(
        "not null with default",
        "contract",
        "IntegerField(null=True)",
        "IntegerField(default=3)",
        locks=True,
    ),
    altered("unique", "contract", "IntegerField()", "IntegerField(unique=True)", locks=True),
    altered("not unique", "expand", "IntegerField(unique=True)", "IntegerField()"),
    altered("indexed", "expand*", "IntegerField()", "IntegerField(db_index=True)", locks=True),
    altered("not indexed", "expand*", "IntegerField(db_index=True)", "IntegerField()"),
    altered(
        "indexed instead of unique",
        "expand",
        "IntegerField(unique=True)",
        "IntegerField(db_index=True)",
        locks=True,
    ),
    altered("db_default", "expand", "IntegerField()", "IntegerField(db_default=3)", since=(5, 0)),
    altered(
        "other db_default",
        "expand*",
        "IntegerField(db_default=3)",
        "IntegerField(db_default=4)",
        since=(5, 0),
    ),
    altered(
        "no db_default", "contract", "IntegerField(db_default=3)", "IntegerField()", since=(5, 0)
    ),
    altered(
        "no db_default, null",
        "expand*",
        "IntegerField(null=True, db_default=3)",
        "IntegerField(null=True)",
        since=(5, 0),
    ),
    altered(
        "db_default beside default",
        "expand*",
        "IntegerField(default=3)",
        "IntegerField(default=3, db_default=3)",
        since=(5, 0),
    ),
    altered(
        "no db_default beside default",
        "expand*",
        "IntegerField(default=3, db_default=3)",
        "IntegerField(default=3)",
        since=(5, 0),
    ),
    altered("comment", "expand*", "IntegerField()", 'IntegerField(db_comment="cm")'),
    altered(
        "collation",
        "expand*",
        "CharField(max_length=20)",
        'CharField(max_length=20, db_collation="C")',
    ),
    altered(
        "collation, indexed",
        "expand*",
        "CharField(max_length=20, db_index=True)",
        'CharField(max_length=20, db_index=True, db_collation="C")',
        locks=True,
    ),
]

TYPES = [
    altered("longer text", "expand", "CharField(max_length=20)", "CharField(max_length=30)"),
    altered("unlimited text", "expand", "CharField(max_length=20)", "TextField()"),
    altered(
        "unlimited indexed text",
        "expand",
        "CharField(max_length=20, db_index=True)",
        "TextField(db_index=True)",
        locks=True,
        locks_4_2=False,
    ),
    altered(
        "shorter text",
        "contract",
        "CharField(max_length=30)",
        "CharField(max_length=20)",
        locks=True,
    ),
    altered("limited text", "contract", "TextField()", "CharField(max_length=99)", locks=True),
    altered("longer by its class", "expand", "URLField()", "EmailField()"),
    altered("wider", "expand", "SmallIntegerField()", "IntegerField()", locks=True),
    altered("widest", "expand", "IntegerField()", "BigIntegerField()", locks=True),
    altered("narrower", "contract", "BigIntegerField()", "IntegerField()", locks=True),
    Case(
        "wider key",
        "expand",
        'migrations.AlterField("customer", "id", models.BigAutoField(primary_key=True)),',
        AUTO + model("Item", NAME, f'"customer", models.{FOREIGN}'),
        locks=True,
    ),
    altered("positive", "contract", "IntegerField()", "PositiveIntegerField()", locks=True),
    altered("not only positive", "expand", "PositiveIntegerField()", "IntegerField()"),
    altered(
        "more digits",
        "expand",
        "DecimalField(max_digits=6, decimal_places=2)",
        "DecimalField(max_digits=8, decimal_places=2)",
    ),
    altered(
        "more digits on both sides",
        "expand",
        "DecimalField(max_digits=6, decimal_places=2)",
        "DecimalField(max_digits=8, decimal_places=3)",
        locks=True,
    ),
    altered(
        "fewer digits",
        "contract",
        "DecimalField(max_digits=8, decimal_places=2)",
        "DecimalField(max_digits=6, decimal_places=2)",
        locks=True,
    ),
    altered(
        "digits moved",
        "breaking",
        "DecimalField(max_digits=8, decimal_places=2)",
        "DecimalField(max_digits=8, decimal_places=4)",
        locks=True,
    ),
    altered("array of longer texts", "expand", array(20), array(30), locks=True),
    altered("number to text", "breaking", "IntegerField()", "CharField(max_length=20)", locks=True),
    altered("boolean to number", "breaking", "BooleanField()", "IntegerField()", locks=True),
    altered(
        "float to decimal",
        "breaking",
        "FloatField()",
        "DecimalField(max_digits=8, decimal_places=2)",
        locks=True,
    ),
    altered("date to time", "breaking", "DateField()", "DateTimeField()", locks=True),
    altered("text to JSON", "breaking", "TextField()", "JSONField()", locks=True),
    altered("uuid to text", "breaking", "UUIDField()", "CharField(max_length=40)", locks=True),
]

RELATIONS = [
    altered(
        "foreign key's default",
        "expand*",
        FOREIGN,
        'ForeignKey("shop.customer", models.CASCADE, default=1001)',
        PEOPLE,
        locks=True,
    ),
    altered("one to one", "contract", FOREIGN, ONE_TO_ONE, PEOPLE, locks=True),
    altered("not one to one", "expand", ONE_TO_ONE, FOREIGN, PEOPLE, locks=True),
    altered("constraint on", "contract", FOREIGN_FREE, FOREIGN, PEOPLE, locks=True),
    altered("constraint off", "expand", FOREIGN, FOREIGN_FREE, PEOPLE),
    altered(
        "to another model",
        "breaking",
        FOREIGN,
        'ForeignKey("shop.company", models.CASCADE)',
        OTHERS,
        locks=True,
    ),
    Case(
        "many to many's table",
        "breaking",
        'migrations.AlterField("item", "friends", '
        'models.ManyToManyField("shop.customer", db_table="friends")),',
        PEOPLE + model("Item", NAME, FRIENDS),
    ),
    Case(
        "many to many, to another model",
        "breaking",
        'migrations.AlterField("item", "friends", models.ManyToManyField("shop.company")),',
        OTHERS + model("Item", NAME, FRIENDS),
        locks=True,
    ),
    Case(
        "many to many from a column",
        "breaking",
        alter('models.ManyToManyField("shop.customer")'),
        sized("models.IntegerField()", PEOPLE),
    ),
]

ALTERS = [*NO_SQL, *ASPECTS, *TYPES, *RELATIONS]
