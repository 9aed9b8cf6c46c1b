"""Every deed of others between every two steps of a move of data, on the scripted Heroku.

Whatever they do, the end is proven data and status 0, or status not 0 with a target whose
database is as it was, or empty, or proven: data of live's people stay nowhere, and until they
are gone no dyno serves them. Nothing is run in code that nobody confirmed.
"""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import pytest
from gits import git
from others import DEEDS, OTHER_CODE, back_to_its_name, foreign_commit
from postgres_server import execute
from shops import COMMAND, MIGRATE, SETTINGS, Shop
from small_shop import ANONYMISE

from minion.api import MoveRequest, migrate_data, resume
from minion.engine.exclusive import journals_in
from minion.errors import MinionError

ONE_CASE = os.environ.get("MINION_CASE", "")
SOURCE, TARGET = "shop-a", "shop-uat"
EMAILS = "SELECT email FROM shop_customer ORDER BY id"
_users = itertools.count(1)


def rotate(shop, app):
    """The add-on has another user, and the one before may not come in any more."""
    parts = urlsplit(shop.urls[app.name])
    name = f"rotated{next(_users)}"
    execute(
        shop.urls[app.name],
        f"CREATE ROLE {name} LOGIN PASSWORD 'secret' IN ROLE {parts.username}",
        f"ALTER ROLE {name} SET role = {parts.username}",
    )
    place = parts.netloc.rpartition("@")[2]
    shop.urls[app.name] = urlunsplit(parts._replace(netloc=f"{name}:secret@{place}"))
    for other in shop.site.heroku.apps.values():
        if any(app.name in one["addon"]["name"] for one in other.attachments):
            other.config["DATABASE_URL"] = shop.urls[app.name]
            other.release(other.slug, description="Update DATABASE by heroku-postgresql")


class Case:
    """A move from live to uat, during which one deed is done at one place to one of the apps."""

    def __init__(self, site, databases, deed="", place=0, at="") -> None:
        self.site, self.deed, self.place, self.at = site, deed, place, at
        site.commit({"minion.toml": SETTINGS})
        self.shop = Shop(site, databases)
        self.commit = git(site.root, "rev-parse", "HEAD")
        for app in site.heroku.apps.values():
            app.deploy(self.commit)
            # A rollback brings back config vars, but no add-on is taken away by it.
            for values in app.configs.values():
                values.update(app.config)
        self.foreign = foreign_commit(site)
        self.ran: list[tuple[str, str]] = []
        anonymise = site.heroku.does[COMMAND]
        for command, does in ((COMMAND, anonymise), (MIGRATE, lambda app: ("", 0))):
            site.heroku.does[command] = self._noting(command, does)
        self.places: list[int] = []
        self.slug_then = None
        self.said = ""
        site.heroku.before = self._look

    def _noting(self, command, does):
        def run(app):
            self.ran.append((command, self.site.heroku.code_run))
            return does(app)

        return run

    @property
    def app(self):
        return self.site.heroku.apps[TARGET]

    @property
    def journal(self):
        return journals_in(self.site.root / ".git") / "uat.journal"

    def _look(self, request) -> None:
        try:
            lines = len(self.journal.read_bytes().splitlines())
        except FileNotFoundError:
            return
        if lines not in self.places:
            self.places.append(lines)
        if self.deed and self.slug_then is None and lines >= self.place:
            app = self.site.heroku.apps[self.at]
            if self.deed == "rotation":
                rotate(self.shop, app)
            else:
                DEEDS[self.deed](self.site, app, self.foreign)
            self.slug_then = app.slug

    def carry_out(self) -> bool:
        try:
            migrate_data(MoveRequest("live", "uat"), confirm=TARGET, wait_s=0)
        except (MinionError, KeyboardInterrupt) as error:
            self.said = str(error)
            return False
        return True

    def emails(self, name=TARGET):
        if "shop_customer" not in self.shop.tables(name):
            return []
        return self.shop.rows(name, EMAILS)

    def is_raw(self) -> bool:
        return any("@mail.example" in (email or "") for email in self.emails())

    def judge(self, is_well: bool) -> None:
        assert {code for _, code in self.ran} <= {self.commit}, "run in other code"
        assert len(self.emails(SOURCE)) == 40
        if self.deed in OTHER_CODE and self.slug_then:
            assert self.site.heroku.apps[self.at].slug == self.slug_then, "a release was undone"
        if is_well:
            assert self.emails() == [f"c{n}@anonymous.invalid" for n in range(1, 41)]
            assert not self.app.maintenance or (self.deed, self.at) == ("page", TARGET)
            assert self.app.formation == {"web": 1} or (self.deed, self.at) == ("scale", TARGET)
            self.judge_end()
        elif self.is_raw():
            assert self.journal.exists(), f"raw, and nothing to resume: {self.said}"
            assert self.app.formation["web"] == 0, f"raw, and served: {self.said}"
            assert "fab resume:uat" in self.said, self.said
        assert "@mail.example" not in self.said

    def judge_end(self) -> None:
        assert not self.is_raw(), "raw data are left"
        assert not self.journal.exists(), "there is no way out"
        assert not git(self.site.folder / "origin.git", "for-each-ref", "refs/minion/")

    def find_the_way_out(self) -> None:
        self.site.heroku.before = lambda request: None
        back_to_its_name(self.site.heroku.apps.values())
        for how in ("ask", "finish", "back"):
            if self.journal.exists():
                with suppress(MinionError):
                    resume("uat", how=how)
        self.judge_end()
        assert {code for _, code in self.ran} <= {self.commit}, "run in other code, resumed"


@pytest.mark.whole
@pytest.mark.timeout(3600)
def test_whatever_others_do_while_data_are_moved(new_site, databases, capsys, record_property):
    assert "@mail.example" not in ANONYMISE
    trace = Case(new_site(), databases)
    assert trace.carry_out()
    trace.judge(True)
    cases = [
        (deed, place, app)
        for row, place in enumerate(trace.places)
        for column, deed in enumerate(DEEDS)
        # More is at stake at the target.
        for app in ((SOURCE,) if (row + column) % 3 == 2 else (TARGET,))
    ]
    some = [case for case in cases if ONE_CASE in named(*case)] if ONE_CASE else cases
    ends, wrong = [], []
    for case in some:
        tried = Case(new_site(), databases, *case)
        try:
            ends.append(tried.carry_out())
            tried.judge(ends[-1])
            tried.find_the_way_out()
        except Exception as error:
            wrong.append(f"{named(*case)}: {type(error).__name__}: {error}")
        capsys.readouterr()
    assert not wrong, "\n".join(wrong)
    well = f"{ends.count(True)} to their end, {ends.count(False)} stopped"
    record_property("tried", f"others during a move: {len(some)} of {len(cases)} cases, {well}")


def named(deed, place, at):
    return f"{deed} after line {place} of the journal on {at}"
