"""How long `fab -l` takes with minion's tasks, beside a fabfile with one task of its own.

Run: python benchmarks/bench_list.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FAB = Path(sys.executable).with_name("fab")
RUNS = 11
FABFILES = {
    "a bare fabfile": "from fabric.api import task\n\n\n@task\ndef x():\n    pass\n",
    "minion's tasks": "from minion.tasks import *\n",
}


def main() -> None:
    print(f"fab -l, median of {RUNS} runs")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FABFILES.items():
            Path(folder, "fabfile.py").write_text(content)
            run(folder)
            seconds = [run(folder) for _ in range(RUNS)]
            print(
                f"{name:>16}: {statistics.median(seconds) * 1000:>5.0f} ms "
                f"(from {min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f})"
            )


def run(folder: str) -> float:
    """Seconds for one `fab -l` in `folder`."""
    root = str(Path(__file__).resolve().parents[1])
    start = time.perf_counter()
    done = subprocess.run(
        [FAB, "-l"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return seconds


if __name__ == "__main__":
    main()
