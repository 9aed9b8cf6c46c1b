"""A migration that cannot get its lock gives way: nobody waits behind it for long."""

import sys
import threading
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import changes

DEV = "bookshop-dev"
CALL = f"deploy:dev,branch=work,confirm={DEV}"
GAVE_WAY = f"{DEV}: no lock within 300ms, so it gave way and nobody waits."


@pytest.fixture(scope="module")
def ready(operator, shop):
    """dev runs branch work, whose settings make migrations give way soon."""
    shop.git("checkout", "-q", "-B", "work", "dev")
    settings = shop.project / "minion.toml"
    settings.write_text(f'{settings.read_text()}\n[commands]\nlock_timeout = "300ms"\n')
    shop.git("commit", "-qam", "Give way soon")
    operator.fab("sandbox", CALL)
    return shop


class Holder:
    """A transaction that has read the books and is not ended: a dump, a forgotten shell."""

    def __init__(self, shop, **more):
        url = shop.api("GET", f"/apps/{DEV}/config-vars")["DATABASE_URL"]
        self._connection = psycopg.connect(url, **more)
        self._connection.execute("SELECT count(*) FROM shop_book")

    def __enter__(self):
        return self

    def __exit__(self, *trace):
        self._connection.close()


def test_it_is_tried_again_and_gets_the_lock_that_comes_free(operator, ready):
    ready.commit("A shelf", changes.expand(ready.project, 1))
    with Holder(ready) as holder, operator.begun("sandbox", CALL) as process:
        # Only once the migration has given way is the table let go.
        for line in process.stdout:
            if GAVE_WAY in line:
                threading.Thread(target=holder.__exit__).start()
                break
        rest = process.stdout.read()
        process.wait()
    assert process.returncode == 0, rest
    assert "Try 2 of 5 in 2 s" in line
    assert "dev runs" in rest
    assert ready.page(DEV, "/").status_code == 200


def test_a_backup_under_way_is_told_and_waited_for(operator, ready):
    ready.commit("A second shelf", changes.expand(ready.project, 2))
    with Holder(ready, application_name="pg_dump") as holder:
        planned = operator.json("sandbox", "plan:dev,branch=work,format=json", status=1)
        refused = operator.fab("sandbox", CALL, status=1).stderr
        with operator.begun("sandbox", f"{CALL},wait=300") as process:
            done = ""
            for line in process.stdout:
                done += line
                # Only once it is waited for does the backup end.
                if line.startswith("Waiting: "):
                    threading.Thread(target=holder.__exit__).start()
            process.wait()
        assert process.returncode == 0, done
    (database,) = planned["databases"]
    assert database["tables"][0]["table"] == "shop_book"
    assert "a backup (pg_dump) has held shop_book for" in refused
    assert "Waiting: bookshop-dev: a backup (pg_dump) has held shop_book" in done
    assert "Locks shop_book (" in done and ") exclusively for a moment." in done


def test_what_must_wait_for_the_old_code_waits_for_a_shell_of_it(operator, ready):
    dyno = {"command": "sleep 900", "attach": False}
    name = ready.api("POST", f"/apps/{DEV}/dynos", dyno)["name"]
    ready.commit("No shelf", changes.contract(ready.project, 1))
    said = ""
    with operator.begun("sandbox", CALL) as process:
        for line in process.stdout:
            said += line
            # Only once it is waited for is the shell left.
            if f"{DEV}: waiting for what runs the old code: " in line:
                ready.api("POST", f"/apps/{DEV}/dynos/{name}/actions/stop")
        process.wait()
    assert process.returncode == 0, said
    assert f"{DEV}: waiting for what runs the old code: " in said
    assert f"{name} (v" in said
