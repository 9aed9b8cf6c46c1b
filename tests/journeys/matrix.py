"""Every fault at every place of an operation, one after the other, each followed to its good end.

What one case leaves is where the next begins. A commit that was not released is
tried again by the next case, as an operator would.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Callable

import tried
from desk_kit import Operator, Shop
from disturbing import PATIENCE, disturb
from places import (
    EVERY_FAULT,
    HUNG_BEFORE,
    LOCK_GIVEN_BACK,
    LOCK_TAKEN,
    TAGGED,
    Ref,
    places_of,
)

#: The suite tries some of the cases; with this set, as in .ci/whole, all.
WHOLE = bool(os.environ.get("MINION_WHOLE"))
#: What differs from another kind in few places only is tried with the whole.
#: Only the cases whose name has this in it, to look at one again.
ONE_CASE = os.environ.get("MINION_CASE", "")
FINISHED, BACK = "finished", "as before"


@dataclass
class Kind:
    """One kind of operation: ``fab CALL`` on `apps`, after `change` has given it something to do.

    `state` tells of an app what must be the same whenever the operation is
    over: found before, and again at the end. `is_done` says whether what was
    asked for has come about, `releases` how many each app gets by it.
    """

    operator: Operator
    shop: Shop
    environment: str
    apps: tuple[str, ...]
    call: str
    change: Callable[[], None]
    is_done: Callable[[], bool]
    releases: int = 1
    releases_back: tuple[int, ...] = (0,)
    check: Callable[[], None] = lambda: None
    sets_page: bool = False
    tag: Callable[[str, int], str] | None = None
    commands: int = 0
    refs: tuple[Ref, ...] = ()
    before: dict[str, int] = field(default_factory=dict)
    said: str = ""

    def prepare(self) -> None:
        """Something to do, and what was found before it."""
        if not self.before or self.is_done():
            self.change()
        assert not self.is_done()
        self.before = {app: self.version(app) for app in self.apps}
        self.found = {app: self.state(app) for app in self.apps}
        self.witness.write_text("")

    @property
    def witness(self):
        """Where the database commands leave a line when they begin, and one when they end."""
        return self.shop.project.parent / "witness"

    def version(self, app: str) -> int:
        return self.shop.newest(app)["version"]

    def state(self, app: str):
        api = self.shop.api
        quantities = {one["type"]: one["quantity"] for one in api("GET", f"/apps/{app}/formation")}
        return {
            "page": api("GET", f"/apps/{app}")["maintenance"] and not self.sets_page,
            "preboot": api("GET", f"/apps/{app}/features/preboot")["enabled"],
            "formation": quantities,
        }

    @property
    def is_open(self) -> bool:
        journals = self.shop.project / ".git" / "minion" / "journals"
        return (journals / f"{self.environment}.journal").exists()

    def trace(self) -> list:
        """Where it can be hit, seen in a run that nobody disturbs."""
        self.prepare()
        self.shop.api("DELETE", "/_sandbox/requests")
        done = self.operator.fab("sandbox", self.call)
        titles = re.findall(r"^\[\d+/\d+\] (.*)$", done.stdout, re.MULTILINE)
        places = places_of(self.shop, self.environment, titles)
        self.is_in_order()
        assert self.is_done()
        return [*self.refs, *places]

    def try_case(self, place, fault: str, first: str) -> str:
        """One case; how it ended. `first` is the way that is tried first with ``resume``."""
        self.prepare()
        self.said = ""
        outcome = disturb(self.operator, self.shop, ["sandbox", self.call], place, fault)
        self.said, status = outcome.said, outcome.status
        assert status in (0, 1, 130, None)
        if self.is_open:
            # What a killed process has left, or one that says what to type.
            assert status is None or f"fab sandbox resume:{self.environment}" in self.said
            self.resume(first)
        assert status != 0 or self.is_done()
        self.follow()
        self.is_in_order()
        return FINISHED if self.is_done() else BACK

    def resume(self, first: str) -> None:
        """Go the way that is open, `first` if both are."""
        done = self.fab(f"resume:{self.environment},how={first}", status=None)
        if done.returncode and "is not possible here, only how=" in done.stderr:
            other = "back" if first == "finish" else "finish"
            done = self.fab(f"resume:{self.environment},how={other}", status=None)
        assert done.returncode in (0, 1)

    def follow(self) -> None:
        """Type what the tool has said has to be typed, for nothing else may be needed."""
        for app in self.apps:
            if self.state(app)["page"] and not self.found[app]["page"]:
                assert re.search(rf"maintenance page of .*{app}.* stays up", self.said)
        said = self.said
        mended = re.findall(r"When the cause is mended: fab (?:sandbox )?(\S+)", said)
        stays = "stays up" in said
        if mended and ("options=" in mended[-1] or stays):
            self.mend(mended[-1])
        for call in re.findall(r"When the site is right again:\s+fab (?:sandbox )?(\S+)", said)[
            -1:
        ]:
            self.fab(call)
        for command in re.findall(r"^\s+(git tag -a .*)$", said, re.MULTILINE):
            name, commit = command.split()[3:5]
            self.shop.git("tag", "-f", "-m", "by hand", name, commit)
            self.shop.git("push", "-q", "-f", "origin", name)

    def mend(self, call: str) -> None:
        """Type a call that was advised; the very plan is confirmed, for it may overrule."""
        confirm = self.apps[0]
        if call.startswith("deploy:"):
            plan = call.replace("deploy:", "plan:", 1)
            confirm = self.operator.json("sandbox", f"{plan},format=json")["plan"]
        self.fab(f"{call},confirm={confirm}")

    def fab(self, call: str, **options):
        """``fab CALL``, whose words are added to what was said."""
        done = self.operator.fab("sandbox", call, **PATIENCE, **options)
        self.said += f"\n$ fab {call}\n{done.stdout}{done.stderr}"
        return done

    def is_in_order(self) -> None:
        """Everything is as found; there is one release more, or none; nobody is at it."""
        shop, is_done = self.shop, self.is_done()
        assert not self.is_open
        assert shop.git("ls-remote", "origin", "refs/minion/*") == ""
        for app in self.apps:
            assert self.state(app) == self.found[app], app
            made = self.version(app) - self.before[app]
            assert made in ((self.releases,) if is_done else self.releases_back), (app, made)
            assert self.sets_page or shop.page(app).status_code == 200
        self.check()
        lines = self.witness.read_text().split()
        assert max(depth(lines)) <= 1, lines
        # Where the rest was asked for by hand, that of one app may have been done.
        again = len(self.apps) - 1 if "$ fab deploy" in self.said else 0
        ran = lines.count("begin")
        if is_done:
            assert self.commands <= ran <= self.commands + again, lines
        else:
            # What was not gone on with is named.
            assert ran == len(re.findall(r"^Done: .* migrate ", self.said, re.MULTILINE)), lines
        assert lines.count("end") == ran, lines
        if is_done and self.tag:
            for app in self.apps:
                name = self.tag(app, self.version(app))
                tagged = shop.git("ls-remote", "origin", f"refs/tags/{name}^{{}}").split("\t")[0]
                assert tagged == shop.git("rev-parse", "HEAD"), name

    def try_all(self, fits=lambda place: True, *, faults=EVERY_FAULT, every: int) -> int:
        """Every case of the places that a run shows, in the suite each `every` th; how many.

        `fits` and `faults` leave out what another kind of operation has in common with this.
        """
        cases = [
            (place, fault)
            for place in self.trace()
            for fault in place.faults
            if fits(place) and fault in faults
        ]
        some = cases if WHOLE else cases[::every]
        if ONE_CASE:
            some = [case for case in cases if ONE_CASE in f"{case[1]}: {case[0]}"]
        ends = []
        for number, (place, fault) in enumerate(some):
            first = "back" if number % 3 == 2 else "finish"
            try:
                ends.append(f"{fault}: {place}: {self.try_case(place, fault, first)}")
            except BaseException:
                print(f"\nAfter {len(ends)} cases, in: {fault}: {place}\n{self.said}")
                raise
        self.prepare()
        self.operator.fab("sandbox", self.call)
        self.is_in_order()
        count = f"{self.call}: {len(some)} of {len(cases)} cases"
        tried.LINES.append(count)
        print(f"\n{count}", *ends, sep="\n  ")
        return len(some)


def depth(lines: list[str]) -> list[int]:
    """How many commands were under way after each line."""
    under_way, found = 0, [0]
    for line in lines:
        under_way += 1 if line == "begin" else -1
        found.append(under_way)
    return found


def running(shop: Shop, app: str) -> str:
    """The commit that the app runs."""
    release = next(one for one in shop.api("GET", f"/apps/{app}/releases") if one["current"])
    return shop.api("GET", f"/apps/{app}/slugs/{release['slug']['id']}")["commit"]


#: Has every migrate of the bookshop say that it began, and that it ended.
WITNESS = """import atexit
import os
import sys


def leave_word(word):
    with open(os.environ["WITNESS"], "a") as file:
        file.write(f"{word}\\n")


if "migrate" in sys.argv[1:2] and "WITNESS" in os.environ:
    leave_word("begin")
    atexit.register(leave_word, "end")
"""


def with_witness(shop: Shop, *apps: str) -> dict[str, str]:
    """The file of a commit after which migrations leave word beside the project of `shop`."""
    for app in apps:
        witness = {"WITNESS": str(shop.project.parent / "witness")}
        shop.api("PATCH", f"/apps/{app}/config-vars", witness)
    text = (shop.project / "manage.py").read_text()
    assert text.count("import os\nimport sys\n") == 1
    return {"manage.py": text.replace("import os\nimport sys\n", WITNESS, 1)}


#: A request that hung is one that was dropped, and said so late: both are tried at every
#: place of the plainest operations, and one of them at those of the others.
FEWER_FAULTS = tuple(fault for fault in EVERY_FAULT if fault != HUNG_BEFORE)
REFS = (LOCK_TAKEN, LOCK_GIVEN_BACK, TAGGED)
