"""Bad input gets one clear line and exit status 1, and changes nothing."""

import shutil
import socket
import subprocess

import pytest


@pytest.fixture(scope="module")
def desk(operator, shop, tmp_path_factory):
    """`fab` in a clone of the shop's project, speaking to the sandbox by its variables alone."""
    folder = tmp_path_factory.mktemp("clone") / "project"
    shop.git("clone", "-q", shop.git("remote", "get-url", "origin"), str(folder))
    return folder


def fails(operator, shop, desk, *words, **environ):
    """The message of `fab WORDS`, which must be one line on stderr."""
    environ = {**shop.state["environ"], **environ}
    done = operator.fab(*words, cwd=desk, status=1, **environ)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("Fatal error: ")
    assert shop.token not in done.stdout + done.stderr
    return lines[0]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("plan:lvie", "unknown environment 'lvie' (did you mean 'live'?)"),
        ("plan", "environment is missing: fab plan:ENVIRONMENT"),
        ("plan:uat,brunch=master", "unknown argument 'brunch' (did you mean 'branch'?)"),
        ("plan:uat,force=perhaps", "force=perhaps: say yes or no"),
        ("plan:uat,options=99", "the largest value is 31"),
        ("plan:uat,maintenance=maybe", "choose from auto, yes, no"),
        ("plan:uat,format=xml", "choose from text, json"),
        ("plan:uat,environment=uat", "given twice"),
        ("plan:uat,branch=no-such-branch", "no-such-branch"),
        ("plan:uat,branch=--upload-pack", "--upload-pack"),
        ("plan:live,pipeline=no,branch=dev", "live takes only master"),
        ("plan:live,branch=dev", "deploy the branch there"),
        ("plan:dev,pipeline=yes", "no environment below dev"),
        ("plan:uat,branch=HEAD~6", "take changes back"),
        ("deploy:uat", "no terminal to ask in: add confirm=bookshop-uat"),
        ("deploy:uat,confirm=bookshop-live", "neither bookshop-uat nor this plan"),
        ("analyse:no-such-commit", "no-such-commit"),
        ("analyse", "since is missing"),
        ("maintenance:uat", "switch is missing"),
        ("maintenance:uat,perhaps", "say yes or no"),
        ("sandbox:dance", "choose from start, stop, reset, status"),
    ],
)
def test_arguments(operator, shop, desk, call, says):
    before = shop.newest("bookshop-uat")
    if "dev" in call:
        subprocess.run(["git", "branch", "-q", "-f", "dev", "origin/dev"], cwd=desk, check=True)
    assert says in fails(operator, shop, desk, call)
    assert shop.newest("bookshop-uat") == before


def test_no_token(operator, shop, desk):
    message = fails(operator, shop, desk, "plan:uat", HEROKU_API_KEY="", PATH="/usr/bin:/bin")
    assert "HEROKU_API_KEY" in message
    assert "netrc" in message


def test_a_refused_token(operator, shop, desk):
    message = fails(operator, shop, desk, "plan:uat", HEROKU_API_KEY="stale-secret")
    assert "token" in message
    assert "stale-secret" not in message


def test_no_access(operator, shop, desk):
    fault = {"method": "GET", "path": "/apps/bookshop-uat$", "times": 1, "status": 403}
    shop.api("POST", "/_sandbox/faults", fault)
    message = fails(operator, shop, desk, "plan:uat")
    shop.api("DELETE", "/_sandbox/faults")
    assert "bookshop-uat" in message


def test_the_api_is_down(operator, shop, desk):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"127.0.0.1:{free.getsockname()[1]}"
        message = fails(operator, shop, desk, "plan:uat", HEROKU_HOST=f"http://{nowhere}")
    assert f"{nowhere} cannot be reached" in message


def altered(desk, tmp_path, change):
    folder = tmp_path / "project"
    shutil.copytree(desk, folder)
    path = folder / "minion.toml"
    path.write_text(change(path.read_text()))
    return folder


def test_an_app_that_does_not_exist(operator, shop, desk, tmp_path):
    folder = altered(desk, tmp_path, lambda text: text.replace("bookshop-uat", "no-such-app"))
    assert "no-such-app" in fails(operator, shop, folder, "plan:uat")


def test_a_broken_settings_file(operator, shop, desk, tmp_path):
    folder = altered(desk, tmp_path, lambda text: text + "\n[proejct]\n")
    assert "minion.toml: proejct: unknown key" in fails(operator, shop, folder, "plan:uat")


def test_no_settings_file(operator, shop, desk, tmp_path):
    (tmp_path / "fabfile.py").write_text("from minion.tasks import *\n")
    assert "no minion.toml" in fails(operator, shop, tmp_path, "plan:uat")


def test_not_a_git_repository(operator, shop, desk, tmp_path):
    folder = altered(desk, tmp_path, str)
    shutil.rmtree(folder / ".git")
    assert "git repository" in fails(operator, shop, folder, "plan:uat")


def test_the_live_site_refuses_what_is_not_on_origin(operator, shop, desk, tmp_path):
    folder = altered(desk, tmp_path, lambda text: text + "\n# a thought\n")
    assert "uncommitted changes (minion.toml)" in fails(
        operator, shop, folder, "deploy:live,pipeline=no,confirm=bookshop-live"
    )
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qam", "A thought"],
        cwd=folder,
        check=True,
    )
    message = fails(operator, shop, folder, "deploy:live,pipeline=no,confirm=bookshop-live")
    assert "until they agree" in message
