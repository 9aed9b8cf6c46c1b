"""Config vars, the maintenance page and rollbacks, hit by every fault at every place."""

import sys
from itertools import count
from pathlib import Path

import pytest
from matrix import Kind, with_witness

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

pytestmark = [pytest.mark.timeout(3600), pytest.mark.whole]
DEV = "bookshop-dev"
NUMBERS = count(100)


@pytest.fixture(scope="module")
def ready(operator, shop):
    shop.git("checkout", "-q", "-B", "work", "dev")
    deploy(operator, shop, with_witness(shop, DEV))
    return shop


def deploy(operator, shop, files):
    shop.commit("Change", files)
    operator.fab("sandbox", f"deploy:dev,branch=work,confirm={DEV}")


def test_config_vars(operator, ready):
    values = ready.project.parent / "config" / "dev.env"
    operator.fab("sandbox", f"config:dev,confirm={DEV}")
    wanted = []

    def another_value():
        wanted[:] = [str(next(NUMBERS))]
        values.write_text(f"{before}\nNUMBER={wanted[0]}\n")

    def is_done():
        return ready.api("GET", f"/apps/{DEV}/config-vars").get("NUMBER") == wanted[0]

    before = values.read_text()
    call = f"config:dev,confirm={DEV}"
    kind = Kind(operator, ready, "dev", (DEV,), call, another_value, is_done)
    assert kind.try_all(every=5) >= 2


def test_the_page(operator, ready):
    """Asked for by hand, it is no state that has to come back."""
    switch = {True: "on", False: "off"}
    wanted = [False]

    def the_other_way():
        wanted[0] = not wanted[0]
        kind.call = f"maintenance:dev,{switch[wanted[0]]}"

    def is_done():
        return ready.api("GET", f"/apps/{DEV}")["maintenance"] is wanted[0]

    kind = Kind(
        operator, ready, "dev", (DEV,), "", the_other_way, is_done, releases=0, sets_page=True
    )
    try:
        assert kind.try_all(every=5) >= 2
    finally:
        ready.api("PATCH", f"/apps/{DEV}", {"maintenance": False})


def slug(shop, version):
    return shop.api("GET", f"/apps/{DEV}/releases/{version}")["slug"]["id"]


def rollbacks(operator, shop, deployments, **more):
    """Each of `deployments` makes the files of one; the last of them is rolled back."""
    wanted = []

    def change():
        for files in deployments:
            wanted[:] = [slug(shop, shop.newest(DEV)["version"])]
            deploy(operator, shop, files(shop.project, next(NUMBERS)))

    def is_done():
        newest = shop.newest(DEV)
        return newest["current"] and slug(shop, newest["version"]) == wanted[0]

    call = f"rollback:dev,confirm={DEV}"
    return Kind(operator, shop, "dev", (DEV,), call, change, is_done, **more)


def test_a_rollback_of_code(operator, ready):
    kind = rollbacks(operator, ready, [changes.code], releases_back=(0, 2))
    assert kind.try_all(every=5) >= 2


def test_a_rollback_that_reverses_a_migration(operator, ready):
    numbers = []

    def expand(project, number):
        numbers[:] = [number]
        return changes.expand(project, number)

    def contract(project, number):
        return changes.contract(project, numbers[0])

    kind = rollbacks(operator, ready, [expand, contract], commands=1)
    assert kind.try_all(every=7) >= 2
