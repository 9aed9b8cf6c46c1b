"""The journals of operations that have ended: put by, and read again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from minion.engine.journal.entries import Entries, read_lines

#: How many are kept for each environment.
KEPT = 200
#: What a damaged journal, or one of another minion, may raise.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def put_by(last: Path) -> None:
    """Keep the newest one, which is called `last`, under a name of its own, as the next is newer.

    That it cannot be kept is no reason to call the work of today failed.
    """
    with suppress(OSError):
        if last.is_file():
            last.replace(last.with_suffix(f".{last.stat().st_mtime_ns}.ended"))
        ended = sorted(last.parent.glob(f"{last.stem}.*.ended"))
        for path in ended[: -KEPT + 1]:
            path.unlink()


def kept(folder: Path, environment: str) -> list[Entries]:
    """The journals of operations that have ended, the oldest first.

    The last is that of one which has not, if there is one. What cannot be read is left out.
    """
    newest = (folder / f"{environment}.last", folder / f"{environment}.journal")
    found = []
    for path in (*sorted(folder.glob(f"{environment}.*.ended")), *newest):
        with suppress(OSError, *UNREADABLE):
            entries = read_lines(path.read_bytes().splitlines(keepends=True))
            found += [] if entries is None else [entries]
    return found
