"""Most of what the unmodified Heroku CLI can be asked: it works, or says what the sandbox lacks.

A command takes a second or two, so these are for the whole run only.
"""

import shlex
import shutil
import subprocess

import pytest
from heroku_cli import Cli, needs_cli

pytestmark = [
    needs_cli,
    pytest.mark.timeout(600),
    pytest.mark.whole,
]

#: In this order: some need what others have made.
WORK = """
access -a APP
addons -a APP
addons --all
addons:info DATABASE -a APP
apps
apps --json
apps:info -a APP --json
apps:create cli-whole --no-remote
apps:create --no-remote --region eu --stack heroku-22
apps:rename cli-renamed -a cli-whole
apps:stacks -a cli-renamed
apps:stacks:set heroku-22 -a cli-renamed
addons:create heroku-postgresql:essential-0 -a cli-renamed --wait
pg:wait -a cli-renamed
addons:destroy DATABASE -a cli-renamed --confirm cli-renamed
addons:create heroku-postgresql:essential-0 -a cli-renamed --as ARCHIVE --wait
addons:attach cli-renamed::ARCHIVE -a cli-renamed --as SECOND
addons:attach APP::DATABASE -a cli-renamed
addons:attach APP::DATABASE -a cli-renamed --as READER
addons:detach READER -a cli-renamed
pg:promote ARCHIVE -a cli-renamed
pg:info ARCHIVE -a cli-renamed
pg:credentials:rotate ARCHIVE -a cli-renamed --confirm cli-renamed
pg:reset ARCHIVE -a cli-renamed --confirm cli-renamed
pg:copy APP::DATABASE ARCHIVE -a cli-renamed --confirm ARCHIVE
addons:wait -a cli-renamed
pipelines:create cli-whole-line -a cli-renamed -s staging
pipelines:update -s development -a cli-renamed
pipelines:remove -a cli-renamed
pipelines:add cli-all-line -a cli-renamed -s production
pipelines:info cli-all-line
pipelines:promote -a APP
pipelines:promote -a APP --to cli-renamed
pipelines:rename cli-whole-line cli-whole-other
pipelines:destroy cli-whole-other
pipelines:open cli-all-line
apps:destroy -a cli-renamed --confirm cli-renamed
auth:token
auth:whoami
authorizations
buildpacks -a APP
buildpacks:clear -a APP
config -a APP
config -a APP --json
config:set ONE=1 -a APP
config:get ONE -a APP
config:unset ONE -a APP
config -s -a APP
features -a APP
features:enable preboot -a APP
features:disable preboot -a APP
features:enable http-session-affinity -a APP
features:info preboot -a APP
info -a APP
apps:info -s -a APP
labs -a APP
labs:enable runtime-dyno-metadata -a APP
labs:info runtime-dyno-metadata -a APP
local:version
logs -a APP -n 5
logs -a APP --source app --num 2
maintenance -a APP
maintenance:on -a APP
maintenance:off -a APP
pg:backups -a APP
pg:backups:capture -a APP
pg:backups:info -a APP
pg:backups:schedules -a APP
pg:backups:url -a APP
pg:credentials -a APP
pg:credentials:url DATABASE -a APP
pg:info -a APP
pipelines
pipelines:info cli-all-line
ps -a APP
ps:restart -a APP
ps:restart --process-type web -a APP
ps:stop --dyno-name web.1 -a APP
ps:scale -a APP
ps:scale web=2 -a APP
ps:scale web=1 -a APP
ps:type -a APP
ps:type web=standard-2x -a APP
ps:resize web=standard-1x -a APP
ps:type standard-2x -a APP
ps:wait -a APP
redis -a APP
regions
releases -a APP
releases -a APP --json
releases:info -a APP
releases:output -a APP
rollback -a APP
run -a APP --exit-code -- echo hi
run:detached -a APP -- echo hi
usage
version
"""
#: These run psql, which is the machine's own.
PSQL = """
pg:bloat -a APP
pg:blocking -a APP
pg:kill 1 -a APP
pg:killall -a APP
pg:long-running-queries -a APP
pg:vacuum-stats -a APP
pg:locks -a APP
pg:ps -a APP
pg:psql -a APP -c "select 1"
"""
#: Heroku has these, and the sandbox has not.
ABSENT = """
access:add ann@example.com -a APP
addons:plans heroku-postgresql
addons:services
apps:leave -a APP
apps:transfer ann@example.com -a APP
authorizations:create -d ours
certs -a APP
certs:auto -a APP
certs:auto:enable -a APP
certs:info -a APP
ci -a APP
clients
domains -a APP
domains:add www.example.com -a APP
domains:clear -a APP
drains -a APP
drains:add https://log.example.com/ -a APP
keys
members --team acme
orgs
pg:backups:schedule --at 02:00 -a APP
pg:links -a APP
run:inside web.1 -a APP -- ls
sessions
spaces
teams
webhooks -a APP
webhooks:add -a APP -i api:release -l notify -u https://hook.example.com/
"""


@pytest.fixture(scope="module")
def cli(client, tmp_path_factory):
    return Cli(client, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def app(client, sample_app):
    name = client.create_app("cli-all", pipeline="cli-all-line", stage="staging")
    client.deploy(name, sample_app.first)
    return name


def asked(cli, app, listed):
    """Each command with what came of it."""
    for line in listed.strip().splitlines():
        done = cli.run(*shlex.split(line.replace("APP", app)))
        yield line, done.returncode, done.stdout + done.stderr


def test_what_people_use_works(cli, app):
    work = WORK + (PSQL if shutil.which("psql") else "")
    failed = {line: said for line, status, said in asked(cli, app, work) if status}
    assert not failed


def test_an_app_is_created_in_a_clone_and_pushed_to(cli, sample_app, tmp_path):
    """What a remote called heroku is for: `heroku create`, `git push heroku`."""

    def git(*words):
        done = subprocess.run(
            ["git", *words], cwd=clone, env=cli.env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stderr + done.stdout

    clone = tmp_path
    git("clone", "-q", str(sample_app.root), "shop")
    clone = tmp_path / "shop"
    git("checkout", "-q", "-B", "main", sample_app.first)
    said = cli.run("create", "cli-of-clone", cwd=clone)
    assert said.returncode == 0, said.stderr
    host = f"https://{cli.client.card.git_host}"
    assert git("remote", "get-url", "heroku").strip() == f"{host}/cli-of-clone.git"
    git("config", f"credential.{host}.helper", "!heroku git:credentials")
    assert "Verifying deploy... done." in git("push", "heroku", "main")
    # Without -a: the remote says which app is meant.
    assert "Deploy" in cli.run("releases", cwd=clone).stdout
    cli("destroy", "-a", "cli-of-clone", "--confirm", "cli-of-clone")


def test_what_is_absent_is_named(cli, app):
    told = {line: (status, said) for line, status, said in asked(cli, app, ABSENT)}
    silent = {
        line: said
        for line, (status, said) in told.items()
        if status == 0 or "The sandbox has no " not in " ".join(said.split())
    }
    assert not silent
