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

    def __init__(self, shop):
        url = shop.api("GET", f"/apps/{DEV}/config-vars")["DATABASE_URL"]
        self._connection = psycopg.connect(url)
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
    assert process.returncode == 0, rest
    assert "Try 2 of 5 in 2 s" in line
    assert "dev runs" in rest
    assert ready.page(DEV, "/").status_code == 200
