"""Migrations made up by hypothesis: a history with rows, and one to three operations on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hypothesis import strategies as st
from trial_cases import CHECK, PEOPLE, model
from trial_grammar_fields import Draw, Made, fields
from trial_history import FIRST, SECOND, source

Files = dict[str, str]


@dataclass
class _Item:
    """The item's fields while operations are made up, and those that something leans on."""

    fields: dict[str, Made]
    name: str = "Item"
    leaned_on: set[str] = field(default_factory=set)
    constraints: dict[str, list[str]] = field(default_factory=dict)
    indexes: list[str] = field(default_factory=list)
    numbers: int = 0

    def new_name(self, start: str) -> str:
        self.numbers += 1
        return f"{start}{self.numbers}"

    def free(self) -> list[str]:
        """Fields that can be altered, renamed and removed without a thought for others."""
        return sorted(set(self.fields) - self.leaned_on)


@st.composite
def migrations(draw: Draw) -> Files:
    """The texts of an initial migration and of one after it."""
    made = {name: draw(fields()) for name in ("a", "b")}
    item = _Item(dict(made))
    item.fields["name"] = Made("models.CharField(max_length=20)", 2)
    columns = [f'"{name}", {field.text}' for name, field in item.fields.items()]
    first = PEOPLE + model("Item", *columns) + "".join(_some(draw, item, _LEANING, 1))
    operations = _some(draw, item, _OPERATIONS, draw(st.sampled_from([1, 1, 1, 2, 3])))
    atomic = not draw(st.booleans())
    second = source(
        "".join(_wrapped(draw, text) for text in operations),
        after=[("shop", "0001_initial")],
        atomic=atomic,
    )
    return {FIRST: source(first), SECOND: _spelled(draw, second)}


def _some(draw: Draw, item: _Item, makers: list, most: int) -> list[str]:
    found = []
    for _ in range(draw(st.integers(0 if makers is _LEANING else 1, most))):
        text = draw(st.sampled_from(makers))(draw, item)
        if text:
            found.append(text)
    return found


def _add(draw: Draw, item: _Item) -> str:
    name, made = item.new_name("new"), draw(fields(safe=draw(st.integers(0, 9)) < 9))
    item.fields[name] = made
    return f'migrations.AddField("{item.name}", "{name}", {made.text}),\n'


def _alter(draw: Draw, item: _Item) -> str:
    if not item.free():
        return ""
    name = draw(st.sampled_from(item.free()))
    family = draw(st.sampled_from([item.fields[name].family] * 9 + [2]))
    made = draw(fields(family))
    item.fields[name] = made
    return f'migrations.AlterField("{item.name}", "{name}", {made.text}),\n'


def _remove(draw: Draw, item: _Item) -> str:
    free = item.free()
    if len(item.fields) < 2 or not free:
        return ""
    name = draw(st.sampled_from(free))
    del item.fields[name]
    return f'migrations.RemoveField("{item.name}", "{name}"),\n'


def _rename(draw: Draw, item: _Item) -> str:
    if not item.free():
        return ""
    name, new = draw(st.sampled_from(item.free())), item.new_name("other")
    item.fields[new] = item.fields.pop(name)
    return f'migrations.RenameField("{item.name}", "{name}", "{new}"),\n'


def _rename_model(draw: Draw, item: _Item) -> str:
    old, item.name = item.name, item.new_name("Thing")
    return f'migrations.RenameModel("{old}", "{item.name}"),\n'


def _table(draw: Draw, item: _Item) -> str:
    table = draw(st.sampled_from(["shop_item", "things"]))
    return f'migrations.AlterModelTable("{item.name}", "{table}"),\n'


def _columns(draw: Draw, item: _Item) -> list[str]:
    plain = [name for name, made in item.fields.items() if "Boolean" not in made.text]
    return draw(st.lists(st.sampled_from(sorted(plain)), min_size=1, max_size=2, unique=True))


def _add_index(draw: Draw, item: _Item) -> str:
    names, name = _columns(draw, item), item.new_name("index")
    item.leaned_on.update(names)
    item.indexes.append(name)
    index = f'models.Index(fields={names}, name="{name}")'
    return f'migrations.AddIndex("{item.name}", {index}),\n'


def _remove_index(draw: Draw, item: _Item) -> str:
    if not item.indexes:
        return ""
    return f'migrations.RemoveIndex("{item.name}", "{item.indexes.pop()}"),\n'


def _add_unique(draw: Draw, item: _Item) -> str:
    names, name = _columns(draw, item), item.new_name("unique")
    item.leaned_on.update(names)
    item.constraints[name] = names
    constraint = f'models.UniqueConstraint(fields={names}, name="{name}")'
    return f'migrations.AddConstraint("{item.name}", {constraint}),\n'


def _add_check(draw: Draw, item: _Item) -> str:
    numbers = sorted(name for name, made in item.fields.items() if made.is_number)
    if not numbers:
        return ""
    column, name = draw(st.sampled_from(numbers)), item.new_name("check")
    item.leaned_on.add(column)
    item.constraints[name] = [column]
    constraint = f'models.CheckConstraint({CHECK}=models.Q({column}__gte=0), name="{name}")'
    return f'migrations.AddConstraint("{item.name}", {constraint}),\n'


def _remove_constraint(draw: Draw, item: _Item) -> str:
    if not item.constraints:
        return ""
    name = draw(st.sampled_from(sorted(item.constraints)))
    freed = set(item.constraints.pop(name))
    if not item.indexes:
        item.leaned_on -= freed - {n for names in item.constraints.values() for n in names}
    return f'migrations.RemoveConstraint("{item.name}", "{name}"),\n'


def _together(draw: Draw, item: _Item) -> str:
    names = sorted({*_columns(draw, item), "name"} & set(item.fields))
    sets = draw(st.sampled_from(["set()", f"{{{tuple(names)!r}}}"]))
    item.leaned_on.update(names)
    return f'migrations.AlterUniqueTogether("{item.name}", {sets}),\n'


def _create(draw: Draw, item: _Item) -> str:
    link = f'"link", models.ForeignKey("shop.{item.name}", models.CASCADE, related_name="+")'
    columns = [link] if draw(st.booleans()) else []
    return model(item.new_name("Tag"), *columns, f'"n", {draw(fields()).text}')


def _harmless(draw: Draw, item: _Item) -> str:
    return draw(
        st.sampled_from(
            [
                f'migrations.AlterModelOptions("{item.name}", {{"verbose_name": "it"}}),\n',
                "migrations.RunPython(migrations.RunPython.noop),\n",
                "migrations.RunSQL(migrations.RunSQL.noop, ''),\n",
            ]
        )
    )


_LEANING = [_add_index, _add_unique, _add_check, _together]
_OPERATIONS = [
    *[_add, _add, _alter, _alter, _remove, _rename, _rename_model, _table, _add_index],
    *[_remove_index, _add_unique, _add_check, _remove_constraint, _together, _create, _harmless],
]


def _wrapped(draw: Draw, text: str) -> str:
    """The operation, sometimes said of the database and of the state one by one."""
    if draw(st.integers(0, 9)) < 9:
        return text
    return f"migrations.SeparateDatabaseAndState([{text}], [{text}]),\n"


_WORD = r"(?<![\w.\"]){}(?=\.)"


def _spelled(draw: Draw, text: str) -> str:
    """The same migration as other projects write it."""
    if draw(st.booleans()):
        text = text.replace(
            "from django.db import migrations, models",
            "from django.db import migrations as m\nfrom django.db import models as db",
        )
        text = re.sub(_WORD.format("migrations"), "m", text)
        text = re.sub(_WORD.format("models"), "db", text)
    if draw(st.booleans()):
        text = text.replace("    operations = [", "    operations = [] + [")
    return text


@st.composite
def damaged(draw: Draw) -> Files:
    """Migrations of which some words are gone, doubled or changed for others of the file."""
    files = draw(migrations())
    start = files[SECOND].index("class ")
    words = re.split(r"(\W)", files[SECOND][start:])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(words) - 1))
        other = words[draw(st.integers(0, len(words) - 1))]
        words[place] = draw(st.sampled_from(["", words[place] * 2, other]))
    return {**files, SECOND: files[SECOND][:start] + "".join(words)}
