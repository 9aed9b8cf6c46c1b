"""The maintenance page by hand, on the scripted Heroku."""

from __future__ import annotations

import pytest
from scripted import Answer

from minion.api import MaintenanceRequest, maintenance, resume
from minion.errors import DeployInterrupted, Refused

APPS = ("shop-a", "shop-b")


def pages(site):
    return [site.heroku[name].maintenance for name in APPS]


def test_every_app_s_page_is_set_and_nobody_is_asked(site, capsys):
    site.heroku["shop-b"].maintenance = True
    maintenance(MaintenanceRequest("live", True), wait_s=0)
    assert pages(site) == [True, True]
    maintenance(MaintenanceRequest("live", False), wait_s=0)
    assert pages(site) == [False, False]
    assert "shop-a: the maintenance page is up." in capsys.readouterr().out


def test_one_that_is_refused_leaves_the_others_and_can_be_set_later(site, capsys):
    refused = Answer({"id": "forbidden", "message": "no"}, 403)
    site.heroku.server.on("PATCH /apps/shop-b", refused)
    with pytest.raises(DeployInterrupted) as caught:
        maintenance(MaintenanceRequest("live", True), wait_s=0)
    said = str(caught.value)
    assert "Done: shop-a: maintenance page up" in said
    assert "Not, or not surely, done: shop-b: maintenance page up" in said
    assert "To look and go on: fab maintenance:live,on" in said
    assert pages(site) == [True, False]


def test_what_was_stopped_half_way_is_finished_by_resume(site, capsys):
    site.heroku.stop_at("PATCH /apps/shop-b")
    with pytest.raises(KeyboardInterrupt):
        maintenance(MaintenanceRequest("live", True), wait_s=0)
    with pytest.raises(Refused, match=r"was begun here and not ended\. Type: fab resume:live"):
        maintenance(MaintenanceRequest("live", True), wait_s=0)
    assert pages(site) == [True, False]
    resume("live", how="ask")
    assert pages(site) == [True, True]
    assert '"maintenance to live" is finished.' in capsys.readouterr().out
