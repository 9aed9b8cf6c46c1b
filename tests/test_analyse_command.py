"""minion.commands.analyse: two commits of a real repository, told without Heroku."""

from __future__ import annotations

import json

import pytest
from gits import Project, git, isolate

from minion.errors import ArgumentError
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
