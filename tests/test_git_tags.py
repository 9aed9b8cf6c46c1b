"""Tags as they are read: annotated, lightweight, signed, of others, here and on origin."""

from datetime import datetime, timezone

import pytest
from gits import Project, git, isolate

from minion.errors import GitError

SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    project = Project(tmp_path / "project")
    project.commit(a="1")
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(project.root, "remote", "add", "origin", "../origin.git")
    return project


def read(project, remote="origin", wanted=lambda name: True, **more):
    return {tag.name: tag for tag in project.repository.tags(remote, wanted, **more)}


def put(project, name, content):
    """A tag object as somebody's program may have written it."""
    sha = git(
        project.root, "hash-object", "-t", "tag", "-w", "--literally", "--stdin", input=content
    )
    git(project.root, "update-ref", f"refs/tags/{name}", sha)


def test_each_kind(project):
    head = git(project.root, "rev-parse", "HEAD")
    git(project.root, "tag", "light")
    git(project.root, "tag", "-a", "-m", "One\n\nBody", "noted")
    git(project.root, "tag", "-a", "-m", "Of a tag", "nested", "noted")
    git(project.root, "tag", "blob", git(project.root, "rev-parse", "HEAD:a"))
    person = "Ada L\u00f6ve <ada@example.com>"
    first = f"object {head}\ntype commit\ntag x\n"
    put(project, "signed", f"{first}tagger {person} 1700000000 +0100\n\nHi\n\nBody\n{SIGNATURE}")
    put(project, "old", f"{first}\nNo tagger")
    found = read(project, None)
    assert set(found) == {"light", "noted", "nested", "signed", "old"}
    assert {one.commit for one in found.values()} == {head}
    assert (found["light"].message, found["light"].at, found["light"].tagger) == ("", None, None)
    assert found["noted"].message == "One\n\nBody\n"
    assert found["noted"].tagger == "Ann <ann@example.com>"
    assert found["signed"].message == "Hi\n\nBody\n"
    assert found["signed"].tagger == person
    assert found["signed"].at == datetime.fromtimestamp(1700000000, timezone.utc)
    assert (found["old"].tagger, found["old"].message) == (None, "No tagger")


def test_those_of_origin_are_brought_without_a_ref(project):
    for name in ("v1", "v2", "other"):
        git(project.root, "tag", "-a", "-m", f"{name} there", name)
    git(project.root, "push", "-q", "origin", "v1", "v2", "other")
    git(project.root, "tag", "-d", "v1", "v2", "other")
    git(project.root, "prune")
    git(project.root, "tag", "-a", "-m", "v2 here", "v2")
    git(project.root, "tag", "-a", "-m", "v3 here", "v3")
    found = read(project, "origin", lambda name: name.startswith("v"))
    assert {name: tag.message for name, tag in found.items()} == {
        "v1": "v1 there\n",
        "v2": "v2 there\n",
        "v3": "v3 here\n",
    }
    assert git(project.root, "tag").split() == ["v2", "v3"]
    assert set(read(project, "origin", only_there=True)) == {"v1", "v2", "other"}


def test_an_origin_that_is_not_there(project):
    git(project.root, "remote", "set-url", "origin", "../gone.git")
    with pytest.raises(GitError):
        read(project)


def test_no_tags(project):
    assert read(project) == {}


def test_times_of_commits(project, monkeypatch):
    first = git(project.root, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-06-01T12:00:00+02:00")
    second = project.commit(a="2")
    made = project.repository.times(first, second)
    assert made == {second: datetime(2024, 6, 1, 10, tzinfo=timezone.utc)}
    assert project.repository.times(second, first) == {}
