"""Histories made up at random: what is said to fail is what Django's own loader refuses.

MINION_WHOLE in the environment tries many; without it a few.
"""

from __future__ import annotations

import collections
import os

from trial_graph import judged, made_up

from minion.analyser.migrations import read_migrations

COUNT = 3000 if os.environ.get("MINION_WHOLE") else 120


def added(history) -> list[str]:
    return [path for path in history.new if path not in history.old and "__init__" not in path]


def said(history) -> list[str]:
    tree = {path: text.encode() for path, text in history.new.items()}
    old = {path: text.encode() for path, text in history.old.items()}
    packages = {path.rpartition("/")[0] for path in tree if path.endswith("__init__.py")}
    new = [path for path in tree if path not in old]
    readings = read_migrations(tree, new, old=old, packages=packages)
    return [why for one in readings for why in one.fails]


def test_django_refuses_what_is_said_to_fail_and_nothing_else():
    histories = list(map(made_up, range(COUNT)))
    wrong = []
    tally: collections.Counter[tuple[str, bool, bool]] = collections.Counter()
    for seed, (history, refusal) in enumerate(zip(histories, judged(histories))):
        has_new = any("blog/" in path for path in added(history))
        if history.fault == "no package" and not has_new:
            continue  # all that Django passes over has run
        fails = said(history)
        tally[history.fault, bool(fails), bool(refusal)] += 1
        if bool(fails) != bool(refusal):
            wrong.append((seed, history.fault, fails, refusal))
    print(*sorted(tally.items()), sep="\n")
    assert not wrong, wrong[:5]
    assert len({key[1:] for key in tally}) == 2, "both are tried"
