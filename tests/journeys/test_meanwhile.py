"""What others do between two steps of an operation: a colleague, the dashboard, a second laptop."""

import sys
import time
from itertools import count
from pathlib import Path

import pytest
from disturbing import until_held

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

DEV = "bookshop-dev"
CALL = f"deploy:dev,branch=work,confirm={DEV}"
NUMBERS = count(700)


@pytest.fixture(scope="module")
def made(operator, shop):
    operator.fab("sandbox", f"deploy:dev,confirm={DEV}")
    shop.git("checkout", "-q", "-B", "work", "dev")
    shop.commit("Begin", {"NOTE.txt": "begin\n"})
    operator.fab("sandbox", CALL)
    return shop


@pytest.fixture
def ready(operator, made):
    yield made
    made.api("DELETE", "/_sandbox/faults")
    operator.fab("sandbox", "unlock:dev,confirm=bookshop-dev", status=None)
    operator.fab("sandbox", "resume:dev", status=None)
    operator.fab("sandbox", "maintenance:dev,off")
    operator.fab("sandbox", CALL, status=None)
    operator.fab("sandbox", "maintenance:dev,off")


def held_at(shop, method, path, skip=0):
    """Keep the next such request after `skip` others, carried out, without an answer."""
    wish = {"method": method, "path": path, "skip": skip, "hold": True, "after": True}
    shop.api("POST", "/_sandbox/faults", wish)


def roll_back(shop):
    """As on the dashboard: to the release before the newest."""
    releases = shop.api("GET", f"/apps/{DEV}/releases")
    other = next(one for one in releases[1:] if one["slug"] and one["status"] == "succeeded")
    shop.api("POST", f"/apps/{DEV}/releases", {"release": other["id"]})


def deployed_while(operator, shop, place, deed, call=CALL):
    """Exit status and words of a deployment during which `deed` happens at `place`."""
    held_at(shop, *place)
    with operator.begun("sandbox", call) as process:
        until_held(shop, process)
        deed()
        shop.api("DELETE", "/_sandbox/held")
        said = process.communicate(timeout=300)[0]
    assert "Traceback" not in said, said
    return process.returncode, said


def tags(shop):
    return set(shop.git("ls-remote", "origin", "refs/tags/*").splitlines())


#: The first such request only sees whether it is allowed.
PAGE_UP = ("PATCH", f"/apps/{DEV}$", 1)


def test_no_migration_runs_in_code_that_was_rolled_back(operator, ready):
    """The page went up after the build; then somebody rolls back, before `migrate`."""
    shop = ready
    old = shop.newest(DEV)["slug"]["id"]
    shop.commit("A ribbon", changes.breaking(shop.project, next(NUMBERS)))
    before, version = tags(shop), shop.newest(DEV)["version"]
    status, said = deployed_while(
        operator, shop, PAGE_UP, lambda: wait_and_roll_back(shop, version)
    )
    assert status == 1, said
    assert "somebody else has released" in said
    assert "Applying shop" not in said
    assert shop.newest(DEV)["slug"]["id"] == old
    # What runs is what ran before, with its own schema: the page need not stay.
    assert shop.api("GET", f"/apps/{DEV}")["maintenance"] is False
    assert tags(shop) == before
    assert "fab sandbox deploy:dev" in said


def wait_and_roll_back(shop, version):
    """The push goes on while its page is going up; a release newer than `version` is waited for."""
    deadline = time.monotonic() + 60
    while shop.newest(DEV)["version"] == version:
        assert time.monotonic() < deadline, "no release"
        time.sleep(0.1)
    roll_back(shop)


def test_no_migration_runs_in_a_dyno_that_was_made_of_other_code(operator, ready):
    """Somebody rolls back between the last look and the request that makes the dyno."""
    shop = ready
    shop.commit("A ribbon", changes.breaking(shop.project, next(NUMBERS)))
    wish = {"method": "POST", "path": f"/apps/{DEV}/dynos$", "hold": True}
    shop.api("POST", "/_sandbox/faults", wish)
    with operator.begun("sandbox", CALL) as process:
        until_held(shop, process)
        roll_back(shop)
        shop.api("DELETE", "/_sandbox/held")
        said = process.communicate(timeout=300)[0]
    assert process.returncode == 1, said
    assert "somebody else has released" in said
    assert "Operations to perform" not in said


def test_a_config_var_that_is_set_meanwhile_is_told_and_gone_on_with(operator, ready):
    shop = ready
    shop.commit("A shelf", changes.expand(shop.project, next(NUMBERS)))

    def set_one():
        shop.api("PATCH", f"/apps/{DEV}/config-vars", {"MEANWHILE": str(next(NUMBERS))})

    place = ("POST", f"/apps/{DEV}/dynos$")
    status, said = deployed_while(operator, shop, place, set_one)
    assert status == 0, said
    assert "with the same code: going on" in said


def test_a_page_that_somebody_takes_down_is_up_again_before_the_database_is_changed(
    operator, ready
):
    shop = ready
    shop.commit("A ribbon", changes.breaking(shop.project, next(NUMBERS)))
    taken_down = {"maintenance": False}
    status, said = deployed_while(
        operator, shop, PAGE_UP, lambda: shop.api("PATCH", f"/apps/{DEV}", taken_down)
    )
    assert status == 0, said
    assert "somebody has taken the maintenance page down meanwhile: it is up again" in said
    assert said.index("it is up again") < said.index("Applying shop")
    assert shop.api("GET", f"/apps/{DEV}")["maintenance"] is False


def test_whoever_lost_his_lock_stops_and_changes_nothing(operator, ready):
    """A laptop slept; a colleague broke its lock and deployed."""
    shop = ready
    shop.commit("A ribbon", changes.breaking(shop.project, next(NUMBERS)))

    def break_lock():
        shop.git("push", "-q", "origin", ":refs/minion/locks/dev")

    status, said = deployed_while(operator, shop, PAGE_UP, break_lock)
    assert status == 1, said
    assert "was broken by somebody while it was held here" in said
    assert "Applying shop" not in said
    assert "nothing was put back" in said
    # It can be gone on with once somebody has looked.
    assert "fab sandbox resume:dev" in said
    operator.fab("sandbox", "resume:dev,how=finish")


def test_a_page_that_is_down_again_is_not_said_to_be_up_when_resumed(operator, ready):
    """The lock was broken when all but the tag was done, and other code released."""
    shop = ready
    shop.commit("A ribbon", changes.breaking(shop.project, next(NUMBERS)))

    def break_lock_and_release():
        shop.git("push", "-q", "origin", ":refs/minion/locks/dev")
        roll_back(shop)

    page_down = ("PATCH", f"/apps/{DEV}$", 2)
    deployed_while(operator, shop, page_down, break_lock_and_release)
    said = operator.fab("sandbox", "resume:dev,how=finish", status=None)
    words = said.stdout + said.stderr
    assert "not ours" in words
    assert shop.api("GET", f"/apps/{DEV}")["maintenance"] is False
    assert "stays up" not in words
