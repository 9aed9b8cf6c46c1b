"""Two people deploy at the same moment, each from a clone: one does, the other is told who."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from desk_kit import FAB

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

PAIRS = int(os.environ.get("MINION_PAIRS", "1"))
NAMES = ("Ada", "Bob")


@pytest.fixture(scope="module")
def clones(operator, shop):
    """A clone of the shop for each of the two, and the environment they work in."""
    found = {}
    for name in NAMES:
        folder = shop.project.parent / f"clone-of-{name}"
        shop.git("clone", "-q", str(shop.project.parent / "origin.git"), str(folder))
        for key, value in (("user.name", name), ("user.email", f"{name.lower()}@example.com")):
            shop.git("config", key, value, cwd=folder)
        found[name] = folder
    shop.api("PATCH", "/_sandbox/settings", {"build_s": 6})
    yield found
    shop.api("PATCH", "/_sandbox/settings", {"build_s": 0})


def start(operator, shop, folder):
    environ = {**operator.environ, **shop.state["environ"]}
    return subprocess.Popen(
        [str(FAB), "deploy:uat,confirm=bookshop-uat"],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.whole
@pytest.mark.parametrize("number", range(PAIRS))
def test_one_of_a_pair_deploys_and_the_other_is_told_who(operator, shop, clones, number):
    shop.git("checkout", "-q", "master")
    target = shop.commit(f"Pair {number}", changes.code(shop.project, 700 + number), "master")
    shop.git("push", "-q", "origin", "master")
    for folder in clones.values():
        shop.git("pull", "-q", "--ff-only", cwd=folder)
    before = shop.newest("bookshop-uat")["version"]
    processes = {name: start(operator, shop, folder) for name, folder in clones.items()}
    said = {name: process.communicate(timeout=400) for name, process in processes.items()}
    status = {name: process.returncode for name, process in processes.items()}
    assert sorted(status.values()) == [0, 1], said
    winner = next(name for name in NAMES if status[name] == 0)
    loser = next(name for name in NAMES if status[name] == 1)
    assert f"{winner} <{winner.lower()}@example.com>" in said[loser][1]
    release = shop.newest("bookshop-uat")
    assert release["version"] == before + 1
    slug = shop.api("GET", f"/apps/bookshop-uat/slugs/{release['slug']['id']}")
    assert slug["commit"] == target
    assert shop.git("ls-remote", "origin", "refs/minion/*") == ""
