"""minion.operations.left_over: what a release without a tag still asks for."""

from pathlib import Path

import pytest
from gits import Project, isolate
from test_between import Running

from minion.git import Repository
from minion.operations.left_over import left_over
from minion.options import Option
from minion.settings import parse

FIXTURE, STYLE = "shop/fixtures/late.json", "shop/static/late.css"


@pytest.fixture
def project(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    return Project(tmp_path / "project")


def told(project, tags, commit, *, version=7, target=None, collects_static=True, tag="v{version}"):
    """What is left over of the one app, None if that is not known."""
    text = f'[environments.dev]\napp = "my-app"\ntag = "{tag}"\n'
    settings = parse(text.encode(), Path(project.root) / "minion.toml")
    found = left_over(
        [Running(commit, running_version=version, collects_static=collects_static)],
        settings.environment("dev"),
        settings,
        Repository.open(project.root),
        tags,
        target or commit,
    )
    return found.get("my-app")


@pytest.fixture
def commits(project):
    """One that was finished, and one with a fixture and a style that was not."""
    return (
        project.commit_files("Finished.", {"a.py": ""}),
        project.commit_files("Broke off.", {FIXTURE: "[]", STYLE: "", "b.py": ""}),
    )


def test_a_release_newer_than_the_last_tag_is_not_finished(project, commits):
    finished, runs = commits
    left = told(project, {"v4": finished}, runs)
    assert left.options == Option.FIXTURES
    assert left.fixtures == (FIXTURE,)
    assert left.reasons == {Option.FIXTURES: (f"{FIXTURE} (left over from v7)",)}


def test_so_are_static_files_that_no_build_collects(project, commits):
    finished, runs = commits
    left = told(project, {"v4": finished}, runs, collects_static=False)
    assert left.options == Option.FIXTURES | Option.COLLECTSTATIC
    assert left.reasons[Option.COLLECTSTATIC] == (f"{STYLE} (left over from v7)",)


def test_a_fixture_that_is_no_more_is_not_loaded(project, commits):
    finished, runs = commits
    (Path(project.root) / FIXTURE).unlink()
    target = project.commit_files("Remove it.", {"c.py": ""})
    left = told(project, {"v4": finished}, runs, target=target)
    assert (left.options, left.fixtures) == (Option.NONE, ())


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "a project that never had a tag"),
        ({"v6": "runs"}, "its commit was finished: v7 is a change of config vars"),
        ({"v4": "finished", "v5": "runs"}, "the same, after a rollback"),
        ({"v9": "finished"}, "a tag of an app that was made anew"),
        ({"v4": "0" * 40}, "a commit that is not here"),
        ({"release-4": "finished", "v4-rc": "finished"}, "tags of something else"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_nothing_is_said_of_what_is_not_known(project, commits, tags, why):
    named = dict(zip(("finished", "runs"), commits))
    found = {tag: named.get(commit, commit) for tag, commit in tags.items()}
    assert told(project, found, commits[1]) is None, why


def test_the_newest_tag_counts_by_its_number(project, commits):
    finished, runs = commits
    later = project.commit_files("Later.", {"c.py": ""})
    left = told(project, {"v9": runs, "v10": finished}, later, version=11)
    assert left.options == Option.FIXTURES


def test_tags_are_known_by_the_project_s_own_pattern(project, commits):
    finished, runs = commits
    left = told(project, {"dev/my-app+4": finished}, runs, tag="{environment}/{app}+{version}")
    assert left is not None
