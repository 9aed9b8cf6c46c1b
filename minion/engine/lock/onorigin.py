"""Locks that are refs on origin, where every clone of the project sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from minion.engine.lock.record import LockRecord
from minion.errors import AccessDenied, GitError, PushDeclined, PushLost, RefMoved
from minion.text import public_url

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.git.addresses import Address

#: The first line of each memo. In a branch it would start builds elsewhere, which
#: GitHub, GitLab, Bitbucket and CircleCI leave out for the words in brackets.
_SUBJECT = "Lock of heroku-minion [skip ci]"
#: How often to look again when a lock changes hands between the look and the fetch.
_LOOKS = 5


class OnOrigin:
    """Records as memos at the refs ``PREFIX/ENV`` of a remote; a mark is a memo's SHA.

    git moves a ref only from the value that the push says it has, and checks
    that while it holds the ref: gitprotocol-pack(5), "Reference Update Request".
    """

    def __init__(
        self, repository: Repository, origin: str, prefix: str, choices: tuple[str, ...]
    ) -> None:
        self._repository = repository
        self._origin = origin
        self._found: Address | None = None
        self._prefix = prefix
        #: Values of the setting ``lock`` that remain if origin refuses the ref.
        self._choices = choices

    def record(self, text: str) -> LockRecord:
        """A new memo, in this repository only."""
        return LockRecord(self._repository.write_memo(f"{_SUBJECT}\n\n{text}\n"), text)

    def read(self, environment: str) -> LockRecord | None:
        """The record at the ref, asked now."""
        with self._asking(f"the lock of {environment}"):
            return self._read(self._ref(environment)).get(environment)

    def read_all(self) -> Mapping[str, LockRecord]:
        """Every record below the prefix, asked now."""
        with self._asking("the locks"):
            return self._read(self._ref("*"))

    def set(self, environment: str, expect: str | None, record: LockRecord | None) -> None:
        """Move, make or delete the ref; see `Place.set`."""
        ref = self._ref(environment)
        with self._asking(f"the lock of {environment}"):
            if record is not None:
                self._repository.push_ref_atomically(self._there(), ref, record.mark, expect)
            elif expect is not None:
                self._repository.delete_ref(self._there(), ref, expect)

    def _there(self) -> Address:
        """Where pushes to origin go, found once: there a lock is seen, taken and given back."""
        if self._found is None:
            self._found = self._repository.address(self._origin, to_push=True)
        return self._found

    def _ref(self, environment: str) -> str:
        return f"{self._prefix}/{environment}"

    def _read(self, pattern: str) -> dict[str, LockRecord]:
        problem = None
        for _ in range(_LOOKS):
            found = self._repository.remote_refs(self._there(), pattern)
            # The second entry of an annotated tag tells nothing about the ref.
            refs = {ref: sha for ref, sha in found.items() if not ref.endswith("^{}")}
            missing = [ref for ref, sha in refs.items() if not self._repository.has_object(sha)]
            try:
                if missing:
                    self._repository.fetch(self._there(), *missing)
            except GitError as error:
                problem = error  # it may just have been released
                continue
            if all(self._repository.has_object(refs[ref]) for ref in missing):
                return {
                    ref[len(self._prefix) + 1 :]: LockRecord(sha, self._text(sha))
                    for ref, sha in refs.items()
                }
        raise problem or GitError(f"{pattern} changes faster than it can be read")

    def _text(self, sha: str) -> str | None:
        try:
            subject, _, text = self._repository.read_memo(sha).partition("\n\n")
        except GitError:
            return None
        return text if subject == _SUBJECT else None

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """Say of an error what it is about, and which setting gets by without what was refused."""
        try:
            yield
        except (RefMoved, PushLost):
            raise
        except (PushDeclined, AccessDenied) as error:
            values = " or ".join(f'lock = "{choice}"' for choice in self._choices)
            raise type(error)(
                f"{public_url(self._origin)} does not let you change {what}: {error}. "
                f"If that will not be allowed: {values} under [project] in minion.toml"
            ) from None
        except GitError as error:
            raise GitError(f"{what} cannot be looked up or changed: {error}") from None
