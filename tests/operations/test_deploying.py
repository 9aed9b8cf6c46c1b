"""Deployments from the request to the last word, on the scripted Heroku."""

from __future__ import annotations

import pytest
from builders import BREAKING, EXPAND, INITIAL, MIGRATION_HEAD
from gits import git, install_hook
from scripted import Answer

from minion.api import DeployRequest, Option, deploy
from minion.errors import DeployInterrupted, NotConfirmed, PlanOutdated, Refused

MIGRATE = "python manage.py migrate --noinput"
SYNCDB = "python manage.py migrate --run-syncdb --noinput"
STATIC = "python manage.py collectstatic --noinput"
#: What the code at `first` has, and what comes on top.
OLD = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}


def migration(operation):
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {operation}\n    ]\n"
    return {"shop/migrations/0002_more.py": text}


def to_uat(*, confirm="shop-uat", wait_s=0, **asked):
    deploy(DeployRequest("uat", **asked), confirm=confirm, wait_s=wait_s)


def failed(**asked):
    """The last words of a deployment to uat that failed."""
    with pytest.raises(DeployInterrupted) as caught:
        to_uat(**asked)
    return str(caught.value)


@pytest.fixture
def uat(site):
    """The app, which runs code with one migration."""
    app = site.heroku["shop-uat"]
    app.deploy(site.commit(OLD))
    app.config["DATABASE_URL"] = "postgres://u:canary@127.0.0.1:1/shop"
    done = ("[X]  shop.0001_initial\n", 0)
    site.heroku.does["python manage.py showmigrations --plan"] = done
    return app


def commands(site):
    return [command for _, command in site.heroku.ran if "showmigrations" not in command]


def assert_untouched(site):
    """Nothing was written, but that a database was asked for by a dyno."""
    assert site.heroku.asked("PATCH") == []
    assert set(site.heroku.asked("POST")) <= {"/apps/shop-uat/dynos"}
    assert commands(site) == []


# To the end


def test_a_push_is_read_back_and_tagged(site, capsys):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    to_uat()
    assert site.heroku["shop-uat"].commit == commit
    assert site.tags() == ["uat-v2"]
    assert f"uat runs {commit[:7]}." in capsys.readouterr().out
    to_uat()
    assert f"Nothing to do: shop-uat runs {commit[:7]} (v2)" in capsys.readouterr().out


def test_what_heroku_has_built_already_is_released_without_waiting_for_a_build(site, capsys):
    commit, app = site.commit({"shop/views.py": "x = 1\n"}), site.heroku["shop-uat"]
    to_uat()
    app.deploy(site.first)
    asked = len(site.heroku.asked("GET"))
    to_uat()
    assert "Heroku had built" in capsys.readouterr().out
    assert app.commit == commit
    looked = [path for path in site.heroku.asked("GET")[asked:] if path.endswith("/builds")]
    # The last of them after the push: there is no build that could be waited for.
    assert len(looked) == 4


def test_migrations_run_where_the_code_is_out(site, uat):
    site.commit(migration(EXPAND))
    to_uat()
    assert commands(site) == [MIGRATE]
    assert not uat.maintenance
    assert "/apps/shop-uat" not in site.heroku.asked("PATCH")


def test_breaking_ones_run_behind_the_page(site, uat, capsys):
    site.commit(migration(BREAKING))
    pages = []
    site.heroku.does[MIGRATE] = lambda app: pages.append(uat.maintenance) or ("", 0)
    to_uat()
    assert pages == [True]
    assert not uat.maintenance


def test_a_promotion_reaches_every_app_of_the_environment(site):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    for app in site.heroku.apps.values():
        app.pipeline = "shop"
    site.heroku["shop-uat"].deploy(commit)
    deploy(DeployRequest("live"), confirm="shop-a+shop-b", wait_s=0)
    assert [site.heroku[name].commit for name in ("shop-a", "shop-b")] == [commit] * 2
    assert site.tags() == ["shop-a-v2", "shop-b-v2"]


def test_a_page_of_somebody_s_stays_up(site, uat):
    uat.maintenance = True
    site.commit(migration(BREAKING))
    to_uat()
    assert uat.maintenance


# Not begun


def test_what_is_refused_names_who_may_be_the_reason(site, uat):
    uat.build()
    with pytest.raises(Refused, match=r"a build is running; .*Nothing was changed\.$"):
        to_uat()
    git(site.root, "update-ref", "refs/minion/locks/uat", "HEAD")
    git(site.root, "push", "-q", "origin", "refs/minion/locks/uat")
    with pytest.raises(Refused, match=r"Nothing was changed\. uat is locked: somebody holds it"):
        to_uat()
    git(site.root, "remote", "set-url", "origin", "../gone.git")
    with pytest.raises(Refused, match=r"Nothing was changed\.$"):
        to_uat()


def test_a_build_that_ends_is_waited_for(site, uat, capsys):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    uat.build()
    busy = Answer(uat.builds[:])
    uat.builds.clear()
    site.heroku.server.on("GET /apps/shop-uat/builds", busy, Answer([]))
    to_uat(wait_s=30)
    assert uat.commit == commit
    assert "Waiting: shop-uat: a build is running." in capsys.readouterr().out


def test_without_a_yes_nothing_is_changed(site, uat):
    site.commit({"shop/views.py": "x = 1\n"})
    with pytest.raises(NotConfirmed):
        to_uat(confirm="")
    assert_untouched(site)


def when_locked(site, deed):
    """Have `deed` done when the lock is taken, once."""
    hook = site.folder / "origin.git" / "hooks" / "locked"
    install_hook(site.folder / "origin.git", f"touch {hook}; exit 0")

    def look(request):
        if hook.exists():
            hook.unlink()
            install_hook(site.folder / "origin.git", "exit 0")
            deed()

    site.heroku.before = look


def test_what_moves_meanwhile_is_found_when_the_lock_is_held(site, uat):
    site.commit({"shop/views.py": "x = 1\n"})
    when_locked(site, lambda: uat.set(A="1"))
    with pytest.raises(PlanOutdated, match="the running release of shop-uat was 2 and is 3"):
        to_uat()
    assert_untouched(site)


def test_with_wait_it_is_shown_and_confirmed_anew(site, uat, capsys):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    when_locked(site, lambda: uat.set(A="1"))
    to_uat(wait_s=30)
    assert uat.commit == commit
    said = capsys.readouterr().out
    assert said.count("Target environment:") == 2
    assert "This is the plan now:" in said


# Broken off


def test_a_push_that_is_refused_leaves_what_ran(site, uat):
    ran = uat.commit
    site.commit({"shop/views.py": "x = 1\n"})
    install_hook(site.folder / "heroku" / "shop-uat.git", "exit 1")
    said = failed()
    assert f"shop-uat: no new release; v2 ({ran[:7]}) runs as before." in said
    assert "When the cause is mended: fab deploy:uat" in said
    assert uat.commit == ran


def test_an_app_that_ran_nothing_still_does(site, uat):
    uat.releases.clear()
    install_hook(site.folder / "heroku" / "shop-uat.git", "exit 1")
    assert "shop-uat: no new release; nothing runs as before." in failed()


def test_a_release_phase_that_fails_leaves_what_ran(site, uat):
    ran = uat.commit
    site.commit({"shop/views.py": "x = 1\n"})
    site.heroku.pushed_status = "failed"
    said = failed()
    assert f"shop-uat got v3, which is failed; v2 ({ran[:7]}) runs." in said
    assert "When the cause is mended: fab deploy:uat" in said


def test_a_migration_that_fails_keeps_its_page_up(site, uat):
    commit = site.commit(migration(BREAKING))
    site.heroku.does[MIGRATE] = ("no\n", 1)
    said = failed()
    assert uat.maintenance
    assert f"shop-uat runs v3 ({commit[:7]}); before: v2" in said
    assert "The maintenance page of shop-uat stays up: the database may be half changed." in said
    assert "When the cause is mended: fab deploy:uat,options=migrate" in said
    assert "When the site is right again: fab maintenance:uat,off" in said
    assert f"  git tag -a uat-v3 {commit[:7]} && git push origin uat-v3" in said


def test_one_that_was_not_begun_has_a_way_back(site, uat):
    site.commit(migration(BREAKING))
    refused = Answer({"id": "forbidden", "message": "no"}, 403)
    site.heroku.server.on("PATCH /apps/shop-uat", Answer(uat.shown()), refused)
    said = failed()
    assert "fab deploy:uat,options=migrate" in said
    assert "Until then what ran before is safe, as the database is as it was: " in said
    assert "fab rollback:uat,migrations=keep" in said


def test_what_is_left_to_do_is_asked_for_again(site, uat):
    site.heroku.does[SYNCDB] = ("no\n", 1)
    everything = Option.PUSH | Option.SYNCDB | Option.COLLECTSTATIC
    site.commit({"shop/views.py": "x = 1\n"})
    # Overruled options need this very plan.
    with pytest.raises(NotConfirmed) as caught:
        to_uat(options=everything)
    plan = str(caught.value).partition("confirm=")[2].partition(",")[0]
    said = failed(options=everything, confirm=plan)
    assert "fab deploy:uat,options=syncdb+collectstatic" in said


def test_a_tag_that_cannot_be_made_is_told_of(site, uat):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    (site.root / ".git" / "refs" / "tags").rmdir()
    (site.root / ".git" / "refs" / "tags").write_text("")
    said = failed()
    assert "The release of shop-uat is out, but not tagged. Type:" in said
    assert f"  git tag -a uat-v3 {commit[:7]} && git push origin uat-v3" in said
    assert "When the cause is mended" not in said, "to deploy again does nothing"


def test_a_page_of_somebody_s_is_told_of(site, uat):
    uat.maintenance = True
    site.commit(migration(BREAKING))
    site.heroku.does["python manage.py showmigrations --plan"] = ("[X]  shop.0001_initial\n", 0)
    install_hook(site.folder / "heroku" / "shop-uat.git", "exit 1")
    said = failed()
    assert uat.maintenance
    assert "The maintenance page of shop-uat stays up: it was up already" in said


# Others


def test_other_code_that_is_released_meanwhile_stops_it(site, uat):
    first, ours = uat.slug, site.commit(migration(BREAKING))
    uat_slug = {"slug": first, "description": "Rollback to v2", "user": {"email": "bob@x.example"}}
    site.heroku.after_push = lambda: uat.release(**uat_slug)
    said = failed()
    assert commands(site) == []
    assert "somebody else has released v4 (Rollback to v2) by bob@x.example meanwhile" in said
    assert "shop-uat runs v4 (Rollback to v2) by bob@x.example, not ours." in said
    assert "To see who did it: fab status. To deploy all the same: fab deploy:uat" in said
    assert not uat.maintenance, "what runs is what ran before"
    assert site.tags() == []
    assert ours != uat.commit


def test_fixtures_that_cannot_be_loaded_may_be_meant_for_something_else(site, uat):
    site.commit({**migration(BREAKING), "shop/fixtures/late.json": "[]"})
    load = "python manage.py loaddata shop/fixtures/late.json"
    site.heroku.does[load] = ("IntegrityError", 1)
    said = failed()
    assert commands(site) == [MIGRATE, load]
    assert "When the cause is mended: fab deploy:uat,options=fixtures" in said
    never = 'put fixtures = "" under [commands] of minion.toml'
    assert f"If no deployment is to load such files, as those of tests, {never}" in said


def test_fixtures_that_were_not_reached_are_no_cause(site, uat):
    site.commit({**migration(BREAKING), "shop/fixtures/late.json": "[]"})
    site.heroku.does[MIGRATE] = ("IntegrityError", 1)
    said = failed()
    assert "When the cause is mended: fab deploy:uat,options=migrate+fixtures" in said
    assert "[commands]" not in said


def test_code_that_nobody_knows_keeps_the_page(site, uat):
    site.commit(migration(BREAKING))
    site.heroku.after_push = lambda: uat.deploy("f" * 40)
    said = failed()
    assert uat.maintenance
    assert "The maintenance page of shop-uat stays up: what runs now needs commands" in said


def test_a_config_change_meanwhile_is_said_and_does_no_harm(site, uat, capsys):
    commit = site.commit({**migration(EXPAND), "shop/fixtures/late.json": "[]"})
    site.heroku.does[MIGRATE] = lambda app: uat.set(A="1") and ("", 0)
    to_uat()
    assert uat.commit == commit
    assert commands(site) == [MIGRATE, "python manage.py loaddata shop/fixtures/late.json"]
    assert "came meanwhile, with the same code: going on." in capsys.readouterr().out


def test_a_build_of_somebody_s_stops_what_changes_the_database(site, uat):
    site.commit(migration(EXPAND))
    site.heroku.after_push = uat.build
    assert "somebody's build is under way, which will be released" in failed()
    assert commands(site) == []


def test_a_page_that_somebody_takes_down_is_put_up_again(site, uat, capsys):
    site.commit(migration(BREAKING))
    pages = []

    def take_down(request):
        if uat.maintenance and not pages and request.path == "/apps/shop-uat/builds":
            pages.append(False)
            uat.maintenance = False

    site.heroku.before = take_down
    site.heroku.does[MIGRATE] = lambda app: pages.append(uat.maintenance) or ("", 0)
    to_uat()
    assert pages == [False, True]
    assert "somebody has taken the maintenance page down meanwhile" in capsys.readouterr().out


def test_a_dyno_of_other_code_begins_nothing(site, uat):
    site.commit(migration(EXPAND))

    def foil(request):
        is_run = (request.method, request.path) == ("POST", "/apps/shop-uat/dynos")
        if is_run and "showmigrations" not in request.body["command"]:
            uat.deploy("f" * 40)

    site.heroku.before = foil
    said = failed()
    assert "somebody else has released v4" in said
    assert commands(site) == []


def test_other_code_that_came_with_the_last_step_is_told(site, uat):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    site.heroku.before = lambda request: (
        site.tags() and uat.commit == commit and uat.deploy("f" * 40)
    )
    said = failed()
    assert "Every step was taken, but somebody has released other code on shop-uat since." in said
    assert "shop-uat runs v4 (Deploy ffffffff) by ada@example.com, not ours." in said
    assert uat.commit == "f" * 40
    assert not (site.root / ".git" / "minion" / "journals" / "uat.journal").exists()


def test_two_apps_stay_behind_the_page_where_one_lacks_its_migration(site):
    """On the other one somebody has put back what ran before."""
    for name in ("shop-a", "shop-b"):
        site.heroku[name].deploy(
            site.commit(OLD) if name == "shop-a" else site.heroku["shop-a"].commit
        )
    site.heroku.does["python manage.py showmigrations --plan"] = ("[X]  shop.0001_initial\n", 0)
    commit = site.commit(migration(BREAKING))
    a, b = site.heroku["shop-a"], site.heroku["shop-b"]
    old = a.slug

    def roll_back(request):
        if b.commit == commit and a.commit == commit and a.maintenance and b.maintenance:
            a.release(old, description="Rollback to v2")

    site.heroku.before = roll_back
    with pytest.raises(DeployInterrupted) as caught:
        deploy(DeployRequest("live", pipeline=False), confirm="shop-a+shop-b", wait_s=0)
    said = str(caught.value)
    assert b.maintenance
    assert commands(site) == []
    assert f"shop-b runs the new code without: {MIGRATE}" in said
    assert "The maintenance page of shop-a, shop-b stays up" in said


def test_a_lock_that_was_broken_stops_at_once(site, uat):
    site.commit(migration(EXPAND))
    lock = "refs/minion/locks/uat"
    broken = lambda: git(site.folder / "origin.git", "update-ref", "-d", lock)  # noqa: E731
    site.heroku.after_push = broken
    said = failed()
    assert "The lock of uat was broken by somebody while it was held here" in said
    assert "Stopped at once, and nothing was put back." in said
    assert "then: fab resume:uat" in said
    assert commands(site) == []
