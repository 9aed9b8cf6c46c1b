"""Cases: models and tables."""

from __future__ import annotations

from trial_cases import (
    CUSTOMER,
    FRIENDS,
    ITEM,
    NAME,
    PEOPLE,
    SHOP,
    Case,
    model,
)

ITEMS = '"item", models.ForeignKey("shop.item", models.CASCADE)'
LINES = model("Line", ITEMS)
PINNED = model("Item", NAME, more='options={"db_table": "item"}')
SIZE_FIELD = "class SizeField(models.IntegerField):\n    pass\n"

MODELS = [
    Case("create", "expand", model("Tag", NAME)),
    Case("create with a foreign key", "expand", LINES, hazard=True),
    Case("create with a many to many", "expand", model("Tag", FRIENDS), PEOPLE, hazard=True),
    Case(
        "create a child table",
        "expand",
        'migrations.CreateModel("Book", [("item_ptr", models.OneToOneField("shop.item", '
        "models.CASCADE, parent_link=True, auto_created=True, primary_key=True, "
        'serialize=False)), ("pages", models.IntegerField())], bases=("shop.item",)),',
        hazard=True,
    ),
    Case("create with a custom field", "expand", model("Tag", '"n", SizeField()'), top=SIZE_FIELD),
    Case(
        "create and go on with it",
        "expand",
        model("Tag", NAME)
        + 'migrations.AddField("tag", "n", models.IntegerField(default=1)),'
        + 'migrations.AddIndex("tag", models.Index(fields=["n"], name="tag_n")),'
        + 'migrations.AlterField("tag", "n", models.BigIntegerField(unique=True)),'
        + 'migrations.RenameField("tag", "n", "m"),',
    ),
    Case("create unmanaged", "neutral", model("Tag", NAME, more='options={"managed": False}')),
    Case(
        "add to an unmanaged",
        "neutral",
        'migrations.AddField("tag", "n", models.IntegerField(default=1)),',
        ITEM + model("Tag", NAME, more='options={"managed": False}'),
    ),
    Case(
        "create a proxy",
        "neutral",
        'migrations.CreateModel("Tag", [], options={"proxy": True}, bases=("shop.item",)),',
    ),
    Case("delete", "contract", 'migrations.DeleteModel("item"),'),
    Case(
        "delete with a foreign key",
        "contract",
        'migrations.DeleteModel("Item"),',
        SHOP,
        hazard=True,
    ),
    Case("rename", "breaking", 'migrations.RenameModel("Item", "Thing"),'),
    Case(
        "rename with a foreign key to it",
        "breaking",
        'migrations.RenameModel("Item", "Thing"),',
        ITEM + LINES,
        locks=True,
    ),
    Case(
        "rename with a many to many",
        "breaking",
        'migrations.RenameModel("Item", "Thing"),',
        PEOPLE + model("Item", FRIENDS),
        locks=True,
    ),
    Case("rename, pinned", "neutral", 'migrations.RenameModel("Item", "Thing"),', PINNED),
    Case(
        "rename, pinned, with a foreign key to it",
        "neutral",
        'migrations.RenameModel("Item", "Thing"),',
        PINNED + LINES,
        locks_4_2=True,
        shows_4_2="expand*",
    ),
    Case(
        "rename, pinned, with a many to many",
        "breaking",
        'migrations.RenameModel("Item", "Thing"),',
        PEOPLE + model("Item", FRIENDS, more='options={"db_table": "item"}'),
        locks=True,
    ),
    Case(
        "pin and rename",
        "neutral",
        'migrations.AlterModelTable("item", "shop_item"),migrations.RenameModel("Item", "Thing"),',
    ),
    Case("other table", "breaking", 'migrations.AlterModelTable("item", "things"),'),
    Case("same table", "neutral", 'migrations.AlterModelTable("item", "shop_item"),'),
    Case("table comment", "expand*", 'migrations.AlterModelTableComment("item", "Things"),'),
    Case("options", "neutral", 'migrations.AlterModelOptions("item", {"ordering": ["name"]}),'),
    Case(
        "managers",
        "neutral",
        'migrations.AlterModelManagers("item", [("few", models.Manager())]),',
    ),
    Case(
        "order with respect to",
        "breaking",
        'migrations.AlterOrderWithRespectTo("item", "customer"),',
        SHOP,
    ),
    Case(
        "order with respect to none",
        "breaking",
        'migrations.AlterOrderWithRespectTo("item", None),',
        PEOPLE + model("Item", CUSTOMER, more='options={"order_with_respect_to": "customer"}'),
    ),
]
