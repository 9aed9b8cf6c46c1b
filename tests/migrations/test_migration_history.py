"""Several files: their order, what earlier ones made, and files that do not run as they look."""

from __future__ import annotations

import pytest
from migration_text import INITIAL, history, read, said, text

from minion.analyser.migrations import Kind, read_migrations

ADD = 'migrations.AddField("order", "x", models.IntegerField(null=True))'
DROP = 'migrations.RemoveField("order", "note")'


def after(name: str) -> str:
    return f'("shop", "{name}")'


def new_in(tree, *names, old=None):
    paths = [f"shop/migrations/{name}.py" for name in names]
    return read_migrations(tree, paths, old=old or {})


# -- replay


@pytest.mark.parametrize(
    ("before", "operation", "expected"),
    [
        ('migrations.AlterField("order", "code", models.CharField(max_length=20, null=True))',
         'migrations.RemoveField("order", "code")', "contract V"),
        ('migrations.AlterField("order", "note", models.CharField(max_length=20))',
         'migrations.RemoveField("order", "note")', "breaking IV"),
        ('migrations.AddField("order", "x", models.IntegerField(default=1),'
         " preserve_default=False)",
         'migrations.RemoveField("order", "x")', "breaking IV"),
        ('migrations.RenameField("order", "note", "words")',
         'migrations.RemoveField("order", "words")', "contract V"),
        ('migrations.RenameModel("Order", "Bill")',
         'migrations.RemoveField("bill", "note")', "contract V"),
        ('migrations.RenameModel("Customer", "Client")',
         'migrations.AlterField("order", "customer", models.ForeignKey("shop.Client", 1, "a"))',
         "neutral"),
        ('migrations.RemoveField("order", "note")',
         'migrations.AddField("order", "note", models.TextField(null=True))', "expand"),
        ('migrations.DeleteModel("View")',
         'migrations.AddField("view", "x", models.IntegerField(default=1))', "breaking"),
        ('migrations.AlterModelOptions("View", {"managed": True})',
         'migrations.AddField("view", "x", models.IntegerField(default=1))', "breaking"),
        ('migrations.AlterModelOptions("Tag", {"managed": False})',
         'migrations.AddField("tag", "x", models.IntegerField(default=1))', "neutral"),
        ('migrations.AlterModelTable("Link", "links")',
         'migrations.RenameModel("Link", "Join")', "neutral"),
        ('migrations.AlterUniqueTogether("order", None)',
         'migrations.AlterUniqueTogether("order", {("code", "note")})', "contract L"),
        ('migrations.AddConstraint("order", models.UniqueConstraint(fields=["note"], name="n"))',
         'migrations.RemoveConstraint("order", "n"), migrations.RemoveField("order", "note")',
         "contract V"),
        ('migrations.SeparateDatabaseAndState([], [migrations.AlterField("order", "code",'
         ' models.CharField(max_length=20, null=True))])',
         'migrations.RemoveField("order", "code")', "contract V"),
        ('migrations.SeparateDatabaseAndState([migrations.AlterField("order", "code",'
         ' models.CharField(max_length=20, null=True))], [])',
         'migrations.RemoveField("order", "code")', "breaking IV"),
        ('migrations.RunSQL("ALTER ...", "", [migrations.AlterField("order", "code",'
         ' models.CharField(max_length=20, null=True))])',
         'migrations.RemoveField("order", "code")', "contract V"),
        # what could not be replayed is not known
        ("custom.fields.Magic()", 'migrations.RemoveField("order", "note")', "unknown"),
        ("custom.fields.Magic('order')", 'migrations.RemoveField("order", "note")', "unknown"),
        ("custom.fields.Magic('shop.Order')", 'migrations.RemoveField("order", "note")', "unknown"),
        ("custom.fields.Magic('tag')", 'migrations.RemoveField("order", "note")', "contract V"),
        ("custom.fields.Magic(settings.X)", 'migrations.RemoveField("order", "note")', "unknown"),
        ("custom.fields.Magic()", 'migrations.RenameModel("Link", "Join")', "unknown"),
        ("custom.fields.Magic()", 'migrations.RenameField("order", "pinned", "x")', "breaking"),
        ("custom.fields.Magic()", 'migrations.DeleteModel("Order")', "contract V"),
        ('custom.fields.Magic(),'
         'migrations.AlterField("order", "note", models.TextField(null=True))',
         'migrations.RemoveField("order", "note")', "contract V"),
        ("custom.fields.Magic(), migrations.AddField('order', 'x', models.TextField(null=True))",
         'migrations.RemoveField("order", "x")', "contract V"),
    ],
)  # fmt: skip
def test_earlier_migrations_are_replayed(before, operation, expected):
    reading = read(
        text(operation, needs=after("0002_before")),
        **{"0002_before": text(before)},
    )
    assert said(reading) == expected, reading.why


def test_an_earlier_file_that_cannot_be_read_makes_its_app_unknown():
    drop = text('migrations.RemoveField("order", "note")', needs=after("0002_before"))
    assert said(read(drop, **{"0002_before": b"\0"})) == "unknown"
    chosen = "if settings.X:\n        operations = [{}]"
    about = text(body=chosen.format('migrations.RemoveField("order", "code")'))
    assert said(read(drop, **{"0002_before": about})) == "unknown"
    elsewhere = text(body=chosen.format('migrations.RemoveField("tag", "word")'))
    assert said(read(drop, **{"0002_before": elsewhere})) == "contract V"


def test_models_of_other_apps_count_where_a_model_is_renamed():
    pinned = 'migrations.CreateModel("Thing", [], options={"db_table": "things"})'
    tree = {
        "a/migrations/0001_initial.py": text(pinned, needs=""),
        "a/migrations/0002_rename.py": text(
            'migrations.RenameModel("Thing", "Item")', needs='("a", "0001_initial")'
        ),
    }
    (alone,) = read_migrations(tree, ["a/migrations/0002_rename.py"])
    assert said(alone) == "neutral"
    link = 'migrations.CreateModel("Bag", [("t", models.{}("a.Thing"))])'
    for field, expected in (("ManyToManyField", "breaking L"), ("ForeignKey", "neutral")):
        tree["b/migrations/0001_initial.py"] = text(link.format(field), needs="")
        (reading,) = read_migrations(tree, ["a/migrations/0002_rename.py"])
        assert said(reading) == expected, field


def test_a_renamed_model_may_be_the_user():
    tree = {
        "a/migrations/0001_initial.py": text(
            'migrations.CreateModel("Thing", [{}], options={{"db_table": "things"}}),'
            'migrations.CreateModel("Bag", [("u", models.ManyToManyField({}))])',
            needs="",
        ),
        "a/migrations/0002_rename.py": text(
            'migrations.RenameModel("Thing", "Item")', needs='("a", "0001_initial")'
        ),
    }
    password, user = '("password", models.TextField())', "settings.AUTH_USER_MODEL"
    expected = {("", user): "neutral", (password, user): "unknown", ("", "find()"): "unknown"}
    for (fields, target), kind in expected.items():
        first = tree["a/migrations/0001_initial.py"].decode().format(fields, target)
        both = {**tree, "a/migrations/0001_initial.py": first.encode()}
        (reading,) = read_migrations(both, ["a/migrations/0002_rename.py"])
        assert said(reading) == kind
        assert any("django_content_type" in line for line in reading.warnings) == (
            kind != "unknown"
        )


def test_a_relation_follows_a_model_that_another_app_renamed():
    tree = {
        "a/migrations/0001_initial.py": text('migrations.CreateModel("Thing", [])', needs=""),
        "b/migrations/0001_initial.py": text(
            'migrations.CreateModel("Bag", [("t", models.ForeignKey("a.Thing", 1))])',
            needs='("a", "0001_initial")',
        ),
        "a/migrations/0002_rename.py": text(
            'migrations.RenameModel("Thing", "Item")', needs='("b", "0001_initial")'
        ),
        "b/migrations/0002_words.py": text(
            'migrations.AlterField("bag", "t", models.ForeignKey("a.Item", 1, help_text="x"))',
            needs='("b", "0001_initial"), ("a", "0002_rename")',
        ),
    }
    (reading,) = read_migrations(tree, ["b/migrations/0002_words.py"])
    assert said(reading) == "neutral", reading.why


def test_apps_of_one_label_are_kept_apart():
    same = 'migrations.CreateModel("Thing", [("n", models.TextField({}))])'
    drop = text('migrations.RemoveField("thing", "n")', needs='("shop", "0001_initial")')
    tree = {
        "one/shop/migrations/0001_initial.py": text(same.format("null=True"), needs=""),
        "two/shop/migrations/0001_initial.py": text(same.format(""), needs=""),
        "one/shop/migrations/0002_drop.py": drop,
        "two/shop/migrations/0002_drop.py": drop,
    }
    one, two = read_migrations(tree, [path for path in tree if "drop" in path])
    assert (said(one), said(two)) == ("contract V", "breaking IV")
    assert one.app_label == two.app_label == "shop"


# -- order


def test_readings_come_in_the_order_in_which_they_run():
    tree = history(
        **{
            "0002_z": text(ADD),
            "0003_a": text(DROP, needs=after("0002_z")),
            "0000_last": text(needs=after("0003_a")),
        }
    )
    names = [r.name for r in new_in(tree, "0000_last", "0003_a", "0002_z")]
    assert names == ["0002_z", "0003_a", "0000_last"]


def test_run_before_is_a_dependency_of_the_other_file():
    first = text(ADD, body='run_before = [("shop", "0002_second")]')
    tree = history(**{"0002_second": text(DROP), "0009_first": first})
    one, two = new_in(tree, "0002_second", "0009_first")
    assert (one.name, two.name) == ("0009_first", "0002_second")
    assert ("shop", "0009_first") in two.dependencies


def test_dependencies_on_the_first_and_the_latest_of_an_app_are_resolved():
    needs = 'migrations.swappable_dependency("shop.Order"), ("shop", "__latest__")'
    tree = {
        **history(**{"0002_add": text(ADD)}),
        "other/migrations/0001_initial.py": text("", needs=needs),
        "third/migrations/0001_initial.py": text(
            "", needs="migrations.swappable_dependency(settings.AUTH_USER_MODEL)"
        ),
    }
    paths = [path for path in tree if "0001" in path and "shop" not in path]
    other, third = read_migrations(tree, [*paths, "shop/migrations/0002_add.py"])[-2:]
    assert other.dependencies == (("shop", "0001_initial"), ("shop", "0002_add"))
    assert third.dependencies == (("__setting__", "AUTH_USER_MODEL"),)


def test_a_circle_does_not_hang():
    tree = {
        "a/migrations/0001_x.py": text(needs='("b", "0001_x")'),
        "b/migrations/0001_x.py": text(needs='("a", "0001_x")'),
    }
    assert len(read_migrations(tree, list(tree))) == 2


def test_a_long_row_does_not_overflow():
    chain = {
        f"shop/migrations/{n:05}.py": text(needs=after(f"{n - 1:05}"), head="") for n in range(1500)
    }
    names = [reading.name for reading in read_migrations(chain, list(reversed(chain)))]
    assert names == sorted(names)


def test_a_label_that_an_appconfig_sets_is_recognised_among_an_apps_files():
    def own(name):
        return f'("store", "{name}")'

    tree = {
        "src/shop/migrations/0001_initial.py": text(INITIAL, needs='("auth", "0001_initial")'),
        "src/shop/migrations/0002_b.py": text("", needs=own("0001_initial")),
        "src/shop/migrations/0003_a.py": text(DROP, needs=own("0002_b")),
        "src/shop/migrations/0000_z.py": text("", needs=own("0003_a")),
        "src/shop/migrations/0009_squashed.py": text(
            "", needs="", body=f"replaces = [{own('0001_initial')}, {own('0002_b')}]"
        ),
    }
    new = [path for path in tree if "0001" not in path and "0002" not in path]
    readings = read_migrations(tree, new)
    assert [r.name for r in readings if r.name != "0009_squashed"] == ["0003_a", "0000_z"]
    assert {r.name: said(r) for r in readings}["0003_a"] == "contract V"
    squash = next(r for r in readings if r.name == "0009_squashed")
    assert squash.why == ("all that it replaces has run",)
    assert squash.app_label == "shop"


@pytest.mark.parametrize(
    "path",
    [
        "shop/migrations/__init__.py",
        "shop/migrations/_helper.py",
        "shop/migrations/~draft.py",
        "shop/migrations/notes.txt",
        "shop/migrations/more/0001_x.py",
        "shop/models.py",
        "shop/migrations/0005_missing.py",
    ],
)
def test_what_is_no_migration_is_left_out(path):
    tree = history()
    tree.setdefault(path, text(DROP))
    if "missing" in path:
        del tree[path]
    assert read_migrations(tree, [path]) == ()


def test_a_lazy_mapping_is_asked_only_for_what_is_needed():
    class Lazy(dict):
        asked: set = set()

        def __getitem__(self, path):
            self.asked.add(path)
            return super().__getitem__(path)

    tree = Lazy(
        {**history(**{"0002_add": text(ADD)}), "z/migrations/0001_z.py": text("", needs="")}
    )
    read_migrations(tree, ["shop/migrations/0002_add.py"])
    assert "z/migrations/0001_z.py" not in tree.asked
    assert "shop/migrations/0001_initial.py" in tree.asked


# -- merges, squashes, and files that changed their names


def test_a_merge_migration_does_nothing():
    tree = history(
        **{
            "0002_a": text(ADD),
            "0002_b": text(DROP),
            "0003_merge": text("", needs=f"{after('0002_a')}, {after('0002_b')}"),
        }
    )
    merge = new_in(tree, "0003_merge", "0002_a", "0002_b")[-1]
    assert (merge.name, said(merge), merge.why) == ("0003_merge", "neutral", ("no operations",))
    assert merge.dependencies == (("shop", "0002_a"), ("shop", "0002_b"))


SQUASHED = (
    'migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True)),'
    ' ("x", models.IntegerField(null=True))])'
)
REPLACES = f"replaces = [{after('0002_new')}, {after('0003_x')}]"
NEW = text('migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))])')
X = text('migrations.AddField("new", "x", models.IntegerField(null=True))', needs=after("0002_new"))


def squashed(**files):
    return history(**{"0002_squashed": text(SQUASHED, body=REPLACES), **files})


def test_the_same_name_in_another_app_of_that_label_is_another_migration():
    one = {"one/shop/migrations/0001_initial.py": text(INITIAL, needs="")}
    both = {**one, "two/shop/migrations/0001_initial.py": text('migrations.DeleteModel("X")')}
    for old in ({}, one):
        (reading,) = read_migrations(both, ["two/shop/migrations/0001_initial.py"], old=old)
        assert said(reading) == "contract V"


def test_a_squash_of_what_has_run_does_nothing():
    old = history(**{"0002_new": NEW, "0003_x": X})
    (kept,) = new_in({**old, **squashed()}, "0002_squashed", old=old)
    assert (said(kept), kept.why) == ("neutral", ("all that it replaces has run",))
    assert kept.replaces == (("shop", "0002_new"), ("shop", "0003_x"))
    squash, *gone = new_in(squashed(), "0002_squashed", old=old)
    assert said(squash) == "neutral"
    assert [(r.name, r.why) for r in gone] == [
        ("0002_new", ("deleted; 0002_squashed stands for it",)),
        ("0003_x", ("deleted; 0002_squashed stands for it",)),
    ]


def test_a_squash_of_what_has_not_run_runs_instead_of_it():
    tree = squashed(**{"0002_new": NEW, "0003_x": X})
    readings = new_in(tree, "0002_squashed", "0002_new", "0003_x", old=history())
    by_name = {reading.name: reading for reading in readings}
    assert said(by_name["0002_squashed"]) == "expand"
    assert by_name["0003_x"].why == ("0002_squashed runs instead of it",)


def test_a_squash_of_what_has_run_in_part_leaves_the_rest_to_the_files():
    old = history(**{"0002_new": NEW})
    tree = squashed(**{"0002_new": NEW, "0003_x": X})
    by_name = {r.name: r for r in new_in(tree, "0002_squashed", "0003_x", old=old)}
    assert said(by_name["0002_squashed"]) == "neutral"
    assert said(by_name["0003_x"]) == "expand"
    gone = new_in(squashed(**{"0002_new": NEW}), "0002_squashed", old=old)[0]
    assert gone.kind is Kind.BREAKING
    assert "shop.0003_x is gone" in gone.why[0]


def test_a_squash_without_replaces_would_make_its_tables_again():
    old = history(**{"0002_new": NEW, "0003_x": X})
    squash = new_in(history(**{"0002_squashed": text(SQUASHED)}), "0002_squashed", old=old)[0]
    assert squash.kind is Kind.BREAKING
    assert "made this table already" in squash.why[0]


def test_later_files_see_what_a_squash_made_once():
    drop = text('migrations.RemoveField("new", "x")', needs=after("0003_x"))
    both = squashed(**{"0002_new": NEW, "0003_x": X, "0004_drop": drop})
    assert said(new_in(both, "0004_drop")[0]) == "contract V"
    alone = squashed(**{"0004_drop": drop})
    (reading,) = new_in(alone, "0004_drop")
    assert said(reading) == "contract V"
    assert reading.dependencies == (("shop", "0002_squashed"),)


def test_an_edited_file_does_not_run_again():
    old = history(**{"0002_x": text(ADD)})
    tree = history(**{"0002_x": text(DROP)})
    (reading,) = new_in(tree, old=old)
    assert said(reading) == "neutral"
    assert "edited after it ran" in reading.warnings[0]
    (named,) = new_in(tree, "0002_x", old=old)
    assert named == reading
    (reworded,) = new_in(history(**{"0002_x": b"# words\n" + text(ADD)}), old=old)
    assert said(reworded) == "neutral"
    assert not reworded.warnings
    assert new_in(old, old=old) == ()


def test_a_moved_app_keeps_what_has_run():
    old = history(**{"0002_x": text(ADD)})
    tree = {f"src/{path}": content for path, content in old.items()}
    readings = read_migrations(tree, list(tree), old=old)
    assert [said(reading) for reading in readings] == ["neutral", "neutral"]
    assert not any(reading.warnings for reading in readings)


def test_a_renamed_file_runs_again():
    old = history(**{"0002_x": text(ADD)})
    again, gone = new_in(history(**{"0003_x": text(ADD)}), "0003_x", old=old)
    assert again.kind is Kind.BREAKING
    assert "renamed from 0002_x" in again.warnings[0]
    assert gone.why == ("renamed to 0003_x, which runs again",)
    options = text('migrations.AlterModelOptions("order", {})')
    harmless = new_in(history(**{"0003_x": options}), "0003_x", old=history(**{"0002_x": options}))[
        0
    ]
    assert said(harmless) == "neutral"
    assert "renamed from 0002_x" in harmless.warnings[0]
    declared = text(ADD, body=f"replaces = [{after('0002_x')}]")
    right = new_in(history(**{"0003_x": declared}), "0003_x", old=old)[0]
    assert (said(right), right.warnings) == ("neutral", ())


def test_a_renamed_and_changed_file_is_caught_by_what_it_makes():
    old = history(**{"0002_x": text(ADD)})
    changed = text(f"{ADD},\n{DROP}")
    again = new_in(history(**{"0003_other": changed}), "0003_other", old=old)[0]
    assert again.kind is Kind.BREAKING
    assert any("added this column already" in line for line in again.why)


def test_a_deleted_file_leaves_what_it_did():
    old = history(**{"0002_x": text(ADD)})
    (reading,) = new_in(history(), old=old)
    assert (reading.name, said(reading)) == ("0002_x", "neutral")
    assert "stays" in reading.warnings[0]
    needy = history(**{"0003_y": text(DROP, needs=after("0002_x"))})
    broken = new_in(needy, "0003_y", old=old)[-1]
    assert broken.kind is Kind.BREAKING
    assert "depends on it" in broken.why[0]
