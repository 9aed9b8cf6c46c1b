"""An environment of two apps, behind the page, hit by faults at every place."""

import sys
from itertools import count
from pathlib import Path

import pytest
from matrix import Kind, running, with_witness
from places import DROPPED_AFTER, INTERRUPTED, KILLED_AFTER, KILLED_BEFORE, REFUSED

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

pytestmark = pytest.mark.timeout(3600)
ONE, TWO = APPS = ("bookshop-dev", "bookshop-dev-b")
NUMBERS = count(100)
#: What the others do to one app is tried with one app.
FAULTS = (KILLED_BEFORE, KILLED_AFTER, INTERRUPTED, REFUSED, DROPPED_AFTER)


@pytest.fixture(scope="module")
def ready(operator, shop):
    found = shop.api("GET", f"/apps/{ONE}/config-vars")
    values = {name: value for name, value in found.items() if name != "DATABASE_URL"}
    body = {"name": TWO, "config_vars": values, "pipeline": "bookshop", "stage": "development"}
    shop.state["apps"][TWO] = shop.api("POST", "/_sandbox/apps", body)
    for app in APPS:
        shop.api("PATCH", f"/apps/{app}/features/preboot", {"enabled": True})
    shop.git("checkout", "-q", "-B", "work", "dev")
    settings = (shop.project / "minion.toml").read_text()
    both = settings.replace(f'app = "{ONE}"', f'apps = ["{ONE}", "{TWO}"]')
    files = with_witness(shop, *APPS)
    shop.commit(
        "Two apps",
        {
            **files,
            "minion.toml": both.replace(
                'branch = "dev"', 'branch = "work"\ntag = "{app}-v{version}"'
            ),
        },
    )
    operator.fab("sandbox", f"deploy:dev,confirm={ONE}+{TWO}")
    return shop


@pytest.mark.whole
def test_two_apps_behind_the_page(operator, ready):
    def commit():
        ready.commit("Change", changes.breaking(ready.project, next(NUMBERS)))

    def is_done():
        return all(running(ready, app) == ready.git("rev-parse", "work") for app in APPS)

    kind = Kind(
        operator,
        ready,
        environment="dev",
        apps=APPS,
        call=f"deploy:dev,confirm={ONE}+{TWO}",
        change=commit,
        is_done=is_done,
        tag=lambda app, version: f"{app}-v{version}",
        commands=2,
    )

    def fits(place):
        """What befalls the first app alone is tried with one app."""
        return place.step.startswith(f"{TWO}:")

    assert kind.try_all(fits, faults=FAULTS, every=20) >= 2
