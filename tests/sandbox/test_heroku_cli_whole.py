"""Most of what the unmodified Heroku CLI can be asked: it works, or says what the sandbox lacks.

A command takes a second or two, so these are for the whole run only.
"""

import shlex
import shutil

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
pipelines:create cli-whole-line -a cli-renamed -s staging
pipelines:update -s development -a cli-renamed
pipelines:remove -a cli-renamed
apps:destroy -a cli-renamed --confirm cli-renamed
auth:token
auth:whoami
authorizations
buildpacks -a APP
config -a APP
config -a APP --json
config:set ONE=1 -a APP
config:get ONE -a APP
config:unset ONE -a APP
features -a APP
features:info preboot -a APP
labs -a APP
local:version
logs -a APP -n 5
logs -a APP --source app --num 2
maintenance -a APP
pg:backups -a APP
pg:backups:capture -a APP
pg:backups:info -a APP
pg:backups:schedules -a APP
pg:backups:url -a APP
pg:credentials -a APP
pg:credentials:url DATABASE -a APP
pg:info -a APP
pipelines
pipelines:info cli-whole-line
ps -a APP
ps:restart -a APP
ps:scale -a APP
ps:scale web=2 -a APP
ps:scale web=1 -a APP
ps:type -a APP
ps:type web=standard-2x -a APP
ps:wait -a APP
redis -a APP
regions
releases -a APP
releases -a APP --json
releases:info -a APP
releases:output -a APP
run:detached -a APP -- echo hi
usage
version
"""
#: These run psql, which is the machine's own.
PSQL = """
pg:locks -a APP
pg:ps -a APP
pg:psql -a APP -c "select 1"
"""
#: Heroku has these, and the sandbox has not.
ABSENT = """
addons:plans heroku-postgresql
addons:services
certs -a APP
ci -a APP
clients
domains -a APP
domains:add www.example.com -a APP
drains -a APP
keys
members --team acme
orgs
sessions
spaces
teams
webhooks -a APP
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


def test_what_is_absent_is_named(cli, app):
    told = {line: (status, said) for line, status, said in asked(cli, app, ABSENT)}
    silent = {
        line: said
        for line, (status, said) in told.items()
        if status == 0 or "The sandbox has no " not in " ".join(said.split())
    }
    assert not silent
