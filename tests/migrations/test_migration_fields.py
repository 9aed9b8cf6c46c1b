"""minion.analyser: field classes of the project's own, judged by their source."""

from __future__ import annotations

import pytest
from migration_text import HEAD, history, text

from minion.analyser.migrations import read_migrations

TOP = "from django.db import models\nfrom custom.base import Mixed, Short as Little\n"
PRICE = "class Price(models.DecimalField):\n    description = 'money'\n"


def said(operation: str, source: str, **others: str) -> str:
    """The class of an operation that names ``custom.fields.Price``, of which `source` is told."""
    modules = {
        "custom.fields": TOP + source,
        "custom.base": TOP + "class Short(models.CharField):\n"
        "    def __init__(self, *args, **kwargs):\n"
        "        kwargs['max_length'] = 30\n        super().__init__(*args, **kwargs)\n",
        **others,
    }
    tree = history(**{"0002_new": text(operation, head=HEAD)})
    encoded = {name: found.encode() for name, found in modules.items()}
    (reading,) = read_migrations(tree, ["shop/migrations/0002_new.py"], modules=encoded.get)
    return f"{reading.kind}"


ADD = 'migrations.AddField("order", "x", custom.fields.Price({}))'
ALTER = 'migrations.AlterField("order", "{}", custom.fields.Price({}))'


@pytest.mark.parametrize(
    ("operation", "source", "kind"),
    [
        (ADD.format("max_digits=8, decimal_places=2, default=0"), PRICE, "breaking"),
        (ADD.format("max_digits=8, decimal_places=2, null=True"), PRICE, "expand"),
        (ALTER.format("price", "max_digits=8, decimal_places=2"), PRICE, "neutral"),
        (ALTER.format("price", "max_digits=10, decimal_places=2"), PRICE, "expand"),
        (ALTER.format("code", ""), "class Price(Little): pass\n", "expand"),
        (ALTER.format("code", ""), "from custom.base import Short as Price\n", "expand"),
        (
            ALTER.format("code", ""),
            "class Price(models.CharField):\n"
            "    def __init__(self, *args, max_length=20, **kwargs):\n"
            "        kwargs.setdefault('blank', True)\n"
            "        super().__init__(*args, max_length=max_length, **kwargs)\n"
            "        if self.unique: raise ValueError\n"
            "    def deconstruct(self):\n"
            "        name, path, args, kwargs = super().deconstruct()\n"
            "        del kwargs['max_length']\n"
            "        return name, path, args, kwargs\n",
            "neutral",
        ),
        (
            ADD.format(""),
            "class Price(models.ForeignKey):\n    def formfield(self): pass\n",
            "breaking",
        ),
    ],
)
def test_a_class_is_what_it_is_derived_from(operation, source, kind):
    assert said(operation, source) == kind


INIT = "class Price(models.CharField):\n    def __init__(self, *args, **kwargs):\n        {}\n"


@pytest.mark.parametrize(
    "source",
    [
        "class Price(models.CharField):\n    def db_type(self, connection): return 'inet'\n",
        "class Price(models.CharField):\n    def get_internal_type(self): return 'TextField'\n",
        "class Price(models.CharField):\n    def contribute_to_class(self, *args): pass\n",
        "class Price(models.CharField):\n    get_internal_type = other\n",
        "class Price(Mixed, models.CharField): pass\n",
        "class Price(models.CharField, metaclass=M): pass\n",
        "@change\nclass Price(models.CharField): pass\n",
        "class Price(models.CharField): pass\nclass Price(models.TextField): pass\n",
        "class Price(Price): pass\n",
        "class Price(Gone): pass\n",
        "from custom.gone import Price\n",
        "from custom.fields import Price\n",
        "class Price(",
        INIT.format("kwargs['null'] = True"),
        INIT.format("kwargs.setdefault('null', True)"),
        INIT.format("kwargs.update(more())"),
        INIT.format("kwargs[key] = 1"),
        INIT.format("kwargs['max_length'] = length()"),
        INIT.format("super().__init__(*args, null=True, **kwargs)"),
        INIT.format("super().__init__(*args, **{'null': True})"),
        INIT.format("super().__init__(); self.null = True"),
        INIT.format("setattr(self, 'null', True)"),
    ],
)
def test_a_class_that_may_say_something_of_its_column_is_unknown(source):
    assert said(ADD.format("max_length=5, default=''"), source) == "unknown"


def test_positional_arguments_of_an_own_init_may_mean_anything():
    assert said(ADD.format("True"), INIT.format("super().__init__(**kwargs)")) == "unknown"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (
            'migrations.AddField("order", "x", phones.PhoneNumberField(blank=True))',
            "breaking",
        ),
        ('migrations.AddField("order", "x", phones.PhoneNumberField(null=True))', "expand"),
        (
            'migrations.AlterField("order", "phone", phones.PhoneNumberField(region="AT"))',
            "unknown",
        ),
        (
            'migrations.AlterField("order", "phone", phones.PhoneNumberField(max_length=200))',
            "expand",
        ),
        ('migrations.AlterField("order", "phone", models.CharField(max_length=128))', "neutral"),
        (
            'migrations.AddField("order", "x", taggit.TaggableManager(through="taggit.TaggedItem", '
            'to="taggit.Tag"))',
            "neutral",
        ),
        ('migrations.RemoveField("order", "phone")', "breaking"),
    ],
)
def test_classes_of_widespread_packages_are_known(operation, kind):
    head = HEAD + (
        "import phonenumber_field.modelfields as phones\nimport taggit.managers as taggit\n"
    )
    made = (
        'migrations.AddField("order", "phone", phones.PhoneNumberField(max_length=128, default=""))'
    )
    tree = history(
        **{
            "0002_made": text(made, head=head),
            "0003_new": text(operation, needs='("shop", "0002_made")', head=head),
        }
    )
    (reading,) = read_migrations(tree, ["shop/migrations/0003_new.py"])
    assert reading.kind == kind, reading.why
