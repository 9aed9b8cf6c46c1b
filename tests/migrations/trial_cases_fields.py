"""Cases: fields that come, go and are renamed."""

from __future__ import annotations

from trial_cases import (
    AMOUNT,
    CUSTOMER,
    FRIENDS,
    ITEM,
    NAME,
    PEOPLE,
    SHOP,
    Case,
    add,
    model,
    sized,
)

ITEMS = '"item", models.ForeignKey("shop.item", models.CASCADE)'
LINK = model("Link", CUSTOMER, ITEMS)
THROUGH = 'models.ManyToManyField("shop.customer", through="shop.link")'
FUNCTIONS = "import django.contrib.postgres.functions"
CALLABLE = "def seven():\n    return 7\n"
SIZE_FIELD = "class SizeField(models.IntegerField):\n    pass\n"
DOUBLED = (
    'models.GeneratedField(expression=models.F("amount") * 0, '
    "output_field=models.IntegerField(), db_persist=True)"
)
PERSISTED = model("Item", NAME, AMOUNT, f'"size", {DOUBLED}')

FIELDS = [
    Case("add null", "expand", add("models.IntegerField(null=True)")),
    Case("add null with default", "expand", add("models.IntegerField(null=True, default=5)")),
    Case("add null auto_now", "expand", add("models.DateTimeField(null=True, auto_now=True)")),
    Case("add db_default", "expand", add("models.IntegerField(db_default=5)"), since=(5, 0)),
    Case(
        "add db_default and default",
        "expand",
        add("models.IntegerField(db_default=5, default=6)"),
        since=(5, 0),
    ),
    Case(
        "add db_default now",
        "expand",
        add("models.DateTimeField(db_default=django.db.models.functions.Now())"),
        since=(5, 0),
    ),
    Case(
        "add db_default volatile",
        "expand",
        add("models.FloatField(db_default=django.db.models.functions.Random())"),
        since=(5, 0),
        locks=True,
    ),
    Case(
        "add db_default uuid",
        "expand",
        add("models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID())"),
        since=(5, 0),
        locks=True,
        top=FUNCTIONS,
    ),
    Case("add generated", "expand", add(DOUBLED), since=(5, 0), locks=True),
    Case(
        "add many to many",
        "expand",
        'migrations.AddField("item", "friends", models.ManyToManyField("shop.customer")),',
        SHOP,
        hazard=True,
    ),
    Case(
        "add many to many through",
        "neutral",
        f'migrations.AddField("item", "friends", {THROUGH}),',
        PEOPLE + ITEM + LINK,
    ),
    Case("add default", "breaking", add("models.IntegerField(default=5)")),
    Case(
        "add callable default", "breaking", add("models.IntegerField(default=seven)"), top=CALLABLE
    ),
    Case(
        "add one-off default",
        "breaking",
        'migrations.AddField("item", "size", models.IntegerField(default=5), '
        "preserve_default=False),",
    ),
    Case(
        "add default indexed",
        "breaking",
        add("models.IntegerField(default=5, db_index=True)"),
        locks=True,
    ),
    Case(
        "add positive default",
        "breaking",
        add("models.PositiveIntegerField(default=5)"),
        locks=True,
    ),
    Case("add blank", "breaking", add("models.CharField(max_length=20, blank=True)")),
    Case("add auto_now_add", "breaking", add("models.DateTimeField(auto_now_add=True)")),
    Case("add without default", "breaking", add("models.IntegerField()")),
    Case(
        "add unique with default",
        "breaking",
        add("models.UUIDField(default=uuid.uuid4, unique=True)"),
    ),
    Case("add indexed", "expand", add("models.IntegerField(null=True, db_index=True)"), locks=True),
    Case("add unique", "expand", add("models.IntegerField(null=True, unique=True)"), locks=True),
    Case("add slug", "expand", add("models.SlugField(null=True)"), locks=True),
    Case("add slug unindexed", "expand", add("models.SlugField(null=True, db_index=False)")),
    Case("add positive", "expand", add("models.PositiveIntegerField(null=True)"), locks=True),
    Case(
        "add foreign key",
        "expand",
        add('models.ForeignKey("shop.customer", models.CASCADE, null=True)'),
        SHOP,
        locks=True,
        hazard=True,
    ),
    Case(
        "add one to one",
        "expand",
        add('models.OneToOneField("shop.customer", models.CASCADE, null=True)'),
        SHOP,
        locks=True,
        hazard=True,
    ),
    Case(
        "add foreign key unindexed",
        "expand",
        add('models.ForeignKey("shop.customer", models.CASCADE, null=True, db_index=False)'),
        SHOP,
        hazard=True,
    ),
    Case(
        "add foreign key unindexed with default",
        "expand",
        add(
            'models.ForeignKey("shop.customer", models.CASCADE, null=True, db_index=False, '
            "default=1001)"
        ),
        SHOP,
        locks=True,
        hazard=True,
    ),
    Case(
        "add custom null",
        "expand",
        add("SizeField(null=True)"),
        top=SIZE_FIELD,
        reader=("unknown",),
    ),
    Case("add custom", "unknown", add("SizeField(default=1)"), top=SIZE_FIELD, shows="breaking"),
    Case("remove null", "contract", 'migrations.RemoveField("item", "note"),'),
    Case(
        "remove db_default",
        "contract",
        'migrations.RemoveField("item", "size"),',
        sized("models.IntegerField(db_default=5)"),
        since=(5, 0),
    ),
    Case(
        "remove generated",
        "contract",
        'migrations.RemoveField("item", "size"),',
        PERSISTED,
        since=(5, 0),
    ),
    Case(
        "remove not null", "breaking", 'migrations.RemoveField("item", "name"),', irreversible=True
    ),
    Case(
        "remove not null with default",
        "breaking",
        'migrations.RemoveField("item", "size"),',
        sized("models.IntegerField(default=5)"),
    ),
    Case(
        "remove auto_now",
        "breaking",
        'migrations.RemoveField("item", "size"),',
        sized("models.DateTimeField(auto_now=True)"),
    ),
    Case(
        "remove blank text",
        "breaking",
        'migrations.RemoveField("item", "size"),',
        sized("models.CharField(max_length=20, blank=True)"),
    ),
    Case(
        "remove blank number",
        "breaking",
        'migrations.RemoveField("item", "size"),',
        sized("models.IntegerField(blank=True)"),
        irreversible=True,
    ),
    Case(
        "remove foreign key",
        "contract",
        'migrations.RemoveField("item", "size"),',
        sized('models.ForeignKey("shop.customer", models.SET_NULL, null=True)', PEOPLE),
        hazard=True,
    ),
    Case(
        "remove many to many",
        "contract",
        'migrations.RemoveField("item", "friends"),',
        PEOPLE + model("Item", NAME, FRIENDS),
        hazard=True,
    ),
    Case(
        "remove many to many through",
        "neutral",
        'migrations.RemoveField("item", "friends"),',
        PEOPLE + ITEM + LINK,
        more=f'migrations.AddField("item", "friends", {THROUGH}),',
    ),
    Case("rename field", "breaking", 'migrations.RenameField("item", "name", "title"),'),
    Case(
        "rename foreign key",
        "breaking",
        'migrations.RenameField("item", "customer", "buyer"),',
        SHOP,
        locks=True,
    ),
    Case(
        "rename positive",
        "breaking",
        'migrations.RenameField("item", "size", "weight"),',
        sized("models.PositiveIntegerField()"),
        locks_4_2=True,
    ),
    Case(
        "rename many to many",
        "breaking",
        'migrations.RenameField("item", "friends", "fans"),',
        PEOPLE + model("Item", NAME, FRIENDS),
    ),
    Case(
        "rename field, column stays",
        "neutral",
        'migrations.RenameField("item", "size", "weight"),',
        sized('models.IntegerField(db_column="size")'),
    ),
    Case(
        "fix the column and rename",
        "neutral",
        'migrations.AlterField("item", "name", models.CharField(max_length=20, db_column="name")),'
        'migrations.RenameField("item", "name", "title"),',
    ),
    Case(
        "fix a foreign key's column and rename",
        "neutral",
        'migrations.AlterField("item", "customer", models.ForeignKey("shop.customer", '
        'models.CASCADE, db_column="customer_id")),'
        'migrations.RenameField("item", "customer", "buyer"),',
        SHOP,
    ),
    Case(
        "rename many to many, table stays",
        "neutral",
        'migrations.RenameField("item", "friends", "fans"),',
        PEOPLE
        + model("Item", NAME, '"friends", models.ManyToManyField("shop.customer", db_table="f")'),
    ),
]
