"""How long an analysis takes beside the plain git commands that it cannot do without.

Generates a repository of 20,000 commits and compares, for several ranges,
``git diff --name-status`` + ``git log`` with Repository.changes + log + paths +
analyse. Run: python benchmarks/bench_analyse.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from minion.analyser.changes import analyse
from minion.git import Repository
from minion.options import names

COMMITS = 20_000
RANGES = (1, 100, 1_000, 10_000, COMMITS - 1)
RUNS = 7
#: What the commits touch, in turn; the number makes it a few hundred apps' worth of files.
FILES = (
    *("app{0}/views.py", "app{0}/models.py", "app{0}/migrations/{1:04}_change.py"),
    *("app{0}/static/app{0}/page{1}.css", "app{0}/fixtures/rows{1}.json", "docs/page{1}.md"),
    *("app{0}/templates/app{0}/page{1}.html", "app{0}/services/part{1}.py"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        generate(Path(folder))
        repository = Repository.open(folder)
        count = len(repository.paths("HEAD"))
        print(
            f"{COMMITS} commits, {count} files, made in {time.perf_counter() - start:.1f} s; "
            f"median of {RUNS} runs"
        )
        print(
            f"{'commits':>8} {'files':>7} {'plain git':>11} {'analysis':>11} {'ratio':>6}  options"
        )
        for length in RANGES:
            report(folder, repository, length)


def report(folder: str, repository: Repository, length: int) -> None:
    base, head = repository.resolve(f"HEAD~{length}"), repository.resolve("HEAD")
    plain = median_s(lambda: plain_git(folder, base, head))
    ours = median_s(lambda: analysed(repository, base, head))
    files = len(repository.changes(base, head))
    print(
        f"{length:>8} {files:>7} {plain * 1000:>8.1f} ms {ours * 1000:>8.1f} ms "
        f"{ours / plain:>6.2f}  {analysed(repository, base, head)}"
    )


def plain_git(folder: str, base: str, head: str) -> None:
    for command in (("diff", "--name-status", "-z", base, head), ("log", f"{base}..{head}")):
        subprocess.run(["git", *command], cwd=folder, check=True, stdout=subprocess.PIPE)


def analysed(repository: Repository, base: str, head: str) -> str:
    changes = repository.changes(base, head)
    repository.log(base, head)
    found = analyse(changes, repository.paths(head), commits_differ=True, collects_static=False)
    return names(found.options)


def median_s(work: Callable[[], object]) -> float:
    """The median of `RUNS` runs in seconds, after one that fills the caches."""
    work()
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def generate(folder: Path) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", folder], check=True, env=environment)
    process = subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE, env=environment
    )
    assert process.stdin
    process.stdin.writelines(stream())
    process.stdin.close()
    if process.wait():
        sys.exit("git fast-import failed")
    # As a clone would have it: fast-import leaves a pack that is slow to read.
    subprocess.run(["git", "repack", "-adq"], cwd=folder, check=True)
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/master"], cwd=folder, check=True)


def stream() -> Iterator[bytes]:
    """The history in the language of git fast-import."""
    for number in range(COMMITS):
        message = f"Change number {number}.\n\nWith a second paragraph.".encode()
        path = FILES[number % len(FILES)].format(number % 97, number % 501)
        content = f"content of change {number}\n".encode()
        yield b"commit refs/heads/master\n"
        yield b"committer Ann <ann@example.com> %d +0000\n" % (1_700_000_000 + number)
        yield b"data %d\n%s\n" % (len(message), message)
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)


if __name__ == "__main__":
    main()
