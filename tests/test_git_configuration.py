"""What people have in git: none of it breaks a deployment, or sends more than was confirmed.

Each case is put into an operator's configuration or environment; then all that
minion does with git is done: code is pushed to Heroku, a tag and a lock to origin.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from gits import TOKEN, GitServer, Project, git, install_hook, isolate

from minion.engine.lock import Locks
from minion.errors import GitError
from minion.git import EMPTY_TREE, Repository
from minion.git.records import Change, Commit

CREDENTIALS = ("heroku", TOKEN)
LEAKED = "AUTHORIZATION: basic somebody-elses"


@dataclass
class Place:
    """A project, its origin (a path) and its app (over HTTP), and an operator's git."""

    project: Project
    origin: Path
    server: GitServer
    config: Path
    first: str
    second: str

    @property
    def url(self) -> str:
        return f"{self.server.url}/my-app.git"

    def configure(self, text: str) -> None:
        with self.config.open("a") as file:
            file.write(text.format(here=self.config.parent, url=self.url, server=self.server.url))

    def script(self, name: str, body: str) -> Path:
        path = self.config.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    @property
    def ran(self) -> Path:
        """The file that each program of the operator's makes, should it be run."""
        return self.config.parent / "ran"


@pytest.fixture
def place(tmp_path, monkeypatch):
    config = isolate(tmp_path, monkeypatch)
    library = Project(tmp_path / "library")
    library.commit_files("Library.", {"a": "1"})
    project = Project(tmp_path / "a project")
    origin = tmp_path / "an origin.git"
    git(tmp_path, "init", "-q", "--bare", str(origin))
    git(project.root, "remote", "add", "origin", str(origin))
    first = project.commit_files("One.", {"old.py": "same\n" * 50, "b": "1"})
    git(project.root, "submodule", "--quiet", "add", str(library.root), "lib")
    inner = Project.__new__(Project)
    inner.root = project.root / "lib"
    inner.commit_files("Only here.", {"a": "2"})
    git(project.root, "mv", "old.py", "bücher.py")
    second = project.commit_files("Two.", {"b": "2"})
    git(project.root, "tag", "-a", "reachable", "-m", "Not to be pushed")
    git(tmp_path, "init", "-q", "--bare", str(tmp_path / "served" / "my-app.git"))
    server = GitServer(tmp_path / "served")
    made = Place(project, origin, server, config, first, second)
    for program in ("hook", "askpass", "helper", "watcher", "pager", "gpg", "differ"):
        made.script(program, f"echo {program} >> '{made.ran}'; exit 1")
    for hook in ("pre-push", "reference-transaction", "post-index-change", "pre-auto-gc"):
        # What is a hook of theirs for the project is one for an origin on this machine too.
        is_bare = '[ "$(git rev-parse --is-bare-repository)" = true ]'
        made.script(f"hooks/{hook}", f"{is_bare} && exit 0; echo {hook} >> '{made.ran}'; exit 1")
    yield made
    server.close()


def everything(place: Place) -> None:
    """All that minion asks of git, and that each of it did what it is to do and no more."""
    before = plain_git(place.project.root, "for-each-ref")
    repository = Repository.open(place.project.root)
    assert repository.dirty_paths() == []
    (place.project.root / "b").write_text("3")
    (place.project.root / "new").write_text("x")
    assert repository.dirty_paths() == ["b"]
    assert repository.untracked_paths() == ["new"]
    (place.project.root / "b").write_text("2")
    (place.project.root / "new").unlink()
    assert set(repository.changes(place.first, place.second)) == {
        *(Change(path, "A") for path in (".gitmodules", "bücher.py", "lib")),
        *(Change("b", "M"), Change("old.py", "D")),
    }
    assert repository.log(place.first, place.second) == [Commit(place.second, "Two.")]
    assert repository.read(place.second, "b") == b"2"

    lines: list[str] = []
    assert repository.remote_refs(place.url, "refs/heads/*", credentials=CREDENTIALS) == {}
    repository.push(
        *(place.url, place.second, "refs/heads/master"),
        credentials=CREDENTIALS,
        keep_remote_prefix=False,
        on_output=lines.append,
    )
    assert {"error: looks like one", "-----> Launching..."} <= set(lines)
    assert refs_in(place.server.folder / "my-app.git") == ["refs/heads/master"]
    assert not [h for h in place.server.headers if "somebody-elses" in str(h)]

    repository.tag("v1", place.second, "One")
    assert "PGP" not in plain_git(place.project.root, "cat-file", "tag", "v1")
    repository.push_tag("origin", "v1")
    repository.tag_on_remote("origin", "v2", place.second, "Two")
    locks = Locks(repository, "origin")
    lock = locks.take("uat", "deploy", plan=None, minutes=5)
    assert refs_in(place.origin) == ["refs/minion/locks/uat", "refs/tags/v1", "refs/tags/v2"]
    assert locks.holders() == {"uat": lock.holder}
    lock.release()
    repository.fetch("origin")
    assert repository.remote_refs("origin", "refs/heads/*") == {}
    assert refs_in(place.origin) == ["refs/tags/v1", "refs/tags/v2"]

    plain_git(place.project.root, "tag", "-d", "v1")
    assert plain_git(place.project.root, "for-each-ref") == before
    assert not place.ran.exists(), place.ran.read_text()


def refs_in(bare: Path) -> list[str]:
    return plain_git(bare, "for-each-ref", "--format=%(refname)").split()


def plain_git(folder: Path, *argv: str) -> str:
    """What git says to somebody who has configured and exported nothing."""
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", *argv], cwd=folder, env=env, check=True, capture_output=True, text=True
    ).stdout.strip()


#: A build that says something, and nothing for a while.
BUILD = "echo 'error: looks like one' >&2; sleep {pause}; echo '-----> Launching...' >&2\n"

#: Those that do not get in one another's way stand together, for the time that each takes.
CONFIGURATIONS = {
    "nothing": "",
    "more is pushed": "[push]\n pushOption = ci.skip\n followTags = true\n negotiate = true\n"
    " recurseSubmodules = on-demand\n default = nothing\n useForceIfIncludes = true\n"
    "[remote]\n pushDefault = elsewhere\n",
    "submodules": "[push]\n recurseSubmodules = check\n[submodule]\n recurse = true\n"
    "[fetch]\n recurseSubmodules = true\n",
    "signatures": "[push]\n gpgSign = true\n[tag]\n gpgSign = true\n forceSignAnnotated = true\n"
    "[commit]\n gpgSign = true\n[log]\n showSignature = true\n[gpg]\n program = {here}/gpg\n",
    "Heroku by ssh": '[url "git@heroku.invalid:"]\n insteadOf = {server}/\n'
    " pushInsteadOf = {server}/\n",
    "exactly the URL": '[url "/nowhere"]\n insteadOf = {url}\n pushInsteadOf = {url}\n',
    "programs": "[core]\n hooksPath = {here}/hooks\n fsmonitor = {here}/watcher\n"
    " pager = {here}/pager\n editor = {here}/pager\n askPass = {here}/askpass\n"
    "[credential]\n helper = {here}/helper\n[diff]\n external = {here}/differ\n"
    "[pager]\n log = true\n push = true\n ls-remote = true\n status = true\n"
    "[gc]\n auto = 1\n autoDetach = false\n[maintenance]\n auto = true\n",
    "for the host of Heroku": '[credential "{server}"]\n helper = {here}/helper\n username = bob\n'
    f'[http "{{server}}/"]\n extraHeader = {LEAKED}\n followRedirects = true\n'
    '[protocol "http"]\n allow = never\n',
    "for the app": f'[http "{{url}}"]\n extraHeader = {LEAKED}\n',
    "for every host": f"[http]\n extraHeader = {LEAKED}\n lowSpeedLimit = 100000\n"
    " lowSpeedTime = 1\n emptyAuth = true\n postBuffer = 1\n[protocol]\n allow = never\n"
    ' version = 0\n[protocol "file"]\n allow = always\n',
    "what is shown": "[core]\n quotePath = true\n abbrev = 4\n[color]\n ui = always\n"
    " push = always\n remote = always\n status = always\n diff = always\n transport = always\n"
    " advice = always\n[log]\n follow = true\n decorate = full\n abbrevCommit = true\n"
    "[format]\n pretty = oneline\n[diff]\n noprefix = true\n renames = copies\n"
    " mnemonicPrefix = true\n ignoreSubmodules = all\n relative = true\n"
    "[status]\n showUntrackedFiles = no\n short = true\n branch = true\n showStash = true\n"
    " relativePaths = true\n renames = copies\n"
    "[i18n]\n logOutputEncoding = ISO-8859-1\n commitEncoding = ISO-8859-1\n",
    "what is kept": "[fetch]\n prune = true\n pruneTags = true\n all = true\n"
    "[transfer]\n fsckObjects = true\n credentialsInUrl = die\n[pack]\n packSizeLimit = 1m\n"
    "[status]\n showUntrackedFiles = all\n[trace2]\n normalTarget = {here}/trace\n",
    "included": '[includeIf "gitdir/i:**"]\n path = {here}/included\n',
}


@pytest.mark.parametrize("text", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_no_configuration_of_the_operator_matters(place, text):
    app = place.server.folder / "my-app.git"
    git(app, "config", "receive.advertisePushOptions", "true")
    git(app, "config", "receive.certNonceSeed", "seed")
    pause = 2 if "lowSpeed" in text else 0
    install_hook(
        app, '[ "${GIT_PUSH_OPTION_COUNT:-0}" = 0 ] || exit 1\n' + BUILD.format(pause=pause)
    )
    (place.config.parent / "included").write_text(
        f"[push]\n followTags = true\n[http]\n extraHeader = {LEAKED}\n"
    )
    place.configure(text)
    everything(place)


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_DIR": ".git", "GIT_PREFIX": "sub/", "GIT_REFLOG_ACTION": "commit"},
        {"GIT_WORK_TREE": "{other}", "GIT_INDEX_FILE": "{other}/.git/index"},
        {
            "GIT_DIR": "{other}/.git",
            "GIT_WORK_TREE": "{other}",
            "GIT_COMMON_DIR": "{other}/.git",
            "GIT_OBJECT_DIRECTORY": "{other}/.git/objects",
            "GIT_NAMESPACE": "elsewhere",
            "GIT_QUARANTINE_PATH": "{other}",
        },
        {
            "GIT_GLOB_PATHSPECS": "1",
            "GIT_ICASE_PATHSPECS": "1",
            "GIT_LITERAL_PATHSPECS": "0",
            "GIT_CONFIG": "/dev/null",
            "GIT_OPTIONAL_LOCKS": "1",
            "GIT_TERMINAL_PROMPT": "1",
            "GIT_EXTERNAL_DIFF": "{here}/differ",
            "GIT_PAGER": "{here}/pager",
            "GIT_ASKPASS": "{here}/askpass",
            "SSH_ASKPASS": "{here}/askpass",
            "DISPLAY": ":9",
            "LC_ALL": "de_DE.UTF-8",
            "LANG": "de_DE.UTF-8",
            "LANGUAGE": "de",
        },
        {
            "GIT_CONFIG_PARAMETERS": "'push.pushoption=ci.skip' 'push.followTags=true'",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": LEAKED,
        },
        {
            "GIT_HTTP_LOW_SPEED_LIMIT": "100000",
            "GIT_HTTP_LOW_SPEED_TIME": "1",
            "GIT_TRACE": "1",
            "GIT_TRACE_CURL": "1",
            "GIT_ALLOW_PROTOCOL": "file",
        },
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_no_variable_of_the_operator_matters(place, variables, tmp_path, monkeypatch):
    other = Project(tmp_path / "other")
    other.commit(z="26")
    pause = 2 if "GIT_HTTP_LOW_SPEED_TIME" in variables else 0
    install_hook(place.server.folder / "my-app.git", BUILD.format(pause=pause))
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(other=other.root, here=tmp_path))
    repository = Repository.open(place.project.root)
    assert repository.git_dir == place.project.root / ".git"
    everything(place)


def test_a_repository_of_somebody_else_is_one_line_with_what_to_type(place, monkeypatch):
    repository = Repository.open(place.project.root)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError) as caught:
        Repository.open(place.project.root)
    assert "dubious ownership" in str(caught.value)
    advice = "; type: git config --global --add safe.directory '{}'"
    assert str(caught.value).endswith(advice.format(place.project.root))
    place.configure(f"[safe]\n directory = {place.project.root}\n")
    with pytest.raises(GitError) as caught:
        repository.remote_refs("origin")
    assert str(caught.value).endswith(advice.format(place.origin))


def test_a_git_folder_that_cannot_be_written_is_one_line(place):
    repository = Repository.open(place.project.root)
    sha = subprocess.run(
        ["git", "hash-object", "--stdin"], input=b"x", check=True, capture_output=True
    ).stdout.decode()
    (place.project.root / ".git" / "objects" / sha[:2]).write_text("no folder")
    with pytest.raises(
        GitError, match="git hash-object: unable to create temporary file"
    ) as caught:
        repository.hash_object(b"x")
    assert str(caught.value).isprintable()


def test_names_of_64_digits_are_names(tmp_path, monkeypatch):
    """As in a repository that was made for SHA-256; Heroku's are not."""
    isolate(tmp_path, monkeypatch)
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    project = Project(tmp_path / "long")
    first, second = project.commit(a="1"), project.commit(a="2", b="1")
    git(tmp_path, "init", "-q", "--bare", "long.git")
    repository = project.repository
    assert repository.changes(EMPTY_TREE, first) == [Change("a", "A")]
    assert repository.changes(first, second) == [Change("a", "M"), Change("b", "A")]
    assert [one.sha for one in repository.log(EMPTY_TREE, second)] == [second, first]
    repository.tag_on_remote("../long.git", "v1", second, "One")
    lock = Locks(repository, "../long.git").take("uat", "deploy", plan=None, minutes=5)
    assert Locks(repository, "../long.git").holder("uat") == lock.holder
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha1")
    other = Project(tmp_path / "short")
    other.commit(a="1")
    for bare in ("short", "empty.git"):
        git(tmp_path, "init", "-q", *(["--bare"] if bare == "empty.git" else []), bare)
        with pytest.raises(GitError, match="SHA-256") as caught:
            repository.push(str(tmp_path / bare), second, "refs/heads/x")
        assert type(caught.value) is GitError
