"""Promotions, hit by every fault at every place."""

import sys
from itertools import count
from pathlib import Path

import pytest
from matrix import FEWER_FAULTS, Kind, running, with_witness

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

pytestmark = [pytest.mark.timeout(3600), pytest.mark.whole]
UAT, LIVE = "bookshop-uat", "bookshop-live"
NUMBERS = count(100)


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", f"deploy:uat,confirm={UAT}")
    operator.fab("sandbox", f"deploy:live,confirm={LIVE}")
    shop.api("PATCH", f"/apps/{LIVE}/features/preboot", {"enabled": True})
    to_uat(operator, shop, with_witness(shop, LIVE))
    operator.fab("sandbox", f"deploy:live,confirm={LIVE}")
    return shop


def to_uat(operator, shop, files):
    shop.commit("Change", files, "master")
    shop.git("push", "-q", "origin", "master")
    operator.fab("sandbox", f"deploy:uat,confirm={UAT}")


def promotions(operator, shop, change, **more):
    def commit():
        to_uat(operator, shop, change(shop.project, next(NUMBERS)))

    return Kind(
        operator,
        shop,
        environment="live",
        apps=(LIVE,),
        call=f"deploy:live,confirm={LIVE}",
        change=commit,
        is_done=lambda: running(shop, LIVE) == shop.git("rev-parse", "master"),
        tag=lambda app, version: f"live-v{version}",
        **more,
    )


def test_code_only(operator, ready):
    assert promotions(operator, ready, changes.code).try_all(faults=FEWER_FAULTS, every=6) >= 1


def test_behind_the_page(operator, ready):
    def fits(place):
        """From the migration on it is as with a push."""
        return any(word in place.step for word in ("preboot off", "page up", "promote", "release"))

    kind = promotions(operator, ready, changes.breaking, commands=1)
    assert kind.try_all(fits, faults=FEWER_FAULTS, every=12) >= 2
