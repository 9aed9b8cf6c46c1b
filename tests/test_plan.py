import shlex
from dataclasses import replace

import pytest
from builders import (
    BASE,
    BREAKING,
    CONTRACT,
    EXPAND,
    SETTINGS,
    TARGET,
    app,
    facts,
    readings,
)
from fabric.main import parse_arguments

from minion.analyser.procfile import Hook, Moment
from minion.engine.encoding import decode, encode
from minion.errors import SettingsError
from minion.operations.deploy.plan import make_plan
from minion.operations.deploy.report import document, report
from minion.operations.deploy.request import DeployRequest
from minion.options import Option
from minion.settings import parse
from minion.steps import (
    Built,
    MaintenanceOff,
    MaintenanceOn,
    NewDynosUp,
    OldDynosGone,
    PageCheck,
    PrebootBack,
    PrebootSwitch,
    Promote,
    Push,
    ReadBack,
    RunCommand,
    Tables,
    TagRelease,
)

MIGRATION = ("shop/migrations/0002_more.py", "shop/migrations/__init__.py", "shop/models.py")
MIGRATE = "python manage.py migrate --noinput"
NOT_ATOMIC = f"""{EXPAND}
    ]
    atomic = False
    more = ["""
BOOKS = Tables(("shop_book",))
CONCURRENT = """migrations.RunSQL("CREATE INDEX CONCURRENTLY Book_idx ON shop_book (id)", ""),
    ]
    atomic = False
    more = ["""


def plan(environment="live", found=None, **asked):
    return make_plan(DeployRequest(environment, **asked), SETTINGS, found or facts(promoted=True))


def kinds(made):
    return [type(step) for step in made.steps]


def test_what_to_type_again_is_all_that_was_typed():
    request = DeployRequest("dev", branch="a,b's", options=Option.PUSH, force=True, preboot=False)
    name, arguments, options = parse_arguments(shlex.split(request.command)[1:])[0][:3]
    assert (name, arguments) == ("deploy", ["dev"])
    assert options == {"branch": "a,b's", "options": "push", "force": "yes", "preboot": "no"}
    assert DeployRequest("live").command == "fab deploy:live"


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
        NewDynosUp,
        MaintenanceOff,
        PrebootBack,
        TagRelease,
    ]
    assert made.steps[4] == RunCommand("my-app-123", Option.MIGRATE, MIGRATE)
    assert made.preboot is False


def of_migrations(*operations, **more):
    """The plan for live, where `operations` are the new migrations."""
    found = facts(promoted=True, paths=MIGRATION, readings=readings(*operations), **more)
    return plan(found=found)


def test_what_the_old_code_works_with_runs_at_once_and_without_the_page():
    made = of_migrations(EXPAND)
    assert kinds(made) == [Promote, ReadBack, RunCommand, TagRelease]
    wanted = RunCommand("my-app-123", Option.MIGRATE, MIGRATE, "5s", 5, tables=BOOKS)
    assert made.steps[2] == wanted
    assert (made.preboot, made.downtime.needed) == (True, False)
    assert "shop.0002_x" in made.downtime.reasons[0]


def test_what_the_new_code_works_without_waits_until_no_old_dyno_is_left():
    made = of_migrations(CONTRACT)
    assert kinds(made) == [Promote, ReadBack, OldDynosGone, RunCommand, TagRelease]
    assert made.steps[2] == OldDynosGone("my-app-123", preboot=True)
    wanted = RunCommand("my-app-123", Option.MIGRATE, MIGRATE, "5s", 5, tables=BOOKS)
    assert made.steps[3] == wanted


def test_whether_the_page_can_be_put_up_is_seen_before_a_push():
    found = facts(app("my-app-uat"), paths=MIGRATION, readings=readings(BREAKING))
    made = plan("uat", found)
    assert kinds(made)[:3] == [PageCheck, PrebootSwitch, Push]
    assert PageCheck not in kinds(plan("uat", found, maintenance=False))


def test_what_needs_the_page_is_refused_where_heroku_has_none():
    one = app("my-app-uat", preboot=None)
    on_fir = replace(one, app=replace(one.app, generation="fir"))
    found = facts(on_fir, paths=MIGRATION, readings=readings(BREAKING))
    assert ["is on Fir" in one for one in plan("uat", found).refusals] == [True]
    assert plan("uat", found, maintenance=False).refusals == ()
    assert plan("uat", facts(on_fir)).refusals == ()


@pytest.mark.parametrize("preboot", [True, False])
def test_the_preboot_of_an_earlier_deployment_is_waited_for_too(preboot):
    found = facts(app("my-app-uat", preboot=preboot), readings=readings(CONTRACT))
    made = plan("uat", found, options=Option.MIGRATE)
    assert made.steps[0] == OldDynosGone("my-app-uat", preboot=preboot)


def test_both_are_served_in_one_deployment_where_one_order_serves_them():
    made = of_migrations(EXPAND, CONTRACT)
    assert [step.command for step in made.steps if isinstance(step, RunCommand)] == [
        f"{MIGRATE} shop 0002_x",
        MIGRATE,
    ]
    assert kinds(made)[2:5] == [RunCommand, OldDynosGone, RunCommand]


def test_an_order_that_no_one_deployment_serves_is_explained():
    made = of_migrations(CONTRACT, EXPAND)
    assert made.downtime.needed
    assert MaintenanceOn in kinds(made)
    assert "deploy twice" in " ".join(made.downtime.reasons)


def test_what_breaks_either_code_needs_the_page():
    made = of_migrations(BREAKING)
    assert made.downtime.needed
    assert "RenameField" in made.downtime.reasons[0]
    calm = plan(
        found=facts(promoted=True, paths=MIGRATION, readings=readings(BREAKING)), maintenance=False
    )
    assert not calm.downtime.needed
    assert "ruled out" in calm.downtime.reasons[0]


def test_what_may_be_hidden_needs_the_page():
    made = of_migrations(EXPAND, unread="a submodule may bring migrations")
    assert made.downtime.needed
    assert made.downtime.reasons == ("a submodule may bring migrations",)


def test_a_release_phase_runs_before_the_switch():
    assert not of_migrations(EXPAND, release_phase_migrates=True).downtime.needed
    made = of_migrations(CONTRACT, release_phase_migrates=True)
    assert made.downtime.needed
    assert "while the old code still serves" in made.downtime.reasons[0]
    assert RunCommand not in kinds(made)


@pytest.mark.parametrize("moment", [Moment.BUILD, Moment.BOOT])
def test_what_else_migrates_early_is_said_and_needs_the_page_for_what_must_wait(moment):
    hook = Hook("bin/x", moment, is_sure=True)
    made = of_migrations(CONTRACT, hooks=(hook,))
    assert made.downtime.needed
    assert made.downtime.reasons == ("bin/x runs shop.0002_x while the old code still serves",)
    assert any(one.startswith("bin/x runs migrate") for one in made.warnings)
    assert not of_migrations(EXPAND, hooks=(hook,)).downtime.needed
    made = plan("uat", facts(hooks=(hook,)))
    assert not any("migrate" in one for one in made.warnings)


def test_what_runs_for_new_apps_alone_changes_nothing():
    hook = Hook("app.json's script postdeploy", Moment.CREATION, is_sure=True)
    made = of_migrations(CONTRACT, hooks=(hook,))
    assert not made.downtime.needed
    assert any("not on a deployment" in one for one in made.warnings)


def test_a_build_that_migrates_has_the_page_up_before_it():
    hook = Hook("bin/post_compile", Moment.BUILD, is_sure=True)
    found = facts(app("my-app-uat"), paths=MIGRATION, readings=readings(BREAKING), hooks=(hook,))
    made = plan("uat", found, preboot=True)
    shipped = [step for step in made.steps if isinstance(step, (MaintenanceOn, Push))]
    assert [type(step) for step in shipped] == [MaintenanceOn, Push]
    assert shipped[1].page is False


def test_dynos_that_migrate_when_they_boot_are_waited_for():
    """Two runs of migrate at once get in each other's way."""
    hook = Hook("the web command", Moment.BOOT, is_sure=True)
    found = facts(app("my-app-uat"), paths=MIGRATION, readings=readings(EXPAND), hooks=(hook,))
    made = kinds(plan("uat", found, preboot=True))
    assert made.index(NewDynosUp) == made.index(RunCommand) - 1
    unsure = facts(
        app("my-app-uat"),
        paths=MIGRATION,
        readings=readings(EXPAND),
        hooks=(replace(hook, is_sure=False),),
    )
    assert NewDynosUp not in kinds(plan("uat", unsure, preboot=True))


def test_dynos_that_migrate_are_waited_for_before_any_database_command():
    """Tables for apps without migrations are made by the same command, and it comes first."""
    hook = Hook("the web command", Moment.BOOT, is_sure=True)
    paths = (*MIGRATION, "newsletter/models.py")
    found = facts(app("my-app-uat"), paths=paths, readings=readings(EXPAND), hooks=(hook,))
    made = kinds(plan("uat", found, preboot=True))
    assert made.count(RunCommand) == 2
    assert made.index(NewDynosUp) == made.index(RunCommand) - 1


def test_without_preboot_the_moment_before_the_migration_is_warned_of():
    found = facts(app("my-app-uat", preboot=False), paths=MIGRATION, readings=readings(EXPAND))
    assert any("preboot=yes closes that gap" in one for one in plan("uat", found).warnings)
    assert not any("that gap" in one for one in of_migrations(EXPAND).warnings)


def test_locks_are_warned_of_with_the_safer_form():
    made = of_migrations('migrations.AddIndex("Book", models.Index(fields=["title"], name="t")),')
    assert not made.downtime.needed
    assert any("locks" in one and "AddIndexConcurrently" in one for one in made.warnings)


def test_a_push_puts_the_page_up_only_when_the_build_is_over():
    found = facts(app("my-app-uat", preboot=False), paths=MIGRATION)
    made = plan("uat", found)
    after_the_look = [Push, ReadBack, RunCommand, NewDynosUp, MaintenanceOff, TagRelease]
    assert kinds(made) == [PageCheck, *after_the_look]
    push = made.steps[1]
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


@pytest.mark.parametrize(
    ("asked", "release_phase", "refused"),
    [
        ({}, False, True),
        ({"options": Option.PUSH}, False, False),
        ({"options": Option.PUSH}, True, True),
        ({"options": Option.MIGRATE}, False, True),
    ],
)
def test_what_migrate_is_known_to_fail_on_is_refused_where_it_runs(asked, release_phase, refused):
    found = facts(
        paths=MIGRATION,
        readings=readings(EXPAND, EXPAND),
        release_phase_migrates=release_phase,
    )
    made = plan("uat", found, **asked)
    assert bool(made.refusals) is refused
    for refusal in made.refusals:
        assert "migrate is known to fail: shop/migrations/0003_x.py: line " in refusal
        assert "a field of this name already" in refusal


def test_what_only_the_tests_install_is_not_refused():
    (reading,) = readings(EXPAND)
    failing = replace(reading, path="tests/shop/migrations/0002_x.py", fails=("it fails",))
    assert plan("uat", facts(paths=MIGRATION, readings=(failing,))).refusals == ()


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


@pytest.mark.parametrize(
    ("said", "migration", "wanted", "maintenance"),
    [
        (None, EXPAND, ("5s", 5), None),
        ("500ms", EXPAND, ("500ms", 5), None),
        ("0", EXPAND, (None, 1), None),
        (None, EXPAND, (None, 1), True),
        ("5s", EXPAND, ("5s", 5), True),
        (None, NOT_ATOMIC, (None, 1), None),
        ("5s", NOT_ATOMIC, ("5s", 1), None),
        (None, CONCURRENT, (None, 1), None),
        ("5s", CONCURRENT, ("5s", 5), None),
    ],
)
def test_how_long_migrations_wait_for_a_lock(said, migration, wanted, maintenance):
    given = f'[commands]\nlock_timeout = "{said}"\n' if said else ""
    made = make_plan(
        DeployRequest("live", maintenance=maintenance),
        parse(f'{given}[environments.live]\napp = "my-app-123"\n'.encode(), SETTINGS.root / "x"),
        facts(app(), paths=MIGRATION, readings=readings(migration)),
    )
    commands = [step for step in made.steps if isinstance(step, RunCommand)]
    assert [(step.lock_timeout, step.tries) for step in commands] == [wanted]
    assert made.downtime.needed is bool(maintenance)


def test_the_indexes_of_a_concurrent_build_are_known_to_its_step():
    found = facts(app(), paths=MIGRATION, readings=readings(CONCURRENT, EXPAND))
    made = make_plan(DeployRequest("live"), SETTINGS, found)
    (step,) = [step for step in made.steps if isinstance(step, RunCommand)]
    assert step.builds == (Built("shop", "0002_x", ("book_idx",)),)
    assert decode(encode(step)) == step


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lock_tries", 0),
        ("lock_tries", 51),
        ("lock_tries", "true"),
        ("lock_tries", '"5"'),
        ("lock_pause", '"soon"'),
        ("lock_pause", '"2min"'),
    ],
)
def test_tries_and_pauses_have_limits(key, value):
    text = f'[commands]\n{key} = {value}\n[environments.live]\napp = "my-app"\n'
    with pytest.raises(SettingsError, match=rf"commands\.{key}"):
        parse(text.encode(), SETTINGS.root / "x")


def test_tries_and_pauses_are_as_the_settings_say():
    text = '[commands]\nlock_tries = 9\nlock_pause = "500ms"\n[environments.live]\napp = "a1"\n'
    made = make_plan(
        DeployRequest("live"),
        parse(text.encode(), SETTINGS.root / "x"),
        facts(app(), paths=MIGRATION, readings=readings(EXPAND)),
    )
    (step,) = [step for step in made.steps if isinstance(step, RunCommand)]
    assert (step.lock_timeout, step.tries, step.pause_s) == ("5s", 9, 0.5)
    assert "Each migration waits at most 5s for a lock" in report(made)
    assert document(made)["locks"] == {"timeout": "5s", "tries": 9, "pause_s": 0.5}


@pytest.mark.parametrize("span", ["soon", "5 s; DROP TABLE x", "-1s"])
def test_a_lock_timeout_is_a_span_of_time(span):
    text = f'[commands]\nlock_timeout = "{span}"\n[environments.live]\napp = "my-app"\n'
    with pytest.raises(SettingsError, match=r"commands\.lock_timeout"):
        parse(text.encode(), SETTINGS.root / "x")
