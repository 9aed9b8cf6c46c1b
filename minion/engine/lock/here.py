"""Locks that are files in the git folder, for a repository that has no origin."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from minion.engine.lock.record import LockRecord
from minion.errors import GitError, RefMoved

_SUFFIX = ".lock"


class Here:
    """Records as the files ``ENV.lock`` of a folder; a mark is the SHA-256 of one.

    Changes are made while the file ``guard`` is held, which the system lets go
    of when its holder ends, however it ends. A record appears whole or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, text: str) -> LockRecord:
        """A new record, not yet in a file."""
        return _record(text.encode())

    def read(self, environment: str) -> LockRecord | None:
        """The record in the file, if there is one."""
        try:
            return _record(self._path(environment).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(error) from None

    def read_all(self) -> Mapping[str, LockRecord]:
        """Every record in the folder."""
        names = sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}"))
        records = ((name, self.read(name)) for name in names)
        return {name: record for name, record in records if record}

    def set(self, environment: str, expect: str | None, record: LockRecord | None) -> None:
        """Write or remove the file; see `Place.set`."""
        path = self._path(environment)
        try:
            with self._guarded():
                present = self.read(environment)
                if (present.mark if present else None) != expect:
                    raise RefMoved(f"{path} was changed by somebody else just now")
                if record is not None and record.text is not None:
                    _write(path, record.text.encode())
                else:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(error) from None

    def _path(self, environment: str) -> Path:
        return self._folder / f"{environment}{_SUFFIX}"

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "guard").open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield


def _write(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _record(content: bytes) -> LockRecord:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return LockRecord(sha256(content).hexdigest(), None)
    return LockRecord(sha256(content).hexdigest(), text)


def _unusable(error: OSError) -> GitError:
    return GitError(f"the lock cannot be kept in {error.filename}: {error.strerror}")
