"""How much memory a dyno uses, and what its size allows.

Dev Center: Dyno Types; Error Codes, R14 and R15.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import psutil

POLL_S = 20.0
"""About as often as Heroku repeats R14."""

QUOTAS_MB: Mapping[str, int] = {
    "Eco": 512,
    "Basic": 512,
    "Standard-1X": 512,
    "Standard-2X": 1024,
    "Performance-M": 2560,
    "Performance-L": 14 * 1024,
    "Performance-L-RAM": 30 * 1024,
    "Performance-XL": 62 * 1024,
    "Performance-2XL": 126 * 1024,
}
VASTLY = 2
"""R15 is this often the quota."""

_CORES = {"Performance-M": 2, "Performance-L-RAM": 4, "Performance-2XL": 16}
_CORES_OF_OTHERS = 8
_MB_OF_A_WORKER = 256


def web_concurrency(size: str) -> int:
    """How many workers a web server starts if nobody says: as many as fit memory and cores.

    The buildpack sets WEB_CONCURRENCY to that (Dev Center: Optimizing Python
    Application Concurrency).
    """
    cores = _CORES.get(size, _CORES_OF_OTHERS)
    return min(QUOTAS_MB[size] // _MB_OF_A_WORKER, 2 * cores + 1)


def used_mb(leader: int) -> float:
    """The memory of a process and all below it, in MB; what they share counts once."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(leader)
        family = [process, *process.children(recursive=True)]
        return sum(_bytes(each) for each in family) / 1024 / 1024
    return 0.0


def _bytes(process: psutil.Process) -> int:
    """Its share of memory where the kernel tells (proc(5), smaps_rollup), else all it can see."""
    with contextlib.suppress(OSError, StopIteration):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        return (
            int(next(line for line in rollup.splitlines() if line[:4] == "Pss:").split()[1]) * 1024
        )
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0
