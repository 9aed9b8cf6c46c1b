"""Where an operation can be hit: its requests that change something, its waits, its refs.

A run that nobody disturbs shows them; then each can be hit exactly, because the
sandbox keeps the very request waiting, and a hook of origin the very push.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from conftest import FAB, Operator, Shop

KILLED_BEFORE = "killed before"
KILLED_AFTER = "killed after"
INTERRUPTED = "interrupted"
REFUSED = "refused"
DROPPED_BEFORE = "dropped before"
DROPPED_AFTER = "dropped after"
HUNG_BEFORE = "hung before"
HUNG_AFTER = "hung after"
EVERY_FAULT = (
    *(KILLED_BEFORE, KILLED_AFTER, INTERRUPTED, REFUSED),
    *(DROPPED_BEFORE, DROPPED_AFTER, HUNG_BEFORE, HUNG_AFTER),
)
#: What only looks has no "after", and whatever is lost on the way is asked for again, by the
#: same few lines for every look.
READ_FAULTS = (KILLED_BEFORE, INTERRUPTED, REFUSED)
#: What a hook can do to a push; git itself gives up after minutes only.
REF_FAULTS = (KILLED_BEFORE, KILLED_AFTER, INTERRUPTED, REFUSED, DROPPED_BEFORE, DROPPED_AFTER)

WRITES = "POST|PUT|PATCH|DELETE"
#: git reads by POST too, and so do those who want to see a log.
CHANGING = r"^(?!.*(git-upload-pack|log-sessions))"
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


@dataclass(frozen=True)
class Write:
    """The request that changes something after `number` others; it came in `step`."""

    number: int
    method: str
    path: str
    step: str

    faults = EVERY_FAULT

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.step})"

    @property
    def is_push(self) -> bool:
        return self.path.endswith("git-receive-pack")


@dataclass(frozen=True)
class Read:
    """The look at `path` with which a waiting step begins: `skip` later ones than `after`."""

    after: Write
    path: str
    skip: int
    step: str

    faults = READ_FAULTS

    def __str__(self) -> str:
        return f"GET {self.path} ({self.step})"


@dataclass(frozen=True)
class Ref:
    """A push to origin; `pattern` is a shell's, for ``yes:REF``, made, or ``gone:REF``."""

    pattern: str
    step: str

    faults = REF_FAULTS

    def __str__(self) -> str:
        return f"{self.step} ({self.pattern})"


LOCK_TAKEN = Ref("yes:refs/minion/locks/*", "the lock is taken")
LOCK_GIVEN_BACK = Ref("gone:refs/minion/locks/*", "the lock is given back")
TAGGED = Ref("yes:refs/tags/*", "the tag is pushed")


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def places_of(shop: Shop, environment: str, titles: list[str]) -> list[Write | Read]:
    """The places of the operation that has just ended well on `environment`.

    Every step is reached: by what it changes, else by its first look at Heroku;
    only what a step does on this machine alone has no place here.
    """
    journal = shop.project / ".git" / "minion" / "journals" / f"{environment}.last"
    events = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    begun = [seconds(one["at"]) for one in events if one["event"] == "begun"]
    end = seconds(events[-1]["at"])
    assert len(begun) == len(titles)
    found = [
        (one["start"], one["method"], one["path"])
        for one in shop.api("GET", "/_sandbox/requests")
        if begun[0] <= one["start"] <= end + 0.001
    ]
    places: list[Write | Read] = []
    last, reads, unreached = None, [], []
    for number, (title, start) in enumerate(zip(titles, begun)):
        until = begun[number + 1] if number + 1 < len(begun) else end + 1
        mine = [one for one in found if start <= one[0] < until]
        is_reached = False
        for _, method, path in mine:
            if method in WRITES.split("|") and re.search(CHANGING, path):
                count = sum(isinstance(one, Write) for one in places)
                last, reads, is_reached = Write(count, method, path, title), [], True
                places.append(last)
            elif method == "GET":
                if not is_reached and last is not None:
                    places.append(Read(last, loose(path), reads.count(loose(path)), title))
                    is_reached = True
                reads.append(loose(path))
        if not is_reached:
            unreached.append(title)
    # A tag goes to origin, and what comes before the first change is as if nothing had begun.
    assert [one for one in unreached if ": tag " not in one and one not in titles[:1]] == []
    return places


def loose(path: str) -> str:
    """`path` as a pattern that fits the same look in another run: versions and ids vary."""
    return "^" + re.sub(r"/[0-9a-f-]{36}|/\d+", "/[0-9a-f-]+", path) + "$"


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
    elif getattr(place, "is_push", False):
        # A build may take its time, so git is not given up on; the operator gives up.
        os.kill(process.pid, signal.SIGINT)
        until_quiet(process)
        os.kill(process.pid, signal.SIGINT)
    return process.wait(DEADLINE_S)


def until_quiet(process) -> None:
    """Return when the first Ctrl-C has been noted: it is no longer pending."""
    status = Path(f"/proc/{process.pid}/status")
    pending = re.compile(r"^(?:SigPnd|ShdPnd):\s*(\w+)$", re.MULTILINE)
    until(lambda: not any(int(one, 16) for one in pending.findall(status.read_text())))
    time.sleep(0.1)


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
