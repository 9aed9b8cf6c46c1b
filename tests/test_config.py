import pytest
from builders import SETTINGS

from minion.engine.operation import Before
from minion.errors import Refused
from minion.operations.config.facts import ConfigFacts, check, check_managed, compare, databases
from minion.operations.config.plan import make_plan
from minion.operations.config.report import comparison_document, comparison_text
from minion.operations.config.request import ConfigRequest

LOCAL = {"B": "canary-same", "A": "canary-new", "C": "canary-added"}
REMOTE = {"A": "canary-old", "B": "canary-same", "Z": "canary-left", "KEPT": "x", "DB_URL": "y"}


def example():
    return compare("my-app", LOCAL, REMOTE, {"DB_URL": "postgresql-round-1"}, ("KEPT",))


def plan_of(*comparisons, prune=False, newest=7):
    before = tuple(Before(one.app, newest, None, newest) for one in comparisons)
    facts = ConfigFacts("live.env", comparisons, before)
    return make_plan(ConfigRequest("live", prune=prune), SETTINGS, facts)


def test_local_names_come_first_then_those_only_on_heroku_both_sorted():
    found = [(one.key, one.status) for one in example().entries]
    assert found == [
        *[("A", "!"), ("B", "="), ("C", "+")],
        *[("DB_URL", "?"), ("KEPT", "?"), ("Z", "?")],
    ]


def test_nothing_is_removed_without_prune_and_never_what_is_claimed():
    one = example()
    assert one.changes(prune=False) == {"A": "canary-new", "C": "canary-added"}
    assert one.changes(prune=True) == {"A": "canary-new", "C": "canary-added", "Z": None}


def test_values_are_shown_only_when_asked():
    for prune in (True, False):
        text = comparison_text(example(), "dev.env", reveal=False, prune=prune)
        assert "canary" not in text
        assert ("REMOVE: Z" in text) is prune
    assert "canary" not in repr(example())
    assert "canary" not in str(comparison_document([example()], {}, reveal=False))
    shown = comparison_text(example(), "dev.env", reveal=True, prune=False)
    assert "canary-old -> canary-new" in shown


def test_the_identifier_follows_every_value():
    first = example()
    other = compare("my-app", {**LOCAL, "B": "other"}, REMOTE, {}, ())
    assert first.fingerprint == example().fingerprint
    assert first.fingerprint != other.fingerprint
    pruned, kept = (plan_of(first, prune=prune) for prune in (True, False))
    assert pruned.id != kept.id


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"HEROKU_X": "x"}, "HEROKU_X: Heroku keeps"),
        ({"__X": "x"}, "__X: Heroku keeps"),
        ({"A": "x" * 40000}, "40001 bytes"),
        ({"DATABASE_URL": "canary"}, "DATABASE_URL: not a database URL"),
        ({"DATABASE_URL": "https://canary/x"}, "DATABASE_URL: not a database URL"),
        ({"OTHER_DATABASE_URL": "postgres://canary"}, "OTHER_DATABASE_URL: not a database URL"),
        ({"X_DATABASE_URL": "mysql://u:canary@h:canary/x"}, "X_DATABASE_URL: not a database URL"),
    ],
)
def test_what_heroku_or_nobody_can_use_is_refused_without_its_value(values, says):
    with pytest.raises(Refused) as caught:
        check("dev.env", values)
    assert says in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_url_of_no_database_is_a_value_like_any_other():
    check(
        "dev.env",
        {"FIREBASE_DATABASE_URL": "https://shop.firebaseio.com", "LOG_DATABASE_URL": "none yet"},
    )


def test_add_on_values_are_refused_unless_they_are_the_same():
    same = compare("a", {"DB_URL": "y"}, REMOTE, {"DB_URL": "postgresql-round-1"})
    check_managed("dev.env", [same])
    other = compare("a", {"DB_URL": "z"}, REMOTE, {"DB_URL": "postgresql-round-1"})
    with pytest.raises(Refused, match="DB_URL: the add-on postgresql-round-1"):
        check_managed("dev.env", [other])


def test_databases_are_known_by_place_not_by_password():
    one = databases({"DATABASE_URL": "postgres://u:p@host:5432/shop", "SHOP_NAME": "x"})
    two = databases({"OLD_DATABASE_URL": "postgres://v:q@host/shop"})
    assert [str(found) for found in one] == [str(found) for found in two] == ["host:5432/shop"]
