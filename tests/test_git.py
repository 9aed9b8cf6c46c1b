"""minion.git on real repositories, remotes over a path and over loopback HTTP."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gits import TOKEN, GitServer, Project, git, install_hook, isolate, record_arguments

from minion.errors import CommitNotFound, GitError
from minion.git import (
    EMPTY_TREE,
    AccessDenied,
    NonFastForward,
    PushDeclined,
    PushLost,
    RefMoved,
    Repository,
)
from minion.git.addresses import ALIAS
from minion.git.lines import Lines
from minion.git.records import Change, Commit


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    return isolate(tmp_path, monkeypatch)


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "a project")


@pytest.fixture
def origin(tmp_path, project) -> Path:
    """A bare repository that `project` knows as origin."""
    path = tmp_path / "origin.git"
    git(tmp_path, "init", "-q", "--bare", str(path))
    git(project.root, "remote", "add", "origin", str(path))
    return path


# --- opening ---


def test_open_finds_the_top_from_a_subfolder(project):
    project.commit_files("One.", {"shop/models.py": "x"})
    repository = Repository.open(project.root / "shop")
    assert repository.root == project.root.resolve()
    assert repository.git_dir == project.root.resolve() / ".git"


def test_open_takes_a_dollar_in_the_path_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/nowhere")
    project = Project(tmp_path / "$HOME is ~ here")
    assert project.repository.root == project.root


def test_open_refuses_what_is_no_repository(tmp_path):
    (tmp_path / "plain").mkdir()
    with pytest.raises(GitError, match="not a git repository"):
        Repository.open(tmp_path / "plain")
    with pytest.raises(GitError, match="no such folder"):
        Repository.open(tmp_path / "absent")


def test_open_refuses_a_bare_repository(tmp_path):
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    with pytest.raises(GitError, match="bare repository"):
        Repository.open(tmp_path / "bare.git")


def test_open_says_so_when_git_is_missing(project):
    code = (
        "import sys; from minion.git import Repository; from minion.errors import GitError\n"
        "try: Repository.open(sys.argv[1])\n"
        "except GitError as error: print('refused:', error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project.root)],
        env={"PATH": "/nonexistent", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("refused: git is not usable here"), done.stderr


def test_open_refuses_a_git_that_does_not_know_settings_by_variables(
    project, tmp_path, monkeypatch
):
    """git 2.30 repeats an option of ``rev-parse`` that it does not know."""
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    real = shutil.which("git")
    old.write_text(
        f'#!/bin/sh\n[ "$1" = rev-parse ] || exec {real} "$@"\nprintf \'%s\\n.git\\n\' "$2"\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(GitError, match=r"git 2\.31 or newer is needed"):
        Repository.open(project.root)


def test_importing_the_package_does_not_import_gitpython():
    code = "import sys, minion.git; print('git' in sys.modules)"
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_hooks_environment_does_not_point_elsewhere(project, tmp_path, monkeypatch):
    sha = project.commit(a="1")
    other = Project(tmp_path / "other")
    other.commit(b="2")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    repository = project.repository
    assert repository.resolve("HEAD") == sha
    assert repository.dirty_paths() == []


def test_a_worktree_shares_the_git_folder(project, tmp_path):
    sha = project.commit(a="1")
    git(project.root, "worktree", "add", "-q", "-b", "side", str(tmp_path / "tree"))
    repository = Repository.open(tmp_path / "tree")
    assert repository.root == (tmp_path / "tree").resolve()
    assert repository.git_dir == project.root.resolve() / ".git"
    assert repository.current_branch() == "side"
    assert repository.resolve("master") == sha


# --- names and commits ---


def test_an_unborn_branch_has_a_name_and_no_commit(project):
    repository = project.repository
    assert repository.current_branch() == "master"
    assert not repository.dirty_paths()
    with pytest.raises(CommitNotFound, match="no commit yet"):
        repository.resolve("HEAD")


def test_a_detached_head_has_no_branch(project):
    sha = project.commit(a="1")
    git(project.root, "checkout", "-q", "--detach")
    assert project.repository.current_branch() is None
    assert project.repository.resolve("HEAD") == sha


def test_resolve_names_the_choices(project):
    project.commit(a="1")
    git(project.root, "branch", "develop")
    with pytest.raises(CommitNotFound, match=r"did you mean 'develop'.*develop, master"):
        project.repository.resolve("develpo")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "--help",
        "--all",
        "$(touch hacked)",
        "a b",
        "a\nb",
        "a\0b",
        "HEAD..HEAD",
        "ä" * 300,
    ],
)
def test_odd_names_are_data(project, name):
    project.commit(a="1")
    with pytest.raises(CommitNotFound):
        project.repository.branch_commit(name, "origin")
    assert sorted(p.name for p in project.root.iterdir()) == [".git", "a"]


def test_a_branch_with_a_leading_dash_is_found(project):
    sha = project.commit(a="1")
    git(project.root, "update-ref", "refs/heads/--force", sha)
    assert project.repository.branch_commit("--force", "origin") == sha


def test_a_branch_comes_before_a_tag_and_the_local_one_before_the_remote_one(project):
    first = project.commit(a="1")
    second = project.commit(a="2")
    third = project.commit(a="3")
    git(project.root, "tag", "dev", first)
    git(project.root, "update-ref", "refs/remotes/origin/dev", second)
    repository = project.repository
    assert repository.branch_commit("dev", "origin") == second
    git(project.root, "branch", "dev", third)
    assert repository.branch_commit("dev", "origin") == third
    assert repository.branch_commit(first[:10], "origin") == first


def test_an_annotated_tag_resolves_to_its_commit(project):
    sha = project.commit(a="1")
    git(project.root, "tag", "-a", "v1", "-m", "One")
    assert project.repository.resolve("v1") == sha


def test_has_commit_knows_commits_only(project):
    sha = project.commit(a="1")
    repository = project.repository
    assert repository.has_commit(sha)
    assert not repository.has_commit("1" * 40)
    assert not repository.has_commit(git(project.root, "rev-parse", "HEAD:a"))


def test_is_ancestor(project):
    first = project.commit(a="1")
    second = project.commit(a="2")
    repository = project.repository
    assert repository.is_ancestor(first, second)
    assert repository.is_ancestor(first, first)
    assert not repository.is_ancestor(second, first)
    with pytest.raises(CommitNotFound):
        repository.is_ancestor("1" * 40, second)


def test_merge_base_is_where_two_branches_parted(project):
    first = project.commit(a="1")
    git(project.root, "checkout", "-q", "-b", "other")
    other = project.commit(b="1")
    git(project.root, "checkout", "-q", "master")
    master = project.commit(c="1")
    git(project.root, "checkout", "-q", "--orphan", "alone")
    alone = project.commit(d="1")
    assert project.repository.merge_base(master, other) == first
    assert project.repository.merge_base(first, other) == first
    assert project.repository.merge_base(master, alone) is None
    with pytest.raises(CommitNotFound):
        project.repository.merge_base(master, "nothing")


def test_local_refs_name_commits(project):
    sha = project.commit(a="1")
    git(project.root, "tag", "-a", "uat-v1", "-m", "One")
    git(project.root, "tag", "light")
    git(project.root, "branch", "topic/x")
    repository = project.repository
    assert repository.local_refs("refs/tags/") == {"refs/tags/light": sha, "refs/tags/uat-v1": sha}
    assert repository.branches() == ["master", "topic/x"]
    assert repository.local_refs("refs/nothing/") == {}


# --- changes, log, files ---


def test_changes_show_a_rename_as_two_paths(project):
    first = project.commit_files("One.", {"old.py": "same\n" * 50, "kept": "1", "gone": "2"})
    git(project.root, "mv", "old.py", "new.py")
    second = project.commit_files("Two.", {"kept": "3", "gone": None})
    assert project.repository.changes(first, second) == [
        Change("gone", "D"),
        Change("kept", "M"),
        Change("new.py", "A"),
        Change("old.py", "D"),
    ]


def test_changes_ignore_the_operators_diff_settings(project):
    first = project.commit_files("One.", {"old.py": "same\n" * 50, "b": "1"})
    git(project.root, "mv", "old.py", "new.py")
    second = project.commit_files("Two.", {"b": "2"})
    for setting in (
        *("diff.renames=copies", "diff.external=false", "diff.noprefix=true"),
        *("color.ui=always", "log.showSignature=true", "core.quotePath=true"),
    ):
        git(project.root, "config", *setting.split("="))
    changed = project.repository.changes(first, second)
    assert [change.path for change in changed] == ["b", "new.py", "old.py"]
    assert project.repository.log(first, second) == [Commit(second, "Two.")]


def test_changes_from_nothing_are_all_files(project):
    sha = project.commit_files("One.", {"b/c": "1", "a": "2"})
    assert project.repository.changes(EMPTY_TREE, sha) == [Change("a", "A"), Change("b/c", "A")]
    assert project.repository.log(EMPTY_TREE, sha) == [Commit(sha, "One.")]


ODD_NAMES = [
    "a blank.css",
    "-rf",
    "--output=x",
    "quote\"and'.py",
    "new\nline.py",
    "tab\tname",
    "schön/日本.json",
    "glob*[a].txt",
    ":(top)magic",
    os.fsdecode(b"latin-\xe4.png"),
    "$(id)",
    "back\\slash",
]


def test_odd_file_names_come_out_as_they_are(project):
    first = project.commit(start="1")
    second = project.commit_files(
        "Two.", {name: f"content of {i}" for i, name in enumerate(ODD_NAMES)}
    )
    repository = project.repository
    assert sorted(c.path for c in repository.changes(first, second)) == sorted(ODD_NAMES)
    assert sorted(repository.paths(second)) == sorted([*ODD_NAMES, "start"])
    for i, name in enumerate(ODD_NAMES):
        assert repository.read(second, name) == f"content of {i}".encode()
        assert repository.paths(second, name) == [name]
        assert repository.read(first, name) is None
    contents = repository.read_all(second, lambda path: path in ODD_NAMES)
    assert contents == {name: f"content of {i}".encode() for i, name in enumerate(ODD_NAMES)}
    assert repository.read_all(second, lambda path: False) == {}


def test_odd_names_that_are_dirty_or_untracked(project):
    project.commit_files("One.", dict.fromkeys(ODD_NAMES, "1"))
    repository = project.repository
    assert not repository.dirty_paths()
    for name in ODD_NAMES:
        (project.root / name).write_text("2")
    (project.root / "new one\n").write_text("x")
    assert sorted(repository.dirty_paths()) == sorted(ODD_NAMES)
    assert repository.untracked_paths() == ["new one\n"]
    assert repository.dirty_paths()


def test_an_untracked_file_is_not_dirt_and_a_staged_rename_is(project):
    project.commit_files("One.", {"old": "1" * 100})
    (project.root / "new").write_text("x")
    repository = project.repository
    assert not repository.dirty_paths()
    (project.root / "new").unlink()
    git(project.root, "mv", "old", "new")
    assert sorted(repository.dirty_paths()) == ["new", "old"]


@pytest.mark.parametrize(
    "subject",
    [
        "Fix for 1397.",
        "ünïcode ✓ 'quotes' \"too\"",
        "# no comment",
        "-m leading",
        "a\tb",
        "%H %s %x00",
    ],
)
def test_log_keeps_odd_subjects(project, subject):
    first = project.commit(a="1")
    second = project.commit(subject + "\n\nand a body\nof lines", a="2")
    assert project.repository.log(first, second) == [Commit(second, subject)]


def test_log_is_newest_first_limited_and_keeps_bytes_that_are_no_utf8(project):
    first = project.commit(a="1")
    tree = git(project.root, "rev-parse", "HEAD^{tree}")
    second = (
        subprocess.run(
            ["git", "commit-tree", tree, "-p", first],
            input=b"caf\xe9",
            cwd=project.root,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    git(project.root, "reset", "-q", "--hard", second)
    third = project.commit("Third.", a="3")
    repository = project.repository
    log = repository.log(first, third)
    assert [commit.sha for commit in log] == [third, second]
    assert log[1].subject.startswith("caf")
    assert repository.log(first, third, limit=1) == [Commit(third, "Third.")]
    assert repository.log(third, first) == []


def test_log_and_changes_over_a_merge(project):
    base = project.commit(a="1")
    git(project.root, "checkout", "-q", "-b", "side")
    side = project.commit_files("Side.", {"side.py": "1"})
    git(project.root, "checkout", "-q", "master")
    main = project.commit_files("Main.", {"main.py": "1"})
    git(project.root, "merge", "-q", "--no-ff", "-m", "Merge side.", "side")
    repository = project.repository
    merge = repository.resolve("master")
    assert {c.sha for c in repository.log(base, merge)} == {merge, side, main}
    assert [c.path for c in repository.changes(base, merge)] == ["main.py", "side.py"]
    assert [c.path for c in repository.changes(main, merge)] == ["side.py"]


def test_a_submodule_is_one_path_and_no_file(project, tmp_path):
    library = Project(tmp_path / "library")
    library.commit_files("One.", {"models.py": "1", "static/a.css": "2"})
    first = project.commit(a="1")
    git(project.root, "submodule", "--quiet", "add", str(library.root), "lib")
    second = project.commit("Add lib.")
    moved = library.commit_files("Two.", {"models.py": "2"})
    git(project.root / "lib", "fetch", "-q")
    git(project.root / "lib", "checkout", "-q", moved)
    third = project.commit("Move lib.")
    repository = project.repository
    assert repository.changes(first, second) == [Change(".gitmodules", "A"), Change("lib", "A")]
    assert repository.changes(second, third) == [Change("lib", "M")]
    assert repository.paths(third) == [".gitmodules", "a"]
    assert repository.read(third, "lib") is None
    assert repository.read(third, "lib/models.py") is None
    (project.root / "lib" / "models.py").write_text("dirty inside")
    assert not repository.dirty_paths()


def test_read_and_paths_tell_a_missing_file_from_a_missing_commit(project):
    sha = project.commit_files("One.", {"shop/a.py": "1", "shop/b.bin": "x"})
    (project.root / "shop/raw").write_bytes(b"\x00\xff\n\n")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "Raw.")
    repository = project.repository
    assert repository.read("HEAD", "shop/raw") == b"\x00\xff\n\n"
    assert repository.read(sha, "shop") is None
    assert repository.paths(sha, "shop") == ["shop/a.py", "shop/b.bin"]
    assert repository.paths(sha, "absent") == []
    for call in (
        lambda: repository.read("1" * 40, "a"),
        lambda: repository.paths("1" * 40),
        lambda: repository.changes("1" * 40, sha),
        lambda: repository.log("1" * 40, sha),
        lambda: repository.tag("v1", "1" * 40, "One"),
    ):
        with pytest.raises(CommitNotFound):
            call()


def test_paths_are_the_repositorys_also_from_a_subfolder(project):
    sha = project.commit_files("One.", {"shop/a.py": "1", "b": "2"})
    assert Repository.open(project.root / "shop").paths(sha) == ["b", "shop/a.py"]


# --- remotes ---


def test_a_shallow_clone_is_known_as_such(project, tmp_path):
    project.commit(a="1")
    project.commit(a="2")
    git(tmp_path, "clone", "-q", "--depth=1", project.root.as_uri(), "shallow")
    assert Repository.open(tmp_path / "shallow").is_shallow()
    assert not project.repository.is_shallow()


def test_a_missing_base_is_there_after_one_fetch(project, origin, tmp_path):
    first = project.commit(a="1")
    git(project.root, "push", "-q", "origin", "master")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    second = project.commit_files("Two.", {"b": "2"})
    git(project.root, "push", "-q", "origin", "master")
    clone = Repository.open(tmp_path / "clone")
    with pytest.raises(CommitNotFound):
        clone.changes(first, second)
    clone.fetch("origin")
    assert clone.changes(first, second) == [Change("b", "A")]


def test_fetch_brings_commits_and_moves_no_ref(project, origin, tmp_path):
    project.commit(a="1")
    git(project.root, "push", "-q", "origin", "master")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    git(project.root, "commit", "-q", "--amend", "-m", "Rewritten.")
    git(project.root, "push", "-q", "--force", "origin", "master")
    rewritten = git(project.root, "rev-parse", "HEAD")
    clone = Repository.open(tmp_path / "clone")
    before = git(clone.root, "for-each-ref")
    clone.fetch("origin", rewritten)
    assert clone.has_commit(rewritten)
    new = project.commit(a="2")
    git(project.root, "push", "-q", "origin", "master:refs/heads/new", "HEAD:refs/tags/t")
    clone.fetch("origin")
    assert clone.has_commit(new)
    assert git(clone.root, "for-each-ref") == before


def test_fetch_from_nowhere_is_an_error_without_the_password(project):
    project.commit(a="1")
    with pytest.raises(GitError) as caught:
        project.repository.fetch("http://ann:hidden-word@127.0.0.1:9/x.git")
    assert "127.0.0.1:9" in str(caught.value)
    assert "hidden-word" not in str(caught.value)
    with pytest.raises(GitError):
        project.repository.fetch("--upload-pack=touch hacked")
    assert not (project.root / "hacked").exists()


def test_remote_refs(project, origin):
    sha = project.commit(a="1")
    git(project.root, "push", "-q", "origin", "master", "master:refs/heads/x/master")
    git(project.root, "tag", "-a", "v1", "-m", "One")
    git(project.root, "push", "-q", "origin", "v1")
    repository = project.repository
    assert repository.remote_refs("origin", "refs/heads/master") == {"refs/heads/master": sha}
    assert repository.remote_refs(str(origin), "refs/heads/*") == {
        "refs/heads/master": sha,
        "refs/heads/x/master": sha,
    }
    assert repository.remote_refs("origin", "refs/tags/v1")["refs/tags/v1^{}"] == sha
    assert repository.remote_refs("origin", "refs/heads/none") == {}


def test_push_moves_the_ref_to_exactly_that_commit(project, origin):
    first = project.commit(a="1")
    project.commit(a="2")
    lines: list[str] = []
    project.repository.push(str(origin), first, "refs/heads/master", on_output=lines.append)
    assert git(origin, "rev-parse", "refs/heads/master") == first
    assert any(line.startswith("Writing objects") for line in lines)


def test_a_push_tells_whether_there_was_anything_to_send(project, origin):
    sha = project.commit(a="1")
    assert project.repository.push(str(origin), sha, "refs/heads/master") is True
    assert project.repository.push(str(origin), sha, "refs/heads/master") is False


def test_push_brings_no_tags_and_runs_no_hooks(project, origin, tmp_path):
    sha = project.commit(a="1")
    git(project.root, "tag", "-a", "v1", "-m", "One")
    git(project.root, "config", "push.followTags", "true")
    hook = project.root / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/hooked'\nexit 1\n")
    hook.chmod(0o755)
    project.repository.push(str(origin), sha, "refs/heads/master")
    assert git(origin, "for-each-ref", "--format=%(refname)") == "refs/heads/master"
    assert not (tmp_path / "hooked").exists()


def test_push_that_is_no_fast_forward_needs_force(project, origin):
    project.commit(a="1")
    repository = project.repository
    repository.push(str(origin), "HEAD", "refs/heads/master")
    old = repository.resolve("HEAD")
    git(project.root, "commit", "-q", "--amend", "-m", "Rewritten.")
    new = repository.resolve("HEAD")
    with pytest.raises(NonFastForward):
        repository.push(str(origin), new, "refs/heads/master")
    with pytest.raises(NonFastForward):
        repository.push(str(origin), new, "refs/heads/master", lease=old)
    assert git(origin, "rev-parse", "master") == old
    repository.push(str(origin), new, "refs/heads/master", force=True)
    assert git(origin, "rev-parse", "master") == new


def test_push_with_a_lease_notices_somebody_else(project, origin):
    first = project.commit(a="1")
    second = project.commit(a="2")
    third = project.commit(a="3")
    repository = project.repository
    repository.push(str(origin), first, "refs/heads/master", lease="")
    repository.push(str(origin), second, "refs/heads/master", lease=first)
    with pytest.raises(RefMoved):
        repository.push(str(origin), third, "refs/heads/master", lease=first)
    assert git(origin, "rev-parse", "master") == second


def test_a_declined_push_is_a_failed_build_with_its_output(project, origin):
    install_hook(
        origin,
        "echo '-----> Python app detected' >&2\n"
        "printf '10%%\\r20%%\\rdone\\n' >&2\n"
        "echo ' !     Push rejected, failed to compile Python app.' >&2\nexit 1\n",
    )
    sha = project.commit(a="1")
    lines: list[str] = []
    with pytest.raises(PushDeclined, match="pre-receive hook declined"):
        project.repository.push(
            *(str(origin), sha, "refs/heads/master"),
            on_output=lines.append,
            keep_remote_prefix=False,
        )
    assert "-----> Python app detected" in lines
    assert " !     Push rejected, failed to compile Python app." in lines
    assert {"10%\r", "20%\r", "done"} <= set(lines)


def test_output_arrives_while_the_push_runs(project, origin, tmp_path):
    """The hook goes on only after its first line has been seen here."""
    seen = tmp_path / "seen"
    install_hook(
        origin,
        "echo '-----> waiting' >&2\n"
        f"for i in $(seq 200); do [ -e '{seen}' ] && exit 0; sleep 0.05; done\nexit 1\n",
    )
    sha = project.commit(a="1")

    def on_output(line: str) -> None:
        if line == "remote: -----> waiting":
            seen.write_text("yes")

    project.repository.push(str(origin), sha, "refs/heads/master", on_output=on_output)
    assert git(origin, "rev-parse", "master") == sha


def test_a_push_that_takes_too_long_is_lost_and_its_processes_end(project, origin, tmp_path):
    install_hook(origin, f"echo $$ > '{tmp_path}/pid'; sleep 60 & wait\n")
    sha = project.commit(a="1")
    with pytest.raises(PushLost, match="given up after"):
        project.repository.push(str(origin), sha, "refs/heads/master", timeout_s=1.5)
    wait_for_end(int((tmp_path / "pid").read_text()))


def test_a_push_without_a_word_is_lost_once_that_is_said(project, origin, tmp_path):
    """Words end a silence; asked is after each, and git's processes end with the last."""
    install_hook(origin, f"echo $$ > '{tmp_path}/pid'; echo hello >&2; sleep 60 & wait\n")
    sha, said = project.commit(a="1"), []

    def is_lost() -> bool:
        said.append("silent")
        return said.count("silent") >= 3 and "remote: hello" in said

    with pytest.raises(PushLost, match="nothing was heard"):
        project.repository.push(
            *(str(origin), sha, "refs/heads/master"),
            on_output=said.append,
            silence_s=0.2,
            is_lost=is_lost,
        )
    assert said[-1] == "silent"
    wait_for_end(int((tmp_path / "pid").read_text()))


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_callback_that_fails_ends_the_push(project, origin):
    class Stop(Exception):
        pass

    def on_output(line: str) -> None:
        raise Stop

    with pytest.raises(Stop):
        project.repository.push(
            str(origin), project.commit(a="1"), "refs/heads/master", on_output=on_output
        )


def test_a_push_that_cannot_start_is_a_plain_error(project, tmp_path):
    sha = project.commit(a="1")
    for url in (str(tmp_path / "absent.git"), "http://127.0.0.1:9/x.git", "--receive-pack=x"):
        with pytest.raises(GitError) as caught:
            project.repository.push(url, sha, "refs/heads/master")
        assert type(caught.value) is GitError
    with pytest.raises(CommitNotFound):
        project.repository.push(str(project.root), "1" * 40, "refs/heads/x")


# --- tags and locks ---


def test_tag_is_annotated_kept_verbatim_and_repeatable(project):
    first = project.commit(a="1")
    second = project.commit(a="2")
    repository = project.repository
    message = "Release v1\n\n# 1397: fixed\n-x 'quoted' ü"
    repository.tag("uat-v1", first, message)
    repository.tag("uat-v1", first, message)
    assert git(project.root, "cat-file", "-t", "uat-v1") == "tag"
    assert git(project.root, "tag", "-l", "--format=%(contents)", "uat-v1") == message
    assert repository.local_refs("refs/tags/") == {"refs/tags/uat-v1": first}
    with pytest.raises(GitError, match="already"):
        repository.tag("uat-v1", second, message)
    for name in ("-d", "a b", "a..b", ""):
        with pytest.raises(GitError):
            repository.tag(name, first, message)


def test_tag_needs_neither_a_name_nor_a_signature(project, monkeypatch):
    sha = project.commit(a="1")
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text(
        "[user]\n\tuseConfigOnly = true\n[tag]\n\tgpgSign = true\n"
    )
    monkeypatch.delenv("EMAIL", raising=False)
    project.repository.tag("v1", sha, "One")
    assert "heroku-minion@localhost" in git(project.root, "cat-file", "tag", "v1")


def test_a_tag_can_be_made_on_the_remote_alone(project, origin):
    first, second = project.commit("one"), project.commit("two")
    git(project.root, "push", "-q", "origin", "HEAD")
    repository = project.repository
    repository.tag_on_remote("origin", "v1", first, "One\n\n* a  line\n")
    repository.tag_on_remote("origin", "v1", first, "One, again")
    assert repository.remote_refs("origin", "refs/tags/v1")["refs/tags/v1^{}"] == first
    assert git(origin, "tag", "-l", "--format=%(contents)", "v1") == "One\n\n* a  line"
    assert git(origin, "cat-file", "-t", "v1") == "tag"
    assert repository.local_refs("refs/tags/") == {}
    with pytest.raises(RefMoved):
        repository.tag_on_remote("origin", "v1", second, "Two")
    with pytest.raises(GitError):
        repository.tag_on_remote("origin", "v 1", first, "One")


def test_push_tag(project, origin):
    first = project.commit(a="1")
    second = project.commit(a="2")
    repository = project.repository
    repository.tag("v1", first, "One")
    repository.push_tag("origin", "v1")
    repository.push_tag("origin", "v1")
    git(project.root, "tag", "-f", "-a", "v1", "-m", "the same, by somebody else", first)
    repository.push_tag("origin", "v1")
    git(project.root, "tag", "-f", "-a", "v1", "-m", "another commit", second)
    with pytest.raises(RefMoved):
        repository.push_tag("origin", "v1")
    assert git(origin, "rev-parse", "v1^{commit}") == first


LOCK = "refs/minion/locks/my-app"


def test_a_lock_ref_is_created_by_one_only(project, origin, tmp_path):
    project.commit(a="1")
    git(project.root, "push", "-q", "origin", "master")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    ann, bob = project.repository, Repository.open(tmp_path / "clone")
    mine = ann.hash_object(b"Ann\n")
    ann.push_ref_atomically("origin", LOCK, mine, None)
    with pytest.raises(RefMoved):
        bob.push_ref_atomically("origin", LOCK, bob.hash_object(b"Bob\n"), None)
    with pytest.raises(RefMoved):
        ann.push_ref_atomically("origin", LOCK, mine, None)
    assert bob.remote_refs("origin", LOCK) == {LOCK: mine}
    bob.fetch("origin", LOCK)
    assert bob.read_object(mine) == b"Ann\n"
    with pytest.raises(RefMoved):
        bob.delete_ref("origin", LOCK, bob.hash_object(b"Bob\n"))
    ann.delete_ref("origin", LOCK, mine)
    assert ann.remote_refs("origin", LOCK) == {}
    with pytest.raises(RefMoved):
        ann.delete_ref("origin", LOCK, mine)


def test_of_many_at_once_one_gets_the_lock(project, origin):
    project.commit(a="1")
    repository = project.repository
    outcomes: list[object] = []

    def take(number: int) -> None:
        sha = repository.hash_object(f"holder {number}".encode())
        try:
            repository.push_ref_atomically("origin", LOCK, sha, None)
            outcomes.append(sha)
        except GitError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(winners) == 1
    assert outcomes.count(RefMoved) == 3
    assert repository.remote_refs("origin", LOCK) == {LOCK: winners[0]}


# --- over HTTP with a token ---


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    git(tmp_path, "init", "-q", "--bare", str(folder / "my-app.git"))
    server = GitServer(folder)
    yield server
    server.close()


CREDENTIALS = ("heroku", TOKEN)


@pytest.fixture
def argv_log(tmp_path, monkeypatch) -> Path:
    log, variables = record_arguments(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return log


def test_the_token_is_in_no_argument_and_in_no_file(project, server, argv_log, tmp_path):
    sha = project.commit(a="1")
    url = f"{server.url}/my-app.git"
    project.repository.push(url, sha, "refs/heads/master", credentials=CREDENTIALS)
    assert git(server.folder / "my-app.git", "rev-parse", "master") == sha
    log = argv_log.read_text()
    assert "push\n" in log
    assert f"git-remote-http\n{ALIAS}\n{url}" in log
    assert TOKEN not in log
    encoded = base64.b64encode(f"heroku:{TOKEN}".encode()).decode()
    for path in [*project.root.rglob("*"), *tmp_path.glob("*config*")]:
        if path.is_file():
            content = path.read_bytes()
            assert TOKEN.encode() not in content and encoded.encode() not in content
    assert any(encoded in given for given in server.authorizations)
    refs = project.repository.remote_refs(url, "refs/heads/*", credentials=CREDENTIALS)
    assert refs == {"refs/heads/master": sha}
    assert TOKEN not in argv_log.read_text()


def test_a_wrong_token_is_access_denied_and_not_repeated(project, server, monkeypatch):
    lines: list[str] = []
    asked = project.root / "asked"
    helper = project.root / "askpass"
    helper.write_text(f"#!/bin/sh\ntouch '{asked}'\necho other\n")
    helper.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(helper))
    with pytest.raises(AccessDenied) as caught:
        project.repository.push(
            *(f"{server.url}/my-app.git", project.commit(a="1"), "refs/heads/master"),
            credentials=("heroku", "wrong-token"),
            on_output=lines.append,
        )
    assert "wrong-token" not in str(caught.value) + "\n".join(lines)
    with pytest.raises(AccessDenied):
        project.repository.remote_refs(f"{server.url}/my-app.git", credentials=("heroku", "wrong"))
    assert not asked.exists()


def test_the_operators_helpers_see_nothing_and_rewrites_do_not_apply(project, server, tmp_path):
    stolen = tmp_path / "stolen"
    config = Path(os.environ["GIT_CONFIG_GLOBAL"])
    with config.open("a") as file:
        file.write(
            f'[credential]\n\thelper = "!cat >> {stolen}; echo username=x; echo password=y"\n'
            f'[credential "{server.url}"]\n\thelper = "!cat >> {stolen}"\n'
            f'[url "ssh://git@heroku.invalid/"]\n\tinsteadOf = {server.url}/\n'
            f"\tpushInsteadOf = {server.url}/\n"
            "[credential]\n\tuseHttpPath = true\n"
        )
    sha = project.commit(a="1")
    project.repository.push(
        f"{server.url}/my-app.git", sha, "refs/heads/master", credentials=CREDENTIALS
    )
    assert git(server.folder / "my-app.git", "rev-parse", "master") == sha
    assert not stolen.exists()


def test_a_token_that_the_remote_repeats_is_hidden(project, server):
    install_hook(server.folder / "my-app.git", f"echo 'you are {TOKEN}!' >&2\n")
    lines: list[str] = []
    project.repository.push(
        *(f"{server.url}/my-app.git", project.commit(a="1"), "refs/heads/master"),
        credentials=CREDENTIALS,
        on_output=lines.append,
    )
    assert "remote: you are [hidden]!" in lines


def test_what_the_remote_says_to_type_is_shown_whole(project, server):
    """The name that goes with Heroku's token is no secret: it is that of the CLI."""
    told = "heroku config:set DISABLE_COLLECTSTATIC=1"
    install_hook(server.folder / "my-app.git", f"echo '{told}' >&2\n")
    lines: list[str] = []
    project.repository.push(
        *(f"{server.url}/my-app.git", project.commit(a="1"), "refs/heads/master"),
        credentials=CREDENTIALS,
        on_output=lines.append,
    )
    assert f"remote: {told}" in lines


def test_a_declined_build_over_http(project, server):
    install_hook(server.folder / "my-app.git", "echo 'no' >&2\nexit 1\n")
    with pytest.raises(PushDeclined):
        project.repository.push(
            *(f"{server.url}/my-app.git", project.commit(a="1"), "refs/heads/master"),
            credentials=CREDENTIALS,
        )


def test_a_connection_that_breaks_after_the_pack_was_sent_is_a_lost_push(project, server):
    server.breaks_at = "git-receive-pack"
    sha = project.commit(a="1")
    with pytest.raises(PushLost, match="may have been carried out"):
        project.repository.push(
            f"{server.url}/my-app.git", sha, "refs/heads/master", credentials=CREDENTIALS
        )
    assert git(server.folder / "my-app.git", "rev-parse", "master") == sha


def test_a_token_is_not_sent_in_the_clear(project):
    sha = project.commit(a="1")
    for url in (
        "http://git.example.com/my-app.git",
        "git@heroku.com:my-app.git",
        "http://localhost.evil.example/",
    ):
        with pytest.raises(GitError, match="https only"):
            project.repository.push(url, sha, "refs/heads/master", credentials=CREDENTIALS)
    with pytest.raises(GitError, match="malformed") as caught:
        project.repository.push(
            *("https://127.0.0.1:9/x.git", sha, "refs/heads/master"),
            credentials=("heroku", f"{TOKEN}\nhost=other"),
        )
    assert TOKEN not in str(caught.value)


# --- lines ---


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_do_not_depend_on_how_the_bytes_arrive(size):
    raw = (
        "remote: ü\r\nremote: 10%\rremote: 20%\x1b[K\nremote: \nremote:   !  x     \nlast".encode()
    )
    lines: list[str] = []
    stream = Lines(lines.append, keep_prefix=False)
    for start in range(0, len(raw), size):
        stream.feed(raw[start : start + size])
    stream.finish()
    assert lines == ["ü", "10%\r", "20%", "", "  !  x", "last"]
