"""Deployments by push, hit by every fault at every place."""

import sys
from itertools import count
from pathlib import Path

import pytest
from matrix import FEWER_FAULTS, REFS, Kind, running, with_witness

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

pytestmark = pytest.mark.timeout(3600)
DEV = "bookshop-dev"
NUMBERS = count(100)


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", f"deploy:dev,confirm={DEV}")
    shop.api("PATCH", f"/apps/{DEV}/features/preboot", {"enabled": True})
    shop.git("checkout", "-q", "-B", "work", "dev")
    shop.commit("Leave word", with_witness(shop, DEV))
    operator.fab("sandbox", f"deploy:dev,branch=work,confirm={DEV}")
    return shop


def pushes(operator, shop, change, *, words="", **more):
    """Deployments of one commit each, with the files that `change` makes, and `words` said."""

    def commit():
        shop.commit("Change", change(shop.project, next(NUMBERS)))

    return Kind(
        operator,
        shop,
        environment="dev",
        apps=(DEV,),
        call=f"deploy:dev,branch=work,{words}confirm={DEV}",
        change=commit,
        is_done=lambda: running(shop, DEV) == shop.git("rev-parse", "work"),
        tag=lambda app, version: f"dev-v{version}",
        **more,
    )


@pytest.mark.whole
def test_code_only(operator, ready):
    assert pushes(operator, ready, changes.code, refs=REFS).try_all(every=10) >= 3


@pytest.mark.whole
def test_watched_afterwards(operator, ready):
    """What goes before it is the same as for code only; the log is looked at, not changed."""
    kind = pushes(operator, ready, changes.code, words="watch=2s,")
    assert kind.try_all(lambda place: "watch for" in place.step, every=1) >= 3


@pytest.mark.whole
def test_behind_the_page(operator, ready):
    assert pushes(operator, ready, changes.breaking, commands=1).try_all(every=34) >= 2


@pytest.mark.whole
def test_a_migration_that_waits_for_the_old_dynos(operator, ready):
    """What goes before it is the same as for code only.

    The old dynos stay long enough for ``resume`` to see them: where none was
    seen, it waits as long as a preboot takes on Heroku.
    """
    ready.api("PATCH", "/_sandbox/settings", {"preboot_s": 6})
    there = []

    def change(project, number):
        if there:
            return changes.contract(project, there.pop())
        ready.commit("Change", changes.expand(project, number))
        operator.fab("sandbox", f"deploy:dev,branch=work,confirm={DEV}")
        return changes.contract(project, number)

    def fits(place):
        return "old dyno" in place.step or "migrate" in place.step

    kind = pushes(operator, ready, change, commands=1)
    assert kind.try_all(fits, faults=FEWER_FAULTS, every=15) >= 1


@pytest.mark.whole
def test_a_release_phase_that_migrates(operator, ready):
    shop = ready
    web = (shop.project / "Procfile").read_text()
    shop.commit("Release phase", {"Procfile": f"release: python manage.py migrate\n{web}"})
    operator.fab("sandbox", f"deploy:dev,branch=work,confirm={DEV}")
    kind = pushes(operator, shop, changes.breaking, commands=1)

    def fits(place):
        return "git push" in place.step or "release phase" in place.step

    assert kind.try_all(fits, faults=FEWER_FAULTS, every=15) >= 1
