"""A password in origin's URL, and a git as its owner likes it: nothing shows, nothing breaks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from gits import GitServer, record_arguments

USER, PASSWORD = "marked-user", "marked-password"
WRONG = "marked-wrong-one"
CONFIRM = "confirm=bookshop-dev"

LIKINGS = """
[push]
    pushOption = ci.skip
    followTags = true
    gpgSign = true
    recurseSubmodules = check
    default = nothing
[tag]
    gpgSign = true
[commit]
    gpgSign = false
[gpg]
    program = /bin/false
[core]
    hooksPath = {home}/hooks
    fsmonitor = {home}/hooks/pre-push
[color]
    ui = always
[http]
    extraHeader = X-Token: marked-header
    lowSpeedLimit = 100000
    lowSpeedTime = 1
[url "git@heroku.invalid:"]
    insteadOf = https://
    pushInsteadOf = http://127.0.0.1/
"""


@pytest.fixture(scope="module")
def outside(operator, shop, tmp_path_factory):
    """Origin behind a server that asks for a password, which the clone's URL has in it."""
    operator.fab("sandbox", "deploy:dev,confirm=bookshop-dev")
    shop.git("checkout", "-q", "-b", "work", "dev")
    server = GitServer(shop.project.parent, USER, PASSWORD)
    home = Path(operator.environ["HOME"])
    (home / "hooks").mkdir()
    for name in ("pre-push", "reference-transaction"):
        (home / "hooks" / name).write_text("#!/bin/sh\nexit 1\n")
        (home / "hooks" / name).chmod(0o755)
    url = server.url.replace("://", f"://{USER}:{PASSWORD}@") + "/origin.git"
    shop.git("config", "remote.origin.url", url)
    shop.git("config", "--add", "remote.origin.pushurl", url)
    shop.git("config", "--add", "remote.origin.pushurl", f"http://{USER}:{WRONG}@127.0.0.1:9/")
    log, variables = record_arguments(tmp_path_factory.mktemp("arguments"))
    plain = Path(operator.environ["GIT_CONFIG_GLOBAL"]).read_text()
    (home / "likings").write_text(plain + LIKINGS.format(home=home))
    yield server, log, {**variables, "GIT_CONFIG_GLOBAL": str(home / "likings")}
    server.close()


@pytest.fixture
def type_(operator, outside):
    """Type it as one whose git is like that; every word and argument is kept."""
    _, log, variables = outside
    said: list[str] = []

    def fab(*words, status=0):
        done = operator.fab("sandbox", *words, status=status, **variables)
        said.extend((done.stdout, done.stderr))
        return done.stdout + done.stderr

    yield fab
    assert "push\n" in log.read_text()
    assert "marked" not in "".join(said)
    assert "marked" not in log.read_text()


def refs(shop):
    origin = shop.project.parent / "origin.git"
    return shop.git("for-each-ref", "--format=%(refname)", cwd=origin).split()


def memory(shop):
    """What minion has written down beside the repository."""
    folder = shop.project / ".git" / "minion"
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_deployment_with_all_of_that(shop, outside, type_):
    commit = shop.commit("Say more.", {"README.md": "more"})
    shop.git("tag", "-a", "of-mine", "-m", "Not to be pushed", commit)
    said = type_("plan:dev,branch=work")
    assert "does not answer" not in said
    type_("plan:dev,branch=work,format=json")
    type_("doctor", status=None)
    type_(f"deploy:dev,branch=work,{CONFIRM}")
    newest = shop.newest("bookshop-dev")["version"]
    assert f"refs/tags/dev-v{newest}" in refs(shop)
    assert "refs/tags/of-mine" not in refs(shop)
    assert not [ref for ref in refs(shop) if ref.startswith("refs/minion/")]
    type_("status")
    assert shop.git("for-each-ref", "refs/minion") == ""
    assert b"marked" not in memory(shop)


def test_a_wrong_password_is_said_without_it(shop, outside, type_):
    server, _, _ = outside
    shop.commit("Say less.", {"README.md": "less"})
    wanted, server.wanted = server.wanted, "another"
    try:
        said = type_(f"deploy:dev,branch=work,{CONFIRM}", status=1)
        assert "credentials were not accepted" in said
        type_("plan:dev,branch=work")
        type_("unlock:dev", status=1)
        type_("status")
    finally:
        server.wanted = wanted
    assert b"marked" not in memory(shop)
