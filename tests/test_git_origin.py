"""``project.origin``: a remote's name, a URL or a path means the same for all that is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import SETTINGS, app
from gits import GitServer, Project, git, isolate, record_arguments

from minion.engine.encoding import encode
from minion.engine.exclusive import locks_of
from minion.errors import AccessDenied, GitError, MinionError
from minion.settings import Settings
from minion.steps import TagRelease
from minion.steps.world import World
from minion.terminal.console import Console

USER, PASSWORD = "marked-user", "marked/pass word"
QUOTED = "marked%2Fpass%20word"
MARKS = (USER, PASSWORD, QUOTED, "marked")


@pytest.fixture
def config(tmp_path, monkeypatch) -> Path:
    return isolate(tmp_path, monkeypatch)


@pytest.fixture
def project(config, tmp_path) -> Project:
    project = Project(tmp_path / "work" / "a project")
    project.commit(a="1")
    return project


@pytest.fixture
def origin(config, tmp_path) -> Path:
    return bare(tmp_path / "home" / "an origin=1.git")


def bare(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    git(path.parent, "init", "-q", "--bare", str(path))
    return path


def refs_in(path: Path) -> list[str]:
    return git(path, "for-each-ref", "--format=%(refname)").split()


def means(project: Project, written: str, there: Path) -> None:
    """What is read, tagged and locked at the origin that is `written` so is in `there`."""
    settings = replaced(written)
    world = World(None, project.repository, Console(), settings)
    commit = project.repository.resolve("HEAD")
    git(there, "fetch", "-q", "--no-tags", str(project.root), f"{commit}:refs/heads/master")
    assert project.repository.remote_refs(written, "refs/heads/*") == {"refs/heads/master": commit}
    lock = locks_of(settings, project.repository).take("uat", "deploy", plan=None, minutes=5)
    assert refs_in(there) == ["refs/heads/master", "refs/minion/locks/uat"]
    assert locks_of(settings, project.repository).holder("uat") == lock.holder
    lock.release()
    for version, is_local in ((1, True), (2, False)):
        world.released["app"] = app(version=version).running
        step = TagRelease("app", "uat", "v{version}", commit, (), settings.origin_name, is_local)
        step.do(world)
    assert refs_in(there) == ["refs/heads/master", "refs/tags/v1", "refs/tags/v2"]


def replaced(origin: str) -> Settings:
    return replace(SETTINGS, origin=origin)


# --- what it may be ---


def test_the_name_of_a_remote(project, origin):
    git(project.root, "remote", "add", "team/origin", str(origin))
    means(project, "team/origin", origin)


@pytest.mark.parametrize("form", ["{path}", "file://{quoted}", "../../home/{name}", "~/{name}"])
def test_a_path_or_its_url(project, origin, form, monkeypatch):
    monkeypatch.setenv("HOME", str(origin.parent))
    quoted = str(origin).replace(" ", "%20")
    means(project, form.format(path=origin, quoted=quoted, name=origin.name), origin)


def test_a_path_without_a_slash(project):
    means(project, "backup.git", bare(project.root / "backup.git"))


def test_a_url_in_short_as_the_operator_writes_it(project, origin, config):
    with config.open("a") as file:
        file.write(f'[url "{origin.parent}/"]\n insteadOf = team:\n')
    means(project, f"team:{origin.name}", origin)


def test_a_name_that_no_remote_has_is_no_origin(project, capsys):
    settings, repository = replaced("orign"), project.repository
    assert not repository.knows("orign")
    with pytest.raises(GitError, match="there is no remote of this name"):
        repository.remote_refs("orign", "refs/heads/*")
    said: list[str] = []
    locks_of(settings, repository).take("uat", "deploy", plan=None, minutes=5, say=said.append)
    assert "in this clone only" in said[0]


def test_an_origin_that_is_not_there_is_an_error_and_no_lock_of_this_clone(project):
    for written in ("/no where/at all.git", "../gone.git", "http://127.0.0.1:9/x.git"):
        with pytest.raises(GitError, match="cannot be looked up or changed"):
            locks_of(replaced(written), project.repository).take(
                "uat", "deploy", plan=None, minutes=5
            )


# --- what else a remote of that name can have ---

SHAPES = {
    "a mirror": {"mirror": ["true"], "push": ["+refs/*:refs/*"]},
    "refspecs for pushes": {"push": ["refs/heads/*:refs/heads/copies/*"]},
    "a dead second place": {"pushurl": ["{origin}", "/nowhere"]},
    "a dead first place": {"pushurl": ["/nowhere", "{origin}"]},
    "a dead second url": {"url": ["/nowhere"]},
    "pruned": {"prune": ["true"], "pruneTags": ["true"], "tagOpt": ["--tags"]},
    "another program": {"receivepack": ["git-receive-pack"], "uploadpack": ["git-upload-pack"]},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_one_place_is_meant_whatever_else_is_configured(project, origin, shape):
    git(project.root, "remote", "add", "origin", str(origin))
    for key, values in shape.items():
        for value in values:
            text = value.format(origin=origin)
            git(project.root, "config", "--add", f"remote.origin.{key}", text)
    git(project.root, "tag", "of-mine")
    means(project, "origin", origin)
    project.repository.fetch("origin")
    assert "refs/tags/of-mine" in project.repository.local_refs("refs/tags/")


def test_where_pushes_go_is_where_the_lock_is_read(project, origin, tmp_path):
    """As with a read-only URL to fetch from; the operator's rules for URLs say the same."""
    reading = bare(tmp_path / "reading.git")
    git(project.root, "remote", "add", "origin", str(reading))
    for key, value in (
        ("remote.origin.pushurl", str(origin)),
        (f"url.{origin}.pushInsteadOf", str(reading)),
    ):
        git(project.root, "config", key, value)
        locks = locks_of(replaced("origin"), project.repository)
        lock = locks.take("uat", "deploy", plan=None, minutes=5)
        assert refs_in(origin) == ["refs/minion/locks/uat"]
        assert refs_in(reading) == []
        assert locks.holders() == {"uat": lock.holder}
        lock.release()
        assert refs_in(origin) == []
        git(project.root, "config", "--unset", key)


def test_a_rule_is_used_once_and_the_longest_wins(project, origin, config):
    with config.open("a") as file:
        file.write(
            '[url "/nowhere/"]\n insteadOf = a:\n'
            f'[url "{origin.parent}/"]\n insteadOf = a:b/\n'
            f'[url "/elsewhere/"]\n insteadOf = {origin.parent}/\n'
        )
    git(project.root, "remote", "add", "origin", f"a:b/{origin.name}")
    means(project, "origin", origin)


# --- what is secret ---


@pytest.fixture
def server(config, tmp_path):
    bare(tmp_path / "served" / "shop.git")
    server = GitServer(tmp_path / "served", USER, PASSWORD)
    yield server
    server.close()


def test_user_and_password_of_origin_are_seen_nowhere(
    project, server, tmp_path, monkeypatch, capsys
):
    log, variables = record_arguments(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    url = server.url.replace("://", f"://{USER}:{QUOTED}@") + "/shop.git"
    means(project, url, server.folder / "shop.git")
    git(project.root, "config", "remote.origin.url", url)
    project.repository.fetch("origin")
    lock = locks_of(replaced("origin"), project.repository).take(
        "uat", "deploy", plan=None, minutes=5
    )
    settings = replaced(url)
    step = TagRelease("app", "uat", "v{version}", "c" * 40, (), settings.origin_name)
    out, err = capsys.readouterr()
    shown = [out, err, repr(settings), step.title, str(encode(step)), lock.holder.written()]
    assert f"git-remote-http\nminion-remote::\n{server.url}/shop.git" in log.read_text()
    # git's own words in this test give the URL to git; minion's never do.
    arguments = log.read_text().replace(f"remote.origin.url\n{url}\n", "")
    for mark in MARKS:
        assert not [text for text in (*shown, arguments) if mark in text], mark


@pytest.mark.parametrize("secret", [f"{USER}:marked-wrong", "marked-token-as-user"])
def test_a_wrong_password_is_not_repeated_in_the_error(project, server, capfd, secret):
    url = server.url.replace("://", f"://{secret}@") + "/shop.git"
    for attempt in (
        lambda: project.repository.remote_refs(url),
        lambda: project.repository.fetch(url),
        lambda: project.repository.tag_on_remote(url, "v1", "HEAD", "One"),
        lambda: locks_of(replaced(url), project.repository).holder("uat"),
    ):
        with pytest.raises(AccessDenied) as caught:
            attempt()
        assert "marked" not in str(caught.value)
        assert server.url in str(caught.value)
    assert "marked" not in "".join(capfd.readouterr())


def test_a_user_alone_is_what_the_operators_helper_is_asked_for(project, server, config, tmp_path):
    asked = tmp_path / "asked"
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\ncat > '{asked}'\necho 'password={PASSWORD}'\n")
    helper.chmod(0o755)
    with config.open("a") as file:
        file.write(f"[credential]\n helper = {helper}\n")
    url = server.url.replace("://", f"://{USER}@") + "/shop.git"
    assert project.repository.remote_refs(url) == {}
    assert f"username={USER}\n" in asked.read_text()


@pytest.mark.parametrize(
    "url",
    [
        "https://marked:marked/word@host.invalid/x.git",
        "https://marked:marked?word@host.invalid/x.git",
        "https://marked@host.invalid:port/x.git",
        "https://host.invalid/x.git?token=marked",
        "https://user:marked%0Aword@host.invalid/x.git",
        "https://user:marked@[::1/x.git",
        "ssh://marked:marked@127.0.0.1:9/x.git",
        "foo::https://user:marked@host.invalid/x.git",
        "ftp://user:marked@127.0.0.1:9/x.git",
    ],
)
def test_a_url_that_is_none_is_an_error_that_shows_nothing(project, url):
    for attempt in (
        lambda: project.repository.remote_refs(url),
        lambda: project.repository.tag_on_remote(url, "v1", "HEAD", "One"),
    ):
        with pytest.raises(MinionError) as caught:
            attempt()
        assert "marked" not in str(caught.value)


def test_what_a_remote_says_cannot_paint_the_terminal(project, origin):
    hook = origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf 'no \\033[2J\\033]0;x\\007\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitError) as caught:
        project.repository.tag_on_remote(str(origin), "v1", "HEAD", "One")
    assert str(caught.value).isprintable()
