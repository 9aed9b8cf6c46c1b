"""data_check of migrations alone: which new columns somebody has to be asked about."""

from __future__ import annotations

import json

import pytest
from gits import Project, git, isolate

from minion.errors import ArgumentError, Refused
from minion.tasks import data_check

SETTINGS = """
[environments.live]
app = "shop-a"

[data]
pii = ["shop_customer.motto"]
pii_ignore = ["shop_customer.colour", "shop_book.*"]
"""
BEGIN = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"
FIRST = f"""{BEGIN}    operations = [
        migrations.CreateModel("Customer", fields=[
            ("id", models.AutoField(primary_key=True)),
            ("nickname_old", models.CharField(max_length=9)),
            ("size", models.IntegerField()),
        ]),
    ]
"""
SECOND = f"""{BEGIN}    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("customer", "habit", models.TextField()),
        migrations.AddField("customer", "reach", models.EmailField()),
        migrations.AddField("customer", "phone", models.CharField(max_length=20)),
        migrations.AddField("customer", "motto", models.TextField()),
        migrations.AddField("customer", "colour", models.TextField()),
        migrations.AddField("customer", "level", models.CharField(choices=[("a", "A")])),
        migrations.AddField("customer", "age", models.IntegerField()),
        migrations.AddField("customer", "seen", models.DateTimeField()),
        migrations.AddField("customer", "tags", models.ManyToManyField("shop.Tag")),
        migrations.AddField("customer", "vector", search.SearchVectorField()),
        migrations.AddField("customer", "boss", models.ForeignKey("shop.Customer")),
        migrations.AddField("customer", "odd", thirdparty.fields.OddField()),
        migrations.AlterField("customer", "size", models.CharField(max_length=9)),
        migrations.RenameField("customer", "nickname_old", "called"),
        migrations.CreateModel("Book", fields=[("title", models.TextField())]),
        migrations.CreateModel("Letter", fields=[
            ("words", models.JSONField(db_column="what")),
            ("lines", django.contrib.postgres.fields.ArrayField(models.TextField())),
            ("counts", django.contrib.postgres.fields.ArrayField(models.IntegerField())),
        ], options={{"db_table": 'crm"."mail'}}),
    ]
"""
IMPORTS = """
import django.contrib.postgres.fields
import thirdparty.fields
from django.contrib.postgres import search
"""
SECOND = SECOND.replace("migrations, models\n", f"migrations, models{IMPORTS}", 1)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """A branch with a migration of its own, and master that went on."""
    isolate(tmp_path, monkeypatch)
    project = Project(tmp_path / "project")
    folder = "shop/migrations"
    project.commit_files(
        "First.",
        {
            "minion.toml": SETTINGS,
            f"{folder}/__init__.py": "",
            f"{folder}/0001_initial.py": FIRST,
        },
    )
    git(project.root, "branch", "feature")
    other = SECOND.replace('"habit"', '"theirs"')
    project.commit_files("Theirs.", {f"{folder}/0002_theirs.py": other})
    git(project.root, "checkout", "-q", "feature")
    project.commit_files("Ours.", {f"{folder}/0002_more.py": SECOND})
    monkeypatch.chdir(project.root)
    return project


def told(capfd, **named):
    with pytest.raises(Refused) as caught:
        data_check(since="master", **named)
    return str(caught.value), capfd.readouterr().out


def test_new_columns_that_nobody_spoke_of_are_asked_about(project, capfd):
    why, said = told(capfd, format="json")
    found = {one["column"]: one["personal"] for one in json.loads(said)["columns"]}
    assert found == {
        "shop_customer.habit": None,
        "shop_customer.reach": True,
        "shop_customer.phone": True,
        "shop_customer.motto": True,
        "shop_customer.odd": None,
        "shop_customer.size": None,
        "shop_customer.called": None,
        "crm.mail.what": None,
        "crm.mail.lines": None,
    }
    assert "nobody has said yet whether these new columns are personal: shop_customer." in why


def test_each_is_told_with_its_line_and_what_to_paste(project, capfd):
    _, said = told(capfd)
    line = SECOND.splitlines().index(next(one for one in SECOND.splitlines() if "habit" in one)) + 1
    assert f"shop/migrations/0002_more.py:{line}: shop_customer.habit: personal? say so" in said
    assert "shop_customer.phone: personal: its name says that it holds a telephone number" in said
    assert '    "shop_customer.habit",\n' in said
    _, said = told(capfd, format="github")
    assert f"::error file=shop/migrations/0002_more.py,line={line}::" in said


def test_once_said_it_passes(project, capfd):
    text = SETTINGS.replace("[data]\npii = [", '[data]\npii = ["shop_customer.*", "crm.mail.*", ')
    (project.root / "minion.toml").write_text(text)
    data_check(since="master")
    assert "personal? say so" not in capfd.readouterr().out


def test_a_branch_without_migrations_passes(project, capfd):
    data_check(since="HEAD")
    assert "No new column is personal" in capfd.readouterr().out


@pytest.mark.parametrize("words", [{}, {"source": "live", "since": "master"}])
def test_it_is_told_what_to_look_at(project, words):
    with pytest.raises(ArgumentError, match="data_check:since=origin/master"):
        data_check(**words)
