"""minion.commands.analyse: two commits of a real repository, told without Heroku."""

from __future__ import annotations

import json

import pytest
from gits import Project, git, isolate

from minion.errors import ArgumentError, CommitNotFound
from minion.tasks import analyse


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """A branch, and master that went on after it was made."""
    isolate(tmp_path, monkeypatch)
    project = Project(tmp_path / "project")
    project.commit_files("First.", {"shop/views.py": ""})
    git(project.root, "branch", "feature")
    project.commit_files("Theirs.", {"shop/theirs.py": ""})
    git(project.root, "checkout", "-q", "feature")
    project.commit_files("Ours.", {"shop/ours.py": ""})
    monkeypatch.chdir(project.root)
    return project


def told(capfd, *words: str, **named: str) -> dict:
    analyse(*words, format="json", **named)
    return json.loads(capfd.readouterr().out)


def test_a_branch_is_compared_with_where_it_left_the_other(project, capfd):
    found = told(capfd, "master", "feature")
    assert [file["path"] for file in found["files"]] == ["shop/ours.py"]
    assert [commit["subject"] for commit in found["commits"]] == ["Ours."]
    assert found["from"]["commit"] == git(project.root, "merge-base", "master", "feature")
    assert found["warnings"] == []


def test_on_demand_it_is_compared_with_the_tip(project, capfd):
    found = told(capfd, "master", "feature", base="tip")
    assert {file["path"]: file["status"] for file in found["files"]} == {
        "shop/ours.py": "A",
        "shop/theirs.py": "D",
    }
    assert found["from"]["commit"] == git(project.root, "rev-parse", "master")


def test_what_has_no_common_commit_is_compared_with_the_tip_and_said(project, capfd):
    git(project.root, "checkout", "-q", "--orphan", "other")
    project.commit_files("Alone.", {"alone.py": ""})
    found = told(capfd, "master", "other")
    assert found["from"]["commit"] == git(project.root, "rev-parse", "master")
    assert any("no commit in common" in warning for warning in found["warnings"])


def test_another_base_is_refused(project):
    with pytest.raises(ArgumentError, match="choose from merge, tip"):
        analyse("master", "feature", base="fork")


MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = {needs}
    operations = [
        {operations}
    ]
"""


@pytest.fixture
def migrating(project) -> Project:
    """The branch has a migration of three operations, of which one is not read."""
    made = 'migrations.CreateModel("A", [("id", models.BigAutoField(primary_key=True))]),'
    unread = "migrations.RunPython(do_it),"
    added = 'migrations.AddField("a", "x", models.TextField(null=True)),'
    files = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_a.py": MIGRATION.format(needs=[], operations=made + unread + added),
    }
    project.commit_files("Migrate.", files)
    return project


def test_it_says_how_much_was_read_and_what_was_not(migrating, capfd):
    found = told(capfd, "master", "feature")["read"]
    assert (found["operations"], found["read"]) == (3, 2)
    (one,) = found["unread"]
    assert (one["path"], one["line"]) == ("shop/migrations/0001_a.py", 7)
    assert one["operation"] == "RunPython"
    analyse("master", "feature")
    text = capfd.readouterr().out
    assert "Read 2 of 3 operations; not read" in text
    assert "* shop/migrations/0001_a.py:7: RunPython: " in text
    analyse("master", "feature", format="github")
    assert "::notice::2 of 3 operations were read" in capfd.readouterr().out


def test_where_there_are_no_migrations_nothing_is_said_of_them(project, capfd):
    assert told(capfd, "master", "feature")["read"] == {"operations": 0, "read": 0, "unread": []}
    analyse("master", "feature")
    assert "operations" not in capfd.readouterr().out


@pytest.fixture
def shallow(project, tmp_path, monkeypatch):
    """A clone as continuous integration makes it: one commit, no branch."""
    clone = tmp_path / "shallow"
    url = project.root.as_uri()
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "feature", url, str(clone))
    git(clone, "checkout", "-q", "--detach")
    monkeypatch.chdir(clone)
    return clone


def test_a_shallow_clone_is_told_what_to_write_in_the_workflow(shallow, capfd):
    with pytest.raises(CommitNotFound, match="fetch-depth: 0"):
        analyse("origin/master", "HEAD")
    git(shallow, "fetch", "-q", "--depth", "1", "origin", "master:refs/remotes/origin/master")
    warnings = told(capfd, "origin/master", "HEAD")["warnings"]
    assert any("fetch-depth: 0" in warning for warning in warnings)


def test_a_field_class_of_the_project_is_read_where_it_is(project, capfd):
    added = 'migrations.AddField("a", "x", shop.fields.Price(max_digits=5, null=True)),'
    made = 'migrations.CreateModel("A", [("id", models.BigAutoField(primary_key=True))]),'
    project.commit_files(
        "Fields.",
        {
            "src/shop/fields.py": "from django.db.models import DecimalField\n\n\n"
            "class Price(DecimalField):\n    pass\n",
            "src/shop/migrations/__init__.py": "",
            "src/shop/migrations/0001_a.py": MIGRATION.format(needs=[], operations=made),
            "src/shop/migrations/0002_x.py": "import shop.fields\n"
            + MIGRATION.format(
                needs=[("shop", "0001_a")], operations=added.replace(", null=True", "")
            ),
        },
    )
    found = told(capfd, "master", "feature")["migrations"]
    assert found[-1]["class"] == "breaking"
    assert "NOT NULL" in found[-1]["why"]


def test_a_comment_is_all_that_stdout_gets(migrating, capfd):
    analyse("master", "feature", format="markdown")
    said = capfd.readouterr()
    assert said.out.startswith("<!-- minion analyse -->\n### Needs the maintenance page\n")
    assert "* `shop/migrations/0001_a.py`: **unknown**" in said.out
    assert said.err == ""


@pytest.mark.parametrize("style", ["markdown", "github"])
def test_a_job_gets_a_summary_as_well(migrating, tmp_path, monkeypatch, capfd, style):
    summary = tmp_path / "summary.md"
    summary.write_text("Before.\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    analyse("master", "feature", format=style)
    assert summary.read_text().startswith("Before.\n<!-- minion analyse -->\n### Needs the")


def test_a_summary_that_cannot_be_written_is_told_and_no_failure(project, monkeypatch, capfd):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.root / "nowhere" / "summary.md"))
    analyse("master", "feature", format="markdown")
    assert "summary could not be written: No such file" in capfd.readouterr().err


def test_a_summary_is_no_business_of_other_formats(project, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    analyse("master", "feature")
    assert not (tmp_path / "summary.md").exists()
