"""A release that is watched once it serves, on the scripted Heroku."""

from __future__ import annotations

import io
import os
import re
import signal
import sys

import pytest
from builders import BREAKING, CONTRACT, EXPAND, INITIAL, MIGRATION_HEAD
from scripted import Answer

from minion.api import DeployRequest, deploy, resume
from minion.engine.perform import connect
from minion.errors import DeployInterrupted
from minion.operations.deploy import DEPLOY
from minion.tasks import history, plan

SECRET = "canary-in-a-line-of-the-log"
SETTINGS = """
[watch]
errors = "1%"
on_failure = "{on_failure}"
[environments.uat]
app = "shop-uat"
watch = "600ms"
{more}
[environments.live]
apps = ["shop-a", "shop-b"]
watch = "600ms"
tag = "{{app}}-v{{version}}"
"""
HEALTHZ = 'health = "/healthz"'


def line(minute, status=200, ms=20, code=""):
    error = f"error code={code}" if code else "info"
    return (
        f"2026-02-03T04:{minute // 60:02}:{minute % 60:02}+00:00 heroku[router]: at={error} "
        f'method=GET path="/?token={SECRET}" dyno=web.1 connect=0ms service={ms}ms '
        f"status={status} bytes=9 protocol=https"
    )


def traffic(count, errors, ms=20, start=0):
    """Requests, of which every so-many-th is an error; a line for each second."""
    every = count // errors if errors else count + 1
    return [
        line(
            start + n, 503 if n % every == every - 1 else 200, ms, "H12" * (n % every == every - 1)
        )
        for n in range(count)
    ]


def settings(site, on_failure="say", more="", subject="Watch."):
    return site.commit({"minion.toml": SETTINGS.format(on_failure=on_failure, more=more)}, subject)


@pytest.fixture
def uat(site):
    """The app, whose next release is watched; its site is where the API is, too."""
    settings(site)
    app = site.heroku["shop-uat"]
    app.web_url = site.heroku.server.url + "/uat/"
    app.log = traffic(200, 0)
    app.coming = traffic(300, 0, ms=30, start=300)
    return app


def to_uat(**asked):
    deploy(DeployRequest("uat", **asked), confirm="shop-uat", wait_s=0)


def failed(**asked):
    with pytest.raises(DeployInterrupted) as caught:
        to_uat(**asked)
    return str(caught.value)


def steps(name="uat", **asked):
    request, edges = DeployRequest(name, **asked), connect()
    facts = DEPLOY.gather(request, edges.settings, edges.heroku, edges.repository)
    return [step.title for step in DEPLOY.plan(request, edges.settings, facts).steps]


def migrations(site, operation, **more):
    """A release with one migration runs; the next commit has `operation` in another."""
    app = site.heroku["shop-uat"]
    app.config["DATABASE_URL"] = "postgres://u:canary@127.0.0.1:1/shop"
    app.log = traffic(200, 0)
    first = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": INITIAL.decode()}
    app.deploy(site.commit({**first, "minion.toml": SETTINGS.format(**more)}))
    text = MIGRATION_HEAD.format(after="0001_initial") + f"        {operation}\n    ]\n"
    site.commit({"shop/migrations/0002_more.py": text})
    done = ("[X]  shop.0001_initial\n", 0)
    site.heroku.does["python manage.py showmigrations --plan"] = done
    app.coming = traffic(300, 30, start=300)
    return app


# What is planned


def test_nothing_is_watched_that_was_not_asked_for(site):
    site.commit({"shop/views.py": "x = 1\n"})
    assert not [title for title in steps() if "watch" in title]
    to_uat()
    assert not [path for path in site.heroku.asked("POST") if "log-sessions" in path]


def test_it_stands_in_the_plan(uat, capfd):
    first, *_, last = steps()
    assert first == "shop-uat: read how it has answered lately"
    assert last == "shop-uat: watch for 1 s"
    plan("uat")
    said = capfd.readouterr().out
    assert "the release is watched for 1 s: at most 1 % of its requests may be" in said
    assert "watch for" not in " ".join(steps(watch_s=0.0))
    assert steps(watch_s=90.0)[-1] == "shop-uat: watch for 90 s"


# What is seen


def test_a_good_release_is_one_line(uat, site, capfd):
    to_uat()
    said = capfd.readouterr().out
    assert re.search(
        r"^1 s: 300 requests, 0 % 5xx \(before 0 %\), p95 30 ms \(before 20 ms\)$", said, re.M
    )
    assert SECRET not in said
    assert site.tags() == ["uat-v2"]


def test_a_worse_one_says_so_with_evidence_and_what_to_type(uat, site, capfd):
    uat.coming = traffic(300, 30, start=300)
    said = failed()
    assert "shop-uat: 10 % of 300 requests were answered with 5xx" in said
    assert "(1 % may be, 0 % before), 30 H12" in said
    assert "shop-uat runs v2 (" in said
    assert said.endswith("To go back, migrations considered: fab rollback:uat")
    assert site.tags() == ["uat-v2"], "it is out, and is remembered"
    assert SECRET not in said + capfd.readouterr().out
    assert not resumable()
    history("uat")
    assert capfd.readouterr().out.count("v2 ") == 1


def resumable():
    try:
        resume("uat", how="finish")
    except Exception as error:
        return "nothing to resume" not in str(error)
    return True


def test_a_log_that_cannot_be_read_is_said_and_no_failure(uat, site, capfd):
    refused = Answer({"id": "forbidden", "message": "No logs for you."}, 403)
    site.heroku.server.on("POST /apps/shop-uat/log-sessions", refused)
    to_uat()
    said = capfd.readouterr().out
    assert "how it answered before is not known (" in said
    assert "1 s: 0 requests; its log could not be read (" in said


def test_a_log_that_breaks_off_is_opened_again(uat, capfd):
    """As the scripted one does after what there is: nothing counts twice."""
    to_uat(watch_s=2.0)
    assert "2 s: 300 requests, " in capfd.readouterr().out


def test_with_preboot_the_old_dynos_are_waited_for(uat, capfd):
    to_uat(preboot=True)
    said = capfd.readouterr().out
    waited, watched = said.index("preboot: the old dynos serve"), said.index("watching shop-uat")
    assert waited < watched
    assert "300 requests" in said


def test_of_several_apps_each_is_told_and_judged(uat, site, capfd):
    site.heroku["shop-a"].coming = traffic(300, 0, start=300)
    site.heroku["shop-b"].coming = traffic(300, 30, start=300)
    with pytest.raises(DeployInterrupted) as caught:
        deploy(DeployRequest("live"), confirm="shop-a+shop-b", wait_s=0)
    assert str(caught.value).startswith("shop-b: 10 % of ")
    assert "shop-a: 10" not in str(caught.value)
    said = capfd.readouterr().out
    assert re.search(r"^shop-a: 1 s: 299 requests, 0 % 5xx", said, re.M)
    assert re.search(r"^shop-b: 1 s: 299 requests, 10 % 5xx", said, re.M)


def test_what_is_behind_the_page_is_not_watched(uat, capfd):
    uat.maintenance = True
    uat.coming = traffic(300, 30, start=300)
    to_uat()
    assert "shop-uat: not watched, as its maintenance page is up." in capfd.readouterr().out


# Its health


def healthy(site, *statuses):
    answers = [Answer({}, status) for status in statuses]
    site.heroku.server.on("GET /uat/healthz", *answers)


def test_the_path_is_asked_for_and_told(uat, site, capfd):
    settings(site, more=HEALTHZ)
    healthy(site, 200)
    to_uat()
    assert "; /healthz answered 200\n" in capfd.readouterr().out
    asked = site.heroku.server.asked("GET /uat/healthz")
    assert not [one for one in asked if "Authorization" in one.headers]


def test_a_path_that_answers_no_more_is_worse(uat, site):
    settings(site, more=HEALTHZ)
    healthy(site, 200, 500)
    said = failed()
    assert said.startswith("shop-uat: /healthz answered 500; it is to answer 200\n")


def test_a_path_that_did_not_answer_before_is_told_only(uat, site, capfd):
    settings(site, more=HEALTHZ)
    healthy(site, 404)
    to_uat()
    assert "/healthz answered 404 (1 of 1 were wrong), as before" in capfd.readouterr().out


# The way back


def test_it_goes_back_by_itself_where_that_is_asked_for(site, capfd):
    app = migrations(site, EXPAND, on_failure="rollback", more="")
    before = app.commit
    said = failed()
    assert said.startswith("shop-uat: 10 % of 300 requests were answered with 5xx")
    assert said.endswith("uat was taken back by itself.")
    assert app.commit == before
    assert "Releases that shop-uat can go back to" in capfd.readouterr().out, "the plan is shown"
    assert site.tags() == ["uat-v3", "uat-v4"]


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (CONTRACT, "0002_more.py is contract and would be reversed first"),
        pytest.param(
            BREAKING,
            "0002_more.py is breaking and would be reversed first",
            marks=pytest.mark.whole,
        ),
        ('migrations.RunSQL("DELETE FROM shop_book"),', "0002_more.py cannot be reversed"),
    ],
)
def test_it_does_not_where_a_migration_stands_against_it(site, capfd, operation, why):
    app = migrations(site, operation, on_failure="rollback", more="")
    plan("uat")
    planned = capfd.readouterr().out
    assert "that is said, as nothing goes back by itself over shop/migrations/0002_more" in planned
    said = failed()
    assert "It does not go back by itself: shop/migrations/" in said
    assert why in said
    assert said.endswith("and to decide: fab rollback:uat")
    assert len(app.releases) == 3


def test_nobody_is_asked_where_nobody_is(uat, site):
    settings(site, on_failure="ask")
    uat.coming = traffic(300, 30, start=300)
    assert failed().endswith("fab rollback:uat")
    assert len(uat.releases) == 2


class Operator(io.StringIO):
    """Somebody at a terminal, who types the codes that are asked for, or `instead` at last."""

    def __init__(self, capfd, instead=""):
        super().__init__()
        self.capfd, self.instead, self.said, self.codes = capfd, instead, "", []

    def isatty(self):
        return True

    def readline(self, *_):
        self.said += self.capfd.readouterr().out
        self.codes.append(re.findall(r"typing in '(\d{6})'", self.said)[-1])
        is_last = len(self.codes) == 2
        return f"{self.instead if is_last and self.instead else self.codes[-1]}\n"


@pytest.mark.parametrize(
    ("instead", "words", "releases"),
    [("", "uat was taken back.", 3), ("no", "Not taken back: That is not the code.", 2)],
)
def test_somebody_at_a_terminal_is_asked(uat, site, monkeypatch, capfd, instead, words, releases):
    settings(site, on_failure="ask")
    uat.coming = traffic(300, 30, start=300)
    operator = Operator(capfd, instead)
    monkeypatch.setattr(sys, "stdin", operator)
    with pytest.raises(DeployInterrupted, match=words):
        deploy(DeployRequest("uat"), confirm="", wait_s=0)
    assert "To go back, migrations considered: fab rollback:uat" in operator.said
    assert "Releases that shop-uat can go back to" in operator.said
    assert len(uat.releases) == releases


def test_config_vars_that_somebody_has_set_meanwhile_stand_against_it(uat, site):
    settings(site, on_failure="rollback")
    uat.coming = traffic(300, 30, start=300)
    site.heroku.after_push = lambda: uat.set(LIMIT="3")
    assert "shop-uat: config vars would go back, too: LIMIT" in failed()
    assert len(uat.releases) == 3


@pytest.mark.parametrize("goes_back", [False, True], ids=["a fix", "a rollback by hand"])
def test_what_somebody_else_has_released_meanwhile_is_not_taken_back(uat, site, goes_back):
    """The way back would lead from theirs: to the release that was worse, or one further."""
    first = uat.commit
    uat.deploy(site.commit({"other.txt": "x"}, "Between."))
    settings(site, on_failure="rollback")
    uat.coming = traffic(300, 30, start=300)
    theirs = []

    def meanwhile(request):
        if request.path == "/log-sessions/2" and not theirs:
            theirs.append(first if goes_back else site.commit({"fix.txt": "x"}, "Fix."))
            uat.deploy(theirs[0])

    site.heroku.before = meanwhile
    said = failed()
    assert "Not taken back, as something else runs: shop-uat: somebody has released v4" in said
    assert uat.commit == theirs[0]
    assert len(uat.releases) == 4


# Stopped


def test_at_the_operators_wish_it_ends_with_what_was_seen(uat, site, capfd):
    def stop(request):
        if request.path == "/log-sessions/2":
            os.kill(os.getpid(), signal.SIGINT)

    site.heroku.before = stop
    to_uat(watch_s=600.0)
    said = capfd.readouterr().out
    assert "Stopped watching." in said
    assert re.search(r"^\d s: 300 requests", said, re.M)


def test_after_a_kill_it_is_watched_again_and_knows_how_it_was_before(uat, site, capfd):
    site.heroku.stop_at("GET /log-sessions/2")
    with pytest.raises(KeyboardInterrupt):
        to_uat(watch_s=5.0)

    def come(request):
        # Not before: what was killed lives on in this process, and may read once more.
        if request.path == "/log-sessions/3":
            uat.coming = traffic(300, 30, start=300)

    site.heroku.before = come
    with pytest.raises(DeployInterrupted) as caught:
        resume("uat", how="finish")
    assert "(1 % may be, 0 % before)" in str(caught.value)
    assert not resumable()
