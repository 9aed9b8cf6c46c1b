"""Every deed of others, between every two steps of every operation, on the scripted Heroku.

Whatever they do, the end is the right code with the right schema and status 0, or status
not 0 with a site that is as safe as the deed allows: no migration is run in other code,
nobody else's release is rolled back, what does not fit its database hides behind its page,
and there is a way out by what the tool says.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Callable

import pytest
from gits import git
from others import (
    DEEDS,
    FIRST,
    OTHER_CODE,
    Schemas,
    back_to_its_name,
    foreign_commit,
    with_migration,
)
from sites import ENVIRONMENTS, Site

from minion.api import (
    ConfigRequest,
    DeployRequest,
    MaintenanceRequest,
    RollbackRequest,
    config,
    deploy,
    maintenance,
    resume,
    rollback,
)
from minion.engine.exclusive import journals_in
from minion.errors import DeployInterrupted, MinionError

#: The suite tries some of the cases; with this set, all.
WHOLE = bool(os.environ.get("MINION_WHOLE"))
#: Went wrong once: always tried. An app that is renamed while the promotion's answer is read hid
#: what came of the other app.
ALWAYS = {("promotion", "rename", 6, "shop-a")}
#: Only the cases whose name has this in it, to look at one again.
ONE_CASE = os.environ.get("MINION_CASE", "")
LIVE = ("shop-a", "shop-b")
SETTINGS = f"""
[project]
config = "../config"
{ENVIRONMENTS}"""


@dataclass
class Operation:
    """One operation on a fresh site: `ready` gives it something to do, `call` asks for it.

    `wanted` is the commit that the apps are to run, `migrates_in` the only one whose code
    may change the database. `is_done` tells of an app whether it has what was asked for.
    """

    environment: str
    apps: tuple[str, ...]
    call: Callable[[], None]
    wanted: str
    migrates_in: str | None = None
    is_done: Callable[[Site, str], bool] = lambda site, name: True
    sets_page: bool = False
    is_about_code: bool = True
    found: dict[str, tuple[bool, str | None]] = field(default_factory=dict)


def deployment(site, files, *, promoted=False):
    """Both apps of live get a commit with `files`."""
    old = site.commit({"minion.toml": SETTINGS, **FIRST})
    released(site, old)
    wanted = site.commit(files)
    if promoted:
        for app in site.heroku.apps.values():
            app.pipeline = "shop"
        site.heroku["shop-uat"].deploy(wanted)
        schemas = site.schemas
        schemas.of(site.heroku["shop-uat"]).update(schemas.in_code(wanted))
    request = DeployRequest("live", pipeline=promoted)
    return Operation(
        "live",
        LIVE,
        lambda: deploy(request, confirm="shop-a+shop-b", wait_s=0),
        wanted,
        migrates_in=wanted,
    )


def released(site, commit):
    """Every app runs `commit`, and its database is as that needs it."""
    for app in site.heroku.apps.values():
        app.deploy(commit)
        site.schemas.of(app).update(site.schemas.in_code(commit))


def back(site, files):
    """Both apps of live go back from a commit with `files` to the one before it."""
    old = site.commit({"minion.toml": SETTINGS, **FIRST})
    released(site, old)
    newer = site.commit(files)
    released(site, newer)
    request = RollbackRequest("live")
    return Operation(
        "live",
        LIVE,
        lambda: rollback(request, confirm="shop-a+shop-b", wait_s=0),
        old,
        migrates_in=newer,
    )


def setting(site):
    """Both apps get a config var."""
    commit = site.commit({"minion.toml": SETTINGS, **FIRST})
    released(site, commit)
    folder = site.folder / "config"
    folder.mkdir()
    (folder / "live.env").write_text("NEW=1\n")
    return Operation(
        "live",
        LIVE,
        lambda: config(ConfigRequest("live"), confirm="shop-a+shop-b", wait_s=0, as_json=False),
        commit,
        is_done=lambda site, name: site.heroku.apps[name].config.get("NEW") == "1",
        is_about_code=False,
    )


def page(site):
    commit = site.commit({"minion.toml": SETTINGS, **FIRST})
    released(site, commit)
    return Operation(
        "live",
        LIVE,
        lambda: maintenance(MaintenanceRequest("live", True), wait_s=0),
        commit,
        is_done=lambda site, name: site.heroku.apps[name].maintenance,
        sets_page=True,
        is_about_code=False,
    )


OPERATIONS = {
    "push": lambda site: deployment(site, {"shop/views.py": "x = 1\n"}),
    "push-expand": lambda site: deployment(site, with_migration("expand")),
    "push-breaking": lambda site: deployment(site, with_migration("breaking")),
    "promotion": lambda site: deployment(site, with_migration("breaking"), promoted=True),
    "rollback": lambda site: back(site, {"shop/views.py": "x = 1\n"}),
    "rollback-reversing": lambda site: back(site, with_migration("breaking")),
    "config": setting,
    "maintenance": page,
}


class Case:
    """One operation during which one deed is done at one place, and what must be so then."""

    def __init__(self, site: Site, kind: str, deed: str = "", place: int = 0, at: str = "") -> None:
        self.site, self.deed = site, deed
        self.needs_page = "expand" not in kind
        site.schemas = Schemas(site)
        self.operation = OPERATIONS[kind](site)
        self.foreign = foreign_commit(site)
        self.places: list[int] = []
        self.place, self.at = place, at
        self.done_at: dict[str, object] | None = None
        #: Between the last look and the step's very request there is nobody who could tell.
        self.in_step = False
        self.said = ""
        self.had_begun = False
        site.heroku.before = self._look
        self.formation = {name: dict(site.heroku[name].formation) for name in self.operation.apps}

    @property
    def journal(self):
        return journals_in(self.site.root / ".git") / f"{self.operation.environment}.journal"

    def _look(self, request) -> None:
        """How many lines the journal has tells between which steps a request comes."""
        try:
            lines = len(self.journal.read_bytes().splitlines())
        except FileNotFoundError:
            return
        if lines not in self.places:
            self.places.append(lines)
        if self.deed and self.done_at is None and lines >= self.place:
            app = self.site.heroku.apps[self.at]
            self.in_step = self._is_within_a_step()
            DEEDS[self.deed](self.site, app, self.foreign)
            self.done_at = {
                "page": app.maintenance,
                "schema": set(self.site.schemas.of(app)),
                "releases": len(app.releases),
            }

    def _is_within_a_step(self) -> bool:
        """Whether a step has begun that releases code on the app, or takes its page down."""
        header, *events = map(json.loads, self.journal.read_text().splitlines())
        if not events or events[-1]["event"] in ("done", "closed"):
            return False
        step = header["work"]["steps"][events[-1]["step"] - 1]
        acts_on = step.get("targets", [step["app"]])
        kinds = ("Push", "Promote", "RollBack", "MaintenanceOff")
        return step["@"] in kinds and self.at in acts_on

    def carry_out(self) -> bool:
        """Whether it ended well."""
        try:
            self.operation.call()
        except (MinionError, KeyboardInterrupt) as error:
            self.said = str(error)
            self.had_begun = isinstance(error, DeployInterrupted)
            return False
        return True

    def judge(self, is_well: bool) -> None:
        site, operation = self.site, self.operation
        schemas = site.schemas
        for name, commit in schemas.ran:
            assert commit == operation.migrates_in, f"{name}: migrated in {commit}"
        for name in operation.apps:
            app = site.heroku.apps[name]
            if self.deed in OTHER_CODE and name == self.at and self.done_at and not self.in_step:
                self.judge_strangers(app, is_well)
                continue
            if is_well:
                assert app.commit == operation.wanted, f"{name}: other code, and status 0"
                assert schemas.works(app), f"{name}: other schema, and status 0"
                assert operation.is_done(site, name), f"{name}: not done, and status 0"
                assert operation.sets_page or not app.maintenance or self.deed == "page"
                if self.deed != "scale":
                    assert app.formation == self.formation[name]
            elif not schemas.works(app) and not (self.in_step and name == self.at):
                took_it_down = self.deed == "page" and name == self.at
                assert app.maintenance or took_it_down or self.is_told(name), (
                    f"{name}: broken and open: {self.said}"
                )
        if is_well:
            assert not self.journal.exists()
            assert not self.lock()
        elif self.had_begun:
            assert "fab " in self.said or "Type:" in self.said, self.said

    def judge_strangers(self, app, is_well: bool) -> None:
        """What somebody else has released is there, and is not called ours."""
        assert self.done_at is not None
        made = app.releases[self.done_at["releases"] - 1]
        assert app.slug == made["slug"]["id"], f"{app.name}: a stranger's release was undone"
        operation = self.operation
        is_right = app.commit == operation.wanted or not operation.is_about_code
        assert (is_right and operation.is_done(self.site, app.name)) or not is_well, (
            f"{app.name}: a stranger's code, and status 0"
        )
        if not self.site.schemas.works(app) and not app.maintenance:
            # Only where it was the stranger alone who made it so.
            is_theirs = self.site.schemas.of(app) == self.done_at["schema"]
            assert is_theirs and not self.done_at["page"], f"broken and open: {self.said}"

    def is_told(self, name: str) -> bool:
        """What needs no page may be out without its migration: then it is said what to type."""
        ways = (f"{name} runs the new code without: ", "options=migrate", "fab resume:")
        return not self.needs_page and any(way in self.said for way in ways)

    def lock(self) -> str:
        return git(self.site.folder / "origin.git", "for-each-ref", "refs/minion/")

    def find_the_way_out(self, first: str) -> None:
        """What is left open is ended by ``resume``, by `first` where both ways are open."""
        self.site.heroku.before = lambda request: None
        back_to_its_name(self.site.heroku.apps.values())
        other = "back" if first == "finish" else "finish"
        for how in (first, other):
            if self.journal.exists():
                with suppress(MinionError):
                    resume(self.operation.environment, how=how)
        assert not self.journal.exists(), "there is no way out"
        assert not self.lock()
        for name, commit in self.site.schemas.ran:
            assert commit == self.operation.migrates_in, f"{name}: migrated in {commit}, resumed"


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", OPERATIONS)
def test_whatever_others_do_meanwhile(new_site, kind, capsys, record_property):
    trace = Case(new_site(), kind)
    assert trace.carry_out()
    trace.judge(True)
    apps = trace.operation.apps
    cases = [
        # To the one app and to the other in turn.
        (deed, place, apps[(row + column) % len(apps)])
        for row, place in enumerate(trace.places)
        for column, deed in enumerate(DEEDS)
    ]
    # In the suite a few, of other deeds and places for each operation.
    start = list(OPERATIONS).index(kind)
    some = cases
    if not WHOLE:
        known = [case for case in cases if (kind, *case) in ALWAYS]
        some = [*cases[start :: len(cases) // 2], *known]
    if ONE_CASE:
        some = [case for case in cases if ONE_CASE in named(*case)]
    ends, wrong = [], []
    for number, case in enumerate(some):
        tried = Case(new_site(), kind, *case)
        try:
            ends.append(tried.carry_out())
            tried.judge(ends[-1])
            tried.find_the_way_out("back" if number % 2 else "finish")
        except Exception as error:
            wrong.append(f"{named(*case)}: {type(error).__name__}: {error}")
        capsys.readouterr()
    assert not wrong, "\n".join(wrong)
    well = f"{ends.count(True)} to their end, {ends.count(False)} stopped"
    record_property("tried", f"others during {kind}: {len(some)} of {len(cases)} cases, {well}")


def named(deed, place, at):
    return f"{deed} after line {place} of the journal on {at}"
