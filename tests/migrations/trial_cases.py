"""What a trial case is, and the histories that most of them start from."""

from __future__ import annotations

from dataclasses import dataclass

import django
from trial_history import FIRST, SECOND, THIRD, source

CHECK = "condition" if django.VERSION >= (5, 1) else "check"
"""What a CheckConstraint calls its condition in this Django."""

ID = '("id", models.BigAutoField(primary_key=True))'


def model(name: str, *fields: str, more: str = "") -> str:
    """A CreateModel; each field as in the file, `"name", models.CharField(max_length=20)`."""
    pairs = ", ".join(f"({field})" for field in fields)
    return f'migrations.CreateModel("{name}", [{ID}, {pairs}], {more}),\n'


NAME = '"name", models.CharField(max_length=20)'
NOTE = '"note", models.CharField(max_length=20, null=True)'
AMOUNT = '"amount", models.IntegerField()'
CUSTOMER = '"customer", models.ForeignKey("shop.customer", models.CASCADE)'
FRIENDS = '"friends", models.ManyToManyField("shop.customer")'

ITEM = model("Item", NAME, NOTE, AMOUNT)
PEOPLE = model("Customer", NAME)
SHOP = PEOPLE + model("Item", NAME, CUSTOMER)


@dataclass(frozen=True)
class Case:
    """Operations in a migration after those of `models` (and `more`), and what they are.

    `kind` is the class by the rules, in lower case; `expand*` is the order-free
    one. `shows` is what the trial shows where that is less than what the rules
    say, and `reader` what a reader may say too because it is more careful, as it may
    be about locks where `careful`. `hazard`: code may find that it cannot delete a row.
    `locks_4_2` and `shows_4_2` are for Django 4.2, where it is another answer.
    `since` and `until` (not included) are versions of Django that have the operation.
    """

    name: str
    kind: str
    operations: str
    models: str = ITEM
    more: str = ""
    locks: bool = False
    irreversible: bool = False
    atomic: bool = True
    top: str = ""
    shows: str = ""
    reader: tuple[str, ...] = ()
    careful: bool = False
    hazard: bool = False
    locks_4_2: bool | None = None
    shows_4_2: str = ""
    since: tuple[int, int] = (4, 2)
    until: tuple[int, int] = (99, 0)
    extension: str = ""

    @property
    def files(self) -> dict[str, str]:
        """The texts of the migrations by path, the one under trial last."""
        files = {FIRST: source(self.models, top=self.top)}
        if self.more:
            files[SECOND] = source(self.more, after=[("shop", "0001_initial")], top=self.top)
        path = THIRD if self.more else SECOND
        after = [("shop", "0002_trial" if self.more else "0001_initial")]
        files[path] = source(self.operations, after=after, atomic=self.atomic, top=self.top)
        return files

    @property
    def expected(self) -> str:
        """What the trial shows, in this Django."""
        if django.VERSION < (5, 0) and self.shows_4_2:
            return self.shows_4_2
        return self.shows or self.kind

    @property
    def expected_locks(self) -> bool:
        if django.VERSION < (5, 0) and self.locks_4_2 is not None:
            return self.locks_4_2
        return self.locks

    @property
    def missing(self) -> str:
        """Why this Django cannot run it; empty if it can."""
        if self.since > django.VERSION:
            return f"Django {self.since[0]}.{self.since[1]} brought it"
        if self.until <= django.VERSION:
            return f"Django {self.until[0]}.{self.until[1]} has it no more"
        return ""


def add(field: str) -> str:
    """An AddField to the item."""
    return f'migrations.AddField("item", "size", {field}),'


def alter(field: str) -> str:
    """An AlterField of the item's size."""
    return f'migrations.AlterField("item", "size", {field}),'


def sized(field: str, others: str = "") -> str:
    """A history with an item that has a `size`."""
    return others + model("Item", NAME, f'"size", {field}')
