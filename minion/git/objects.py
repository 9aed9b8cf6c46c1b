"""One repository's objects: written and read by their SHA, without any ref."""

from __future__ import annotations

from collections.abc import Mapping

from minion.git import drafts, memos
from minion.git.history import History


class Objects(History):
    """A repository whose objects can be written and read. Methods may raise `GitError`."""

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

    def write_draft(self, parent: str, files: Mapping[str, bytes]) -> str:
        """The SHA of a new commit after `parent` with the `files`, which no ref names.

        Raises:
            GitError: git refuses a path, or there is no such parent.
        """
        return self.hash_object(drafts.commit(self._git, self._commit(parent), files), "commit")

    def read_memo(self, sha: str) -> str:
        """The text of a memo. Raises as `read_object` does."""
        return memos.message(self.read_object(sha, "commit"))
