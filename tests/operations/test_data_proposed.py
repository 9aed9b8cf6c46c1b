"""data_check of an environment: a proposal that is enough for a move, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shops import SETTINGS, Shop

from minion.api import MoveRequest, migrate_data
from minion.errors import Refused
from minion.tasks import data_check


@pytest.fixture
def shop(site, databases):
    site.commit({"minion.toml": SETTINGS.partition("[data]")[0]})
    return Shop(site, databases)


def test_the_proposal_once_corrected_is_enough_for_a_move(shop, capsys):
    data_check("live", file="data.toml")
    assert "Written to data.toml: " in capsys.readouterr().out
    proposal = Path("data.toml").read_text("utf-8")
    # The one correction: books tell nothing about anybody.
    asked = [line for line in proposal.splitlines() if "# ?" in line]
    pii, ignored = [line for line in proposal.splitlines() if line not in asked], asked
    pii[pii.index("pii_ignore = [")] = "\n".join(["pii_ignore = [", *ignored])
    text = SETTINGS.partition("[data]")[0] + "\n".join(pii)
    shop.site.commit({"minion.toml": text})
    migrate_data(MoveRequest("live", "uat"), confirm="shop-uat", wait_s=0)
    assert shop.rows("shop-uat") == ["c1@anonymous.invalid"]


def test_it_only_reads_and_writes_over_no_file(shop, capsys):
    data_check("live", format="json")
    found = json.loads(capsys.readouterr().out)
    assert {"shop_customer.email", "auth_user.password"} <= set(found["pii"])
    assert {one["column"] for one in found["columns"] if one["asked"]} == {"shop_book.title"}
    assert not [one for one in shop.site.heroku.server.requests if one.method != "GET"]
    Path("data.toml").touch()
    with pytest.raises(Refused, match=r"data\.toml is there already"):
        data_check("live", file="data.toml")
