"""Every deed of others between every two steps of the operations, on the sandbox.

tests/operations/test_matrix_others.py tries all of them against answers that are made up;
here the code, the migrations and the databases are real, for as many cases as there is time.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from disturbing import until_held
from matrix import ONE_CASE, WHOLE, Kind, running, with_witness
from places import CHANGING, WRITES, Write
from test_matrix_moves import counts
from test_move import connect, leaks, secrets_of
from tried import LINES

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes
from meanwhile import DEEDS, answers, applied, migrations, named_again

pytestmark = [pytest.mark.timeout(7200), pytest.mark.whole]
DEV, UAT, LIVE = "bookshop-dev", "bookshop-uat", "bookshop-live"
NUMBERS = count(800)


@dataclass
class Meanwhile(Kind):
    """An operation on one app, during which one deed is done at one place.

    `branch` is what it may migrate to, `again` what is typed to have it well in the end.
    """

    branch: str = "work"
    again: tuple[str, ...] = ("deploy:dev,branch=work,force=yes",)

    def try_deed(self, place: Write, deed: str) -> bool:
        """Whether the operation ended well; what must be so is asserted."""
        shop, (app,) = self.shop, self.apps
        self.prepare()
        before, wish = applied(shop, app), {"method": WRITES, "path": CHANGING}
        held = {**wish, "skip": place.number, "hold": True, "after": True}
        shop.api("POST", "/_sandbox/faults", held)
        with self.operator.begun("sandbox", self.call) as process:
            until_held(shop, process)
            was_up = shop.api("GET", f"/apps/{app}")["maintenance"]
            DEEDS[deed](shop, app)
            shop.api("DELETE", "/_sandbox/held")
            self.said = process.communicate(timeout=400)[0]
        shop.api("DELETE", "/_sandbox/faults")
        assert "Traceback" not in self.said
        named_again(shop, app)
        self.judge(process.returncode, deed, was_up, before)
        return process.returncode == 0

    def judge(self, status: int, deed: str, was_up: bool, before: set[str]) -> None:
        shop, (app,) = self.shop, self.apps
        runs, there = running(shop, app), applied(shop, app)
        ours = migrations(shop, shop.git("rev-parse", self.branch))
        assert there - before <= ours, "a migration of somebody's code was run"
        self.check()
        is_up = shop.api("GET", f"/apps/{app}")["maintenance"]
        if status == 0:
            assert self.is_done()
            assert not self.commands or migrations(shop, runs) <= there
            assert self.sets_page or is_up == self.found[app]["page"] or deed == "page"
        if deed != "scale" and not is_up and not answers(shop, app):
            # Open, and what runs does not work: only where there was no page to keep up.
            assert not was_up or deed == "page"

    def to_the_good(self) -> None:
        """The way out, by what the tool offers."""
        shop, (app,) = self.shop, self.apps
        for how in ("finish", "back"):
            if self.is_open:
                self.fab(f"resume:{self.environment},how={how}", status=None)
        assert not self.is_open
        assert shop.git("ls-remote", "origin", "refs/minion/*") == ""
        shop.api("PATCH", f"/apps/{app}/formation", {"updates": [{"type": "web", "quantity": 1}]})
        if self.environment == "dev":
            shop.commit("Go on", changes.code(shop.project, next(NUMBERS)))
        for call in self.again:
            self.mend(call)
        self.fab(f"maintenance:{self.environment},off")
        assert running(shop, app) == shop.git("rev-parse", self.branch)
        assert migrations(shop, self.branch) <= applied(shop, app)
        assert answers(shop, app)
        self.check()

    def try_deeds(self, every: int, start: int = 0) -> int:
        places = [place for place in self.trace() if isinstance(place, Write)]
        cases = [(place, deed) for place in places for deed in DEEDS]
        some = cases if WHOLE else cases[start::every]
        if ONE_CASE:
            some = [case for case in cases if ONE_CASE in f"{case[1]}: {case[0]}"]
        ends = []
        for place, deed in some:
            try:
                ends.append(self.try_deed(place, deed))
                self.to_the_good()
            except BaseException:
                print(f"\nAfter {len(ends)} cases, in: {deed}: {place}\n{self.said}")
                raise
        well = f"{ends.count(True)} to their end, {ends.count(False)} stopped"
        LINES.append(f"others during {self.call}: {len(some)} of {len(cases)} cases, {well}")
        return len(some)


@pytest.fixture(scope="module")
def ready(operator, shop):
    shop.git("checkout", "-q", "-B", "work", "dev")
    deploy(operator, shop, with_witness(shop, DEV))
    return shop


def deploy(operator, shop, files):
    shop.commit("Change", files)
    operator.fab("sandbox", f"deploy:dev,branch=work,confirm={DEV}")


def test_a_push_behind_the_page(operator, ready):
    def commit():
        ready.commit("Change", changes.breaking(ready.project, next(NUMBERS)))

    kind = Meanwhile(
        operator,
        ready,
        environment="dev",
        apps=(DEV,),
        call=f"deploy:dev,branch=work,confirm={DEV}",
        change=commit,
        is_done=lambda: running(ready, DEV) == ready.git("rev-parse", "work"),
        commands=1,
    )
    assert kind.try_deeds(every=23, start=16) >= 1


def test_a_rollback(operator, ready):
    wanted = []

    def change():
        wanted[:] = [running(ready, DEV)]
        deploy(operator, ready, changes.code(ready.project, next(NUMBERS)))

    kind = Meanwhile(
        operator,
        ready,
        environment="dev",
        apps=(DEV,),
        call=f"rollback:dev,confirm={DEV}",
        change=change,
        is_done=lambda: running(ready, DEV) in wanted,
    )
    assert kind.try_deeds(every=8, start=2) >= 1


def test_config_vars(operator, ready):
    values = ready.project.parent / "config" / "dev.env"
    operator.fab("sandbox", f"config:dev,confirm={DEV}")
    before, wanted = values.read_text(), []

    def another_value():
        wanted[:] = [str(next(NUMBERS))]
        values.write_text(f"{before}\nNUMBER={wanted[0]}\n")

    def is_done():
        return ready.api("GET", f"/apps/{DEV}/config-vars").get("NUMBER") in wanted

    call = f"config:dev,confirm={DEV}"
    kind = Meanwhile(operator, ready, "dev", (DEV,), call, another_value, is_done)
    assert kind.try_deeds(every=8, start=6) >= 1


def test_the_page(operator, ready):
    def is_done():
        return ready.api("GET", f"/apps/{DEV}")["maintenance"]

    def down():
        ready.api("PATCH", f"/apps/{DEV}", {"maintenance": False})

    call = "maintenance:dev,on"
    kind = Meanwhile(operator, ready, "dev", (DEV,), call, down, is_done, sets_page=True)
    assert kind.try_deeds(every=8) >= 1


def test_a_promotion(operator, ready):
    """The live site gets what uat runs, behind the page."""
    operator.fab("sandbox", f"deploy:uat,confirm={UAT}")
    operator.fab("sandbox", f"deploy:live,confirm={LIVE}")
    ready.git("checkout", "-q", "master")
    to_uat(operator, ready, with_witness(ready, LIVE))
    operator.fab("sandbox", f"deploy:live,confirm={LIVE}")

    def change():
        to_uat(operator, ready, changes.breaking(ready.project, next(NUMBERS)))

    kind = Meanwhile(
        operator,
        ready,
        environment="live",
        apps=(LIVE,),
        call=f"deploy:live,confirm={LIVE}",
        change=change,
        is_done=lambda: running(ready, LIVE) == ready.git("rev-parse", "master"),
        commands=1,
        branch="master",
        again=("deploy:live,force=yes",),
    )
    assert kind.try_deeds(every=8) >= 1


def to_uat(operator, shop, files):
    shop.commit("Change", files, "master")
    shop.git("push", "-q", "origin", "master")
    operator.fab("sandbox", f"deploy:uat,confirm={UAT}")


def test_a_move_of_data(operator, ready):
    """Nobody of the live site is to be found in uat, whatever is done to it."""
    ready.git("checkout", "-q", "master")
    operator.fab("sandbox", f"deploy:uat,confirm={UAT}", status=None)
    operator.fab("sandbox", f"deploy:live,confirm={LIVE}", status=None)
    planted = secrets_of(ready)

    def one_subscriber_less():
        with connect(ready, "live") as live:
            live.execute(
                "DELETE FROM newsletter_subscriber"
                " WHERE id = (SELECT max(id) FROM newsletter_subscriber)"
            )

    def nobody_is_known():
        if not ready.api("GET", f"/apps/{UAT}")["maintenance"]:
            with connect(ready, "uat") as uat:
                assert leaks(uat, planted) == []

    kind = Meanwhile(
        operator,
        ready,
        environment="uat",
        apps=(UAT,),
        call=f"migrate_data:live,uat,confirm={UAT}",
        change=one_subscriber_less,
        is_done=lambda: counts(ready, "live") == counts(ready, "uat"),
        releases=0,
        check=nobody_is_known,
        branch="master",
        again=("deploy:uat,force=yes", "migrate_data:live,uat"),
    )
    assert kind.try_deeds(every=8) >= 1
