"""What an operation leaves that was not ended, and the ways out, on the scripted Heroku."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest
from builders import BREAKING, INITIAL, MIGRATION_HEAD
from gits import git, install_hook
from scripted import Answer

from minion.api import DeployRequest, deploy, resume, unlock
from minion.engine.exclusive import locks_of
from minion.engine.journal import Journal
from minion.engine.lock import Locked, kept_alive
from minion.engine.perform import connect
from minion.errors import DeployInterrupted, Refused
from minion.heroku.waiting import until

LOCK = "refs/minion/locks/uat"
MIGRATE = "python manage.py migrate --noinput"
OLD = {"shop/migrations/0001_initial.py": INITIAL.decode(), "shop/migrations/__init__.py": ""}
MORE = {
    "shop/migrations/0002_more.py": MIGRATION_HEAD.format(after="0001_initial")
    + f"        {BREAKING}\n    ]\n"
}


def to_uat(**more):
    deploy(DeployRequest("uat", **more), confirm="shop-uat", wait_s=0)


def locked(site):
    """Whether uat is, on origin."""
    return bool(git(site.folder / "origin.git", "for-each-ref", LOCK))


def journal(site):
    return site.root / ".git" / "minion" / "journals" / "uat.journal"


@pytest.fixture
def uat(site):
    """The app, which runs code with one migration; on top is one that needs the page."""
    app = site.heroku["shop-uat"]
    app.deploy(site.commit(OLD))
    site.heroku.does["python manage.py showmigrations --plan"] = ("[X]  shop.0001_initial\n", 0)
    site.commit(MORE)
    return app


def stop(site, place):
    """A deployment of uat that ended for good at the request `place`."""
    site.heroku.stop_at(place)
    with pytest.raises(KeyboardInterrupt):
        to_uat()


# Resumed


def test_a_deployment_is_finished(site, uat, capsys):
    stop(site, "GET /apps/shop-uat/releases/3")
    assert locked(site)
    assert uat.maintenance
    resume("uat", how="finish")
    assert site.heroku.ran[-1] == ("shop-uat", MIGRATE)
    assert not uat.maintenance
    assert not locked(site)
    assert site.tags() == ["uat-v3"]
    said = capsys.readouterr().out
    assert "shop-uat: v3 has the confirmed commit (succeeded)." in said
    with pytest.raises(Refused, match="There is nothing to resume on uat"):
        resume("uat", how="ask")


def test_one_that_had_begun_nothing_goes_back(site, uat, capsys):
    stop(site, "PATCH /apps/shop-uat")
    resume("uat", how="back")
    assert not locked(site)
    assert uat.commit == uat.slugs["slug-2"]["commit"]
    assert not journal(site).exists()


def test_after_the_database_there_is_only_forward(site, uat):
    site.heroku.does[MIGRATE] = lambda app: site.heroku.interrupt() or ("", 1)
    with pytest.raises(KeyboardInterrupt):
        to_uat()
    with pytest.raises(Refused, match="how=back is not possible here, only how=finish"):
        resume("uat", how="back")
    site.heroku.does[MIGRATE] = ("", 0)
    resume("uat", how="ask")
    assert site.tags() == ["uat-v3"]


def test_another_s_lock_keeps_it_from_being_resumed(site, uat):
    stop(site, "GET /apps/shop-uat/releases/3")
    git(site.folder / "origin.git", "update-ref", "-d", LOCK)
    edges = connect()
    locks = locks_of(edges.settings, edges.repository, "uat")
    other = locks.take("uat", "to deploy", plan=None, minutes=1)
    with pytest.raises(Locked):
        resume("uat", how="finish")
    other.release()
    resume("uat", how="finish")
    assert site.tags() == ["uat-v3"]


def test_one_ctrl_c_ends_in_good_order(site, uat, capsys):
    site.heroku.after_push = lambda: os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        to_uat()
    assert "Interrupted." in capsys.readouterr().out
    assert not locked(site)


def test_a_step_that_fails_when_it_was_to_be_the_last_is_no_failure(site, uat, capsys):
    def ask_and_fail(request):
        os.kill(os.getpid(), signal.SIGINT)
        return Answer({"id": "forbidden", "message": "no"}, 403)

    site.heroku.server.on("GET /apps/shop-uat/releases/3", ask_and_fail)
    with pytest.raises(KeyboardInterrupt):
        to_uat()
    assert "Interrupted. " in capsys.readouterr().out


def test_what_cannot_be_put_back_says_how_by_hand(site, uat, capsys):
    uat.preboot = True
    install_hook(site.folder / "heroku" / "shop-uat.git", "exit 1")
    forbidden = Answer({"id": "forbidden", "message": "no"}, 403)
    switch = "PATCH /apps/shop-uat/features/preboot"
    site.heroku.server.on(switch, Answer({"enabled": False}), forbidden)
    with pytest.raises(DeployInterrupted, match=r"Not everything could be put back\. First of all"):
        to_uat()
    assert "By hand: heroku features:enable preboot -a shop-uat" in capsys.readouterr().out
    assert locked(site)
    site.heroku.server.forget(switch)
    resume("uat", how="back")
    assert not locked(site)


# Not resumed


@pytest.fixture
def dead(site, uat):
    stop(site, "GET /apps/shop-uat/releases/3")
    return site


def test_a_journal_of_another_version_names_the_way_out(dead):
    lines = journal(dead).read_text().splitlines(keepends=True)
    header = json.loads(lines[0])
    header["work"]["steps"][0]["@"] = "Teleport"
    journal(dead).write_text("".join([json.dumps(header) + "\n", *lines[1:]]))
    with pytest.raises(Refused, match=r"there is no step called Teleport.*fab unlock:uat"):
        resume("uat", how="ask")
    unlock("uat", confirm="shop-uat", drops_journal=True)
    assert not locked(dead)
    assert not journal(dead).exists()


def test_a_journal_that_cannot_be_read_leaves_the_lock_to_another_command(dead, capsys):
    journal(dead).write_bytes(b"\xff\n")
    with pytest.raises(Refused, match="cannot be read"):
        resume("uat", how="ask")
    with pytest.raises(Refused, match="An operation on uat was begun here and not ended"):
        to_uat()
    unlock("uat", confirm="shop-uat", drops_journal=True)
    said = capsys.readouterr().out
    assert "The lock may be another's and stays. If that is dead: fab unlock:uat" in said
    unlock("uat", confirm="shop-uat")
    assert "uat is not locked any more." in capsys.readouterr().out
    assert not locked(dead)


def test_a_lock_can_be_broken_while_its_journal_stays(dead, capsys):
    unlock("uat", confirm="shop-uat")
    assert "An operation that was not ended is in" in capsys.readouterr().out
    with pytest.raises(Refused, match=r"uat is not locked\. An operation that was not ended is in"):
        unlock("uat", confirm="shop-uat")
    resume("uat", how="finish")
    assert dead.tags() == ["uat-v3"]


def test_there_may_be_nothing_to_drop(site):
    with pytest.raises(Refused, match="There is no journal of uat in this repository"):
        unlock("uat", confirm="shop-uat", drops_journal=True)
    with pytest.raises(Refused, match=r"uat is not locked\.$"):
        unlock("uat", confirm="shop-uat")


def test_a_journal_that_is_written_is_not_dropped(site):
    held = Journal.create(journal(site).parent, "uat", {"summary": "s", "who": "w", "pid": 1})
    try:
        with pytest.raises(Refused, match="is under way on this machine right now"):
            unlock("uat", confirm="shop-uat", drops_journal=True)
    finally:
        held.let_go()


def test_a_journal_that_is_no_file_is_put_aside_too(site):
    journal(site).mkdir(parents=True)
    unlock("uat", confirm="shop-uat", drops_journal=True)
    assert not journal(site).exists()


# The lock meanwhile


def test_a_lock_of_somebody_s_is_not_taken(site, uat):
    edges = connect()
    held = locks_of(edges.settings, edges.repository, "uat").take(
        "uat", "to deploy", plan=None, minutes=1
    )
    with pytest.raises(Locked):
        to_uat()
    assert not journal(site).exists()
    held.release()


def test_an_origin_that_is_gone_for_a_while_stops_nothing(site, uat, capsys):
    origin, gone = site.folder / "origin.git", site.folder / "gone.git"
    site.heroku.after_push = lambda: origin.rename(gone)
    site.heroku.does[MIGRATE] = lambda app: gone.rename(origin) and ("", 0)
    to_uat()
    said = capsys.readouterr().out
    assert said.count("Whether the lock is still held cannot be asked now") == 1
    assert site.tags() == ["uat-v3"]
    assert not locked(site)


def test_a_lock_is_kept_alive_until_it_is_lost(site):
    edges = connect()
    lock = locks_of(edges.settings, edges.repository, "uat").take(
        "uat", "to deploy", plan=None, minutes=1
    )
    first, origin = lock.holder.mark, site.folder / "origin.git"
    with kept_alive(lock, 1, every_s=0.05):
        thread = next(one for one in threading.enumerate() if one.name == "extends the lock")
        assert until(lambda: lock.holder.mark != first, timeout_s=30, poll_s=0.02)
        git(origin, "update-ref", "-d", LOCK)
        assert until(lambda: not thread.is_alive(), timeout_s=30, poll_s=0.02)


def test_a_push_of_a_lock_that_is_broken_off_is_taken_back(site, uat):
    stopped = site.folder / "stopped"
    install_hook(
        site.folder / "origin.git",
        f"[ -e {stopped} ] || kill -INT {os.getpid()}; "
        f"[ -e {stopped} ] || kill -TERM {os.getpid()}; touch {stopped}; exit 0",
    )
    with pytest.raises(KeyboardInterrupt):
        to_uat()
    assert not locked(site)
    assert not journal(site).exists()
