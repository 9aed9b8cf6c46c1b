"""What `migrate` is known to fail on: said of the file, and only where it is certain."""

from __future__ import annotations

import pytest
from migration_text import history, initial, read, text

from minion.analyser.migrations import read_migrations

ADD = 'migrations.AddField("order", "{}", models.IntegerField(null=True))'
RUN = "migrations.RunPython(fill, fill),"


def after(name, app="shop"):
    return f'("{app}", "{name}")'


def by_name(tree, *new, old=None, packages=None):
    paths = [f"shop/migrations/{name}.py" if "/" not in name else name for name in new]
    return {one.name: one for one in read_migrations(tree, paths, old=old or {}, packages=packages)}


# -- the graph


def test_two_leaves_fail():
    tree = history(**{"0002_a": text(ADD.format("a")), "0002_b": text(ADD.format("b"))})
    found = by_name(tree, "0002_b")
    assert found["0002_b"].kind == "breaking"
    (why,) = found["0002_b"].fails
    assert "0002_a, 0002_b all come last in shop" in why
    assert "makemigrations --merge" in why


def test_two_leaves_that_are_merged_do_not_fail():
    merge = text("", needs=f"{after('0002_a')}, {after('0002_b')}")
    tree = history(
        **{"0002_a": text(ADD.format("a")), "0002_b": text(ADD.format("b")), "0003_merge": merge}
    )
    assert not any(one.fails for one in by_name(tree, "0002_b", "0003_merge").values())


def test_a_missing_parent_fails():
    tree = history(**{"0003_a": text(ADD.format("a"), needs=after("0002_gone"))})
    (why,) = by_name(tree, "0003_a")["0003_a"].fails
    assert "depends on shop.0002_gone, which is not there" in why


def test_a_missing_parent_in_another_app_of_the_repository_fails():
    needs = f"{after('0001_initial')}, {after('0007_gone', 'blog')}"
    tree = {
        **history(**{"0002_a": text(ADD.format("a"), needs=needs)}),
        "blog/migrations/0001_initial.py": text("", needs=""),
        "blog/migrations/0002_next.py": text("", needs=after("0001_initial", "blog")),
    }
    (why,) = by_name(tree, "0002_a")["0002_a"].fails
    assert "blog.0007_gone" in why


def test_a_parent_in_an_app_of_somebody_else_may_be_there():
    needs = f"{after('0001_initial')}, {after('0012_x', 'auth')}, {after('0003_y', 'taggit')}"
    found = by_name(history(**{"0002_a": text(ADD.format("a"), needs=needs)}), "0002_a")
    assert found["0002_a"].fails == ()


def test_an_app_whose_label_cannot_be_told_is_not_said_to_fail():
    """An AppConfig may give the app another label than its folder has."""
    tree = {
        "shop/migrations/0001_initial.py": initial(),
        "shop/migrations/0002_a.py": text(ADD.format("a"), needs=after("0001_start", "store")),
    }
    assert by_name(tree, "0002_a")["0002_a"].fails == ()


@pytest.mark.parametrize("needs", [("0003_b", "0002_a"), ("0002_a", "0001_initial")])
def test_a_circle_fails(needs):
    first, second = needs
    tree = history(
        **{
            "0002_a": text(ADD.format("a"), needs=after(first)),
            "0003_b": text(ADD.format("b"), needs=after(second)),
        }
    )
    found = by_name(tree, "0002_a", "0003_b")
    assert any("depends on itself" in why for one in found.values() for why in one.fails)


def test_a_circle_through_another_app_fails():
    tree = {
        **history(
            **{
                "0002_a": text(
                    ADD.format("a"),
                    needs=f"{after('0001_initial')}, {after('0002_x', 'blog')}",
                )
            }
        ),
        "blog/migrations/0001_initial.py": text("", needs=""),
        "blog/migrations/0002_x.py": text(
            "", needs=f"{after('0001_initial', 'blog')}, {after('0002_a')}"
        ),
    }
    found = by_name(tree, "0002_a", "blog/migrations/0002_x.py")
    (why,) = found["0002_a"].fails
    assert "blog.0002_x" in why


def test_a_circle_by_run_before_fails():
    """The other app has nothing new, so that its files would not be looked at otherwise."""
    tree = {
        **history(
            **{
                "0002_a": text(
                    ADD.format("a"),
                    needs=f"{after('0001_initial')}, {after('0002_x', 'blog')}",
                    body=f"run_before = [{after('0001_initial', 'blog')}]",
                )
            }
        ),
        "blog/migrations/0001_initial.py": text("", needs=""),
        "blog/migrations/0002_x.py": text("", needs=after("0001_initial", "blog")),
    }
    assert by_name(tree, "0002_a")["0002_a"].fails


def test_what_is_deleted_while_another_needs_it_fails():
    old = history(**{"0002_a": text(ADD.format("a"))})
    new = history(**{"0003_b": text(ADD.format("b"), needs=after("0002_a"))})
    found = by_name(new, "0003_b", old=old)
    assert found["0002_a"].fails or found["0003_b"].fails


# -- the package


def test_a_folder_without_init_fails():
    tree = {
        "blog/migrations/0001_initial.py": text("", needs=""),
        "blog/migrations/0002_x.py": text("", needs=after("0001_initial", "blog")),
    }
    found = by_name(tree, "blog/migrations/0002_x.py", packages={"shop/migrations"})
    (why,) = found["0002_x"].fails
    assert "blog/migrations has no __init__.py" in why
    assert found["0002_x"].kind == "breaking"
    found = by_name(tree, "blog/migrations/0002_x.py", packages={"blog/migrations"})
    assert found["0002_x"].fails == ()


def test_a_folder_of_another_tool_is_none_of_djangos():
    tree = {"db/migrations/env.py": b"from alembic import context\n"}
    (reading,) = read_migrations(tree, list(tree), packages=set())
    assert reading.fails == ()


def test_a_module_without_the_class_fails_among_migrations():
    tree = history(helpers=b"def fill(apps, editor):\n    pass\n")
    (why,) = by_name(tree, "helpers")["helpers"].fails
    assert "no class Migration" in why
    starred = history(helpers=b"from shop.real import *\n")
    assert by_name(starred, "helpers")["helpers"].fails == ()


# -- operations


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AlterField("order", "twice", models.GeneratedField('
        'expression=models.F("count") * 3, output_field=models.IntegerField(), db_persist=True))',
        'migrations.AlterField("order", "twice", models.IntegerField())',
        'migrations.AlterField("order", "tags", models.ManyToManyField("shop.Tag", '
        'through="shop.Link"))',
        'migrations.AlterField("order", "tags", models.IntegerField(null=True))',
        'AddIndexConcurrently("order", models.Index(fields=["code"], name="i"))',
        'migrations.AddField("order", "note", models.TextField(null=True))',
        'migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])',
        'migrations.RunSQL("CREATE INDEX CONCURRENTLY i ON shop_order (code)", "")',
        'migrations.RunSQL(["SELECT 1", "drop index  concurrently i"], "")',
        'migrations.RunSQL([("REINDEX TABLE CONCURRENTLY shop_order", None)], "")',
    ],
)
def test_an_operation_that_cannot_run_fails_whatever_rows_there_are(operation):
    reading = read(text(operation))
    assert reading.kind == "breaking"
    assert len(reading.fails) == 1
    assert reading.fails[0].startswith("line ")


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AddField("order", "x", models.IntegerField())',
        'migrations.AddField("order", "x", models.UUIDField(default=uuid.uuid4, unique=True))',
        'migrations.RunSQL("-- not CREATE INDEX CONCURRENTLY\\nSELECT 1", "")',
        'migrations.RunSQL("INSERT INTO shop_tag (word) VALUES (\'drop index concurrently\')", "")',
        RUN,
    ],
)
def test_what_fails_on_some_rows_only_is_not_known_to_fail(operation):
    assert read(text(operation, above="def fill(apps, editor): pass\n")).fails == ()


def test_sql_that_cannot_run_in_a_transaction_runs_outside_of_one():
    operation = 'migrations.RunSQL("CREATE INDEX CONCURRENTLY i ON shop_order (code)", "")'
    reading = read(text(operation, body="atomic = False"))
    assert (reading.kind, reading.fails) == ("expand", ())


def test_a_comment_overrules_it():
    operation = 'migrations.AddField("order", "note", models.TextField(null=True))'
    one = read(text(f"# minion: expand - dropped by hand\n{operation}"))
    assert (one.kind, one.fails) == ("expand", ())
    whole = read(text(operation, above="# minion: neutral - not installed"))
    assert (whole.kind, whole.fails) == ("neutral", ())


def test_a_comment_overrules_a_failure_of_the_graph():
    above = "# minion: neutral - the app is not installed"
    tree = history(
        **{"0002_a": text(ADD.format("a")), "0002_b": text(ADD.format("b"), above=above)}
    )
    assert by_name(tree, "0002_b")["0002_b"].fails == ()


# -- what runs all the same


def test_another_model_between_two_that_have_one_already_is_pythons_own():
    """Both sides name a model in between, so that no table is Django's to change."""
    links = 'models.ManyToManyField("shop.Tag", through="blog.Link", related_name="+")'
    found = read(text(f'migrations.AlterField("order", "links", {links})'))
    assert (found.kind, found.fails) == ("neutral", ())


STATE = "migrations.SeparateDatabaseAndState(state_operations=[{}])"
EMPTY = 'migrations.CreateModel("Made", [("id", models.BigAutoField(primary_key=True)), {}])'


@pytest.mark.parametrize(
    ("made", "later"),
    [
        (EMPTY.format('("x", models.TextField(null=True))'), EMPTY.format("")),
        (ADD.format("x"), ADD.format("x")),
        (
            EMPTY.format('("x", models.TextField(null=True))'),
            'migrations.AddField("made", "x", models.TextField(null=True))',
        ),
    ],
)
def test_what_only_the_state_has_can_still_be_made(made, later):
    tree = history(
        **{
            "0002_state": text(STATE.format(made)),
            "0003_table": text(later, needs=after("0002_state")),
        }
    )
    found = by_name(tree, "0003_table")["0003_table"]
    assert (found.kind, found.fails) == ("unknown", ())


def test_what_a_file_out_of_sight_may_order_is_not_said_to_fail():
    """The dependencies of the file in the middle are not read: what runs first is not known."""
    tree = history(
        **{
            "0002_a": text(ADD.format("a")),
            "0003_b": text("", needs=after("0002_a"), above="globals()['x'] = 1"),
            "0004_c": text(
                'migrations.AlterField("order", "a", models.IntegerField())',
                needs=after("0003_b"),
            ),
        }
    )
    found = by_name(tree, "0002_a", "0003_b", "0004_c")
    assert not any(one.fails for one in found.values())
    assert [one.name for one in read_migrations(tree, [*tree])][-3:] == [
        "0002_a",
        "0003_b",
        "0004_c",
    ]


# -- names


INDEX = 'migrations.AddIndex("{}", models.Index(fields=["{}"], name="{}")),'
UNIQUE = 'migrations.AddConstraint("{}", models.UniqueConstraint(fields=["{}"], name="{}")),'
CHECKED = (
    'migrations.AddConstraint("{}", models.CheckConstraint(condition=models.Q({}__gt=0), '
    'name="{}")),'
)


@pytest.mark.parametrize(
    ("made", "again"),
    [
        (INDEX.format("order", "code", "i"), INDEX.format("customer", "name", "i")),
        (INDEX.format("order", "code", "i"), UNIQUE.format("customer", "name", "i")),
        ("", UNIQUE.format("customer", "name", "code_once")),
        ("", CHECKED.format("order", "count", "count_ok")),
        (INDEX.format("order", "code", "i" * 70), INDEX.format("order", "code", "i" * 65)),
        ("", INDEX.format("order", "code", "i") * 2),
        (
            INDEX.format("order", "code", "i") + INDEX.format("order", "code", "j"),
            'migrations.RenameIndex("order", new_name="i", old_name="j"),',
        ),
        (
            'migrations.CreateModel("A", [("x", models.IntegerField())], options={"indexes": '
            '[models.Index(fields=["x"], name="i")]}),',
            'migrations.CreateModel("B", [("y", models.IntegerField())], options={"indexes": '
            '[models.Index(fields=["y"], name="i")]}),',
        ),
        ("migrations.RunPython(fill, fill),", CHECKED.format("order", "count", "count_ok")),
    ],
)
def test_a_name_that_is_taken_fails(made, again):
    fill = "def fill(apps, editor):\n    apps.get_model('shop', 'Tag').objects.all()\n"
    tree = history(
        **{"0002_made": text(made, above=fill), "0003_again": text(again, needs=after("0002_made"))}
    )
    for new in (["0003_again"], ["0002_made", "0003_again"]):
        found = by_name(tree, *new)
        assert "already" in " ".join(found["0003_again"].fails), new


def test_a_name_that_another_app_has_taken_fails():
    tree = {
        **history(**{"0002_a": text(INDEX.format("order", "code", "by_it"))}),
        "blog/migrations/0001_initial.py": text(
            'migrations.CreateModel("Post", [("x", models.IntegerField())], options={"indexes": '
            '[models.Index(fields=["x"], name="by_it")]}),',
            needs="",
        ),
    }
    assert "of blog.Post" in by_name(tree, "0002_a")["0002_a"].fails[0]


@pytest.mark.parametrize(
    "between",
    [
        'migrations.RemoveIndex("order", "i"),',
        'migrations.RenameIndex("order", new_name="j", old_name="i"),',
        'migrations.RemoveField("order", "note"),',
        'migrations.DeleteModel("Order"),',
        'migrations.RunSQL("DROP INDEX i", ""),',
        'migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN note", ""),',
        "migrations.RunPython(tidy, tidy),",
        "do_it(),",
        STATE.format('migrations.RemoveIndex("order", "i")') + ",",
    ],
)
def test_a_name_that_may_be_free_again_is_not_known_to_fail(between):
    tidy = "def tidy(apps, schema_editor):\n    schema_editor.execute('DROP INDEX i')\n"
    tree = history(
        **{
            "0002_made": text(INDEX.format("order", "note", "i")),
            "0003_between": text(between, needs=after("0002_made"), above=tidy),
            "0004_again": text(INDEX.format("customer", "name", "i"), needs=after("0003_between")),
        }
    )
    assert by_name(tree, "0004_again")["0004_again"].fails == ()


def test_two_checks_of_one_name_on_two_tables_do_not_fail():
    assert read(text(CHECKED.format("link", "id", "count_ok"))).fails == ()
    assert read(text(STATE.format(CHECKED.format("order", "count", "count_ok")))).fails == ()


# -- what has run already


def test_what_has_run_cannot_come_to_depend_on_what_has_not():
    """Django refuses all work then: InconsistentMigrationHistory."""
    first = text(ADD.format("a"))
    edited = text(ADD.format("a"), needs=f"{after('0001_initial')}, {after('0003_b')}")
    new = text(ADD.format("b"), needs=after("0001_initial"))
    found = by_name(
        history(**{"0002_a": edited, "0003_b": new}), "0003_b", old=history(**{"0002_a": first})
    )
    (why,) = found["0003_b"].fails
    assert "shop.0002_a" in why and "has run" in why


def test_run_before_what_has_run_fails():
    body = f"run_before = [{after('0001_initial', 'blog')}]"
    blog = {"blog/migrations/0001_initial.py": text("", needs="")}
    tree = {**history(**{"0002_a": text(ADD.format("a"), body=body)}), **blog}
    (why,) = by_name(tree, "0002_a", old={**history(), **blog})["0002_a"].fails
    assert "blog.0001_initial" in why
    merged = {**tree, "blog/migrations/0001_initial.py": text("", needs="")}
    assert by_name(merged, "0002_a", "blog/migrations/0001_initial.py")["0002_a"].fails == ()


def test_a_squash_of_what_has_run_is_no_trouble():
    squash = text(
        INDEX.format("order", "code", "i"),
        needs="",
        body=f"replaces = [{after('0001_initial')}, {after('0002_a')}]",
    )
    old = history(**{"0002_a": text(ADD.format("a")), "0003_b": text("", needs=after("0002_a"))})
    new = {**old, "shop/migrations/0001_squashed.py": squash}
    assert by_name(new, "0001_squashed", old=old)["0001_squashed"].fails == ()
    gone = {p: c for p, c in new.items() if "0001_initial" not in p and "0002_a" not in p}
    gone["shop/migrations/0003_b.py"] = text("", needs=after("0001_squashed"))
    assert not any(one.fails for one in by_name(gone, "0001_squashed", old=old).values())


def test_a_folder_migrations_without_any_migration_is_none_of_djangos():
    """As wagtail.blocks.migrations."""
    tree = {f"blocks/migrations/{name}.py": b"def run(): pass\n" for name in ("one", "two")}
    assert not any(one.fails for one in read_migrations(tree, list(tree), packages={"blocks"}))


def test_another_user_model_on_a_database_with_users_fails():
    """What depends on AUTH_USER_MODEL has run, and would have to run after the new one."""
    needs = "migrations.swappable_dependency(settings.AUTH_USER_MODEL)"
    people = 'migrations.CreateModel("User", [("id", models.BigAutoField(primary_key=True))])'
    shop = {
        **history(),
        "shop/migrations/0001_initial.py": initial().replace(
            b"dependencies = []", f"dependencies = [{needs}]".encode()
        ),
    }
    tree = {**shop, "people/migrations/0001_initial.py": text(people, needs="")}
    new = ["people/migrations/0001_initial.py"]

    def fails(user):
        (found,) = read_migrations(tree, new, old=shop, user_model=user)
        return found.fails

    assert "shop.0001_initial depends on it and has run" in fails("people.User")[0]
    assert fails("auth.User") == fails(None) == ()


def test_the_indexes_of_a_new_model_are_made_when_all_of_the_file_has_run():
    made = (
        'migrations.CreateModel("Made", [("x", models.IntegerField())], options={"indexes": '
        '[models.Index(fields=["x"], name="i")]}),'
    )
    tree = history(**{"0002_a": text(INDEX.format("order", "code", "i"))})
    for more, fails in (("", True), ('migrations.RemoveIndex("order", "i")', False)):
        tree["shop/migrations/0003_b.py"] = text(made + more, needs=after("0002_a"))
        assert bool(by_name(tree, "0003_b")["0003_b"].fails) == fails
