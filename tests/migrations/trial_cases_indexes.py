"""Cases: indexes and constraints."""

from __future__ import annotations

from trial_cases import AMOUNT, CHECK, NAME, NOTE, Case, add, model

INDEX = 'models.Index(fields=["name"], name="item_name")'
UNIQUE = 'models.UniqueConstraint(fields=["name"], name="item_unique")'
WIDER = 'models.UniqueConstraint(fields=["name", "amount"], name="item_wider")'
POSITIVE = f'models.CheckConstraint({CHECK}=models.Q(amount__gte=0), name="item_positive")'
BOTH = model("Item", NAME, NOTE, AMOUNT, more='options={"unique_together": {("name", "amount")}}')
RANGES = model("Item", NAME, '"span", django.contrib.postgres.fields.IntegerRangeField()')
POSTGRES = "import django.contrib.postgres.operations as postgres"


def constraint(text: str) -> str:
    return f'migrations.AddConstraint("item", {text}),'


def unique(text: str) -> str:
    return constraint(f'models.UniqueConstraint({text}, name="item_u")')


def check(text: str) -> str:
    return constraint(f'models.CheckConstraint({CHECK}={text}, name="item_c")')


NULL = add("models.IntegerField(null=True)")
REMOVED = 'migrations.RemoveConstraint("item", "item_unique"),'

INDEXES = [
    Case("add index", "expand*", f'migrations.AddIndex("item", {INDEX}),', locks=True),
    Case(
        "add index together",
        "expand*",
        'migrations.AlterIndexTogether("item", {("name", "amount")}),',
        locks=True,
        until=(5, 1),
    ),
    Case(
        "remove index together",
        "expand*",
        'migrations.AlterIndexTogether("item", set()),',
        model("Item", NAME, AMOUNT, more='options={"index_together": {("name", "amount")}}'),
        until=(5, 1),
    ),
    Case(
        "add index concurrently",
        "expand*",
        f'postgres.AddIndexConcurrently("item", {INDEX}),',
        atomic=False,
        top=POSTGRES,
    ),
    Case(
        "add index concurrently, atomic",
        "breaking",
        f'postgres.AddIndexConcurrently("item", {INDEX}),',
        top=POSTGRES,
    ),
    Case(
        "remove index concurrently",
        "expand*",
        'postgres.RemoveIndexConcurrently("item", "item_name"),',
        more=f'migrations.AddIndex("item", {INDEX}),',
        atomic=False,
        top=POSTGRES,
    ),
    Case(
        "remove index",
        "expand*",
        'migrations.RemoveIndex("item", "item_name"),',
        more=f'migrations.AddIndex("item", {INDEX}),',
    ),
    Case(
        "rename index",
        "expand*",
        'migrations.RenameIndex("item", new_name="named", old_name="item_name"),',
        more=f'migrations.AddIndex("item", {INDEX}),',
    ),
]

CONSTRAINTS = [
    Case("add check", "contract", constraint(POSITIVE), locks=True),
    Case("add unique constraint", "contract", constraint(UNIQUE), locks=True),
    Case(
        "add partial unique",
        "contract",
        unique('fields=["name"], condition=models.Q(amount__gte=0)'),
        locks=True,
    ),
    Case(
        "add expression unique",
        "contract",
        unique('django.db.models.functions.Lower("name")'),
        locks=True,
    ),
    Case(
        "add deferrable unique",
        "contract",
        unique('fields=["name"], deferrable=models.Deferrable.DEFERRED'),
        locks=True,
    ),
    Case(
        "add exclusion",
        "contract",
        constraint(
            "django.contrib.postgres.constraints.ExclusionConstraint("
            'name="item_e", expressions=[("span", "&&")])'
        ),
        RANGES,
        locks=True,
    ),
    Case(
        "alter constraint",
        "neutral",
        'migrations.AlterConstraint("item", "item_positive", '
        f'models.CheckConstraint({CHECK}=models.Q(amount__gte=0), name="item_positive", '
        'violation_error_message="Too little")),',
        more=constraint(POSITIVE),
        since=(5, 2),
    ),
    Case("check on a new column", "expand", NULL + check("models.Q(size__gte=0)"), locks=True),
    Case(
        "check on a new column that must be there",
        "breaking",
        NULL + check("models.Q(size__isnull=False)"),
        locks=True,
    ),
    Case(
        "check on a new and an old column",
        "breaking",
        NULL + check("models.Q(size__gte=0, amount__gte=0)"),
        locks=True,
    ),
    Case(
        "unique on a new column",
        "expand",
        NULL + unique('fields=["name", "size"]'),
        locks=True,
    ),
    Case(
        "unique on a new column, nulls alike",
        "breaking",
        NULL + unique('fields=["name", "size"], nulls_distinct=False'),
        locks=True,
        since=(5, 0),
    ),
    Case(
        "check, not valid",
        "contract",
        f'postgres.AddConstraintNotValid("item", {POSITIVE}),',
        top=POSTGRES,
    ),
    Case(
        "validate",
        "expand*",
        'postgres.ValidateConstraint("item", "item_positive"),',
        more=f'postgres.AddConstraintNotValid("item", {POSITIVE}),',
        top=POSTGRES,
    ),
    Case(
        "not valid and validate at once",
        "contract",
        f'postgres.AddConstraintNotValid("item", {POSITIVE}),'
        'postgres.ValidateConstraint("item", "item_positive"),',
        top=POSTGRES,
        locks=True,
    ),
    Case(
        "not valid and validate at once, not atomic",
        "contract",
        f'postgres.AddConstraintNotValid("item", {POSITIVE}),'
        'postgres.ValidateConstraint("item", "item_positive"),',
        top=POSTGRES,
        atomic=False,
    ),
    Case("remove unique constraint", "expand", REMOVED, more=constraint(UNIQUE)),
    Case(
        "remove check",
        "expand",
        'migrations.RemoveConstraint("item", "item_positive"),',
        more=constraint(POSITIVE),
    ),
    Case(
        "remove a constraint and its column",
        "contract",
        'migrations.RemoveConstraint("item", "item_u"),migrations.RemoveField("item", "note"),',
        more=unique('fields=["name", "note"]'),
    ),
    Case(
        "replace a constraint",
        "breaking",
        REMOVED + unique('fields=["amount"]'),
        more=constraint(UNIQUE),
        locks=True,
    ),
    Case(
        "replace a constraint by a looser one",
        "expand",
        REMOVED + constraint(WIDER),
        more=constraint(UNIQUE),
        locks=True,
    ),
    Case(
        "unique together",
        "contract",
        'migrations.AlterUniqueTogether("item", {("name", "amount")}),',
        locks=True,
    ),
    Case("not unique together", "expand", 'migrations.AlterUniqueTogether("item", set()),', BOTH),
    Case(
        "other unique together",
        "breaking",
        'migrations.AlterUniqueTogether("item", {("name", "note")}),',
        BOTH,
        locks=True,
    ),
    Case(
        "looser unique together",
        "expand",
        'migrations.AlterUniqueTogether("item", {("name", "amount", "note")}),',
        BOTH,
        locks=True,
    ),
    Case(
        "not unique together, and the column goes",
        "contract",
        'migrations.AlterUniqueTogether("item", set()),migrations.RemoveField("item", "note"),',
        model("Item", NAME, NOTE, more='options={"unique_together": {("name", "note")}}'),
    ),
]
