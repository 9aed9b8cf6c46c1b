"""A kill at every step of a deployment: taken up again, everything is as it should be.

The cases are made from the steps that the plan itself lists, so that a new
step cannot be forgotten.
"""

import sys
from pathlib import Path

import psycopg
import pytest
from test_move import WHOLE, kill_at

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

DEV, LIVE = "bookshop-dev", "bookshop-live"
#: Some ten deployments, each killed and resumed.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", "deploy:dev,confirm=bookshop-dev")
    operator.fab("sandbox", "deploy:uat,confirm=bookshop-uat")
    shop.api("PATCH", f"/apps/{DEV}/features/preboot", {"enabled": True})
    return shop


def running(shop, app):
    releases = shop.api("GET", f"/apps/{app}/releases")
    current = next(one for one in releases if one["current"])
    return shop.api("GET", f"/apps/{app}/slugs/{current['slug']['id']}")["commit"]


def steps_of(operator, environment, more=""):
    plan = operator.json("sandbox", f"plan:{environment}{more},format=json")
    return plan["steps"], plan["to"]["commit"]


def resume(operator, environment):
    """Finish what was interrupted if that is possible, else go back; which of the two."""
    done = operator.fab("sandbox", f"resume:{environment},how=finish", status=None)
    if done.returncode == 0:
        return "finish"
    assert "only how=back" in done.stderr, done.stdout + done.stderr
    operator.fab("sandbox", f"resume:{environment},how=back")
    return "back"


def is_in_order(shop, environment, app, before):
    """Page, preboot, lock and journal are as if nobody had been killed."""
    assert shop.api("GET", f"/apps/{app}")["maintenance"] is False
    assert shop.api("GET", f"/apps/{app}/features/preboot")["enabled"] is True
    assert shop.git("ls-remote", "origin", "refs/minion/*") == ""
    again = shop.operator.fab("sandbox", f"resume:{environment}", status=1)
    assert "nothing to resume" in again.stderr
    assert shop.newest(app)["version"] - before <= 1
    assert shop.page(app).status_code == 200


def try_every_step(operator, shop, environment, app, change, more=""):
    """Kill a deployment at each of its steps in turn; how many cases that made."""
    number, outcomes = 1, []
    while True:
        change(number)
        steps, commit = steps_of(operator, environment, more)
        if number > len(steps):
            operator.fab("sandbox", f"deploy:{environment}{more},confirm={app}")
            break
        before = shop.newest(app)["version"]
        call = f"deploy:{environment}{more},confirm={app}"
        kill_at(operator, ["sandbox", call], rf"\[{number}/{len(steps)}\]")
        outcome = resume(operator, environment)
        outcomes.append(f"{steps[number - 1]}: {outcome}")
        is_in_order(shop, environment, app, before)
        if outcome == "finish":
            assert running(shop, app) == commit
            version = shop.newest(app)["version"]
            tag = shop.git("ls-remote", "origin", f"refs/tags/{environment}-v{version}^{{}}")
            assert tag.split("\t")[0] == commit
        else:
            assert shop.newest(app)["version"] == before
        # What went back is deployed with the next change. In the suite every third step is tried.
        number += 1 if WHOLE else 3
    print(f"\n{len(outcomes)} kills of deploy:{environment}{more}:", *outcomes, sep="\n  ")
    assert any(outcome.endswith("finish") for outcome in outcomes)
    return len(outcomes)


def test_a_push_behind_the_page(operator, ready):
    ready.git("checkout", "-q", "-B", "work", running(ready, DEV))

    def change(number):
        ready.commit(f"Break {number}", changes.breaking(ready.project, 50 + number))

    count = try_every_step(operator, ready, "dev", DEV, change, ",branch=work")
    assert count >= (7 if WHOLE else 3)
    with psycopg.connect(ready.state["apps"][DEV]["database_url"]) as connection:
        rows = connection.execute(
            "SELECT name, count(*) FROM django_migrations WHERE app = 'shop' GROUP BY name"
        ).fetchall()
    # Every migration was run, and none twice.
    assert len([name for name, _ in rows if "ribbon" in name]) == count + 1
    assert {number for _, number in rows} == {1}


def test_a_promotion_with_preboot(operator, ready):
    ready.git("checkout", "-q", "master")

    def change(number):
        files = changes.code(ready.project, 50 + number)
        ready.commit(f"Edition {number}", files, "master")
        ready.git("push", "-q", "origin", "master")
        operator.fab("sandbox", "deploy:uat,confirm=bookshop-uat")

    assert try_every_step(operator, ready, "live", LIVE, change) >= (3 if WHOLE else 1)


@pytest.mark.parametrize(
    ("call", "again"),
    [
        ("config:uat,confirm=bookshop-uat", "fab config:uat"),
        ("maintenance:uat,on", "fab maintenance:uat,on"),
    ],
)
def test_what_has_one_step_only_is_closed_and_said(operator, ready, call, again):
    values = ready.project.parent / "config" / "uat.env"
    before = values.read_text()
    values.write_text(f"{before}\nKILLED=yes\n")
    try:
        kill_at(operator, ["sandbox", call], r"\[1/1\]")
        done = operator.fab("sandbox", "resume:uat")
    finally:
        values.write_text(before)
    assert f"To look and go on: {again}" in done.stdout
    assert ready.git("ls-remote", "origin", "refs/minion/*") == ""
    operator.fab("sandbox", "maintenance:uat,off")


def test_a_rollback_is_taken_up_again(operator, ready):
    before = ready.newest(DEV)["version"]
    kill_at(operator, ["sandbox", f"rollback:dev,confirm={DEV}"], r"\] bookshop-dev: roll back to")
    assert "not ended" in operator.fab("sandbox", f"rollback:dev,confirm={DEV}", status=1).stderr
    resume(operator, "dev")
    is_in_order(ready, "dev", DEV, before)


def test_a_lock_without_a_journal_is_shown_and_broken_by_hand(operator, ready):
    kill_at(operator, ["sandbox", "maintenance:uat,on"], r"\[1/1\]")
    journal = ready.project / ".git" / "minion" / "journals" / "uat.journal"
    journal.unlink()
    found = operator.json("sandbox", "status:format=json")
    locks = {one["environment"]: one["lock"] for one in found}
    assert "to switch its maintenance page" in locks["uat"]
    assert locks["dev"] is None
    assert "uat: " in operator.fab("sandbox", "status").stdout
    refused = operator.fab("sandbox", "deploy:uat,options=collectstatic,confirm=x", status=1)
    assert "confirm=x is neither" in refused.stderr
    refused = operator.fab("sandbox", "maintenance:uat,off", status=1).stderr
    assert "fab unlock:uat" in refused
    assert "is locked" in operator.fab("sandbox", "resume:uat", status=1).stderr
    assert "add confirm=bookshop-uat" in operator.fab("sandbox", "unlock:uat", status=1).stderr
    operator.fab("sandbox", "unlock:uat,confirm=bookshop-uat")
    assert "is not locked" in operator.fab("sandbox", "unlock:uat", status=1).stderr
    operator.fab("sandbox", "maintenance:uat,off")
