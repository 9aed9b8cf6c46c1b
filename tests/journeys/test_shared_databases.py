"""A database of the live site that can be reached from below: nothing is done to it unasked."""

from __future__ import annotations

import re

import pytest


@pytest.fixture(
    params=[
        "by its URL",
        pytest.param("attached as REPORTS", marks=pytest.mark.whole),
        pytest.param("attached as DATABASE", marks=pytest.mark.whole),
    ]
)
def way(request, shop):
    """The name by which bookshop-dev gets at the live site's database, while it does."""
    live = shop.api("GET", "/apps/bookshop-live/addon-attachments")[0]["addon"]["id"]
    own = shop.api("GET", "/apps/bookshop-dev/addon-attachments")[0]
    if request.param == "by its URL":
        url = shop.api("GET", "/apps/bookshop-live/config-vars")["DATABASE_URL"]
        other = url.replace("postgres://", "postgresql://").replace("127.0.0.1", "localhost")
        shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"STATISTICS": other})
        yield "STATISTICS"
        shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"STATISTICS": None})
        return
    name = request.param.rpartition(" ")[2]
    wanted = {"addon": live, "app": "bookshop-dev", "name": name, "confirm": "bookshop-dev"}
    made = shop.api("POST", "/addon-attachments", wanted)
    yield f"{name}_URL"
    shop.api("DELETE", f"/addon-attachments/{made['id']}")
    if name == "DATABASE":
        back = {"addon": own["addon"]["id"], "app": "bookshop-dev", "name": "DATABASE"}
        shop.api("POST", "/addon-attachments", back)


def writes(shop) -> list[str]:
    return [
        f"{one['method']} {one['path']}"
        for one in shop.api("GET", "/_sandbox/requests")
        if one["method"] != "GET"
    ]


def test_nothing_is_done_to_it_unasked(operator, shop, way):
    shop.api("DELETE", "/_sandbox/requests")
    whose = f"bookshop-dev: {way} leads to the database of bookshop-live (live, the live site)"

    moved = operator.fab("sandbox", "migrate_data:uat,dev,confirm=bookshop-dev", status=1)
    assert whose in moved.stderr

    ill = operator.fab("sandbox", "doctor", status=1)
    assert f"WRONG dev: databases: {whose}" in ill.stdout

    confirmed = "confirm=bookshop-dev"
    for call in (f"deploy:dev,{confirmed}", f"rollback:dev,{confirmed}"):
        stopped = operator.fab("sandbox", call, status=1)
        assert f"ANOTHER ENVIRONMENT'S DATABASE: {whose}" in stopped.stdout
        assert whose in stopped.stderr
        assert "without a terminal only confirm=" in stopped.stderr

    assert writes(shop) == []


def test_the_plan_s_identifier_says_yes_to_it(operator, shop, way):
    path = shop.project.parent / "config" / "dev.env"
    kept = path.read_text(encoding="utf-8")
    path.write_text(f"{kept}\nANSWER=42\n", encoding="utf-8")
    try:
        stopped = operator.fab("sandbox", "config:dev,confirm=bookshop-dev", status=1)
        plan = re.search(r"only confirm=(\w+)", stopped.stderr).group(1)
        assert "ANSWER" not in shop.api("GET", "/apps/bookshop-dev/config-vars")
        operator.fab("sandbox", f"config:dev,confirm={plan}")
    finally:
        path.write_text(kept, encoding="utf-8")
    assert shop.api("GET", "/apps/bookshop-dev/config-vars")["ANSWER"] == "42"
    shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"ANSWER": None})


def test_databases_of_their_own_are_well(operator, shop):
    well = operator.fab("sandbox", "doctor")
    assert "ok    dev: databases are its own" in well.stdout
    assert "ok    uat: databases are its own" in well.stdout
