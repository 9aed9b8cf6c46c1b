"""A hundred and more changes of the usual kinds, which old and new code cannot both live with."""

from __future__ import annotations

from collections.abc import Iterator

from trial_cases import CHECK, Case, model

#: What people make fields of, by a word: the field and a default for it.
FIELDS = {
    "words": ("CharField(max_length=40{})", '"none"'),
    "text": ("TextField({})", '"it\'s % all"'),
    "slug": ("SlugField({})", '"none"'),
    "address": ("EmailField({})", '"a@example.com"'),
    "link": ("URLField({})", '"https://example.com/"'),
    "number": ("IntegerField({})", "7"),
    "big number": ("BigIntegerField({})", "2**40"),
    "count": ("PositiveIntegerField({})", "0"),
    "price": ("DecimalField(max_digits=8, decimal_places=2{})", '"9.90"'),
    "share": ("FloatField({})", "0.5"),
    "switch": ("BooleanField({})", "False"),
    "day": ("DateField({})", "datetime.date(2020, 1, 2)"),
    "moment": ("DateTimeField({})", "django.utils.timezone.now"),
    "hour": ("TimeField({})", "datetime.time(9)"),
    "span": ("DurationField({})", "datetime.timedelta(days=2)"),
    "key": ("UUIDField({})", "uuid.uuid4"),
    "document": ("JSONField({})", "dict"),
    "list": (
        "contrib.ArrayField(base_field=models.IntegerField(){})",
        "list",
    ),
}


def field(word: str, more: str = "") -> str:
    """A field of FIELDS as it stands in a file; `more` are further arguments."""
    text = FIELDS[word][0]
    lone = "({})" in text
    written = text.format(more.lstrip(", ") if lone else more)
    if written.startswith("contrib."):
        return f"django.contrib.postgres.fields.{written[8:]}"
    return f"models.{written}"


OTHER = model("Maker", '"name", models.CharField(max_length=20)')
PLAIN = '"title", models.CharField(max_length=20)'


def item(*fields: str, more: str = "") -> str:
    return model("Item", PLAIN, *fields, more=more)


def _added() -> Iterator[Case]:
    for word, (_, default) in FIELDS.items():
        added = field(word, f", default={default}")
        yield Case(
            f"add {word}", "breaking", f'migrations.AddField("item", "extra", {added}),', item()
        )
    for word, (_, default) in FIELDS.items():
        added = field(word, f", default={default}")
        yield Case(
            f"add {word} for once",
            "breaking",
            f'migrations.AddField("item", "extra", {added}, preserve_default=False),',
            item(),
        )
    now = "models.DateTimeField(auto_now_add=True, default=django.utils.timezone.now)"
    yield Case(
        "add moment of creation",
        "breaking",
        f'migrations.AddField("item", "made", {now}, preserve_default=False),',
        item(),
    )


def _removed() -> Iterator[Case]:
    for word, (_, default) in FIELDS.items():
        has = f", default={default}" if len(word) % 2 else ""
        yield Case(
            f"remove {word}{' with default' if has else ''}",
            "breaking",
            'migrations.RemoveField("item", "extra"),',
            item(f'"extra", {field(word, has)}'),
        )
    yield Case(
        "remove maker",
        "breaking",
        'migrations.RemoveField("item", "maker"),',
        OTHER + item('"maker", models.ForeignKey("shop.maker", models.CASCADE)'),
    )


def _renamed() -> Iterator[Case]:
    rename = 'migrations.RenameField("item", "extra", "other"),'
    for number, word in enumerate(FIELDS):
        more = (", null=True", "", ", db_index=True")[number % 3]
        if word in ("document", "list"):
            more = more.replace(", db_index=True", "")
        yield Case(f"rename {word}", "breaking", rename, item(f'"extra", {field(word, more)}'))
    for word in ("words", "number", "moment", "key", "price"):
        more = ", null=True, db_index=True"
        yield Case(
            f"rename indexed {word}", "breaking", rename, item(f'"extra", {field(word, more)}')
        )
    yield Case(
        "rename unique words",
        "breaking",
        rename,
        item(f'"extra", {field("words", ", unique=True")}'),
    )
    maker = 'models.ForeignKey("shop.maker", models.CASCADE, related_name="items")'
    yield Case("rename maker", "breaking", rename, OTHER + item(f'"extra", {maker}'))


def _tightened() -> Iterator[Case]:
    for word in ("words", "text", "number", "price", "switch", "day", "moment", "key", "document"):
        new = field(word, f", default={FIELDS[word][1]}")
        yield Case(
            f"no more without {word}",
            "breaking",
            f'migrations.AlterField("item", "extra", {new}),',
            item(f'"extra", {field(word, ", null=True")}'),
        )
    shorter = 'migrations.AlterField("item", "extra", models.CharField(max_length=10)),'
    for name, old in (
        ("words", "models.CharField(max_length=200)"),
        ("text", "models.TextField()"),
    ):
        yield Case(f"shorter {name}", "breaking", shorter, item(f'"extra", {old}'))
    for name, new, old in (
        ("unique words", "models.CharField(max_length=40, unique=True)", field("words")),
        ("unique number", "models.IntegerField(unique=True)", field("number")),
        ("no negative number", "models.PositiveIntegerField()", field("number")),
        ("smaller number", "models.SmallIntegerField()", field("number")),
    ):
        text = f'migrations.AlterField("item", "extra", {new}),'
        yield Case(name, "breaking", text, item(f'"extra", {old}'))


def _tables() -> Iterator[Case]:
    rename = 'migrations.RenameModel("Item", "Ware"),'
    label = '"items", models.ManyToManyField("shop.maker")'
    itself = '"friends", models.ManyToManyField("self")'
    yield Case("rename model", "breaking", rename, item())
    yield Case("rename model with many", "breaking", rename, OTHER + item(label))
    yield Case("rename model with friends", "breaking", rename, item(itself))
    yield Case(
        "rename model that is referred to",
        "breaking",
        rename,
        item() + model("Part", '"item", models.ForeignKey("shop.item", models.CASCADE)'),
    )
    table = 'migrations.AlterModelTable("item", "shop_wares"),'
    yield Case("another table", "breaking", table, item())
    yield Case("another table with many", "breaking", table, OTHER + item(label))


def _mixed() -> Iterator[Case]:
    yield Case(
        "add one and remove one",
        "breaking",
        'migrations.AddField("item", "other", models.IntegerField(null=True)),\n'
        'migrations.RemoveField("item", "extra"),',
        item('"extra", models.IntegerField(null=True)'),
    )
    yield Case(
        "make one model and delete another",
        "breaking",
        model("Ware", PLAIN) + 'migrations.DeleteModel("Item"),',
        item(),
    )
    copy = (
        "def copy(apps, schema_editor):\n"
        '    for one in apps.get_model("shop", "Item").objects.all():\n'
        "        one.other = one.extra * 2\n"
        "        one.save()\n"
    )
    yield Case(
        "move into another column",
        "breaking",
        'migrations.AddField("item", "other", models.IntegerField(default=0)),\n'
        "migrations.RunPython(copy, migrations.RunPython.noop),\n"
        'migrations.RemoveField("item", "extra"),',
        item('"extra", models.IntegerField()'),
        top=copy,
    )
    yield Case(
        "rename two",
        "breaking",
        'migrations.RenameField("item", "one", "first"),\n'
        'migrations.RenameField("item", "two", "second"),',
        item('"one", models.IntegerField()', '"two", models.IntegerField()'),
    )
    pair = {"fields": 'fields=["title", "extra"]', "check": f"{CHECK}=models.Q(extra__gt=0)"}
    kinds = {"fields": "UniqueConstraint", "check": "CheckConstraint"}
    for name, how in pair.items():
        yield Case(
            f"add one with a constraint: {name}",
            "breaking",
            'migrations.AddField("item", "extra", models.IntegerField(default=1)),\n'
            'migrations.AddConstraint("item", '
            f'models.{kinds[name]}({how}, name="shop_pair_{name}")),',
            item(),
        )
    yield Case(
        "unique together with one that is new",
        "breaking",
        'migrations.AddField("item", "extra", models.IntegerField(default=1)),\n'
        'migrations.AlterUniqueTogether("item", {("title", "extra")}),',
        item(),
    )


def _beyond() -> Iterator[Case]:
    """Other kinds of values, and what two tables share: these have no halves."""
    for name, old, new in (
        ("words to number", "CharField(max_length=9)", "IntegerField()"),
        ("number to words", "IntegerField()", "CharField(max_length=40)"),
        ("day to words", "DateField()", "CharField(max_length=40)"),
        ("price to share", "DecimalField(max_digits=8, decimal_places=2)", "FloatField()"),
        ("number to switch", "IntegerField()", "BooleanField()"),
    ):
        text = f'migrations.AlterField("item", "extra", models.{new}),'
        yield Case(name, "breaking", text, item(f'"extra", models.{old}'))
    yield Case(
        "rename model that many have",
        "breaking",
        'migrations.RenameModel("Maker", "Brand"),',
        OTHER + item('"makers", models.ManyToManyField("shop.maker")'),
    )
    yield Case(
        "rename key",
        "breaking",
        'migrations.RenameField("item", "code", "name"),',
        'migrations.CreateModel("Item", [("code", models.CharField(max_length=9, '
        "primary_key=True))]),\n",
    )
    yield Case(
        "another kind by another column",
        "breaking",
        'migrations.RemoveField("item", "extra"),\n'
        'migrations.AddField("item", "extra", models.IntegerField(default=0)),',
        item('"extra", models.CharField(max_length=9)'),
    )


CHANGES: list[Case] = [
    *_added(),
    *_removed(),
    *_renamed(),
    *_tightened(),
    *_tables(),
    *_mixed(),
    *_beyond(),
]
