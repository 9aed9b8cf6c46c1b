"""minion.analyser: how far the Python of a migration is read."""

from __future__ import annotations

import textwrap

import pytest
from migration_text import HEAD, history, read, text

from minion.analyser.migrations import read_migrations

ADDED = text(
    'migrations.AddField("order", "size", models.IntegerField(null=True)),'
    'migrations.CreateModel("Review", [("id", models.BigAutoField(primary_key=True)),'
    ' ("order", models.ForeignKey("shop.Order", models.CASCADE)), ("stars", models.IntegerField())'
    "]),"
    'migrations.RenameField("order", "note", "remark"),'
    'migrations.CreateModel("Gift", [("customer_ptr", models.OneToOneField("shop.Customer",'
    ' models.CASCADE, parent_link=True, primary_key=True))], bases=("shop.customer",)),'
)
ORDERS = 'Order = apps.get_model("shop", "Order")\n'


def filled(body: str, above: str = "", *, head: str = HEAD) -> object:
    """The reading of a file that runs `body`, in the release that has `ADDED`."""
    function = "def fill(apps, schema_editor):\n" + textwrap.indent(body, "    ")
    tree = {
        **history(**{"0002_added": ADDED}),
        "shop/migrations/0003_fill.py": text(
            "migrations.RunPython(fill, migrations.RunPython.noop)",
            needs='("shop", "0002_added")',
            above=f"{above}\n{function}\n",
            head=head,
        ),
    }
    new = ["shop/migrations/0002_added.py", "shop/migrations/0003_fill.py"]
    return read_migrations(tree, new)[-1]


@pytest.mark.parametrize(
    "body",
    [
        ORDERS + "Order.objects.update(size=1)",
        ORDERS
        + "Order.objects.filter(count__gt=1).exclude(code='').update(size=models.F('count'))",
        'apps.get_model("shop.order")._base_manager.using(schema_editor.connection.alias).all()'
        ".update(size=None)",
        ORDERS
        + """
for order in Order.objects.select_related("customer").iterator():
    order.size = len(order.customer.name.strip()) + order.tags.count()
    order.save(update_fields=["size"])
""",
        ORDERS
        + """
batch = []
for number, order in enumerate(Order.objects.all()):
    order.size = number if number % 2 else None
    batch.append(order)
    if len(batch) == 100:
        Order.objects.bulk_update(batch, ["size"])
        batch = []
Order.objects.bulk_update(batch, fields=("size",), batch_size=100)
print(f"{len(batch)} done")
""",
        ORDERS
        + """
from django.db import transaction
Review = apps.get_model(app_label="shop", model_name="Review")
with transaction.atomic():
    Review.objects.bulk_create([Review(order=o, stars=5) for o in Order.objects.all()])
    review, made = Review.objects.get_or_create(stars=1, order=Order.objects.first())
    if made:
        review.stars += 1
        review.save()
""",
        ORDERS + "set_sizes(Order, [1, 2])",
    ],
)
def test_rows_that_old_code_does_not_know_are_filled_before_the_new_code(body):
    helper = """
SIZES = {"a": 1}
def set_sizes(model, numbers):
    for number in sorted(numbers, key=lambda n: -n):
        model.objects.filter(pk=number).update(size=SIZES.get(str(number)))
"""
    reading = filled(body, helper)
    assert (reading.kind, reading.locks) == ("expand", False), reading.why
    assert set(reading.findings[0].data) <= {"shop.Order", "shop.Review"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (ORDERS + "Order.objects.update(size=1, count=2)", "shop.Order (count, size)"),
        (ORDERS + "Order.objects.update(**{'size': 1})", "shop.Order"),
        (ORDERS + "Order.objects.update(remark='x')", "shop.Order (remark)"),
        (ORDERS + "for o in Order.objects.all():\n    o.size = 1\n    o.save()", "shop.Order"),
        (ORDERS + "Order.objects.create(size=1)", "shop.Order"),
        (ORDERS + "Order.objects.filter(count=0).delete()", "shop.Order (deleted rows)"),
        ('apps.get_model("shop", "Gift").objects.create(name="x")', "shop.Gift"),
        ('apps.get_model("shop", "Vip").objects.create(name="x")', "shop.Vip"),
        ('apps.get_model("shop", "Review").objects.all().delete()', "shop.Review"),
    ],
)
def test_rows_that_old_code_reads_are_named(body, told):
    reading = filled(body)
    assert reading.kind == "unknown"
    assert "data: it writes what old code reads too" in reading.why[0]
    assert told in reading.why[0]


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        'apps.get_model("shop", "Gone").objects.update(size=1)',
        "apps.get_model(*NAMES).objects.update(size=1)",
        "from shop.models import Order\nOrder.objects.update(size=1)",
        "from shop.tools import fill_all\nfill_all(apps)",
        "from django.core.management import call_command\ncall_command('loaddata', 'x')",
        "schema_editor.execute('DELETE FROM shop_order')",
        "with schema_editor.connection.cursor() as c:\n    c.execute('DELETE FROM shop_order')",
        ORDERS + "Order.objects.first().tags.add(1)",
        ORDERS + "Order.objects.first().customer.delete()",
        ORDERS + "for o in Order.objects.all():\n    c = o.customer\n    c.name = ''\n    c.save()",
        ORDERS + "getattr(Order.objects, 'update')(count=1)",
        ORDERS + "list(map(lambda o: o.delete(), Order.objects.all()))",
        ORDERS + "sorted(Order.objects.all(), key=lambda o: o.delete())",
        ORDERS + "Order.objects.all()[0].__class__.objects.update(count=1)",
        ORDERS + "Order._meta.default_manager.update(count=1)",
        ORDERS + "found = []\nfor o in Order.objects.all():\n    found.append(o)\n"
        "for o in found:\n    o.tags.add(1)",
        ORDERS + "found = {}\nfound['x'] = Order.objects.first()\nfound['x'].tags.clear()",
        ORDERS + "[KEPT.append(o) for o in Order.objects.all()]\nfor o in KEPT: o.tags.add(1)",
        ORDERS + "a = b = c = None\nfor o in Order.objects.all():\n    if a: a.tags.add(1)\n"
        "    a = b\n    b = c\n    c = o",
        ORDERS + "exec('Order.objects.update(count=1)')",
        ORDERS + "global X\nX = 1",
        ORDERS + "TOOL.run()",
        ORDERS + "fill(apps, schema_editor)",
    ],
)
def test_what_is_not_surely_followed_is_unknown(body):
    above = "import shop.tools\nNAMES = ['shop', 'Order']\nKEPT = []\nTOOL = shop.tools.Tool()"
    for added in ("", "\n" + ORDERS + "Order.objects.update(size=1)"):
        if body != "pass" or not added:
            assert filled(body + added, above).kind == "unknown", added


def test_what_was_renamed_or_is_in_the_state_alone_is_not_new():
    moved = (
        "migrations.SeparateDatabaseAndState(state_operations=["
        'migrations.AddField("order", "size", models.IntegerField(null=True))]),'
        'migrations.RenameModel("Tag", "Word"),'
    )
    for model, field in (("Order", "size"), ("Word", "word")):
        fill = (
            f'def fill(apps, editor):\n apps.get_model("shop", "{model}").objects.update({field}=1)'
        )
        tree = {
            **history(**{"0002_moved": text(moved)}),
            "shop/migrations/0003_fill.py": text(
                "migrations.RunPython(fill)", needs='("shop", "0002_moved")', above=fill
            ),
        }
        found = read_migrations(
            tree, [f"shop/migrations/{n}.py" for n in ("0002_moved", "0003_fill")]
        )
        assert found[-1].kind == "unknown"


def test_a_model_of_an_app_without_anything_new_is_known():
    fill = 'def fill(apps, editor):\n    apps.get_model("blog", "Post").objects.update(title="")\n'
    tree = {
        **history(),
        "blog/migrations/0001_initial.py": text(
            'migrations.CreateModel("Post", [("id", models.BigAutoField(primary_key=True)), '
            '("title", models.TextField())])',
            needs="",
        ),
        "shop/migrations/0002_fill.py": text("migrations.RunPython(fill)", above=fill),
    }
    (reading,) = read_migrations(tree, ["shop/migrations/0002_fill.py"])
    assert "blog.Post (title)" in reading.why[0]


def test_methods_of_the_class_are_followed_too_and_a_fill_under_a_lock_locks():
    method = (
        "def fill(apps, editor):\n"
        '        apps.get_model("shop", "Order").objects.update(size=1)\n'
        "    operations = ["
        'migrations.AddField("order", "size", models.IntegerField(null=True)), '
        "migrations.RunPython(fill, fill)]"
    )
    reading = read(text("", body=method))
    assert (reading.kind, reading.locks, reading.irreversible) == ("expand", True, False)
    assert any("filled by Python" in warning for warning in reading.warnings)
