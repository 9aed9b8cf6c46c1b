"""Whether a release that makes errors is noticed, and a good one is left alone.

Starts a sandbox with the bookshop in a temporary folder, lets visitors ask for its front page
all the time, and deploys to uat in turn a release of which 5 % of the answers are 500 and one of
which none is, each watched with ``on_failure = "rollback"``. Prints for each how long it was
watched, after how many requests it was judged, and what became of it.

Run: python benchmarks/bench_watch.py [--rounds 20] [--watch 30] [--share 0.05] [--visitors 10]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

FAB = Path(sys.executable).with_name("fab")
UAT = "bookshop-uat"
MIDDLEWARE = """\
import random

from django.http import HttpResponseServerError


def some(get_response):
    def answer(request):
        if random.random() < {share}:
            return HttpResponseServerError("Number {number} fails now and then.")
        return get_response(request)

    return answer
"""
WATCHING = '\n[watch]\nerrors = "1%"\non_failure = "rollback"\n'
SEEN = re.compile(r"^(\d+) s: ([\d,]+) requests, ([\d.]+) % 5xx", re.M)


class Shop:
    """The sandbox's bookshop in `folder`, and somebody who works on it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.fab("sandbox")
        self.state = json.loads(self.fab("sandbox:status,format=json").stdout)
        self.project = Path(self.state["project"])
        self._git("checkout", "-q", "master")
        with (self.project / "minion.toml").open("a", encoding="utf-8") as file:
            file.write(WATCHING)
        settings = self.project / "bookshop" / "settings.py"
        line = '\nMIDDLEWARE = [*MIDDLEWARE, "bookshop.failing.some"]\n'
        settings.write_text(settings.read_text(encoding="utf-8") + line, encoding="utf-8")

    def fab(self, *words: str, status: int | None = 0) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [FAB, *words], cwd=self.folder, env=environ, capture_output=True, text=True
        )
        if status is not None and done.returncode != status:
            sys.exit(f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def commit(self, number: int, share: float) -> None:
        text = MIDDLEWARE.format(share=share, number=number)
        (self.project / "bookshop" / "failing.py").write_text(text, encoding="utf-8")
        self._git("add", "-A")
        self._git("commit", "-qm", f"Fail in {share:g} of the answers ({number})")
        self._git("push", "-q", "origin", "master")

    def _git(self, *words: str) -> None:
        environ = {**os.environ, **self.state["environ"]}
        subprocess.run(["git", *words], cwd=self.project, env=environ, check=True)


@contextmanager
def visited(url: str, visitors: int) -> Iterator[None]:
    """Within, so many ask for the front page, each five times a second."""
    is_over = threading.Event()

    def visit() -> None:
        while not is_over.wait(0.2):
            try:
                requests.get(url, timeout=30)
            except requests.RequestException:
                time.sleep(0.2)

    threads = [threading.Thread(target=visit, daemon=True) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--watch", type=int, default=30)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--visitors", type=int, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "fabfile.py").write_text("from minion.tasks import *\n")
        shop = Shop(folder)
        right = {"bad": 0, "good": 0}
        try:
            shop.commit(0, 0.0)
            shop.fab("sandbox", f"deploy:uat,confirm={UAT}")
            with visited(shop.state["apps"][UAT]["web_url"], asked.visitors):
                for number in range(1, asked.rounds + 1):
                    for kind, share in (("bad", asked.share), ("good", 0.0)):
                        shop.commit(number, share)
                        words = f"deploy:uat,watch={asked.watch}s,confirm={UAT}"
                        done = shop.fab("sandbox", words, status=None)
                        right[kind] += told(kind, number, done)
        finally:
            shop.fab("sandbox:stop", status=None)
    print(f"bad, noticed and taken back: {right['bad']} of {asked.rounds}")
    print(f"good, left alone: {right['good']} of {asked.rounds}")


def told(kind: str, number: int, done: subprocess.CompletedProcess[str]) -> bool:
    """Whether it went as it should, with a line about it."""
    seen = SEEN.search(done.stdout)
    numbers = f"{seen[1]:>3} s {seen[2]:>7} requests {seen[3]:>5} %" if seen else "not watched"
    was_back = "was taken back by itself" in done.stderr
    ended = "taken back" if was_back else f"status {done.returncode}"
    print(f"{kind:<5} {number:>3}  {numbers}  {ended}", flush=True)
    is_right = was_back if kind == "bad" else done.returncode == 0
    if not is_right:
        print(f"{done.stdout[-2000:]}\n{done.stderr}", flush=True)
    return is_right


if __name__ == "__main__":
    main()
