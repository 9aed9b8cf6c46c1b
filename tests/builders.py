"""Facts for the tests of pure modules, with plain defaults."""

from datetime import datetime, timezone
from pathlib import Path

from minion.analyser.changes import analyse
from minion.analyser.code import Code
from minion.analyser.migrations import read_migrations
from minion.git.records import Change, Commit
from minion.heroku.records import App, Coupling, Release
from minion.operations.deploy.facts import AppFacts, Facts, Promotion
from minion.settings import parse

BASE, TARGET = "0" * 39 + "1", "286ea45" + "0" * 33

SETTINGS = parse(
    b"""
[environments.dev]
app = "my-app-dev"
branch = "dev"
[environments.uat]
app = "my-app-uat"
[environments.live]
app = "my-app-123"
pipeline = true
preboot = true
""",
    Path("/repo/minion.toml"),
)


def app(name="my-app-123", *, maintenance=False, preboot=True, commit=BASE, version=423, **more):
    facts = {
        "app": App(f"id-{name}", name, maintenance, "", f"https://{name}.herokuapp.com/"),
        "running": Release(
            id=f"release-{name}",
            version=version,
            status="succeeded",
            current=True,
            description=f"Deploy {BASE[:8]}",
            user="ann@example.com",
            created_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
            slug_id="slug",
        ),
        "newest_version": version,
        "commit": commit,
        "pending": None,
        "preboot": preboot,
        "database": f"db:5432/{name}",
        "collects_static": True,
        "git_url": f"https://git.heroku.com/{name}.git",
        "coupling": Coupling(f"id-{name}", "p1", "shop", "production"),
    }
    return AppFacts(**{**facts, **more})


#: A project's first migrations, and the head of any other.
INITIAL = b"""
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=99)),
            ("blurb", models.TextField(null=True)),
        ]),
    ]
"""
MIGRATION_HEAD = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "{after}")]
    operations = [
"""
EXPAND = 'migrations.AddField("Book", "pages", models.IntegerField(null=True)),'
CONTRACT = 'migrations.RemoveField("Book", "blurb"),'
BREAKING = 'migrations.RenameField("Book", "title", "name"),'


def readings(*operations):
    """A reading for each of `operations`, in a file of its own, one after the other."""
    tree, after = {"shop/migrations/0001_initial.py": INITIAL}, "0001_initial"
    for number, operation in enumerate(operations, 2):
        text = MIGRATION_HEAD.format(after=after) + f"        {operation}\n    ]\n"
        after = f"000{number}_x"
        tree[f"shop/migrations/{after}.py"] = text.encode()
    old = {path: tree[path] for path in list(tree)[:1]}
    return read_migrations(tree, list(tree)[1:], old=old)


def code(paths=("shop/admin.py",), *, collects_static=True, target_paths=None, **more):
    changes = tuple(Change(path, "M") for path in paths)
    facts = {
        "target": TARGET,
        "branch": "master",
        "changes": changes,
        "commits": (Commit(TARGET, "Fix for 1397."),),
        "analysis": analyse(
            changes,
            target_paths if target_paths is not None else paths,
            commits_differ=True,
            collects_static=collects_static,
        ),
        "is_descendant": True,
        "origin_known": True,
        "origin_commit": TARGET,
    }
    return Code(**{**facts, **more})


def facts(*apps, promoted=False, **more):
    apps = apps or (app(),)
    source = app("my-app-uat", commit=TARGET, preboot=False)
    promotions = (Promotion("p1", source, apps),) if promoted else ()
    return Facts(apps=apps, code=code(**more), promotions=promotions)
