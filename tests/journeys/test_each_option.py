"""Each option by a commit that sets it alone, and what runs then, in which order.

bookshop-dev does not collect static files in its builds here, so that
COLLECTSTATIC can be inferred on a push.
"""

import re

import pytest

RAN = re.compile(r"^\[\d+/\d+\] bookshop-dev: python manage.py (\S+)( --run-syncdb)?", re.M)

STATIC = "shop/static/shop/more.css"


@pytest.fixture(scope="module")
def ready(operator, shop):
    """bookshop-dev level with its branch, on a branch of its own, collecting nothing itself."""
    shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"DISABLE_COLLECTSTATIC": "1"})
    operator.fab("sandbox", "deploy:dev,confirm=bookshop-dev")
    shop.git("checkout", "-q", "-b", "work", "dev")
    return shop


MODEL = """
from django.db import models


class Leaflet{number}(models.Model):
    title = models.CharField(max_length=40)
"""
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "{before}")]
    operations = [migrations.RunSQL("CREATE TABLE {table} (id int)", "DROP TABLE {table}")]
"""
FIXTURE = '[{"model": "shop.book", "pk": 9001, "fields": %s}]'


def book(shop):
    """The fields of a book as the shop's own fixture spells them, as JSON."""
    import json

    books = json.loads((shop.project / "shop/fixtures/books.json").read_text())
    return json.dumps({**books[0]["fields"], "title": "A fixture's own book"})


def last_migration(shop):
    return sorted(p.stem for p in (shop.project / "customers/migrations").glob("0*.py"))[-1]


def deploy(operator, branch="work", more=""):
    done = operator.fab("sandbox", f"deploy:dev,branch={branch},confirm=bookshop-dev{more}")
    value = re.search(r"^Options: +(\d+)$", done.stdout, re.M).group(1)
    return int(value), ["".join(match) for match in RAN.findall(done.stdout)], done.stdout


@pytest.mark.whole
def test_code_alone(operator, ready):
    ready.commit("Touch the admin", {"shop/extra.py": "LEAFLETS = True\n"})
    assert deploy(operator)[:2] == (1, [])


@pytest.mark.whole
def test_syncdb_alone(operator, ready):
    models = (ready.project / "newsletter/models.py").read_text() + MODEL.format(number=1)
    ready.commit("Print leaflets", {"newsletter/models.py": models})
    options, ran, said = deploy(operator)
    assert (options, ran) == (3, ["migrate --run-syncdb"])
    assert "newsletter_leaflet1" in tables(ready)
    assert said.index("maintenance page up") < said.index("page down")


@pytest.mark.whole
def test_migrations_alone(operator, ready):
    content = MIGRATION.format(before=last_migration(ready), table="made_by_migration")
    ready.commit("Migrate", {"customers/migrations/0900_leaflets.py": content})
    assert deploy(operator)[:2] == (5, ["migrate"])
    assert "made_by_migration" in tables(ready)


def test_fixtures_alone_with_an_odd_name(operator, ready):
    name = "shop/fixtures/new books.json"
    ready.commit("Stock a book", {name: FIXTURE % book(ready)})
    options, ran, said = deploy(operator)
    assert (options, ran) == (9, ["loaddata"])
    assert f"loaddata '{name}'" in said
    assert "A fixture&#x27;s own book" in ready.page("bookshop-dev", "/").text


def test_static_files_alone(operator, ready):
    ready.commit("Paint", {STATIC: "body { color: black }\n"})
    assert deploy(operator)[:2] == (17, ["collectstatic"])


def test_everything_at_once_in_the_order_of_the_bits(operator, ready):
    models = (ready.project / "newsletter/models.py").read_text() + MODEL.format(number=2)
    ready.commit(
        "Everything",
        {
            "newsletter/models.py": models,
            "customers/migrations/0901_more.py": MIGRATION.format(
                before=last_migration(ready), table="made_by_more"
            ),
            "shop/fixtures/last.json": FIXTURE.replace("9001", "9002") % book(ready),
            STATIC: "body { color: white }\n",
        },
    )
    options, ran, _ = deploy(operator)
    assert options == 31
    assert ran == ["migrate --run-syncdb", "migrate", "loaddata", "collectstatic"]


def test_the_operators_options_win_but_a_difference_needs_the_very_plan(operator, ready):
    content = MIGRATION.format(before="0901_more", table="made_later")
    ready.commit("Later", {"customers/migrations/0902_later.py": content})
    call = "deploy:dev,branch=work,options=push"
    refused = operator.fab("sandbox", f"{call},confirm=bookshop-dev", status=1)
    assert "ASK FOR 5 (push+migrate), NOT 1 (push)" in refused.stdout
    plan = re.search(r"^Plan: +([0-9a-f]{12})$", refused.stdout, re.M).group(1)
    done = operator.fab("sandbox", f"{call},confirm={plan}")
    assert RAN.findall(done.stdout) == []
    assert "made_later" not in tables(ready)
    rest = operator.fab("sandbox", "plan:dev,branch=work,options=migrate,format=json")
    plan = re.search(r'"plan": "([0-9a-f]{12})"', rest.stdout).group(1)
    operator.fab("sandbox", f"deploy:dev,branch=work,options=migrate,confirm={plan}")
    assert "made_later" in tables(ready)


def test_what_runs_already_is_not_released_again(operator, ready):
    before = ready.newest("bookshop-dev")["version"]
    plan = operator.json("sandbox", "plan:dev,branch=work,options=push,format=json")["plan"]
    done = operator.fab("sandbox", f"deploy:dev,branch=work,options=push,confirm={plan}")
    assert f"v{before} is of " in done.stdout
    assert ready.newest("bookshop-dev")["version"] == before


def tables(shop):
    import psycopg

    with psycopg.connect(shop.state["apps"]["bookshop-dev"]["database_url"]) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in found}
