"""Each rule on migrations as people write them. That the rules are right is the trial's matter."""

from __future__ import annotations

import pytest
from migration_text import read, said, text

FK = 'models.ForeignKey("shop.Customer", models.CASCADE, related_name="+"'

#: An operation on shop.Order (or other models), and what is said: the class, ``*`` for
#: order-free, L for locks, I for irreversible, V for lossy.
CASES = {
    # -- models
    'migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))])': "expand",
    'migrations.CreateModel("Child", [], bases=("shop.order",))': "expand",
    'migrations.CreateModel("Odd", [("x", custom.fields.Whatever())])': "expand",
    'migrations.CreateModel("Seen", [], options={"managed": False})': "neutral",
    'migrations.CreateModel("Also", [], options={"proxy": True}, bases=("shop.order",))': "neutral",
    'migrations.CreateModel("order", [])': "breaking",
    'migrations.DeleteModel("Order")': "contract V",
    'migrations.DeleteModel("Nobody")': "contract V",
    'migrations.DeleteModel("View")': "neutral",
    'migrations.DeleteModel("Vip")': "neutral",
    'migrations.RenameModel("Customer", "Client")': "breaking L",
    'migrations.RenameModel("Link", "Join")': "breaking",
    'migrations.RenameModel("Tag", "Label")': "breaking L",
    'migrations.RenameModel("Nobody", "Somebody")': "breaking",
    'migrations.RenameModel("Order", "ORDER")': "neutral",
    'migrations.AlterModelTable("Link", "links")': "breaking",
    'migrations.AlterModelTable("Link", "shop_link")': "neutral",
    'migrations.AlterModelTable("Tag", "tags")': "neutral",
    'migrations.AlterModelTable("Tag", None)': "breaking",
    'migrations.AlterModelTable("Nobody", "x")': "unknown",
    'migrations.AlterModelTable("Tag", settings.TABLE)': "unknown",
    'migrations.AlterModelTableComment("Tag", "words")': "expand*",
    'migrations.AlterModelOptions("Tag", {"ordering": ["word"]})': "neutral",
    'migrations.AlterModelManagers("Tag", [])': "neutral",
    'migrations.AlterOrderWithRespectTo("Link", "order")': "breaking",
    'migrations.AlterOrderWithRespectTo("Link", None)': "breaking",
    # -- fields of others, of which it is known what they are in the database
    'migrations.AlterField("order", "stream", wagtail.fields.StreamField([("a", Block())],'
    " use_json_field=True))": "neutral",
    'migrations.AlterField("order", "stream", wagtail.fields.StreamField([("a", 0)],'
    " block_lookup={0: ()}))": "neutral",
    'migrations.AlterField("order", "stream", wagtail.core.fields.StreamField([("a", 0)],'
    ' use_json_field=True, blank=True, verbose_name="Body"))': "neutral",
    'migrations.AlterField("order", "stream", wagtail.fields.StreamField([("a", 0)],'
    " use_json_field=True, null=True))": "expand",
    'migrations.AlterField("order", "stream", wagtail.fields.StreamField([("a", 0)],'
    " use_json_field=flag()))": "unknown",
    'migrations.AlterField("order", "early", wagtail.fields.StreamField([("a", 0)],'
    " use_json_field=True))": "unknown",
    'migrations.AlterField("order", "early", wagtail.fields.StreamField([("a", 0)],'
    " block_lookup={0: ()}))": "neutral",
    'migrations.AlterField("order", "early", wagtail.fields.StreamField([("b", Block())]))': (
        "neutral"
    ),
    'migrations.AlterField("order", "early", models.TextField())': "breaking L",
    'migrations.AlterField("order", "rich", wagtail.fields.RichTextField(blank=True,'
    ' default="x"))': "neutral",
    'migrations.AlterField("order", "parent", modelcluster.fields.ParentalKey('
    'on_delete=models.CASCADE, related_name="p", to="shop.customer"))': "neutral",
    'migrations.AddField("order", "x", modelcluster.fields.ParentalKey("shop.Customer",'
    " models.CASCADE, null=True))": "expand L",
    'migrations.AddField("order", "x", modelcluster.fields.ParentalManyToManyField("shop.Tag"))': (
        "expand"
    ),
    'migrations.AddField("order", "x", wagtail.fields.RichTextField(default=""))': "breaking",
    # -- AddField
    'migrations.AddField("order", "x", models.IntegerField(null=True))': "expand",
    'migrations.AddField("order", "x", models.IntegerField(null=True, default=5))': "expand",
    'migrations.AddField("order", "x", models.DateField(null=True, auto_now=True))': "expand",
    'migrations.AddField("order", "x", models.NullBooleanField())': "expand",
    'migrations.AddField("order", "x", models.IntegerField(db_default=5))': "expand",
    'migrations.AddField("order", "x", models.IntegerField(db_default=5, default=5))': "expand",
    'migrations.AddField("order", "x", models.IntegerField(db_default=models.Value(5)))': "expand",
    'migrations.AddField("order", "x", models.DateTimeField(db_default=Now()))': "expand",
    'migrations.AddField("order", "x", models.UUIDField(db_default=RandomUUID()))': "expand L",
    'migrations.AddField("order", "x", models.IntegerField(db_default=settings.X))': "expand L",
    'migrations.AddField("order", "x", models.IntegerField(db_default=models.NOT_PROVIDED,'
    " default=1))": "breaking",
    'migrations.AddField("order", "x", models.IntegerField(db_default=None,'
    " default=1))": "breaking",
    'migrations.AddField("order", "x", models.GeneratedField(expression=models.F("count"),'
    " output_field=models.IntegerField(), db_persist=True))": "expand L",
    'migrations.AddField("order", "x", models.IntegerField(default=5))': "breaking",
    'migrations.AddField("order", "x", models.IntegerField(default=5), preserve_default=False)': (
        "breaking"
    ),
    'migrations.AddField("order", "x", models.UUIDField(default=uuid.uuid4))': "breaking",
    'migrations.AddField("order", "x", models.CharField(max_length=5, blank=True))': "breaking",
    'migrations.AddField("order", "x", models.DateTimeField(auto_now_add=True))': "breaking",
    'migrations.AddField("order", "x", models.IntegerField())': "breaking",
    'migrations.AddField("order", "x", models.SlugField(default=""))': "breaking L",
    'migrations.AddField("order", "x", models.UUIDField(null=True, unique=True,'
    " default=uuid.uuid4))": "breaking",
    'migrations.AddField("order", "x", models.IntegerField(null=True, unique=True))': "expand L",
    'migrations.AddField("order", "x", models.IntegerField(null=True, db_index=True))': "expand L",
    'migrations.AddField("order", "x", models.SlugField(null=True))': "expand L",
    'migrations.AddField("order", "x", models.SlugField(null=True, db_index=False))': "expand",
    'migrations.AddField("order", "x", models.PositiveSmallIntegerField(null=True))': "expand L",
    f'migrations.AddField("order", "x", {FK}, null=True))': "expand L",
    f'migrations.AddField("order", "x", {FK}, null=True, db_index=False))': "expand",
    f'migrations.AddField("order", "x", {FK}, null=True, db_index=False, default=1))': "expand L",
    'migrations.AddField("order", "x", models.OneToOneField("shop.Tag", models.CASCADE,'
    " null=True))": "expand L",
    'migrations.AddField("order", "x", models.ManyToManyField("shop.Customer"))': "expand",
    'migrations.AddField("order", "x", models.ManyToManyField("shop.Tag", through="shop.Link"))': (
        "neutral"
    ),
    'migrations.AddField("order", "x", custom.fields.MoneyField(null=True))': "expand",
    'migrations.AddField("order", "x", custom.fields.MoneyField(default=0))': "unknown",
    'migrations.AddField("order", "x", models.IntegerField(null=settings.NULL))': "unknown",
    'migrations.AddField("order", "x", make_field())': "unknown",
    'migrations.AddField("order", "code", models.IntegerField(null=True))': "breaking",
    'migrations.AddField("view", "x", models.IntegerField())': "neutral",
    'migrations.AddField("nobody", "x", models.IntegerField(null=True))': "expand",
    # -- RemoveField
    'migrations.RemoveField("order", "note")': "contract V",
    'migrations.RemoveField("order", "level")': "contract V",
    'migrations.RemoveField("order", "twice")': "contract",
    'migrations.RemoveField("order", "helper")': "contract V",
    'migrations.RemoveField("order", "tags")': "contract V",
    'migrations.RemoveField("order", "links")': "neutral",
    'migrations.RemoveField("order", "code")': "breaking IV",
    'migrations.RemoveField("order", "count")': "breaking V",
    'migrations.RemoveField("order", "text")': "breaking V",
    'migrations.RemoveField("order", "made")': "breaking V",
    'migrations.RemoveField("order", "customer")': "breaking IV",
    'migrations.RemoveField("order", "cash")': "contract V",
    'migrations.RemoveField("order", "money")': "unknown IV",
    'migrations.RemoveField("order", "nothing")': "unknown",
    'migrations.RemoveField("view", "total")': "neutral",
    # -- RenameField
    'migrations.RenameField("order", "code", "sign")': "breaking",
    'migrations.RenameField("order", "customer", "buyer")': "breaking L",
    'migrations.RenameField("order", "pinned", "held")': "neutral",
    'migrations.RenameField("order", "tags", "labels")': "breaking",
    'migrations.RenameField("order", "links", "ties")': "neutral",
    'migrations.RenameField("order", "nothing", "something")': "breaking",
    # -- indexes
    'migrations.AddIndex("order", models.Index(fields=["code"], name="i"))': "expand* L",
    'migrations.AddIndex("order", django.contrib.postgres.indexes.GinIndex(fields=["code"],'
    ' name="i"))': "expand* L",
    'migrations.AddIndex("order", custom.fields.UniqueIndex(fields=["code"], name="i"))': "unknown",
    'migrations.RemoveIndex("order", "i")': "expand*",
    'migrations.RenameIndex("order", new_name="j", old_name="i")': "expand*",
    'migrations.AlterIndexTogether("order", {("code", "count")})': "expand* L",
    'migrations.AlterIndexTogether("order", set())': "neutral",
    'AddIndexConcurrently("order", models.Index(fields=["code"], name="i"))': "breaking",
    'RemoveIndexConcurrently("view", "i")': "breaking",
    # -- constraints
    'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(count__gt=1),'
    ' name="c"))': "contract L",
    'migrations.AddConstraint("order", models.UniqueConstraint(fields=["note"], name="c"))': (
        "contract L"
    ),
    'migrations.AddConstraint("order", django.contrib.postgres.constraints.ExclusionConstraint('
    'name="c", expressions=[("code", "=")]))': "contract L",
    'migrations.AddConstraint("order", custom.fields.Constraint(name="c"))': "unknown",
    'AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(count__gt=1),'
    ' name="c"))': "contract",
    'ValidateConstraint("order", "c")': "expand*",
    'migrations.RemoveConstraint("order", "code_once")': "expand",
    'migrations.AlterConstraint("order", "code_once", None)': "neutral",
    'migrations.AlterUniqueTogether("order", set())': "expand",
    'migrations.AlterUniqueTogether("order", {("count", "code")})': "neutral",
    'migrations.AlterUniqueTogether("order", {("code", "count"), ("code", "note")})': "contract L",
    'migrations.AlterUniqueTogether("order", [["code", "note"]])': "breaking L",
    'migrations.AlterUniqueTogether("order", [["code", "count", "note"]])': "expand L",
    'migrations.AlterUniqueTogether("nobody", [["a", "b"]])': "unknown",
    'migrations.AlterUniqueTogether("nobody", None)': "expand",
    # -- the rest
    "BtreeGistExtension()": "expand*",
    'CreateExtension("hstore")': "expand*",
    'CreateCollation("c", "de_DE")': "expand*",
    'RemoveCollation("c", "de_DE")': "contract",
    "migrations.RunPython(forwards)": "unknown I",
    "migrations.RunPython(forwards, backwards)": "unknown",
    "migrations.RunPython(migrations.RunPython.noop)": "neutral I",
    "migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)": "neutral",
    'migrations.RunSQL("DELETE FROM shop_order")': "unknown I",
    'migrations.RunSQL([("DELETE FROM shop_order WHERE id = %s", [1])], "")': "unknown",
    'migrations.RunSQL(migrations.RunSQL.noop, "SELECT 1")': "neutral",
    'migrations.RunSQL("")': "neutral I",
    "migrations.RunSQL([], [])": "neutral",
    "migrations.SeparateDatabaseAndState()": "neutral",
    "migrations.SeparateDatabaseAndState([])": "neutral",
    'migrations.SeparateDatabaseAndState([migrations.RemoveField("order", "note")])': "contract V",
    "migrations.SeparateDatabaseAndState([migrations.SeparateDatabaseAndState("
    "[migrations.RunPython(forwards)])])": "unknown I",
    'migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Tag")])': (
        "neutral"
    ),
    "migrations.SeparateDatabaseAndState(make())": "unknown",
    "custom.fields.DoMagic('order')": "unknown",
    "make_operation()": "unknown",
    "": "neutral",
}


@pytest.mark.parametrize(("operation", "expected"), CASES.items(), ids=list(CASES))
def test_one_operation(operation, expected):
    functions = "def forwards(apps, editor): pass\ndef backwards(apps, editor): pass"
    reading = read(text(operation, above=functions))
    assert said(reading) == expected, reading.why


#: A field of shop.Order, what AlterField makes of it, and what is said.
ALTERED = [
    ("code", "models.CharField('Code', max_length=20, help_text='x', choices=[])", "neutral"),
    ("code", "models.CharField(max_length=20, default='x', validators=[f])", "neutral"),
    ("code", "models.CharField(max_length=20, db_column='code')", "neutral"),
    ("code", "models.CharField(max_length=20, db_column='codes')", "breaking"),
    ("code", "models.CharField(max_length=20, db_column=settings.X)", "unknown"),
    ("code", "models.CharField(max_length=30)", "expand"),
    ("code", "models.CharField()", "expand"),
    ("code", "models.CharField(max_length=10)", "contract L"),
    ("code", "models.CharField(max_length=settings.X)", "unknown"),
    ("code", "models.FilePathField(max_length=20)", "neutral"),
    ("code", "models.EmailField()", "expand"),
    ("code", "models.TextField()", "expand"),
    ("code", "models.CharField(max_length=20, null=True)", "expand"),
    ("code", "models.CharField(max_length=20, unique=True)", "contract L"),
    ("code", "models.CharField(max_length=20, db_index=True)", "expand* L"),
    ("code", "models.CharField(max_length=20, db_comment='x')", "expand*"),
    ("code", "models.CharField(max_length=20, db_collation='x')", "expand*"),
    ("code", "models.CharField(max_length=20, db_default='x')", "expand"),
    ("code", "models.CharField(max_length=20, db_default='x', default='x')", "expand*"),
    ("code", "models.CharField(max_length=20, primary_key=True)", "breaking L"),
    ("code", "models.IntegerField()", "breaking L"),
    ("code", "custom.fields.CharField(max_length=20)", "unknown"),
    ("code", "models.CharField(max_length=20, unheard_of=True)", "unknown"),
    ("code", "models.CharField(max_length=20, null=True, unique=True)", "breaking L"),
    ("note", "models.CharField(max_length=20)", "contract L"),
    ("note", "models.CharField(max_length=20, default='')", "contract L"),
    ("text", "models.CharField(max_length=20, blank=True)", "contract L"),
    ("slug", "models.SlugField(null=True, db_index=False)", "expand*"),
    ("slug", "models.CharField(max_length=50, null=True, db_index=True)", "neutral"),
    ("slug", "models.SlugField(max_length=60, null=True)", "expand"),
    ("slug", "models.TextField(null=True, db_index=True)", "expand L"),
    ("count", "models.BigIntegerField(default=0)", "expand L"),
    ("count", "models.SmallIntegerField(default=0)", "contract L"),
    ("count", "models.PositiveIntegerField(default=0)", "contract L"),
    ("count", "models.PositiveBigIntegerField(default=0)", "breaking L"),
    ("stock", "models.IntegerField(null=True)", "expand"),
    ("id", "models.AutoField(primary_key=True)", "contract L"),
    ("level", "models.IntegerField(db_default=2)", "expand*"),
    ("level", "models.IntegerField()", "contract"),
    ("price", "models.DecimalField(max_digits=9, decimal_places=2)", "expand"),
    ("price", "models.DecimalField(max_digits=10, decimal_places=3)", "expand L"),
    ("price", "models.DecimalField(max_digits=7, decimal_places=2)", "contract L"),
    ("price", "models.DecimalField(max_digits=8, decimal_places=4)", "breaking L"),
    ("made", "models.DateTimeField(auto_now=True)", "neutral"),
    ("sizes", "django.contrib.postgres.fields.ArrayField(models.IntegerField(), null=True)",
     "breaking L"),
    ("customer", f"{FK})", "neutral"),
    ("customer", f"{FK}, null=True)", "expand L"),
    ("customer", f"{FK}, default=1)", "expand* L"),
    ("customer", f"{FK}, db_index=False)", "expand* L"),
    ("customer", f"{FK}, db_constraint=False)", "expand"),
    ("customer", f"{FK}, db_column='customer_id')", "neutral"),
    ("customer", "models.ForeignKey('shop.Tag', models.CASCADE)", "breaking L"),
    ("customer", "models.ForeignKey('Customer', models.PROTECT)", "neutral"),
    ("customer", "models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)", "unknown"),
    ("customer", "models.OneToOneField('shop.Customer', models.CASCADE)", "contract L"),
    ("customer", "models.IntegerField()", "breaking L"),
    ("loose", f"{FK}, null=True)", "contract L"),
    ("tags", "models.ManyToManyField('shop.Tag', blank=True, related_name='x')", "neutral"),
    ("tags", "models.ManyToManyField('shop.Customer')", "breaking L"),
    ("tags", "models.ManyToManyField('shop.Tag', db_table='x')", "breaking"),
    ("tags", "models.ManyToManyField('shop.Tag', through='shop.Link')", "breaking"),
    ("tags", "models.IntegerField()", "breaking"),
    ("links", "models.ManyToManyField('Tag', through='Link')", "neutral"),
    ("twice", "models.GeneratedField(expression=models.F('count') * 3,"
     " output_field=models.IntegerField(), db_persist=True)", "breaking"),
    ("twice", "models.GeneratedField(expression=models.F('count') * 2,"
     " output_field=models.IntegerField(), db_persist=True, verbose_name='x')", "neutral"),
    ("money", "custom.fields.MoneyField(max_digits=8, verbose_name='x')", "neutral"),
    ("money", "custom.fields.MoneyField(max_digits=9)", "unknown"),
    ("money", "models.DecimalField(max_digits=8, decimal_places=2)", "unknown"),
    ("money", "custom.fields.MoneyField(max_digits=8, **settings.MORE)", "unknown"),
    ("nothing", "models.IntegerField()", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "expected"), ALTERED)
def test_altered_fields(name, field, expected):
    reading = read(text(f'migrations.AlterField("order", "{name}", {field})', above="f = 1"))
    assert said(reading) == expected, reading.why


ADD_NULL = 'migrations.AddField("order", "x", models.IntegerField(null=True)),'
DROP_NULL = 'migrations.RemoveField("order", "note"),'


def check(condition):
    return (
        f'migrations.AddConstraint("order", models.CheckConstraint(condition={condition}, '
        'name="c")),'
    )


def unique(fields, more=""):
    return (
        f'migrations.AddConstraint("order", models.UniqueConstraint(fields={fields!r}, name="c"'
        f"{more})),"
    )


#: Several operations in one file.
FILES = [
    (ADD_NULL + DROP_NULL, "breaking V"),
    (DROP_NULL + 'migrations.AddIndex("order", models.Index(fields=["code"], name="i"))',
     "contract LV"),
    (ADD_NULL + 'migrations.AlterField("order", "x", models.IntegerField())', "breaking L"),
    (ADD_NULL + "migrations.RunPython(f, f)", "unknown L"),
    (ADD_NULL + DROP_NULL + "migrations.RunPython(f, f)", "breaking LV"),
    (ADD_NULL + "migrations.RunPython(migrations.RunPython.noop, f)", "expand"),
    (ADD_NULL + 'ValidateConstraint("order", "c")', "expand L"),
    ('migrations.RenameField("order", "code", "sign"), migrations.RunPython(f, f)', "breaking L"),
    # a column made nullable and dropped at once is judged as it was before
    ('migrations.AlterField("order", "count", models.IntegerField(null=True)),'
     'migrations.RemoveField("order", "count")', "breaking V"),
    ('migrations.RenameField("order", "pinned", "held"), migrations.RemoveField("order", "held")',
     "contract V"),
    ('migrations.AlterField("order", "code", models.CharField(max_length=20, db_column="code")),'
     'migrations.RenameField("order", "code", "sign")', "neutral"),
    ('migrations.AlterModelTable("Link", "shop_link"), migrations.RenameModel("Link", "Join")',
     "neutral"),
    ('migrations.RemoveField("order", "count"),'
     'migrations.AddField("order", "count", models.IntegerField(null=True))', "breaking V"),
    # what a file makes itself
    ('migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))]),'
     'migrations.AddField("new", "x", models.SlugField(default="")),'
     'migrations.AddIndex("new", models.Index(fields=["x"], name="i")),'
     'migrations.RenameField("new", "x", "y"), migrations.RenameModel("New", "Newer"),'
     'migrations.RemoveField("newer", "y"), migrations.DeleteModel("Newer")', "expand"),
    ('migrations.SeparateDatabaseAndState(state_operations=[migrations.CreateModel("Old", [])]),'
     'migrations.AddField("old", "x", models.IntegerField())', "breaking"),
    ('migrations.SeparateDatabaseAndState([migrations.CreateModel("New", [])],'
     '[migrations.CreateModel("New", [])]),'
     'migrations.AddField("new", "x", models.IntegerField())', "expand"),
    ('migrations.CreateModel("Seen", [], options={"managed": False}),'
     'migrations.AlterModelOptions("Seen", {}),'
     'migrations.AddField("seen", "x", models.IntegerField())', "breaking"),
    ('migrations.DeleteModel("Link"), migrations.CreateModel("Link", [])', "breaking V"),
    # constraints over what the file adds
    (ADD_NULL + check("models.Q(x__gte=0)"), "expand L"),
    (ADD_NULL + check("models.Q(('x__gte', 0)) | ~models.Q(x__in=[7, 9])"), "expand L"),
    (ADD_NULL + check("models.Q(x__gte=0, _connector='OR', _negated=True)"), "expand L"),
    (ADD_NULL + check("models.Q(x__gt=models.F('x'))"), "expand L"),
    (ADD_NULL + check("models.Q(x__isnull=False)"), "breaking L"),
    (ADD_NULL + check("models.Q(x=None)"), "breaking L"),
    (ADD_NULL + check("models.Q(x__gte=0) | models.Q(count__gte=0)"), "breaking L"),
    (ADD_NULL + check("~~models.Q(x__gte=0)"), "breaking L"),
    (ADD_NULL + check("models.Q(x__gte=settings.X)"), "breaking L"),
    (ADD_NULL + check("models.Q(x__odd=1)"), "breaking L"),
    (ADD_NULL + unique(["code", "x"]), "expand L"),
    (ADD_NULL + unique(["code", "x"], ", nulls_distinct=False"), "breaking L"),
    (ADD_NULL + unique(["code", "note"]), "breaking L"),
    ('migrations.AddField("order", "x", models.IntegerField(null=True, default=1)),'
     + unique(["x"]), "breaking L"),
    (ADD_NULL + 'migrations.AlterUniqueTogether("order", {("code", "count"), ("code", "x")})',
     "expand L"),
    # constraints over what the file removes, or replaces
    ('migrations.RemoveConstraint("order", "note_ok"),' + DROP_NULL, "contract V"),
    ('migrations.RemoveConstraint("order", "count_ok"),' + DROP_NULL, "breaking V"),
    ('migrations.RemoveConstraint("order", "code_once"),' + unique(["code", "count"]), "expand L"),
    ('migrations.RemoveConstraint("order", "code_once"),' + unique(["count"]), "breaking L"),
    ('migrations.RemoveConstraint("order", "code_once"),'
     + unique(["code", "count"], ", nulls_distinct=False"), "breaking L"),
    ('migrations.AlterUniqueTogether("order", set()),' + unique(["code", "count"]), "expand L"),
]  # fmt: skip


@pytest.mark.parametrize(("operations", "expected"), FILES)
def test_several_operations(operations, expected):
    reading = read(text(operations, above="def f(apps, editor): pass"))
    assert said(reading) == expected, reading.why


def test_outside_of_a_transaction_locks_are_not_held_and_indexes_are_built_concurrently():
    index = 'AddIndexConcurrently("order", models.Index(fields=["code"], name="i"))'
    assert said(read(text(index, body="atomic = False"))) == "expand*"
    assert said(read(text(index, body="atomic = settings.ATOMIC"))) == "unknown"
    data = ADD_NULL + "migrations.RunPython(f, f)"
    functions = "def f(apps, editor): pass"
    assert not read(text(data, above=functions, body="atomic = False")).locks
    assert read(text(data, above=functions)).locks


def test_a_mixed_file_is_to_be_split_and_says_where():
    reading = read(text(f"{ADD_NULL}\n{DROP_NULL}"))
    assert reading.warnings[0].startswith("split this file: ")
    lines = [found.line for found in reading.findings]
    assert f"line {lines[0]} before" in reading.warnings[0]
    assert f"line {lines[1]} after" in reading.warnings[0]


def test_each_finding_says_where_what_and_why():
    (found,) = read(
        text('migrations.AddField("order", "x", models.IntegerField(default=1))')
    ).findings
    lines = text('migrations.AddField("order", "x", models.IntegerField(default=1))').split(b"\n")
    assert b"AddField" in lines[found.line - 1]
    assert found.operation == "AddField shop.Order.x"
    assert "NOT NULL" in found.why
    assert "db_default" in found.advice


@pytest.mark.parametrize(
    ("operations", "warned"),
    [
        ('migrations.CreateModel("N", [("o", models.ForeignKey("shop.Order", f))])', True),
        ('migrations.CreateModel("N", [("o", models.ForeignKey("shop.Order", f,'
         " db_constraint=False))])", False),
        ('migrations.CreateModel("N", [("o", models.ForeignKey("self", f))])', False),
        ('migrations.CreateModel("N", []),'
         'migrations.CreateModel("M", [("o", models.ForeignKey("shop.N", f))])', False),
        ('migrations.AddField("order", "x", models.ManyToManyField("shop.Tag"))', True),
        ('migrations.RemoveField("order", "helper")', True),
        ('migrations.RemoveField("order", "loose")', False),
        ('migrations.DeleteModel("Link")', True),
        ('migrations.DeleteModel("Tag")', False),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_deleted_meanwhile_are_warned_of(operations, warned):
    reading = read(text(operations, above="f = models.CASCADE"))
    assert any("delete" in warning for warning in reading.warnings) is warned


def test_columns_forgotten_by_the_state_alone_are_warned_of():
    drop = 'migrations.RemoveField("order", "code")'
    alone = read(text(f"migrations.SeparateDatabaseAndState(state_operations=[{drop}])"))
    assert said(alone) == "neutral"
    assert any("order.code leaves the state" in warning for warning in alone.warnings)
    both = read(text(f"migrations.SeparateDatabaseAndState([{drop}], [{drop}])"))
    assert not any("leaves the state" in warning for warning in both.warnings)
    null = drop.replace("code", "note")
    harmless = read(text(f"migrations.SeparateDatabaseAndState(state_operations=[{null}])"))
    assert not harmless.warnings
    by_sql = read(text(f'migrations.RunSQL("", "", state_operations=[{drop}])'))
    assert any("leaves the state" in warning for warning in by_sql.warnings)


@pytest.mark.parametrize(
    ("operation", "advice"),
    [
        ('migrations.AddIndex("order", models.Index(fields=["code"], name="i"))', "Concurrently"),
        ('migrations.AddField("order", "x", models.SlugField(null=True))', "Concurrently"),
        (
            'migrations.AddField("order", "x", models.IntegerField(null=True, unique=True))',
            "unique",
        ),
        ('migrations.AddField("order", "x", models.PositiveIntegerField(null=True))', "NotValid"),
        ('migrations.AddField("order", "x", models.UUIDField(db_default=RandomUUID()))', "batches"),
        ('migrations.AlterField("order", "note", models.CharField(max_length=20))', "NotValid"),
        ('migrations.AlterField("order", "count", models.BigIntegerField(default=0))', "next to"),
        (unique(["note"]), "USING INDEX"),
        (check("models.Q(count__gt=1)"), "NotValid"),
        ('migrations.RenameField("order", "code", "sign")', "db_column"),
        ('migrations.RemoveField("order", "code")', "null=True"),
    ],
)
def test_a_safer_form_is_named(operation, advice):
    (found,) = read(text(operation)).findings
    assert found.locks or found.kind == "breaking"
    assert advice in found.advice


def test_brief_locks_call_for_a_timeout():
    assert any("lock_timeout" in warning for warning in read(text(ADD_NULL)).warnings)
    assert not read(text("BtreeGistExtension()")).warnings


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ('AddIndexConcurrently("order", models.Index(fields=["code"], name="i_code"))', "i_code"),
        ('migrations.RunSQL("create unique index concurrently i_code on shop_order (code)")', "i_"),
        (
            'migrations.RunSQL(["CREATE INDEX CONCURRENTLY IF NOT EXISTS i_x ON shop_tag (word)"])',
            "i_x",
        ),
        ('migrations.RunSQL("CREATE INDEX CONCURRENTLY ON shop_order (code)")', "its name"),
    ],
)
def test_what_is_left_of_an_index_that_was_not_finished_is_said_beforehand(operation, name):
    reading = read(text(operation, body="atomic = False"))
    (warning,) = (one for one in reading.warnings if "INVALID" in one)
    assert "lock_timeout" in warning
    assert f"DROP INDEX CONCURRENTLY IF EXISTS {name}" in warning


def test_an_index_that_goes_leaves_nothing():
    for operation in ('RemoveIndexConcurrently("order", "i")', 'migrations.RunSQL("SELECT 1")'):
        reading = read(text(operation, body="atomic = False"))
        assert not any("INVALID" in one for one in reading.warnings)
