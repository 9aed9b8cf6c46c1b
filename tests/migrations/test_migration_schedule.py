"""When the migrations of one release run."""

from __future__ import annotations

import pytest
from migration_text import history, text

from minion.analyser.migrations import Kind, Reading, read_migrations, schedule


def reading(name, kind, *needs, free=False, app="shop"):
    return Reading(
        path=f"{app}/migrations/{name}.py",
        app_label=app,
        name=name,
        kind=kind,
        order_free=free,
        locks=False,
        irreversible=False,
        lossy=False,
        findings=(),
        why=("because",),
        warnings=(),
        annotated=None,
        dependencies=tuple(("shop", need) for need in needs),
        replaces=(),
        is_atomic=True,
    )


N, E, C, B, U = Kind.NEUTRAL, Kind.EXPAND, Kind.CONTRACT, Kind.BREAKING, Kind.UNKNOWN


def keys(*names):
    return tuple(("shop", name) for name in names)


def test_nothing_to_run():
    empty = schedule(())
    assert (empty.needs_page, empty.before, empty.after) == (False, (), ())


@pytest.mark.parametrize(
    ("readings", "before", "after"),
    [
        ([reading("a", E)], "a", ""),
        ([reading("a", C)], "", "a"),
        ([reading("a", N)], "a", ""),
        ([reading("a", E, free=True)], "a", ""),
        ([reading("a", E), reading("b", C, "a")], "a", "b"),
        ([reading("a", E), reading("b", E, "a"), reading("c", C), reading("d", C)], "ab", "cd"),
        # a merge goes where what it merges allows
        ([reading("a", E), reading("b", C), reading("m", N, "a", "b")], "a", "bm"),
        ([reading("a", E), reading("b", E), reading("m", N, "a", "b")], "abm", ""),
        ([reading("a", E), reading("b", C), reading("c", E, "b", free=True)], "a", "bc"),
        # one run of migrate where one will do
        ([reading("a", N), reading("b", C), reading("c", E, free=True)], "", "abc"),
        ([reading("a", E), reading("b", N), reading("c", C)], "ab", "c"),
    ],
)
def test_no_page_is_needed(readings, before, after):
    found = schedule(readings)
    assert not found.needs_page
    assert found.reasons == ()
    assert (found.before, found.after) == (keys(*before), keys(*after))


@pytest.mark.parametrize("kind", [B, U])
def test_one_of_them_needs_the_page(kind):
    found = schedule([reading("a", E), reading("b", kind)])
    assert found.needs_page
    assert found.reasons == (f"shop/migrations/b.py is {kind.value}: because",)
    assert found.before == found.after == ()


def test_an_expand_behind_a_contract_needs_the_page_or_two_deployments():
    readings = [
        reading("a", C),
        reading("b", N, "a"),
        reading("c", E, "b"),
        reading("d", E),
    ]
    found = schedule(readings)
    assert found.needs_page
    assert found.reasons == (
        "shop.c must run before the new code serves, but depends on shop.a, which must wait "
        "until no old code is left",
    )
    assert "first up to shop.a" in found.split
    assert "then shop.b, shop.c" in found.split
    assert "shop.d" not in found.split


def test_the_reason_names_the_line_of_what_was_read():
    tree = history(**{"0002_x": text('migrations.RemoveField("order", "code")')})
    found = schedule(read_migrations(tree, ["shop/migrations/0002_x.py"]))
    assert found.needs_page
    assert "RemoveField shop.Order.code" in found.reasons[0]
    assert ": line " in found.reasons[0]


def test_run_before_and_squashes_count_as_dependencies():
    add = 'migrations.AddField("order", "x", models.IntegerField(null=True))'
    drop = 'migrations.RemoveField("order", "note")'
    first = text(drop, body='run_before = [("shop", "0002_b")]')
    tree = history(**{"0002_a": first, "0002_b": text(add)})
    new = ["shop/migrations/0002_a.py", "shop/migrations/0002_b.py"]
    assert schedule(read_migrations(tree, new)).needs_page
    tree["shop/migrations/0002_a.py"] = text(drop)
    both = '("shop", "0002_a"), ("shop", "0002_b")'
    tree["shop/migrations/0003_merge.py"] = text(needs=both)
    assert not schedule(read_migrations(tree, new)).needs_page
