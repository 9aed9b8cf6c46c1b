"""Where environments are kept: beside all sandboxes of this user, so that each is made once.

Heroku keeps a build cache for each app; here a second sandbox finds what the first one
installed. An environment that no dyno has run in for a month is removed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: In an environment that can be used; when it was last touched tells when it was used.
COMPLETE = ".complete"
UNUSED_S = 30 * 24 * 3600.0


def shared_folder() -> Path:
    """The folder of environments in the user's cache (XDG Base Directory Specification)."""
    return (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        / "heroku-minion"
        / "environments"
    )


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Within, no other sandbox makes or removes the environment `name`; waits for its turn."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def use(environment: Path) -> None:
    """Note that the environment is used now."""
    with suppress(OSError):
        os.utime(environment / COMPLETE)


def prune(folder: Path, unused_s: float = UNUSED_S) -> None:
    """Remove the environments that have not been used for `unused_s`."""
    for mark in folder.glob(f"*/{COMPLETE}"):
        with suppress(OSError), alone(folder, mark.parent.name):
            if time.time() - mark.stat().st_mtime > unused_s:
                mark.unlink()
                shutil.rmtree(mark.parent, ignore_errors=True)
