"""What only reads: plan and analyse as text and JSON, in few round trips; init and doctor."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from bench_plan import chain

#: An app's releases, then the slug of the one that runs: no plan can do with less.
UNAVOIDABLE = 2


def test_a_plan_changes_nothing_and_prints_one_document(operator, shop):
    shop.api("DELETE", "/_sandbox/requests")
    document = operator.json("sandbox", "plan:live,format=json")
    methods = {entry["method"] for entry in shop.api("GET", "/_sandbox/requests")}
    assert methods == {"GET"}
    assert document["environment"] == "live"
    assert document["pipeline"] is True
    assert document["to"]["commit"] == document["commits"][0]["sha"]
    assert document["options"] & 5 == 5
    assert operator.json("sandbox", "plan:live,format=json")["plan"] == document["plan"]


def test_a_plan_needs_few_round_trips_in_a_row(operator, shop):
    shop.api("PATCH", "/_sandbox/settings", {"latency_ms": 100})
    shop.api("DELETE", "/_sandbox/requests")
    operator.fab("sandbox", "plan:live")
    shop.api("PATCH", "/_sandbox/settings", {"latency_ms": 0})
    requests = [
        entry
        for entry in shop.api("GET", "/_sandbox/requests")
        if not entry["path"].startswith("/_sandbox")
    ]
    assert len(requests) > UNAVOIDABLE
    assert chain(requests) <= UNAVOIDABLE + 3


def test_analyse_agrees_with_plan(operator, shop):
    plan = operator.json("sandbox", "plan:uat,format=json")
    environ = {"HEROKU_HOST": "http://127.0.0.1:9"}
    call = f"analyse:{plan['from']['commit']},{plan['to']['commit']},format=json"
    found = operator.json(call, cwd=shop.project, **environ)
    for key in ("files", "commits", "migrations"):
        assert found[key] == plan[key]
    assert found["options"] | 16 == plan["options"] | 16
    assert "release" not in found["from"]


RENAME = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "{before}")]
    operations = [
        migrations.RenameField("book", "title", "name"),
    ]
"""


def test_analyse_fails_a_pull_request_for_what_its_migrations_do(operator, shop):
    before = sorted(p.stem for p in (shop.project / "shop/migrations").glob("0*.py"))[-1]
    shop.git("checkout", "-q", "-B", "work", "master")
    path = "shop/migrations/0900_rename.py"
    shop.commit("Rename", {path: RENAME.format(before=before)})
    call = "analyse:HEAD~1,HEAD"
    operator.fab(call, cwd=shop.project)
    operator.fab(f"{call},fail_on=locks", cwd=shop.project)
    for what in ("breaking", "downtime", "locks+breaking"):
        done = operator.fab(f"{call},fail_on={what}", cwd=shop.project, status=1)
        assert path in done.stderr
    done = operator.fab(f"{call},fail_on=breaking,format=github", cwd=shop.project, status=1)
    assert f"::warning file={path},line=7::RenameField shop.Book.title" in done.stdout
    assert "::warning::This deployment needs the maintenance page: " in done.stdout
    found = operator.json(f"{call},format=json", cwd=shop.project)
    assert [one["class"] for one in found["migrations"]] == ["breaking"]
    done = operator.fab(f"{call},fail_on=weather", cwd=shop.project, status=1)
    assert "choose from downtime, breaking, locks" in done.stderr
    shop.git("checkout", "-q", "master")


def test_no_name_in_a_plan_is_obeyed(operator, shop):
    branch = "work-\u202e\u2028\x9b\u200b%0A"
    path = "shop/migrations/0900_\x1b[2J\r\n::error::x\u202e.py"
    before = sorted(p.stem for p in (shop.project / "shop/migrations").glob("0*.py"))[-1]
    shop.git("checkout", "-q", "-B", branch, "dev")
    subject = "::error::\x1b[2J\u202e##[error]x\ry"
    shop.commit(subject, {path: RENAME.format(before=before)}, branch=branch)
    shop.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")
    call = f"plan:dev,branch={branch}"
    for environ in ({}, {"FORCE_COLOR": "1", "CI": ""}):
        done = operator.fab("sandbox", call, **environ)
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        assert re.findall(r"[^\n -~]", said) == []
        assert "Git branch:          work-\\u202e\\u2028\\x9b\\u200b%0A" in said
        assert "::error::\\x1b[2J\\u202e##[error]x\\ry" in said
        assert not [line for line in said.splitlines() if line.startswith("::")]
    document = operator.json("sandbox", f"{call},format=json")
    assert document["branch"] == branch
    assert path in {one["path"] for one in document["files"]}
    shop.git("checkout", "-q", "master")


def test_analyse_needs_no_settings(operator, tmp_path):
    run = lambda *words: subprocess.run(words, cwd=tmp_path, check=True)  # noqa: E731
    run("git", "init", "-q", "-b", "main")
    (tmp_path / "fabfile.py").write_text("from minion.tasks import *\n")
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    run("git", "add", ".")
    run("git", *identity, "commit", "-qm", "One")
    (tmp_path / "shop" / "migrations").mkdir(parents=True)
    (tmp_path / "shop" / "migrations" / "0001_initial.py").write_text("")
    run("git", "add", ".")
    run("git", *identity, "commit", "-qm", "Two")
    said = operator.fab("analyse:HEAD~1", cwd=tmp_path).stdout
    assert "* shop/migrations/0001_initial.py" in said
    assert "[4] Migrations:      True" in said
    assert "Downtime:            True" in said


def test_init_writes_what_the_settings_accept(operator, tmp_path):
    subprocess.run(["git", "init", "-q", "-b", "master"], cwd=tmp_path, check=True)
    (tmp_path / "fabfile.py").write_text("from minion.tasks import *\n")
    said = operator.fab("init", cwd=tmp_path).stdout
    assert "Wrote minion.toml" in said
    assert "fabfile.py is there already" in said
    from minion.settings import parse

    path = tmp_path / "minion.toml"
    names = [one.name for one in parse(path.read_bytes(), path).environments]
    assert names == ["dev", "uat", "live"]
    path.write_text("mine")
    operator.fab("init", cwd=tmp_path)
    assert path.read_text() == "mine"


def test_doctor_finds_what_is_wrong(operator, shop):
    well = operator.fab("sandbox", "doctor")
    assert "WRONG" not in well.stdout
    assert well.stdout.count("ok   ") >= 6
    shop.api("PATCH", "/apps/bookshop-live/features/preboot", {"enabled": False})
    ill = operator.fab("sandbox", "doctor", status=1)
    shop.api("PATCH", "/apps/bookshop-live/features/preboot", {"enabled": True})
    assert "heroku features:enable preboot -a bookshop-live" in ill.stdout
    assert "1 of " in ill.stderr


@pytest.mark.parametrize("task", ["analyse", "deploy", "plan", "sandbox", "status", "doctor"])
def test_every_task_is_listed_with_what_it_does(operator, task):
    lines = operator.fab("-l").stdout.splitlines()
    line = next(line for line in lines if line.split()[:1] == [task])
    assert len(line.split()) > 3


def test_the_sandbox_says_where_it_is(operator, shop):
    state = operator.json("sandbox:status,format=json")
    assert state["running"] is True
    assert set(state["apps"]) == {"bookshop-dev", "bookshop-uat", "bookshop-live"}
    assert json.dumps(state["apps"]).count("postgres") == 3
    for app in state["apps"].values():
        assert app["web_url"].startswith("http://127.0.0.1:")
