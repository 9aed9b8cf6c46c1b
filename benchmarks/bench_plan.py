"""How long `fab plan:live` takes when every answer of Heroku's takes 100 ms more.

Starts a sandbox with the bookshop in a temporary folder. Prints the median
time of the whole command with and without the latency, and how many requests
it made, at most how many of them in a row. Run: python benchmarks/bench_plan.py
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

FAB = Path(sys.executable).with_name("fab")
RUNS = 7
LATENCY_MS = 100


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "fabfile.py").write_text("from minion.tasks import *\n")
        try:
            fab(folder, "sandbox")
            api = json.loads(fab(folder, "sandbox:status,format=json"))["api_url"]
            print(f"fab plan:live, median of {RUNS} runs")
            for latency_ms in (0, LATENCY_MS):
                control(api, "PATCH", "/_sandbox/settings", {"latency_ms": latency_ms})
                report(folder, api, latency_ms)
        finally:
            fab(folder, "sandbox:stop")


def report(folder: str, api: str, latency_ms: int) -> None:
    fab(folder, "sandbox", "plan:live")
    seconds = []
    for _ in range(RUNS):
        control(api, "DELETE", "/_sandbox/requests")
        start = time.perf_counter()
        fab(folder, "sandbox", "plan:live")
        seconds.append(time.perf_counter() - start)
    requests = control(api, "GET", "/_sandbox/requests")
    # Answers without latency are over before the next request is sent, parallel or not.
    row = f", at most {chain(requests)} in a row" if latency_ms else ""
    print(
        f"  {latency_ms:>3} ms latency: {statistics.median(seconds):.2f} s "
        f"(from {min(seconds):.2f} to {max(seconds):.2f}), {len(requests)} requests{row}"
    )


def chain(requests: list[dict]) -> int:
    """The length of the longest row of requests of which each began after the one before."""
    ends: list[tuple[float, int]] = []
    for request in sorted(requests, key=lambda one: one["start"]):
        before = max((length for end, length in ends if end <= request["start"]), default=0)
        ends.append((request["start"] + request["seconds"], before + 1))
    return max((length for _, length in ends), default=0)


def fab(folder: str, *words: str) -> str:
    environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([FAB, *words], cwd=folder, env=environ, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def control(api: str, method: str, path: str, body: object = None) -> list[dict]:
    request = urllib.request.Request(
        api + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


if __name__ == "__main__":
    main()
