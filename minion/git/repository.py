"""One repository, as minion needs it: its history, working tree, tags and remotes."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from minion.errors import NonFastForward
from minion.git import identity, memos, remotes, tags
from minion.git.command import Git, open_repo
from minion.git.history import History
from minion.git.lines import Lines


class Repository(History):
    """A repository with a working tree. Every method may raise `GitError`."""

    @classmethod
    def open(cls, path: Path | str) -> Repository:
        """The repository that the folder `path` belongs to.

        Raises:
            GitError: there is none, it is bare, or git refuses to touch it
                (another owner: git's own advice is in the message).
        """
        repo = open_repo(path)
        repository = cls(
            Git(repo), Path(repo.working_tree_dir or "").resolve(), Path(repo.common_dir).resolve()
        )
        repository._git.must("rev-parse", "--git-dir")
        return repository

    def is_dirty(self) -> bool:
        """Whether a tracked file differs from the checked-out commit."""
        return bool(self.dirty_paths())

    def dirty_paths(self) -> list[str]:
        """The tracked paths that differ from the checked-out commit, staged or not."""
        return [path for state, path in self._status("no") if state != "??"]

    def untracked_paths(self) -> list[str]:
        """The files and folders (with a final ``/``) that git neither tracks nor ignores."""
        return [path for state, path in self._status("normal") if state == "??"]

    def current_branch(self) -> str | None:
        """The checked-out branch, also where it has no commit yet; None if HEAD is detached."""
        answer = self._git.run("symbolic-ref", "--quiet", "HEAD")
        ref = answer.line
        return ref[len("refs/heads/") :] if ref.startswith("refs/heads/") else None

    def fetch(self, remote: str, *refs: str) -> None:
        """Bring `refs` (branches, SHAs, refspecs; default: the remote's own choice) here.

        One attempt, nothing asked, nothing printed. A rewritten remote branch is followed.
        """
        remotes.fetch(self._git, remote, refs)

    def remote_url(self, remote: str) -> str | None:
        """The URL of the configured remote, as it is written there; None if there is none."""
        answer = self._git.run("config", "-z", "--get-all", f"remote.{remote}.url")
        return answer.records[0] if answer.status == 0 and answer.records else None

    def upstream(self) -> tuple[str, str] | None:
        """The remote and the ref there that the checked-out branch follows; None if it does not."""
        branch = self.current_branch()
        if branch is None:
            return None
        answer = self._git.must(
            "for-each-ref",
            "--format=%(upstream:remotename)%00%(upstream:remoteref)",
            f"refs/heads/{branch}",
        )
        remote, _, ref = answer.line.partition("\0")
        return (remote, ref) if remote and ref else None

    def remote_refs(
        self, remote: str, *patterns: str, credentials: tuple[str, str] | None = None
    ) -> dict[str, str]:
        """Ref -> SHA on `remote` (a name, URL or path), asked now, over the network.

        `patterns` are whole refs or have ``*`` in them. An annotated tag has a
        second entry ending in ``^{}``, its commit. `credentials` are handed
        over as in `push`.

        Raises:
            AccessDenied: they were not accepted.
        """
        return remotes.refs(self._git, remote, patterns, credentials)

    def push(
        self,
        url: str,
        commit: str,
        ref: str,
        *,
        force: bool = False,
        credentials: tuple[str, str] | None = None,
        lease: str | None = None,
        keep_remote_prefix: bool = True,
        on_output: Callable[[str], None] = lambda line: None,
        timeout_s: float = remotes.PUSH_TIMEOUT_S,
        silence_s: float | None = None,
        is_lost: Callable[[], bool] = lambda: False,
    ) -> None:
        """Push exactly `commit` to the full `ref` at `url`, telling `on_output` each line.

        Lines come as they arrive, without their end; one that will be written
        over (a progress report) keeps its ``\\r``. What the remote says starts
        with ``remote: `` unless `keep_remote_prefix` is false. With `lease` the
        ref must still be at that SHA ("" = absent). `credentials` are a user
        and a password for this URL's host alone; see `minion.git.credentials`.
        After each `silence_s` seconds without a word, `is_lost` says whether to give up.

        Raises:
            NonFastForward: the remote has other commits, and `force` was not given.
            CommitNotFound: `commit` is not in this repository.
            RefMoved: the ref is not at `lease`.
            PushDeclined: the remote refused it: the build failed.
            AccessDenied: the credentials were not accepted.
            PushLost: the connection broke, `timeout_s` seconds passed, or `is_lost`
                said so; it may have been carried out.
        """
        commit = self.resolve(commit)
        if lease and not force and not (self.has_commit(lease) and self.is_ancestor(lease, commit)):
            # For git a lease is a leave to overwrite; for us it is one more condition.
            raise NonFastForward(f"{ref} is at {lease:.7}, which {commit:.7} does not contain")
        order = remotes.Push(
            url=url,
            refspec=f"{commit}:{ref}",
            ref=ref,
            force=force,
            lease=lease,
            credentials=credentials,
        )
        lines = Lines(on_output, keep_remote_prefix, credentials)
        remotes.push(self._git, order, lines, timeout_s, silence_s, is_lost)

    def push_ref_atomically(
        self, remote: str, ref: str, object_sha: str, expect: str | None
    ) -> None:
        """Set `ref` on `remote` to `object_sha` if it is still at `expect` (None: absent).

        Raises:
            RefMoved: it is not; nothing was changed.
            PushLost: the connection broke; look with `remote_refs`.
        """
        remotes.set_ref(self._git, remote, ref, object_sha, expect)

    def delete_ref(self, remote: str, ref: str, expect: str) -> None:
        """Remove `ref` from `remote` if it is still at `expect`. Raises as above."""
        remotes.set_ref(self._git, remote, ref, "", expect)

    def hash_object(self, content: bytes, kind: str = "blob") -> str:
        """The SHA of `content`, which is now an object of that kind in this repository."""
        return self._git.must("hash-object", "-w", "-t", kind, "--stdin", content=content).line

    def read_object(self, sha: str, kind: str = "blob") -> bytes:
        """The content of an object (fetch it first, if it came from a remote).

        Raises:
            GitError: it is not here, or of another kind.
        """
        return self._git.must("cat-file", kind, sha).stdout

    def has_object(self, sha: str) -> bool:
        """Whether the object, of whatever kind, is in this repository."""
        return self._git.run("cat-file", "-e", sha).status == 0

    def write_memo(self, text: str) -> str:
        """The SHA of a new commit that has no parents and no files, only `text`."""
        tree = self.hash_object(b"", "tree")
        return self.hash_object(memos.commit(self._git, tree, text), "commit")

    def read_memo(self, sha: str) -> str:
        """The text of a memo. Raises as `read_object` does."""
        return memos.message(self.read_object(sha, "commit"))

    def operator(self) -> str:
        """Who is at work: ``Ada <ada@example.com>``, or ``ada@laptop`` if git does not know."""
        return identity.operator(self._git)

    def tag(self, name: str, commit: str, message: str) -> None:
        """Make the annotated tag `name`; fine if it is at `commit` already.

        Raises:
            GitError: no valid name, or the tag is at another commit.
        """
        tags.create(self._git, name, self.resolve(commit), message)

    def tag_commit(self, name: str) -> str | None:
        """The commit that the tag `name` is at; None if there is no such tag."""
        return tags.commit_of(self._git, name)

    def tags_at(self, commit: str) -> list[str]:
        """The names of the tags at `commit`."""
        return tags.at(self._git, self._commit(commit))

    def push_tag(self, remote: str, name: str) -> None:
        """Push the tag; fine if `remote` has one of this name at the same commit.

        Raises:
            RefMoved: the remote's tag of this name is at another commit.
        """
        tags.push(self._git, remote, name)

    def tag_on_remote(self, remote: str, name: str, commit: str, message: str) -> None:
        """Like `tag` and `push_tag`, but leaving no tag in this repository.

        Raises:
            RefMoved: the remote's tag of this name is at another commit.
        """
        tags.make_on_remote(self._git, remote, name, self._commit(commit), message)

    def _status(self, untracked: str) -> list[tuple[str, str]]:
        answer = self._git.must(
            *("status", "--porcelain=v1", "-z", "--no-renames", f"--untracked-files={untracked}"),
            "--ignore-submodules=dirty",
        )
        return [(record[:2], record[3:]) for record in answer.records]
