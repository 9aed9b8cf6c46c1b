"""Rollbacks from the request to the last word, on the scripted Heroku."""

from __future__ import annotations

import pytest
from builders import BREAKING, EXPAND, INITIAL, MIGRATION_HEAD
from gits import git
from scripted import Answer

from minion.api import RollbackRequest, resume, rollback
from minion.errors import ArgumentError, DeployInterrupted, PlanOutdated, Refused

OLD = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}
BACKWARDS = "python manage.py migrate --noinput shop 0001_initial"
PYTHON = "migrations.RunPython(print),"


def migration(operation, number=2, after="0001_initial"):
    text = MIGRATION_HEAD.format(after=after) + f"        {operation}\n    ]\n"
    return {f"shop/migrations/000{number}_more.py": text}


def back(name="uat", *, confirm="shop-uat", wait_s=0, **more):
    rollback(RollbackRequest(name, **more), confirm=confirm, wait_s=wait_s)


def refused(name="uat", **more):
    with pytest.raises(Refused) as caught:
        back(name, **more)
    return str(caught.value)


def failed(name="uat", **more):
    with pytest.raises(DeployInterrupted) as caught:
        back(name, **more)
    return str(caught.value)


@pytest.fixture
def uat(site):
    """The app of uat: v1 and v2 differ in their code."""
    app = site.heroku["shop-uat"]
    app.deploy(site.commit({"shop/views.py": "x = 1\n"}))
    return app


def with_migration(site, operation):
    """What came before; on top is a release with one more migration."""
    uat = site.heroku["shop-uat"]
    before = uat.deploy(site.commit(OLD))
    uat.deploy(site.commit(migration(operation)))
    return uat, uat.slugs[uat.releases[before - 1]["slug"]["id"]]["commit"]


# Which release


def test_it_goes_to_the_newest_release_with_other_code(site, uat, capsys):
    uat.set(A="1")
    back()
    assert uat.commit == site.first
    said = capsys.readouterr().out
    assert "Releases that shop-uat can go back to (v3 runs):" in said
    assert f"-> v1  {site.first[:7]}" in said
    assert f"*  v2  {uat.slugs['slug-2']['commit'][:7]}" in said
    assert "shop-uat: these config vars go back too: A" in said
    assert f"uat runs {site.first[:7]} again." in said
    assert uat.config == {}


def test_where_all_have_the_same_code_it_goes_to_the_last_one(site):
    uat = site.heroku["shop-uat"]
    uat.set(A="1")
    back()
    assert uat.config == {}


def test_a_long_list_is_cut(site, uat, capsys):
    for number in range(12):
        uat.set(A=str(number))
    back()
    assert "   ... and 3 more" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (9, "v9: there is no such release; possible are v2, v1"),
        (4, "v4: it is what runs"),
        (5, "v5: it is newer than what runs"),
        (3, r"v3: Heroku would not go back to it \(it is failed\)"),
    ],
)
def test_it_must_be_one_to_which_heroku_goes_back(site, uat, version, why):
    uat.release(uat.slug, "failed")
    uat.set(A="1")
    uat.release(uat.slug, "failed")
    with pytest.raises(Refused, match=why):
        back(version=version)


def test_a_release_can_be_named(site, uat):
    uat.set(A="1")
    back(version=2)
    assert uat.releases[-1]["description"] == "Rollback to v2"


@pytest.mark.parametrize("releases", [0, 1])
def test_there_must_be_one(site, releases):
    uat = site.heroku["shop-uat"]
    del uat.releases[releases:]
    why = "there is no earlier release" if releases else "nothing was ever deployed"
    assert f"shop-uat: {why}" in refused()


def test_several_apps_count_their_own_releases(site):
    with pytest.raises(ArgumentError, match="each counts its own releases: fab rollback:live"):
        back("live", version=1)


def test_several_apps_go_back_together(site):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    site.heroku["shop-a"].deploy(commit)
    site.heroku["shop-b"].set(A="1")
    assert "the apps would not go back together" in refused("live", confirm="shop-a+shop-b")
    site.heroku["shop-b"].deploy(commit)
    back("live", confirm="shop-a+shop-b")
    assert [site.heroku[name].commit for name in ("shop-a", "shop-b")] == [site.first] * 2


@pytest.mark.parametrize(("is_build", "why"), [(True, "a build is running"), (False, "release v3")])
def test_what_is_under_way_is_waited_for(site, uat, is_build, why):
    if is_build:
        uat.build()
    else:
        uat.release(uat.slug, "pending")
    assert f"shop-uat: {why}" in refused()


# Migrations in between


def test_what_the_older_code_can_live_with_stays(site, capsys):
    uat, before = with_migration(site, EXPAND)
    back()
    assert uat.commit == before
    assert site.heroku.ran == []
    assert "shop/migrations/0002_more.py: expand: stays" in capsys.readouterr().out


def test_what_it_cannot_is_reversed_first_behind_the_page(site, capsys):
    uat, before = with_migration(site, BREAKING)
    uat.preboot = True
    newer, seen = uat.commit, []

    def reverse(app):
        seen.append((uat.commit, uat.maintenance, uat.preboot))
        return "", 0

    site.heroku.does[BACKWARDS] = reverse
    back()
    assert seen == [(newer, True, False)]
    assert (uat.commit, uat.maintenance, uat.preboot) == (before, False, True)
    said = capsys.readouterr().out
    assert "0002_more.py: breaking: reversed first, with the code that runs" in said


def test_the_first_of_a_chain_takes_those_after_it_along(site, capsys):
    uat, before = with_migration(site, BREAKING)
    uat.deploy(site.commit(migration(EXPAND, 3, "0002_more")))
    version = next(
        one["version"] for one in uat.releases if uat.slugs[one["slug"]["id"]]["commit"] == before
    )
    back(version=version)
    assert site.heroku.ran == [("shop-uat", BACKWARDS)]
    said = capsys.readouterr().out
    assert "0003_more.py: what was written into its columns and tables since is lost" in said


def test_the_first_migration_of_an_app_is_reversed_to_zero(site):
    uat = site.heroku["shop-uat"]
    breaking = INITIAL.decode().replace("operations = [", f"operations = [\n{PYTHON[:-2]}, print),")
    uat.deploy(site.commit({**OLD, "shop/migrations/0001_initial.py": breaking}))
    back()
    assert site.heroku.ran == [("shop-uat", "python manage.py migrate --noinput shop zero")]


def test_what_cannot_be_reversed_refuses_it(site):
    with_migration(site, PYTHON)
    said = refused()
    assert "shop/migrations/0002_more.py cannot be reversed (line 7)" in said
    assert "migrations=keep" in said


def test_keep_leaves_the_schema_as_it_is(site, capsys):
    uat, before = with_migration(site, PYTHON)
    back(keeps_migrations=True)
    assert uat.commit == before
    assert site.heroku.ran == []
    said = capsys.readouterr().out
    assert "0002_more.py stays, although the older code may not work with it" in said


def test_what_removes_something_does_not_bring_it_back(site, capsys):
    with_migration(site, 'migrations.RemoveField("Book", "blurb"),')
    back()
    said = capsys.readouterr().out
    assert "what it has removed does not come back, only its place" in said


def test_a_merge_is_not_reversed(site):
    uat = site.heroku["shop-uat"]
    uat.deploy(site.commit({**OLD, **migration(EXPAND), **migration(EXPAND, 3)}))
    text = MIGRATION_HEAD.replace(
        '("shop", "{after}")', '("shop", "0002_more"), ("shop", "0003_more")'
    )
    merge = f"{text}        {BREAKING}\n    ]\n"
    uat.deploy(site.commit({"shop/migrations/0004_merge.py": merge}))
    assert "shop: 0004_merge joins several branches" in refused()


def test_older_code_with_migrations_of_its_own_is_not_gone_back_to(site):
    uat = site.heroku["shop-uat"]
    uat.deploy(site.commit({**OLD, **migration(EXPAND)}))
    uat.deploy(site.commit({"shop/migrations/0002_more.py": None}))
    said = refused()
    assert "v2 needs shop/migrations/0002_more.py, which what runs does not have" in said
    back(keeps_migrations=True)
    assert uat.releases[-1]["description"] == "Rollback to v2"


def test_on_fir_nothing_hides_a_reversal(site):
    uat, _ = with_migration(site, BREAKING)
    uat.generation = "fir"
    assert "shop-uat is on Fir, where Heroku has no maintenance page" in refused()


def test_one_run_reverses_for_every_app_of_a_database(site):
    commits = site.commit(OLD), site.commit(migration(BREAKING))
    for name in ("shop-a", "shop-b"):
        for commit in commits:
            site.heroku[name].deploy(commit)
        site.heroku[name].config["DATABASE_URL"] = "postgres://u:p@db.example.com/shop"
    back("live", confirm="shop-a+shop-b")
    assert site.heroku.ran == [("shop-a", BACKWARDS)]


# What cannot be compared


def test_commits_that_are_only_on_origin_are_fetched(site, uat):
    git(site.root, "reset", "-q", "--hard", site.first)
    git(site.root, "update-ref", "-d", "refs/remotes/origin/master")
    git(site.root, "reflog", "expire", "--expire=now", "--all")
    git(site.root, "gc", "-q", "--prune=now")
    back()
    assert uat.commit == site.first


def test_those_that_nobody_has_refuse_it(site, uat):
    uat.deploy("f" * 40)
    said = refused()
    assert "the two commits cannot be compared: " in said
    assert "so nobody can tell whether the older code works with the database as it is" in said


def test_so_does_a_release_of_no_commit(site, uat):
    uat.slugs["odd"] = {"id": "odd", "commit": "", "process_types": {}}
    uat.release("odd")
    assert "the commit of one of the releases is unknown" in refused()
    back(keeps_migrations=True)
    assert uat.slug == "slug-2"


# Broken off


def test_a_page_of_somebody_s_stays_up(site, uat, capsys):
    uat.maintenance = True
    back()
    assert uat.maintenance
    assert "the maintenance page is up already, and stays up afterwards" in capsys.readouterr().out


def test_one_app_that_is_refused_brings_the_other_back(site):
    commit = site.commit({"shop/views.py": "x = 1\n"})
    for name in ("shop-a", "shop-b"):
        site.heroku[name].deploy(commit)
    refusal = Answer({"id": "unprocessable", "message": "no"}, 422)
    site.heroku.server.on("POST /apps/shop-b/releases", refusal)
    said = failed("live", confirm="shop-a+shop-b")
    assert [site.heroku[name].commit for name in ("shop-a", "shop-b")] == [commit] * 2
    assert "shop-a: v4 is succeeded; before: v2." in said
    assert "shop-b: no new release; v2 runs as before." in said
    assert "To look and go on: fab rollback:live" in said


def test_what_somebody_has_released_since_is_not_taken_back(site):
    for commit in (site.first, site.commit({"shop/views.py": "x = 1\n"})):
        for name in ("shop-a", "shop-b"):
            site.heroku[name].deploy(commit)

    def push_and_refuse(request):
        site.heroku["shop-a"].deploy("f" * 40)
        return Answer({"id": "unprocessable", "message": "no"}, 422)

    site.heroku.server.on("POST /apps/shop-b/releases", push_and_refuse)
    said = failed("live", confirm="shop-a+shop-b")
    assert site.heroku["shop-a"].commit == "f" * 40
    assert "shop-a runs v5 (Deploy ffffffff) by ada@example.com, not ours." in said


def test_a_reversal_that_fails_keeps_the_page_up(site):
    uat, _ = with_migration(site, BREAKING)
    newer = uat.commit
    site.heroku.does[BACKWARDS] = ("no\n", 1)
    said = failed()
    assert (uat.commit, uat.maintenance) == (newer, True)
    assert "The maintenance page of shop-uat stays up: the database may be half changed." in said
    assert "When the site is right again: fab maintenance:uat,off" in said


def test_other_code_that_is_released_meanwhile_is_left_alone(site):
    uat, _ = with_migration(site, BREAKING)
    site.heroku.does[BACKWARDS] = lambda app: uat.deploy("f" * 40) and ("", 0)
    said = failed()
    assert uat.commit == "f" * 40
    assert "somebody else has released v4 (Deploy ffffffff) by ada@example.com meanwhile" in said
    assert "shop-uat runs v4 (Deploy ffffffff) by ada@example.com, not ours." in said


def test_what_moves_before_the_lock_is_shown_anew(site, uat):
    path = "/apps/shop-uat/features/preboot"
    looks = []

    def at_second_look(request):
        looks.append(request.path)
        if looks.count(path) == 2 and request.path == path:
            uat.preboot = True

    site.heroku.before = at_second_look
    with pytest.raises(PlanOutdated, match="Something moved since the report"):
        back()


# Stopped half way, and resumed


@pytest.fixture
def stopped(site):
    """Uat, where the command ended half way: at the request for the older release."""
    uat, _ = with_migration(site, EXPAND)
    site.heroku.stop_at("POST /apps/shop-uat/releases")
    with pytest.raises(KeyboardInterrupt):
        back()
    return uat


@pytest.mark.parametrize("how", ["finish", "back"])
def test_before_its_release_there_are_both_ways(site, stopped, how, capsys):
    newer = stopped.commit
    resume("uat", how=how)
    assert (stopped.commit == newer) is (how == "back")
    assert "shop-uat: no release of this operation." in capsys.readouterr().out


def test_a_release_of_its_own_is_found(site, stopped, capsys):
    stopped.release("slug-2")
    resume("uat", how="ask")
    assert "shop-uat: v4 has the confirmed commit (succeeded)." in capsys.readouterr().out
    assert len(stopped.releases) == 4


def test_after_somebody_s_release_there_is_only_back(site, stopped, capsys):
    stopped.deploy("f" * 40)
    resume("uat", how="ask")
    said = capsys.readouterr().out
    assert "shop-uat: v4 (Deploy ffffffff) is not of this operation." in said
    assert "Somebody has released something else meanwhile: this cannot be finished." in said
    assert stopped.commit == "f" * 40


def test_a_build_that_goes_on_is_waited_for(site, stopped, capsys):
    stopped.build()
    busy, stopped.builds = Answer(stopped.builds), []
    site.heroku.server.on("GET /apps/shop-uat/builds", busy, Answer([]))
    resume("uat", how="finish")
    assert "shop-uat: a build or a release phase is under way; waiting for it." in (
        capsys.readouterr().out
    )
