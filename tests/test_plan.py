import pytest
from builders import BASE, SETTINGS, TARGET, app, facts

from minion.options import Option
from minion.plan import make_plan
from minion.request import DeployRequest
from minion.settings import parse
from minion.steps import (
    MaintenanceOff,
    MaintenanceOn,
    PrebootBack,
    PrebootSwitch,
    Promote,
    Push,
    ReadBack,
    RunCommand,
    TagRelease,
)

MIGRATION = ("shop/migrations/0002_more.py", "shop/migrations/__init__.py", "shop/models.py")
MIGRATE = "python manage.py migrate --noinput"


def plan(environment="live", found=None, **asked):
    return make_plan(DeployRequest(environment, **asked), SETTINGS, found or facts(promoted=True))


def kinds(made):
    return [type(step) for step in made.steps]


def test_code_only_is_promoted_with_preboot_and_without_the_page():
    made = plan()
    assert kinds(made) == [Promote, ReadBack, TagRelease]
    assert made.steps[0] == Promote(
        "my-app-uat", "p1", "id-my-app-uat", TARGET, ("my-app-123",), ("id-my-app-123",), (423,)
    )
    assert (made.preboot, made.pipeline, made.downtime.needed) == (True, True, False)


def test_a_migration_puts_the_page_up_and_preboot_off_and_both_back():
    made = plan(found=facts(promoted=True, paths=MIGRATION))
    assert made.options == Option.PUSH | Option.MIGRATE
    assert made.steps[0] == PrebootSwitch("my-app-123", on=False, found=True)
    assert kinds(made) == [
        PrebootSwitch,
        MaintenanceOn,
        Promote,
        ReadBack,
        RunCommand,
        MaintenanceOff,
        PrebootBack,
        TagRelease,
    ]
    assert made.steps[4] == RunCommand("my-app-123", Option.MIGRATE, MIGRATE)
    assert made.preboot is False


def test_a_push_puts_the_page_up_only_when_the_build_is_over():
    found = facts(app("my-app-uat", preboot=False), paths=MIGRATION)
    made = plan("uat", found)
    assert kinds(made) == [Push, ReadBack, RunCommand, MaintenanceOff, TagRelease]
    push = made.steps[0]
    assert (push.commit, push.page, push.page_found, push.after) == (TARGET, True, False, 423)


def test_a_page_that_was_up_before_stays_up():
    made = plan("uat", facts(app("my-app-uat", maintenance=True), paths=MIGRATION))
    assert MaintenanceOff("my-app-uat", found=True) in made.steps
    assert any("page is up already" in warning for warning in made.warnings)


def test_all_commands_run_in_the_order_of_their_bits():
    paths = (
        *MIGRATION,
        "newsletter/models.py",
        "shop/fixtures/b's books.json",
        "shop/static/shop.css",
    )
    made = plan("uat", facts(app("my-app-uat"), paths=paths, collects_static=False))
    commands = [step for step in made.steps if isinstance(step, RunCommand)]
    assert [step.option for step in commands] == [
        Option.SYNCDB,
        Option.MIGRATE,
        Option.FIXTURES,
        Option.COLLECTSTATIC,
    ]
    assert commands[2].command.endswith("""loaddata 'shop/fixtures/b'"'"'s books.json'""")
    assert int(made.options) == 31


def test_heroku_is_left_to_migrate_where_the_release_phase_does():
    found = facts(app("my-app-uat"), paths=MIGRATION, release_phase_migrates=True)
    made = plan("uat", found)
    assert RunCommand not in kinds(made)
    assert ReadBack("my-app-uat", TARGET, migrates=True) in made.steps
    assert made.downtime.needed


def test_database_commands_run_once_for_each_database():
    settings = parse(b'[environments.live]\napps = ["a1", "a2", "a3"]\n', SETTINGS.root / "x")
    apps = [app(name, database=db) for name, db in (("a1", "x"), ("a2", "x"), ("a3", "y"))]
    made = make_plan(DeployRequest("live"), settings, facts(*apps, paths=MIGRATION))
    assert [step.app for step in made.steps if isinstance(step, RunCommand)] == ["a1", "a3"]
    assert [step.app for step in made.steps if isinstance(step, Push)] == ["a1", "a2", "a3"]
    assert [step.app for step in made.steps if isinstance(step, TagRelease)] == ["a1", "a2", "a3"]


def test_the_operators_options_win_and_the_difference_is_known():
    made = plan("uat", facts(app("my-app-uat"), paths=MIGRATION), options=Option.PUSH)
    assert (made.options, int(made.inferred)) == (Option.PUSH, 5)
    assert made.overrules
    assert RunCommand not in kinds(made)
    same = plan("uat", facts(app("my-app-uat")), options=Option.PUSH)
    assert not same.overrules


def test_options_without_push_change_no_code():
    made = plan("uat", facts(app("my-app-uat")), options=Option.MIGRATE)
    assert kinds(made) == [MaintenanceOn, RunCommand, MaintenanceOff]


def test_nothing_to_do_has_no_steps():
    made = plan("uat", facts(app("my-app-uat", commit=TARGET), paths=()), options=Option.NONE)
    assert made.has_nothing_to_do
    assert made.steps == ()


@pytest.mark.parametrize(
    ("asked", "found", "needed", "reason"),
    [
        ({"maintenance": True}, ("shop/admin.py",), True, "asked for"),
        ({"maintenance": False}, MIGRATION, False, "ruled out"),
        ({}, ("newsletter/models.py",), True, "Syncdb"),
        ({}, ("shop/admin.py",), False, "stays as it is"),
    ],
)
def test_downtime(asked, found, needed, reason):
    made = plan("uat", facts(app("my-app-uat"), paths=found), **asked)
    assert made.downtime.needed is needed
    assert reason in made.downtime.reasons[0]


@pytest.mark.parametrize(
    ("asked", "found_on", "supported", "expected", "switches"),
    [
        (None, True, True, True, []),
        (True, False, True, True, [True]),
        (False, True, True, False, [False]),
        (True, None, False, False, []),
    ],
)
def test_preboot(asked, found_on, supported, expected, switches):
    found = facts(app("my-app-uat", preboot=found_on if supported else None))
    made = plan("uat", found, preboot=asked)
    assert made.preboot is expected
    assert [step.on for step in made.steps if isinstance(step, PrebootSwitch)] == switches
    assert [step.found for step in made.steps if isinstance(step, PrebootBack)] == [
        not on for on in switches
    ]


@pytest.mark.parametrize(
    ("environment", "asked", "found", "because"),
    [
        ("live", {}, {"promoted": True, "is_descendant": False}, "take changes back"),
        ("live", {"branch": "dev"}, {"promoted": True}, "deploy the branch there"),
        ("live", {"pipeline": False, "branch": "x"}, {"branch": "x"}, "takes only master"),
        ("live", {"pipeline": False}, {"dirty": ("a.py",)}, "uncommitted"),
        ("live", {"pipeline": False}, {"origin_commit": BASE}, "agree"),
        ("live", {"pipeline": False}, {"origin_commit": None}, "not on origin"),
        ("live", {"pipeline": False}, {"origin_known": False}, "does not answer"),
        ("uat", {}, {"is_shallow": True}, "unshallow"),
        ("uat", {"options": Option.FIXTURES}, {}, "fixtures"),
    ],
)
def test_refusals(environment, asked, found, because):
    made = plan(environment, facts(**found), **asked)
    assert len(made.refusals) == 1
    assert because in made.refusals[0]


def test_force_takes_changes_back():
    assert plan(found=facts(promoted=True, is_descendant=False), force=True).refusals == ()


def test_a_pending_release_is_waited_for():
    made = plan("uat", facts(app("my-app-uat", pending="release v424 is pending (Deploy x)")))
    assert "v424 is pending" in made.refusals[0]


def test_the_identifier_changes_with_whatever_matters():
    found = facts(app("my-app-uat"))
    first = plan("uat", found)
    assert first.id == plan("uat", found).id
    others = [
        plan("uat", facts(app("my-app-uat", version=424))),
        plan("uat", facts(app("my-app-uat"), target="f" * 40)),
        plan("uat", found, options=Option.PUSH | Option.MIGRATE),
        plan("uat", found, maintenance=True),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5
