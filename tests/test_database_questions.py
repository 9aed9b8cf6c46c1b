"""A database of an environment above that can be reached: named, and asked about."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from builders import BASE, SETTINGS, app, code

from minion.engine.operation import Before
from minion.operations.config.facts import ConfigFacts, compare
from minion.operations.config.plan import make_plan as make_config
from minion.operations.config.report import report as config_report
from minion.operations.config.request import ConfigRequest
from minion.operations.databases import DatabasesAbove, SharedDatabase
from minion.operations.deploy.facts import Facts
from minion.operations.deploy.plan import make_plan as make_deploy
from minion.operations.deploy.report import report as deploy_report
from minion.operations.deploy.request import DeployRequest
from minion.operations.rollback.facts import AppBack, RollbackFacts
from minion.operations.rollback.plan import make_plan as make_rollback
from minion.operations.rollback.report import report as rollback_report
from minion.operations.rollback.request import RollbackRequest
from minion.options import Option

NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
LIVE = SharedDatabase(
    "my-app-dev", ("DATABASE_URL",), "my-app-123", ("DATABASE_URL",), "live", is_live=True
)
UAT = SharedDatabase("my-app-dev", ("A", "B_URL"), "my-app-uat", (), "uat", is_live=False)


def deployment(above, **more):
    facts = Facts(apps=(app("my-app-dev"),), code=code(), above=above)
    plan = make_deploy(DeployRequest("dev", **more), SETTINGS, facts)
    return plan, deploy_report(plan)


def rollback(above):
    now = app("my-app-dev")
    back = AppBack(
        app=now.app,
        running=now.running,
        commit=now.commit,
        newest_version=423,
        target=now.running,
        target_commit=BASE,
        candidates=(),
        config_keys=(),
        preboot=None,
        pending=None,
        database=None,
    )
    plan = make_rollback(RollbackRequest("dev"), SETTINGS, RollbackFacts((back,), above=above))
    return plan, rollback_report(plan, NOW)


def config(above):
    facts = ConfigFacts(
        "dev.env",
        (compare("my-app-dev", {"A": "1"}, {}, {}),),
        (Before("my-app-dev", 1, BASE, 1),),
        above=above,
    )
    plan = make_config(ConfigRequest("dev"), SETTINGS, facts)
    return plan, config_report(plan, NOW)


EACH = pytest.mark.parametrize("make", [deployment, rollback, config])


@EACH
def test_it_is_named_in_the_report_and_asked_about(make):
    plan, said = make(DatabasesAbove((LIVE, UAT)))
    assert plan.questions == (
        "my-app-dev: DATABASE_URL leads to the database of my-app-123 (live, the live site), "
        "there DATABASE_URL",
        "my-app-dev: A and B_URL lead to the database of my-app-uat (uat)",
    )
    for question in plan.questions:
        assert f"ANOTHER ENVIRONMENT'S DATABASE: {question}" in said
    assert not plan.refusals


@EACH
def test_nothing_is_asked_where_each_has_its_own(make):
    plan, said = make(DatabasesAbove(unread=("my-app-123",)))
    assert plan.questions == ()
    assert "DATABASE" not in said


@EACH
def test_a_plan_that_was_confirmed_before_it_was_shared_is_another_one(make):
    assert make(DatabasesAbove())[0].id != make(DatabasesAbove((LIVE,)))[0].id


def test_overruled_options_are_asked_about_besides():
    plan, _ = deployment(DatabasesAbove((LIVE,)), options=Option.PUSH | Option.MIGRATE)
    assert len(plan.questions) == 2
    assert "is not what the contents ask for" in plan.questions[1]
