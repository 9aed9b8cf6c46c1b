"""What a repository holds: commits, changes between them, and files at them. Only reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from minion.errors import CommitNotFound, GitError
from minion.git.command import Git
from minion.git.records import Change, Commit

#: Stands for "nothing yet" as the older side of a comparison (git knows it unasked).
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_FULL_SHA = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


class History:
    """The commits of a repository.

    Where a method takes a commit, a full SHA costs nothing more and any other
    name is resolved first. Paths are text relative to `root`, ``/`` between.
    """

    def __init__(self, git: Git, root: Path, git_dir: Path) -> None:
        self._git = git
        self.root = root
        #: The folder that all worktrees of the repository share.
        self.git_dir = git_dir

    def is_shallow(self) -> bool:
        """Whether the history is cut off (``clone --depth``), so that ancestry proves nothing."""
        return self._git.must("rev-parse", "--is-shallow-repository").line == "true"

    def resolve(self, ref: str) -> str:
        """The full SHA of the commit that `ref` (branch, tag, SHA, ``HEAD~2``) names.

        Raises:
            CommitNotFound: there is none; the message names branches to choose from.
        """
        sha = self._find(ref)
        if sha is None:
            raise CommitNotFound(f"{ref!r} is no commit in {self.root}{self._choices(ref)}")
        return sha

    def tree(self, commit: str) -> str:
        """The full SHA of the commit's tree, which says all that its files do."""
        return self._git.must("rev-parse", "--verify", f"{self._commit(commit)}^{{tree}}").line

    def branch_commit(self, branch: str, remote: str) -> str:
        """The full SHA that a deployment of `branch` means.

        The local branch comes first, then the one that `remote` had at the
        last fetch, then whatever else the name stands for (a tag, a SHA).

        Raises:
            CommitNotFound: none of these exists.
        """
        for ref in (f"refs/heads/{branch}", f"refs/remotes/{remote}/{branch}"):
            sha = self._find(ref)
            if sha:
                return sha
        return self.resolve(branch)

    def branches(self) -> list[str]:
        """The names of the local branches."""
        return [ref[len("refs/heads/") :] for ref in self.local_refs("refs/heads/")]

    def local_refs(self, prefix: str) -> dict[str, str]:
        """Ref -> commit for the refs of this repository below `prefix` (``refs/tags/``).

        An annotated tag stands for its commit.
        """
        answer = self._git.must("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)")
        refs = (line.split(" ") for line in answer.line.split("\n") if line)
        return {name: peeled or sha for name, sha, peeled in refs if name.startswith(prefix)}

    def has_commit(self, sha: str) -> bool:
        """Whether the commit is in this repository."""
        return self._find(sha) is not None

    def is_ancestor(self, a: str, b: str) -> bool:
        """Whether `b` contains `a` (or is it). In a shallow clone False may mean: not known.

        Raises:
            CommitNotFound: one of them is not here.
        """
        argv = ("merge-base", "--is-ancestor", self._commit(a), self._commit(b))
        answer = self._git.run(*argv)
        if answer.status > 1:
            raise self._failed(argv, answer.complaint, a, b)
        return answer.status == 0

    def merge_base(self, a: str, b: str) -> str | None:
        """The newest commit that both contain; None where there is none, or it is cut off.

        Raises:
            CommitNotFound: one of them is not here.
        """
        argv = ("merge-base", self._commit(a), self._commit(b))
        answer = self._git.run(*argv)
        if answer.status > 1:
            raise self._failed(argv, answer.complaint, a, b)
        return answer.line if answer.status == 0 else None

    def changes(self, a: str, b: str) -> list[Change]:
        """The paths that differ between the commits `a` (or `EMPTY_TREE`) and `b`.

        A renamed file is one path deleted and one added; a submodule is one path.

        Raises:
            CommitNotFound: one of them is not here.
        """
        argv = (
            *("diff-tree", "-r", "-z", "--name-status", "--no-renames"),
            *("--ignore-submodules=none", self._tree(a), self._commit(b), "--"),
        )
        answer = self._git.run(*argv)
        if answer.status:
            raise self._failed(argv, answer.complaint, a, b)
        fields = answer.records
        return [Change(path, status) for status, path in zip(fields[::2], fields[1::2])]

    def log(self, a: str, b: str, limit: int | None = None) -> list[Commit]:
        """The commits that `b` contains and `a` (or `EMPTY_TREE`) does not, newest first.

        Raises:
            CommitNotFound: one of them is not here.
        """
        a, b = self._commit(a), self._commit(b)
        argv = (
            *("log", "-z", "--format=%H %s", "--encoding=UTF-8", "--no-show-signature"),
            *(() if limit is None else (f"--max-count={limit}",)),
            *((b,) if a == EMPTY_TREE else (b, f"^{a}")),
            "--",
        )
        answer = self._git.run(*argv)
        if answer.status:
            raise self._failed(argv, answer.complaint, a, b)
        pairs = (record.partition(" ") for record in answer.records)
        return [Commit(sha, subject) for sha, _, subject in pairs]

    def read(self, commit: str, path: str) -> bytes | None:
        """The content of the file `path` at `commit`; None where there is no such file.

        Raises:
            CommitNotFound: the commit is not here.
        """
        commit = self._commit(commit)
        answer = self._git.run("cat-file", "blob", f"{commit}:{path}")
        if answer.status == 0:
            return answer.stdout
        if path in self.paths(commit, path):
            raise GitError(f"{path!r} at {commit:.7} cannot be read: {answer.complaint}")
        return None

    def read_all(self, commit: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """The content of every file at `commit` whose path is `wanted`, by path.

        One git for all of them: a project has a thousand migrations.

        Raises:
            CommitNotFound: the commit is not here.
        """
        blobs = [(path, sha) for path, sha in self._blobs(commit) if wanted(path)]
        asked = "".join(f"{sha}\n" for _, sha in blobs).encode()
        answer = self._git.must("cat-file", "--batch", content=asked).stdout if blobs else b""
        contents, start = {}, 0
        for path, sha in blobs:
            header, _, _ = answer[start : start + 200].partition(b"\n")
            words = header.split(b" ")
            if words[1:2] != [b"blob"]:
                raise GitError(f"{path!r} at {commit:.7} cannot be read: {sha} is missing")
            start += len(header) + 1
            contents[path] = answer[start : start + int(words[2])]
            start += int(words[2]) + 1
        return contents

    def paths(self, commit: str, under: str = "") -> list[str]:
        """The files at `commit`, all or those in the folder (or called) `under`.

        A submodule is no file: its content is in another repository.

        Raises:
            CommitNotFound: the commit is not here.
        """
        return [path for path, _ in self._blobs(commit, under)]

    def _blobs(self, commit: str, under: str = "") -> list[tuple[str, str]]:
        argv = ("ls-tree", "-r", "-z", "--full-tree", self._commit(commit), "--")
        answer = self._git.run(*argv, *([under] if under else []))
        if answer.status:
            raise self._failed(argv, answer.complaint, commit)
        entries = (record.partition("\t") for record in answer.records)
        split = ((meta.split(" "), path) for meta, _, path in entries)
        return [(path, meta[2]) for meta, path in split if meta[1] == "blob"]

    def _find(self, ref: str) -> str | None:
        if not ref or any(character in ref for character in "\0\n"):
            return None
        answer = self._git.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        )
        return answer.line if answer.status == 0 else None

    def _commit(self, name: str) -> str:
        return name if _FULL_SHA.match(name) else self.resolve(name)

    def _tree(self, name: str) -> str:
        """A commit, or the empty tree, which is called otherwise where names are SHA-256."""
        if name != EMPTY_TREE:
            return self._commit(name)
        return self._git.must("hash-object", "-t", "tree", "--stdin").line

    def _choices(self, ref: str) -> str:
        branches = self.branches()
        if not branches:
            return ": it has no commit yet"
        near = get_close_matches(ref, branches, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        more = f" and {len(branches) - 8} more" if len(branches) > 8 else ""
        return f"{hint}; its branches: {', '.join(branches[:8])}{more}"

    def _failed(self, argv: tuple[str, ...], complaint: str, *commits: str) -> GitError:
        for commit in commits:
            if commit != EMPTY_TREE and not self.has_commit(commit):
                return CommitNotFound(f"commit {commit} is not in {self.root}")
        return GitError(f"git {argv[0]}: {complaint}")
