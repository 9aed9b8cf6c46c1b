"""Moves of data, hit by every fault at every place: nothing of live's people is ever left open."""

import pytest
from matrix import Kind
from places import DROPPED_AFTER, DROPPED_BEFORE, INTERRUPTED, KILLED_AFTER, KILLED_BEFORE, REFUSED
from test_move import connect, leaks, secrets_of, tables

pytestmark = [pytest.mark.timeout(3600), pytest.mark.whole]
UAT = "bookshop-uat"
#: All but what hangs, for which a move waits longest.
FAULTS = (KILLED_BEFORE, KILLED_AFTER, INTERRUPTED, REFUSED, DROPPED_BEFORE, DROPPED_AFTER)


def counts(shop, environment):
    with connect(shop, environment) as connection:
        if not tables(connection):
            return 0
        return connection.execute("SELECT count(*) FROM newsletter_subscriber").fetchone()[0]


def test_live_to_uat(operator, shop):
    def one_subscriber_less():
        with connect(shop, "live") as live:
            live.execute(
                "DELETE FROM newsletter_subscriber"
                " WHERE id = (SELECT max(id) FROM newsletter_subscriber)"
            )

    planted = secrets_of(shop)

    def nobody_is_known():
        with connect(shop, "uat") as uat:
            assert leaks(uat, planted) == []

    kind = Kind(
        operator,
        shop,
        environment="uat",
        apps=(UAT,),
        call=f"migrate_data:live,uat,confirm={UAT}",
        change=one_subscriber_less,
        is_done=lambda: counts(shop, "live") == counts(shop, "uat"),
        releases=0,
        check=nobody_is_known,
    )
    assert kind.try_all(faults=FAULTS, every=27) >= 2
