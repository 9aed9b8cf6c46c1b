"""Where locks are kept: on origin, or in the repository's own git folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from minion.errors import AccessDenied, GitError, PushDeclined, PushLost, RefMoved, Refused
from minion.git import Repository


class Taken(Exception):
    """Somebody has the lock already."""


class Store(Protocol):
    """A lock has a text and a version, by which exactly that lock is removed."""

    def all(self) -> Mapping[str, str]:
        """Environment -> version of every lock."""

    def read(self, environment: str) -> tuple[str, str] | None:
        """Version and text of the lock, None if there is none."""

    def create(self, environment: str, text: str) -> str:
        """Make the lock; its version. Raises Taken."""

    def remove(self, environment: str, version: str) -> bool:
        """Remove exactly this lock; False if it is gone or another one by now."""


class OriginStore:
    """Refs below `prefix` on the remote `origin`."""

    def __init__(self, repository: Repository, origin: str, prefix: str) -> None:
        self._repository = repository
        self._origin = origin
        self._prefix = prefix

    def all(self) -> Mapping[str, str]:
        refs = self._repository.remote_refs(self._origin, f"{self._prefix}/*")
        return {ref[len(self._prefix) + 1 :]: sha for ref, sha in refs.items()}

    def read(self, environment: str) -> tuple[str, str] | None:
        ref = self._ref(environment)
        for _ in range(3):
            sha = self._repository.remote_refs(self._origin, ref).get(ref)
            if sha is None:
                return None
            text = self._repository.read_message(sha)
            if text is None:
                try:
                    self._repository.fetch(self._origin, ref)
                except GitError:
                    # Given back between the two looks, perhaps: look again.
                    continue
                text = self._repository.read_message(sha)
            if text is not None:
                return sha, text
        raise GitError(f"{ref} on {self._origin} changes too fast to be read, or cannot be fetched")

    def create(self, environment: str, text: str) -> str:
        ref, sha = self._ref(environment), self._repository.write_message(text)
        try:
            self._repository.push_ref_atomically(self._origin, ref, sha, None)
        except RefMoved:
            raise Taken from None
        except PushLost:
            # Our text is like no other, so that the ref tells whose push came through.
            found = self._repository.remote_refs(self._origin, ref).get(ref)
            if found is not None and found != sha:
                raise Taken from None
            if found is None:
                raise
        except (PushDeclined, AccessDenied) as error:
            raise Refused(
                f"{self._origin} takes no lock: {error}. If it refuses such refs, say "
                'lock = "branch" under [project] in minion.toml; if you may not push there, '
                'lock = "local" guards this machine only.'
            ) from error
        return sha

    def remove(self, environment: str, version: str) -> bool:
        ref = self._ref(environment)
        for attempt in range(3):
            try:
                self._repository.delete_ref(self._origin, ref, version)
                return True
            except RefMoved:
                # Gone: by an earlier attempt whose answer was lost, or by another hand.
                return attempt > 0
            except PushLost:
                if self._repository.remote_refs(self._origin, ref).get(ref) != version:
                    return True
        raise GitError(f"{ref} could not be removed from {self._origin}")

    def _ref(self, environment: str) -> str:
        return f"{self._prefix}/{environment}"


class LocalStore:
    """Files in `folder`, for a repository without an origin: they guard this machine only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> Mapping[str, str]:
        found = sorted(self._folder.glob("*.lock")) if self._folder.is_dir() else []
        return {path.stem: path.read_text(encoding="utf-8") for path in found}

    def read(self, environment: str) -> tuple[str, str] | None:
        try:
            text = self._path(environment).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return text, text

    def create(self, environment: str, text: str) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f"{environment}.{os.getpid()}.draft"
        draft.write_text(text, encoding="utf-8")
        try:
            # A link appears whole or not at all, and never over another file.
            os.link(draft, self._path(environment))
        except FileExistsError:
            raise Taken from None
        finally:
            draft.unlink()
        return text

    def remove(self, environment: str, version: str) -> bool:
        found = self.read(environment)
        if found is None or found[0] != version:
            return False
        self._path(environment).unlink(missing_ok=True)
        return True

    def _path(self, environment: str) -> Path:
        return self._folder / f"{environment}.lock"
