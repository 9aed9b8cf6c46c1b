"""``fab`` hit by one fault at one place, exactly.

The sandbox keeps the very request waiting, and a hook of origin the very push.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from desk_kit import FAB, Operator, Shop
from places import (
    CHANGING,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    HUNG_AFTER,
    HUNG_BEFORE,
    INTERRUPTED,
    KILLED_AFTER,
    KILLED_BEFORE,
    REFUSED,
    WRITES,
    Read,
    Ref,
    Write,
)

#: Seconds that an answer is waited for, so that what hangs is not waited for long.
PATIENCE = {"MINION_TIMEOUT": "3"}
DEADLINE_S = 90

HOOK = """#!/bin/sh
# Does to a push of a certain ref what the file `fault` says: REF MOMENT DEED.
[ -e fault ] || exit 0
read -r wanted moment deed < fault
[ "$moment" = {moment} ] || exit 0
while read -r old new ref; do
  case "$old" in *[!0]*) made=no;; *) made=yes;; esac
  case "$new" in *[!0]*) ;; *) made=gone;; esac
  case "$made:$ref" in $wanted) found=yes;; esac
done
[ "$found" = yes ] || exit 0
case "$deed" in
  refuse) rm fault; exit 1;;
  drop) rm fault; kill -9 "$PPID";;
  hold) touch held; while [ -e fault ]; do sleep 0.02; done; rm held;;
esac
"""


@dataclass
class Outcome:
    """How a disturbed ``fab`` ended: its exit status, None if it was killed, and its words."""

    status: int | None
    said: str


def disturb(operator: Operator, shop: Shop, words, place: Write | Read | Ref, fault: str):
    """``fab WORDS``, hit by `fault` at `place`; fails if it never gets there."""
    shop.api("DELETE", "/_sandbox/faults")
    with tempfile.TemporaryFile("w+") as said:
        if isinstance(place, Ref):
            arm_origin(shop, place, fault)
        elif isinstance(place, Write):
            wish = {"method": WRITES, "path": CHANGING, "skip": place.number}
            shop.api("POST", "/_sandbox/faults", {**wish, **DEEDS[fault]})
        else:
            wish = {"method": WRITES, "path": CHANGING, "skip": place.after.number}
            shop.api("POST", "/_sandbox/faults", {**wish, "hold": True, "after": True})
        process = subprocess.Popen(
            [str(FAB), *words],
            cwd=operator.folder,
            env={**operator.environ, **PATIENCE},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if isinstance(place, Read):
                until_held(shop, process)
                wish = {"method": "GET", "path": place.path, "skip": place.skip}
                shop.api("POST", "/_sandbox/faults", {**wish, **DEEDS[fault]})
                shop.api("DELETE", "/_sandbox/held")
                # The one that was held has to have left, lest it is taken for the next.
                until(lambda: not shop.api("GET", "/_sandbox/held"), process)
            status = act(shop, process, place, fault)
        finally:
            kill_tree(process)
            disarm_origin(shop)
        said.seek(0)
        text = said.read()
    until(lambda: not shop.api("GET", "/_sandbox/held"))
    assert shop.api("GET", "/_sandbox/faults") == [], f"{place} was not reached:\n{text}"
    assert "Traceback" not in text, text
    return Outcome(status, text)


def kill_at_request(
    operator: Operator, shop: Shop, words, method: str, path: str, skip: int = 0
) -> None:
    """``fab WORDS``, killed when such a request was carried out and is not answered yet.

    `skip` others like it go by. What is killed at a word that it says may be done by then.
    """
    wish = {"method": method, "path": path, "skip": skip, "hold": True, "after": True}
    shop.api("POST", "/_sandbox/faults", wish)
    with operator.begun(*words) as process:
        until_held(shop, process)
        kill_tree(process)
    until(lambda: not shop.api("GET", "/_sandbox/held"))


DEEDS = {
    KILLED_BEFORE: {"hold": True},
    KILLED_AFTER: {"hold": True, "after": True},
    INTERRUPTED: {"hold": True},
    REFUSED: {"status": 503},
    DROPPED_BEFORE: {"drop": True},
    DROPPED_AFTER: {"after": True},
    HUNG_BEFORE: {"hold": True},
    HUNG_AFTER: {"hold": True, "after": True},
}
AT_ORIGIN = {
    KILLED_BEFORE: "pre-receive hold",
    KILLED_AFTER: "post-receive hold",
    INTERRUPTED: "pre-receive hold",
    REFUSED: "pre-receive refuse",
    DROPPED_BEFORE: "pre-receive drop",
    DROPPED_AFTER: "post-receive drop",
}


def origin_folder(shop: Shop) -> Path:
    return (shop.project / shop.git("remote", "get-url", "origin")).resolve()


def arm_origin(shop: Shop, place: Ref, fault: str) -> None:
    origin = origin_folder(shop)
    for moment in ("pre-receive", "post-receive"):
        hook = origin / "hooks" / moment
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK.format(moment=moment))
        hook.chmod(0o755)
    (origin / "fault").write_text(f"{place.pattern} {AT_ORIGIN[fault]}\n")


def disarm_origin(shop: Shop) -> None:
    for name in ("fault", "held"):
        origin_folder(shop).joinpath(name).unlink(missing_ok=True)


def act(shop: Shop, process, place: Write | Read | Ref, fault: str) -> int | None:
    """Do to the process what belongs to the fault; its exit status."""
    if "hold" not in (AT_ORIGIN[fault] if isinstance(place, Ref) else DEEDS[fault]):
        return process.wait(DEADLINE_S)
    if isinstance(place, Ref):
        held = origin_folder(shop) / "held"
        until(held.exists, process)
    else:
        until_held(shop, process)
    if fault in (KILLED_BEFORE, KILLED_AFTER):
        kill_tree(process)
        return None
    if fault == INTERRUPTED:
        os.kill(process.pid, signal.SIGINT)
        if isinstance(place, Ref):
            origin_folder(shop).joinpath("fault").unlink()
        else:
            shop.api("DELETE", "/_sandbox/held")
    return process.wait(DEADLINE_S)


def until_held(shop: Shop, process) -> None:
    until(lambda: shop.api("GET", "/_sandbox/held"), process)


def until(look, process=None) -> None:
    """Return when `look` says yes; fails when `process` has ended, or after a long time."""
    deadline = time.monotonic() + DEADLINE_S
    while not look():
        assert process is None or process.poll() is None, "it ended before it got there"
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


def kill_tree(process) -> None:
    """As if the power had failed: the process and all that it has started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    doomed = {process.pid}
    while True:
        more = {pid for pid, parent in parents.items() if parent in doomed} - doomed
        if not more:
            break
        doomed |= more
    for pid in sorted(doomed):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()
