"""Back to an earlier release: with the schema that the older code can live with, or not at all."""

import psycopg
import pytest

HEAD = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "{before}")]
    operations = [{operation}]
"""
EXPAND = 'migrations.AddField("Customer", "nickname", models.CharField(max_length=9, null=True))'
CONTRACT = 'migrations.RemoveField("Customer", "nickname")'
ONE_WAY = "migrations.RunPython(lambda apps, schema_editor: None)"
THERE_AND_BACK = """migrations.RunPython(
    lambda apps, _: apps.get_model("customers", "Customer").objects.update(notes="moved on"),
    lambda apps, _: apps.get_model("customers", "Customer").objects.update(notes="moved back"),
)"""


@pytest.fixture(scope="module")
def ready(operator, shop):
    operator.fab("sandbox", "deploy:dev,confirm=bookshop-dev")
    shop.git("checkout", "-q", "-b", "work", "dev")
    return shop


def last_migration(shop):
    return sorted(p.stem for p in (shop.project / "customers/migrations").glob("0*.py"))[-1]


def release(operator, shop, number, operation):
    """Deploy one more migration to dev; the version of the release before it."""
    before = shop.newest("bookshop-dev")["version"]
    path = f"customers/migrations/{number}_more.py"
    content = HEAD.format(before=last_migration(shop), operation=operation)
    shop.commit(f"Migration {number}", {path: content})
    operator.fab("sandbox", "deploy:dev,branch=work,force=yes,confirm=bookshop-dev")
    return before


def applied(shop):
    with psycopg.connect(shop.state["apps"]["bookshop-dev"]["database_url"]) as connection:
        rows = connection.execute("SELECT name FROM django_migrations WHERE app = 'customers'")
        return {name for (name,) in rows}


def notes(shop):
    with psycopg.connect(shop.state["apps"]["bookshop-dev"]["database_url"]) as connection:
        return {note for (note,) in connection.execute("SELECT notes FROM customers_customer")}


def runs(shop):
    newest = shop.newest("bookshop-dev")
    assert newest["current"]
    slug = shop.api("GET", f"/apps/bookshop-dev/slugs/{newest['slug']['id']}")
    assert shop.page("bookshop-dev").status_code == 200
    assert shop.page("bookshop-dev", "/").status_code == 200
    assert shop.api("GET", "/apps/bookshop-dev")["maintenance"] is False
    return slug["commit"]


def test_an_expansion_stays_and_a_contraction_is_reversed_first(operator, ready):
    start = runs(ready)
    release(operator, ready, "0801", EXPAND)
    done = operator.fab("sandbox", "rollback:dev,confirm=bookshop-dev").stdout
    assert "0801_more.py: expand: stays" in done
    assert runs(ready) == start
    assert "0801_more" in applied(ready)
    # Forward again, and one more.
    operator.fab("sandbox", "deploy:dev,branch=work,force=yes,confirm=bookshop-dev")
    middle = runs(ready)
    release(operator, ready, "0802", CONTRACT)
    done = operator.fab("sandbox", "rollback:dev,confirm=bookshop-dev").stdout
    assert "0802_more.py: contract: reversed first" in done
    assert runs(ready) == middle
    assert applied(ready) >= {"0801_more"}
    assert "0802_more" not in applied(ready)
    assert "] bookshop-dev: python manage.py migrate --noinput customers 0801_more" in done
    assert done.index("customers 0801_more\n") < done.index("roll back to")
    assert "maintenance page up" not in done


@pytest.mark.whole
def test_a_data_migration_is_taken_back_behind_the_page(operator, ready):
    ready.git("reset", "-q", "--hard", runs(ready))
    release(operator, ready, "0803", THERE_AND_BACK)
    assert notes(ready) == {"moved on"}
    done = operator.fab("sandbox", "rollback:dev,confirm=bookshop-dev").stdout
    assert "maintenance page up" in done
    assert notes(ready) == {"moved back"}
    older = runs(ready)
    # The one before is now the newer one, whose migration is not there any more.
    done = operator.fab("sandbox", "rollback:dev,confirm=bookshop-dev", status=1)
    assert "needs customers/migrations/0803_more.py" in done.stderr
    assert "a rollback runs no migration forward" in done.stderr
    assert runs(ready) == older


@pytest.mark.whole
def test_what_cannot_be_reversed_is_refused_unless_it_may_stay(operator, ready):
    start = runs(ready)
    ready.git("reset", "-q", "--hard", start)
    before = release(operator, ready, "0804", ONE_WAY)
    there = runs(ready)
    done = operator.fab("sandbox", f"rollback:dev,v{before},confirm=bookshop-dev", status=1)
    assert "0804_more.py cannot be reversed (line 7)" in done.stderr
    assert "migrations=keep" in done.stderr
    assert runs(ready) == there
    operator.fab("sandbox", f"rollback:dev,v{before},migrations=keep,confirm=bookshop-dev")
    assert runs(ready) == start
    assert "0804_more" in applied(ready)


def test_config_vars_go_back_too_and_it_is_said(operator, ready):
    ready.api("PATCH", "/apps/bookshop-dev/config-vars", {"GREETING": "a secret hello"})
    ready.api("PATCH", "/apps/bookshop-dev/config-vars", {"GREETING": "good bye"})
    version = ready.newest("bookshop-dev")["version"] - 1
    done = operator.fab("sandbox", f"rollback:dev,v{version},confirm=bookshop-dev").stdout
    assert "these config vars go back too: GREETING" in done
    assert "a secret hello" not in done
    assert ready.api("GET", "/apps/bookshop-dev/config-vars")["GREETING"] == "a secret hello"


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ("rollback:dev,v99999", "there is no such release"),
        ("rollback:dev,yesterday", "say a release such as v123"),
        ("rollback:dev,migrations=maybe", "choose from auto, keep"),
        ("rollback:nowhere", "unknown environment 'nowhere'"),
    ],
)
def test_bad_input_gets_one_line(operator, ready, call, complaint):
    done = operator.fab("sandbox", call, status=1)
    assert complaint in done.stderr.strip().splitlines()[-1]


def test_a_lost_answer_makes_no_second_release(operator, ready):
    before = ready.newest("bookshop-dev")["version"]
    fault = {"method": "POST", "path": "/apps/bookshop-dev/releases$", "times": 1, "after": True}
    ready.api("POST", "/_sandbox/faults", fault)
    operator.fab("sandbox", f"rollback:dev,v{before - 1},migrations=keep,confirm=bookshop-dev")
    assert ready.newest("bookshop-dev")["version"] == before + 1
