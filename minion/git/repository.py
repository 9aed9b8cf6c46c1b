"""One repository, as minion needs it: its history, working tree, tags and remotes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

from minion.errors import GitError, NonFastForward
from minion.git import addresses, identity, remotes, tags
from minion.git.addresses import Address
from minion.git.command import find
from minion.git.lines import Lines
from minion.git.objects import Objects
from minion.git.records import Tag


class Repository(Objects):
    """A repository with a working tree. Every method may raise `GitError`.

    Where a method takes a remote, that is a configured remote's name, a URL, a
    path from `root`, or the `Address` that one of these was found to mean.
    """

    @classmethod
    def open(cls, path: Path | str) -> Repository:
        """The repository that the folder `path` belongs to.

        Raises:
            GitError: there is none, it is bare, or git refuses to touch it
                (another owner: git's own advice is in the message).
        """
        git, git_dir = find(path)
        return cls(git, Path(git.folder).resolve(), git_dir.resolve())

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

    def remote_urls(self) -> Mapping[str, str]:
        """The configured remotes: name -> URL, without user and password."""
        return addresses.configured_remotes(self._git)

    def default_branch(self, remote: str) -> str | None:
        """The branch that `remote` had as its own when it was cloned; None if that is unknown."""
        ref = f"refs/remotes/{remote}/"
        answer = self._git.run("symbolic-ref", "--quiet", f"{ref}HEAD")
        return answer.line[len(ref) :] if answer.line.startswith(ref) else None

    def knows(self, remote: str) -> bool:
        """Whether `remote` means a place: a name must be that of a configured remote."""
        return addresses.of_remote(self._git, remote, to_push=False) is not None

    def address(self, remote: str | Address, *, to_push: bool = False) -> Address:
        """Where `remote` is read from, or pushed to: one place, by the operator's configuration.

        Raises:
            GitError: no remote of this name is configured.
        """
        if isinstance(remote, Address):
            return remote
        address = addresses.of_remote(self._git, remote, to_push=to_push)
        if address is None:
            raise GitError(f"{remote}: there is no remote of this name; see: git remote -v")
        return address

    def fetch(self, remote: str | Address, *refs: str) -> None:
        """Bring the commits of `refs` (branches, SHAs; default: all branches) here.

        One attempt, nothing asked, nothing printed. No ref of this repository moves.
        """
        remotes.fetch(self._git, self.address(remote), refs)

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
        self,
        remote: str | Address,
        *patterns: str,
        credentials: tuple[str, str] | None = None,
    ) -> dict[str, str]:
        """Ref -> SHA on `remote`, asked now, over the network.

        `patterns` are whole refs or have ``*`` in them. An annotated tag has a
        second entry ending in ``^{}``, its commit. With `credentials` it is a
        URL, taken and asked as in `push`.

        Raises:
            AccessDenied: they were not accepted.
        """
        if credentials and isinstance(remote, str):
            remote = addresses.exactly(remote, credentials)
        return remotes.refs(self._git, self.address(remote), patterns)

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
    ) -> bool:
        """Push exactly `commit` to the full `ref` at `url`, telling `on_output` each line.

        Returns whether anything was to be sent: not so if the ref was at `commit` already.
        Lines come as they arrive, without their end; one that will be written
        over (a progress report) keeps its ``\\r``. What the remote says starts
        with ``remote: `` unless `keep_remote_prefix` is false. With `lease` the
        ref must still be at that SHA ("" = absent). `credentials` are a user
        and a password for this URL's host alone; see `minion.git.addresses`.
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
            addresses.exactly(url, credentials),
            refspec=f"{commit}:{ref}",
            ref=ref,
            force=force,
            lease=lease,
        )
        lines = Lines(on_output, keep_remote_prefix, order.address.hide)
        return remotes.push(self._git, order, lines, timeout_s, silence_s, is_lost)

    def push_ref_atomically(
        self, remote: str | Address, ref: str, object_sha: str, expect: str | None
    ) -> None:
        """Set `ref` on `remote` to `object_sha` if it is still at `expect` (None: absent).

        Raises:
            RefMoved: it is not; nothing was changed.
            PushLost: the connection broke; look with `remote_refs`.
        """
        remotes.set_ref(self._git, self.address(remote, to_push=True), ref, object_sha, expect)

    def delete_ref(self, remote: str | Address, ref: str, expect: str) -> None:
        """Remove `ref` from `remote` if it is still at `expect`. Raises as above."""
        remotes.set_ref(self._git, self.address(remote, to_push=True), ref, "", expect)

    def operator(self) -> str:
        """Who is at work: ``Ada <ada@example.com>``, or ``ada@laptop`` if git does not know."""
        return identity.operator(self._git)

    def tag(self, name: str, commit: str, message: str) -> None:
        """Make the annotated tag `name`; fine if it is at `commit` already.

        Raises:
            GitError: no valid name, or the tag is at another commit.
        """
        tags.create(self._git, name, self.resolve(commit), message)

    def tags(
        self,
        remote: str | Address | None,
        wanted: Callable[[str], bool],
        *,
        only_there: bool = False,
    ) -> list[Tag]:
        """The tags whose names are `wanted`, those of `remote` and of this repository.

        What is only there is brought here, without a ref of its own; without a `remote`
        only those here are read, else those there win, or with `only_there` alone count.

        Raises:
            GitError: the remote cannot be asked.
        """
        address = None if remote is None else self.address(remote)
        return tags.known(self._git, address, wanted, only_there=only_there)

    def times(self, a: str, b: str) -> dict[str, datetime]:
        """When each commit was made, by its SHA, that `b` contains and `a` does not.

        Raises:
            CommitNotFound: one of them is not here.
        """
        a, b = self._commit(a), self._commit(b)
        argv = ("log", "--format=%H %ct", "--no-show-signature", b, f"^{a}", "--")
        answer = self._git.run(*argv)
        if answer.status:
            raise self._failed(argv, answer.complaint, a, b)
        pairs = (line.split(" ") for line in answer.line.split("\n") if line)
        return {sha: datetime.fromtimestamp(int(time), timezone.utc) for sha, time in pairs}

    def push_tag(self, remote: str | Address, name: str) -> None:
        """Push the tag; fine if `remote` has one of this name at the same commit.

        Raises:
            RefMoved: the remote's tag of this name is at another commit.
        """
        tags.push(self._git, self.address(remote, to_push=True), name)

    def tag_on_remote(self, remote: str | Address, name: str, commit: str, message: str) -> None:
        """Like `tag` and `push_tag`, but leaving no tag in this repository.

        Raises:
            RefMoved: the remote's tag of this name is at another commit.
        """
        address = self.address(remote, to_push=True)
        tags.make_on_remote(self._git, address, name, self._commit(commit), message)

    def _status(self, untracked: str) -> list[tuple[str, str]]:
        answer = self._git.must(
            *("status", "--porcelain=v1", "-z", "--no-renames", f"--untracked-files={untracked}"),
            "--ignore-submodules=dirty",
        )
        return [(record[:2], record[3:]) for record in answer.records]
