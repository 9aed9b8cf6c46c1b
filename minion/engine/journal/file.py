"""The file that a journal is kept in: appended to, synced, and held by one process."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

from minion.engine.journal.entries import (
    BEGUN,
    DONE,
    FAILED,
    FORMAT,
    RECORD,
    RESUMED,
    Entries,
    read_lines,
)
from minion.engine.journal.kept import UNREADABLE, put_by
from minion.errors import MinionError, Refused


class JournalBusy(Refused):
    """Another process is at it."""


class JournalUnreadable(Refused):
    """There is a journal, and it cannot be understood."""


class JournalUnwritable(MinionError):
    """What happened could not be written down, because the disk is full, say."""


class Journal:
    """An open journal; every method returns when the disk has what it says.

    While it is held no other process on this machine can open it.
    """

    def __init__(self, path: Path, descriptor: int, entries: Entries) -> None:
        self.path = path
        self.entries = entries
        self._descriptor = descriptor

    @classmethod
    def create(cls, folder: Path, environment: str, header: Mapping[str, Any]) -> Journal:
        """Begin a journal for `environment`.

        Raises:
            Refused: there is an open one.
            JournalUnwritable: there is no place for one.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from None
        path = _path(folder, environment)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            _refuse(path, environment)
        except OSError as error:
            raise _unwritable(path, error) from None
        _hold(descriptor, path, environment)
        whole = {"format": FORMAT, "environment": environment, "since": _now("seconds"), **header}
        journal = cls(path, descriptor, Entries(whole))
        try:
            journal._append(whole)
            _sync_folder(folder)
        except BaseException:
            path.unlink()
            journal.let_go()
            raise
        return journal

    @classmethod
    def open(cls, folder: Path, environment: str) -> Journal | None:
        """The journal that was left open for `environment`, if there is one.

        Raises:
            JournalBusy: the process that writes it is alive.
            JournalUnreadable: it is damaged, or a newer minion's.
        """
        path = _path(folder, environment)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        try:
            _hold(descriptor, path, environment)
            entries = _read(descriptor, path)
            if entries is None:
                # Killed before the header was written: nothing had begun.
                path.unlink()
                os.close(descriptor)
                return None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, entries)

    @staticmethod
    def refuse_if_open(folder: Path, environment: str) -> None:
        """Raise Refused where an operation was begun and not ended."""
        path = _path(folder, environment)
        if path.exists():
            _refuse(path, environment)

    @staticmethod
    def find(folder: Path, environment: str) -> Path | None:
        """The file of an operation that was not ended, readable or not; None without one.

        Raises:
            JournalBusy: the process that writes it is alive.
        """
        path = _path(folder, environment)
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError:
            return path
        try:
            _hold(descriptor, path, environment)
        finally:
            os.close(descriptor)
        return path

    @staticmethod
    def drop(path: Path) -> Path:
        """Put the file aside, so that nothing is in the way any more; where it is then.

        Raises:
            JournalUnwritable: it cannot be.
        """
        aside = path.with_suffix(".dropped")
        try:
            path.replace(aside)
            _sync_folder(path.parent)
        except OSError as error:
            raise _unwritable(path, error) from None
        return aside

    def begin(self, number: int) -> None:
        """Step `number` is about to be taken."""
        self._event({"event": BEGUN, "step": number})

    def done(self, number: int) -> None:
        """Step `number` was taken."""
        self._event({"event": DONE, "step": number})

    def note(self, number: int, **facts: Any) -> None:
        """Something that step `number` must know if it is resumed."""
        self._event({"event": "note", "step": number, "facts": facts})

    def failed(self, number: int) -> None:
        """Step `number` was not, or not surely, taken to its end."""
        self._event({"event": FAILED, "step": number})

    def resumed(self) -> None:
        """Another process goes on from here."""
        self._event({"event": RESUMED, "pid": os.getpid()})

    def record(self, number: int, kind: str, **facts: Any) -> None:
        """Something of step `number` that is remembered when the operation is over."""
        self._event({"event": RECORD, "step": number, "kind": kind, "facts": facts})

    def close(self, outcome: str) -> None:
        """The operation is over; nothing is left of it but to give back the lock."""
        self._event({"event": "closed", "outcome": outcome})

    def remove(self) -> None:
        """Nothing is left at all that would have to be resumed.

        Raises:
            JournalUnwritable: the next process will find it.
        """
        last = self.path.with_suffix(".last")
        put_by(last)
        try:
            self.path.replace(last)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Leave the journal as it is, for `open` to find."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def is_closed(self) -> bool:
        return self.entries.outcome is not None

    def _event(self, entry: Mapping[str, Any]) -> None:
        whole = {"at": _now("microseconds"), **entry}
        self._append(whole)
        self.entries.take(whole)

    def _append(self, entry: Mapping[str, Any]) -> None:
        """Write a line, or leave no trace of it and raise JournalUnwritable."""
        line = json.dumps(entry).encode() + b"\n"
        before = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, before)
            raise _unwritable(self.path, error) from None


def _unwritable(path: Path, error: OSError) -> JournalUnwritable:
    return JournalUnwritable(f"The journal {path} cannot be written: {error.strerror}.")


def _path(folder: Path, environment: str) -> Path:
    return folder / f"{environment}.journal"


def _refuse(path: Path, environment: str) -> NoReturn:
    """Say whether the journal that is there is at work or left behind."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            _hold(descriptor, path, environment)
        finally:
            os.close(descriptor)
    raise Refused(
        f"{_about(path, environment)} was begun here and not ended. Type: fab resume:{environment}"
    )


def _hold(descriptor: int, path: Path, environment: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise JournalBusy(
            f"{_about(path, environment)} is under way on this machine right now."
        ) from None


def _about(path: Path, environment: str) -> str:
    """The operation in a journal that may be half written, in words."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline())
        return f'"{header["summary"]}" by {header["who"]} (process {header["pid"]})'
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return f"An operation on {environment}"


def _read(descriptor: int, path: Path) -> Entries | None:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        content = file.read()
    lines = content.splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        # What is appended next must not continue the half line of a killed writer.
        os.ftruncate(descriptor, len(content) - len(lines[-1]))
    try:
        return read_lines(lines)
    except UNREADABLE as error:
        raise JournalUnreadable(
            f"{path} cannot be read ({error}). If a newer minion wrote it, resume with that one; "
            f"otherwise look what stands, fab status, then: fab unlock:{path.stem},journal=drop"
        ) from None


def _sync_folder(folder: Path) -> None:
    """Have the folder's entry on the disk too, as POSIX does not promise otherwise."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _now(precision: str) -> str:
    return datetime.now(timezone.utc).isoformat(timespec=precision)
