"""The main job: dev, uat and live are deployed in turn, and then there is nothing left to do.

The tests of this file run in order on one sandbox, as a team's day does.
"""

import re

import pexpect
import pytest
from desk_kit import FAB


def tags(shop, pattern):
    """The commits of the annotated tags on origin, by name."""
    lines = shop.git("ls-remote", "origin", f"refs/tags/{pattern}^{{}}").splitlines()
    return {name[len("refs/tags/") : -3]: sha for sha, name in (line.split() for line in lines)}


def deployed(shop, app):
    release = shop.newest(app)
    slug = shop.api("GET", f"/apps/{app}/slugs/{release['slug']['id']}")
    return release["version"], release["status"], slug["commit"]


def test_the_first_command_promotes_migrates_and_tags(operator, shop):
    commit = deployed(shop, "bookshop-uat")[2]
    before = deployed(shop, "bookshop-live")[0]
    done = operator.fab("sandbox", "deploy:live,confirm=bookshop-live")
    assert deployed(shop, "bookshop-live") == (before + 1, "succeeded", commit)
    assert tags(shop, "live-v*") == {f"live-v{before + 1}": commit}
    assert shop.state["apps"]["bookshop-live"]["web_url"] in done.stdout
    app = shop.api("GET", "/apps/bookshop-live")
    preboot = shop.api("GET", "/apps/bookshop-live/features/preboot")
    assert (app["maintenance"], preboot["enabled"]) == (False, True)
    assert shop.page("bookshop-live").status_code == 200
    assert "Git log since latest release (v" in done.stdout
    assert "* 04-spring" not in done.stdout
    assert "expand" in done.stdout
    order = ["promote", "succeeded", "migrate", "tag"]
    where = [done.stdout.index(word, done.stdout.index("[1/")) for word in order]
    assert where == sorted(where)


def test_the_tag_holds_the_commits(shop):
    name = next(iter(tags(shop, "live-v*")))
    shop.git("fetch", "-q", "--tags", "origin")
    message = shop.git("for-each-ref", "--format=%(contents)", f"refs/tags/{name}")
    assert message.startswith("bookshop-live v")
    assert len(re.findall(r"^\* [0-9a-f]{7}  \S", message, re.M)) >= 2


@pytest.mark.parametrize("environment", ["uat", "dev", "live"])
def test_each_environment_is_deployed_and_then_has_nothing_to_do(operator, shop, environment):
    app = f"bookshop-{environment}"
    branch = "dev" if environment == "dev" else "master"
    before = deployed(shop, app)[0]
    operator.fab("sandbox", f"deploy:{environment},confirm={app}")
    version, status, commit = deployed(shop, app)
    assert version == before + 1
    assert (status, commit) == ("succeeded", shop.git("rev-parse", branch))
    assert tags(shop, f"{environment}-v{version}") == {f"{environment}-v{version}": commit}
    again = operator.fab("sandbox", f"deploy:{environment},confirm={app}")
    assert "Nothing to do" in again.stdout
    assert deployed(shop, app)[0] == version


def test_the_site_shows_the_new_code_and_the_migrated_data(shop):
    for app in ("bookshop-dev", "bookshop-uat", "bookshop-live"):
        health = shop.page(app)
        assert health.status_code == 200, health.text
        assert shop.page(app, "/").status_code == 200
    live = shop.api("GET", "/apps/bookshop-live/dynos")
    assert {dyno["release"]["version"] for dyno in live} == {deployed(shop, "bookshop-live")[0]}


def test_status_shows_every_app_level_with_what_it_runs(operator, shop):
    rows = operator.json("sandbox", "status:format=json")
    found = {row["app"]: (row["release"], row["commit"], row["behind"]) for row in rows}
    assert found["bookshop-live"] == (
        deployed(shop, "bookshop-live")[0],
        shop.git("rev-parse", "master"),
        0,
    )
    text = operator.fab("sandbox", "status").stdout
    assert re.search(r"^live +bookshop-live +v\d+ +[0-9a-f]{7} .*level", text, re.M)


def test_the_code_is_asked_for_in_a_terminal(operator, shop):
    shop.git("branch", "work", "dev")
    shop.commit("Add a note", {"NOTE.txt": "hello\n"})
    command = "deploy:dev,branch=work"
    wrong = prompted(operator, command, lambda code: f"{(int(code) + 1) % 10**6:06}")
    assert wrong[0] == 1
    assert "not the code" in wrong[1]
    before = deployed(shop, "bookshop-dev")[0]
    right = prompted(operator, command, lambda code: code)
    assert right[0] == 0, right[1]
    assert deployed(shop, "bookshop-dev")[0] == before + 1


def prompted(operator, command, answer):
    """Type `command` in a real terminal and answer the prompt; exit status and what was said."""
    child = pexpect.spawn(
        str(FAB),
        ["sandbox", command],
        cwd=str(operator.folder),
        env=operator.environ,
        encoding="utf-8",
        timeout=240,
        dimensions=(50, 200),
    )
    child.expect(r"typing in '(\d{6})' at the prompt: ")
    said = child.before
    child.sendline(answer(child.match.group(1)))
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, said + child.before


def test_an_interrupted_prompt_changes_nothing(operator, shop):
    shop.commit("Another note", {"NOTE.txt": "again\n"})
    before = deployed(shop, "bookshop-dev")
    child = pexpect.spawn(
        str(FAB),
        ["sandbox", "deploy:dev,branch=work"],
        cwd=str(operator.folder),
        env=operator.environ,
        encoding="utf-8",
        timeout=240,
    )
    child.expect("at the prompt: ")
    # Pressed in the instant before the terminal is read, it is heard at the next key only.
    for _ in range(15):
        child.sendintr()
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=20) == 0:
            break
    child.close()
    assert child.exitstatus == 130
    assert deployed(shop, "bookshop-dev") == before


def release_by_hand(shop):
    shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"BY": str(shop.newest("bookshop-dev"))})


def commit_more(shop):
    shop.commit("Yet another note", {"NOTE.txt": f"after {shop.git('rev-parse', 'work')}\n"})


@pytest.mark.parametrize(
    ("call", "change", "says"),
    [
        ("deploy:dev,branch=work", commit_more, r"the commit to deploy was \w+ and is \w+"),
        (
            "deploy:dev,branch=work",
            release_by_hand,
            r"the running release of \S+ was \d+ and is \d+",
        ),
        ("rollback:dev", release_by_hand, "the facts or the steps are others now"),
        ("migrate_data:uat,dev", release_by_hand, "the apps or databases are not as they were"),
    ],
)
def test_what_moves_while_the_code_is_typed_is_told_and_nothing_is_done(
    operator, shop, call, change, says
):
    def answer(code):
        change(shop)
        return code

    page_and_lock = (False, "")
    before = deployed(shop, "bookshop-dev")[2]
    status, said = prompted(operator, call, answer)
    assert status == 1, said
    assert re.search(f"Something moved since the report: {says}", " ".join(said.split())), said
    assert deployed(shop, "bookshop-dev")[2] == before
    locks = shop.git("ls-remote", "origin", "refs/minion/*")
    assert (shop.api("GET", "/apps/bookshop-dev")["maintenance"], locks) == page_and_lock


def test_a_plan_that_was_approved_is_deployed_as_it_was_or_not_at_all(operator, shop):
    approved = operator.json("sandbox", "plan:dev,branch=work,format=json")
    commit_more(shop)
    refused = operator.fab(
        "sandbox", f"deploy:dev,branch=work,confirm={approved['plan']}", status=1
    )
    assert f"confirm={approved['plan']} is neither" in refused.stderr
    approved = operator.json("sandbox", "plan:dev,branch=work,format=json")
    release_by_hand(shop)
    operator.fab("sandbox", f"deploy:dev,branch=work,confirm={approved['plan']}", status=1)
    approved = operator.json("sandbox", "plan:dev,branch=work,format=json")
    operator.fab("sandbox", f"deploy:dev,branch=work,confirm={approved['plan']}")
    assert deployed(shop, "bookshop-dev")[2] == approved["to"]["commit"]


@pytest.mark.whole
def test_new_packages_need_no_page_where_the_apps_show_that_they_bring_nothing(operator, shop):
    operator.fab("sandbox", "deploy:uat,confirm=bookshop-uat")
    operator.fab("sandbox", "deploy:live,confirm=bookshop-live")
    shop.git("checkout", "-q", "master")
    requirements = (shop.project / "requirements.txt").read_text()
    shop.commit("Say why", {"requirements.txt": f"{requirements}# all that it needs\n"}, "master")
    shop.git("push", "-q", "origin", "master")
    careful = operator.json("sandbox", "plan:uat,format=json")
    assert careful["options"] & 4
    assert careful["downtime"]["needed"] is True
    assert "packages may bring migrations" in careful["downtime"]["reasons"][0]
    operator.fab("sandbox", "deploy:uat,maintenance=no,confirm=bookshop-uat")
    assert operator.json("sandbox", "plan:live,format=json")["downtime"]["needed"] is False
