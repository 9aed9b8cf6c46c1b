"""What a killed process leaves, as the next one says it; test_matrix_* try every place."""

import pytest
from disturbing import kill_at_request

DEV = "bookshop-dev"
UAT = "bookshop-uat"


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", "deploy:dev,confirm=bookshop-dev")
    shop.api("PATCH", f"/apps/{DEV}/features/preboot", {"enabled": True})
    return shop


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


@pytest.mark.parametrize("how", ["finish", "back"])
def test_config_vars_that_were_being_set_are_set_or_put_back(operator, ready, how):
    values = ready.project.parent / "config" / "uat.env"
    before = values.read_text()
    values.write_text(f"{before}\nKILLED=by {how}\n")
    try:
        call = ["sandbox", f"config:uat,confirm={UAT}"]
        kill_at_request(operator, ready, call, "PATCH", f"/apps/{UAT}/config-vars$")
        both = operator.fab("sandbox", "resume:uat", status=1).stderr
        assert "say how=finish or how=back" in both
        done = operator.fab("sandbox", f"resume:uat,how={how}")
    finally:
        values.write_text(before)
    there = ready.api("GET", "/apps/bookshop-uat/config-vars").get("KILLED")
    if how == "finish":
        assert there == "by finish"
    else:
        assert there != "by back"
        assert "When the cause is mended: fab sandbox config:uat" in done.stdout
    assert ready.git("ls-remote", "origin", "refs/minion/*") == ""


def test_a_page_that_was_being_put_up_is_put_up(operator, ready):
    kill_at_request(operator, ready, ["sandbox", "maintenance:uat,on"], "PATCH", f"/apps/{UAT}$")
    operator.fab("sandbox", "resume:uat")
    assert ready.api("GET", "/apps/bookshop-uat")["maintenance"] is True
    assert ready.git("ls-remote", "origin", "refs/minion/*") == ""
    operator.fab("sandbox", "maintenance:uat,off")


def test_a_rollback_is_taken_up_again(operator, ready):
    before = ready.newest(DEV)["version"]
    call = ["sandbox", f"rollback:dev,confirm={DEV}"]
    kill_at_request(operator, ready, call, "POST", f"/apps/{DEV}/releases$")
    assert "not ended" in operator.fab("sandbox", f"rollback:dev,confirm={DEV}", status=1).stderr
    resume(operator, "dev")
    is_in_order(ready, "dev", DEV, before)


@pytest.mark.whole
def test_a_lock_without_a_journal_is_shown_and_broken_by_hand(operator, ready):
    kill_at_request(operator, ready, ["sandbox", "maintenance:uat,on"], "PATCH", f"/apps/{UAT}$")
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
    assert "fab sandbox unlock:uat" in refused
    assert "is locked" in operator.fab("sandbox", "resume:uat", status=1).stderr
    assert "add confirm=bookshop-uat" in operator.fab("sandbox", "unlock:uat", status=1).stderr
    operator.fab("sandbox", "unlock:uat,confirm=bookshop-uat")
    assert "is not locked" in operator.fab("sandbox", "unlock:uat", status=1).stderr
    operator.fab("sandbox", "maintenance:uat,off")
