"""The unmodified Heroku CLI is the judge: it must find the sandbox to be Heroku.

A command takes a second or two, so each test asks it for as much as it can.
"""

import subprocess

import pytest
from heroku_cli import TIMEOUT_S, Cli, needs_cli
from platform_client import until

pytestmark = needs_cli


@pytest.fixture(scope="module")
def cli(client, tmp_path_factory):
    return Cli(client, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def line(client, sample_app):
    """Apps in staging and production of one pipeline; both run the sample's first commit."""
    names = [
        client.create_app(f"cli-{stage}", pipeline="cli-line", stage=stage)
        for stage in ("staging", "production")
    ]
    for name in names:
        client.deploy(name, sample_app.first)
        until(lambda name=name: client.site(name)[0], lambda status: status == 200)
    return names


def test_who_and_what(cli, client, line):
    assert cli("auth:whoami").strip() == "developer@example.com"
    shown = cli("apps:info", "-a", line[0])
    for text in (line[0], "heroku-postgresql:essential-0", "cli-line - staging", "heroku-24"):
        assert text in shown
    assert f"Git URL:        {client.get(f'/apps/{line[0]}')['git_url']}" in shown


def test_config_vars(cli, client, line):
    app = line[0]
    value = 'it\'s "quoted" é'
    cli("config:set", f"NEW={value}", "MORE=1", "-a", app)
    assert client.get(f"/apps/{app}/config-vars")["NEW"] == value
    assert client.current(app)["description"] == "Set MORE, NEW config vars"
    assert "MORE: 1" in " ".join(cli("config", "-a", app).split())
    cli("config:unset", "NEW", "MORE", "-a", app)
    assert "NEW" not in client.get(f"/apps/{app}/config-vars")


def test_maintenance(cli, client, line):
    cli("maintenance:on", "-a", line[1])
    assert client.site(line[1])[0] == 503
    assert cli("maintenance", "-a", line[1]).strip() == "on"
    cli("maintenance:off", "-a", line[1])
    assert client.get(f"/apps/{line[1]}")["maintenance"] is False


def test_preboot(cli, client, line):
    path = f"/apps/{line[1]}/features/preboot"
    cli("features:enable", "preboot", "-a", line[1])
    assert client.get(path)["enabled"] is True
    cli("features:enable", "preboot", "-a", line[1], status=1)
    cli("features:disable", "preboot", "-a", line[1])
    assert client.get(path)["enabled"] is False


def test_dynos(cli, client, line):
    app = line[1]
    said = cli.run("ps:scale", "web=2:Standard-2X", "-a", app)
    assert (said.returncode, "now running web at 2:Standard-2X" in said.stderr) == (0, True)
    states = until(
        lambda: {dyno["name"]: dyno["state"] for dyno in client.get(f"/apps/{app}/dynos")},
        lambda dynos: dynos == {"web.1": "up", "web.2": "up"},
    )
    shown = cli("ps", "-a", app)
    assert all(f"{name}: up" in shown for name in states)
    before = {dyno["id"] for dyno in client.get(f"/apps/{app}/dynos")}
    cli("ps:restart", "-a", app)
    after = {dyno["id"] for dyno in client.get(f"/apps/{app}/dynos")}
    assert len(after) == 2
    assert not before & after
    cli("ps:scale", "web=1:Standard-1X", "-a", app)


@pytest.mark.parametrize("status", [0, 3])
def test_a_one_off_dyno_with_its_status_and_its_output_intact(cli, line, status):
    code = f"import sys; print('first\\nlast é'); print('no end', end=''); sys.exit({status})"
    command = ("run", "--exit-code", "--no-tty", "-a", line[0], "--", "python", "-c", code)
    assert cli(*command, status=status).replace("\r\n", "\n").startswith("first\nlast é\nno end")


def test_a_one_off_dyno_reads_what_is_piped_to_it(cli, line):
    said = cli("run", "--exit-code", "--no-tty", "-a", line[0], "--", "tr a-z A-Z", stdin="shout\n")
    assert "SHOUT" in said


def test_logs(cli, client, line):
    client.post(f"/_sandbox/apps/{line[0]}/run", {"command": "echo for-the-log"})
    assert "for-the-log" in cli("logs", "-a", line[0])


def test_releases_and_rollback(cli, client, line, sample_app):
    app = line[0]
    first = client.current(app)
    client.deploy(app, sample_app.commit("for-the-cli"))
    current = client.current(app)
    shown = cli("releases", "-a", app)
    assert f"Current: v{current['version']}" in shown
    assert current["description"] in shown
    assert f"=== Release v{current['version']}" in cli("releases:info", "-a", app)
    cli("releases:rollback", f"v{first['version']}", "-a", app)
    assert client.current(app)["slug"] == first["slug"]
    cli("releases:rollback", "-a", app)
    assert client.current(app)["slug"] == current["slug"]


def test_promotion_streams_the_release_phase_and_tells_how_it_ended(cli, client, line, sample_app):
    uat, live = line
    client.deploy(uat, sample_app.commit("to-promote", release_phase=True))
    said = cli.run("pipelines:promote", "-a", uat)
    assert said.returncode == 0, said.stderr
    assert "releasing to-promote" in said.stdout + said.stderr
    assert client.current(live)["slug"] == client.current(uat)["slug"]
    client.patch(f"/apps/{live}/config-vars", {"RELEASE_STATUS": "1"})
    before = client.current(live)
    assert cli.run("pipelines:promote", "-a", uat).returncode == 1
    assert client.current(live) == before


def test_git_pushes_with_the_clis_credential_helper(cli, client, empty_app, sample_app):
    host = f"https://{client.card.git_host}"
    done = subprocess.run(
        [
            *("git", "-c", "credential.helper="),
            *("-c", f"credential.{host}.helper=!heroku git:credentials"),
            *("push", f"{host}/{empty_app}.git", f"{sample_app.first}:refs/heads/main"),
        ],
        cwd=sample_app.root,
        env={**cli.env, "GIT_TERMINAL_PROMPT": "0"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Verifying deploy... done." in done.stderr
    assert client.current(empty_app)["slug"] is not None


def test_a_refusal_is_shown_in_herokus_words(cli, client):
    done = cli.run("apps:info", "-a", "nobody-has-this")
    assert done.returncode == 2
    assert "Couldn't find that app." in done.stderr
    assert "Error ID: not_found" in done.stderr
