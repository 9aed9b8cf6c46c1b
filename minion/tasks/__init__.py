"""The tasks that ``from minion.tasks import *`` brings into a fabfile.

Each parses its strings, calls one function and does nothing else. What they
need is imported when they run, so that ``fab -l`` stays fast.
"""

from __future__ import annotations

from minion.tasks.doors import door

__all__ = [
    "analyse",
    "completion",
    "config",
    "config_pull",
    "data_check",
    "deploy",
    "doctor",
    "history",
    "init",
    "maintenance",
    "migrate_data",
    "plan",
    "resume",
    "rollback",
    "sandbox",
    "split",
    "status",
    "unlock",
]


@door
def deploy(
    environment: str,
    branch: str = "",
    options: str = "",
    force: str = "no",
    preboot: str = "",
    pipeline: str = "",
    maintenance: str = "auto",
    measure: str = "",
    watch: str = "",
    confirm: str = "",
    wait: str = "0",
) -> None:
    """Deploy to ENV: report, confirm, push or promote, migrate, tag."""
    from minion.commands import deploy as deployment
    from minion.tasks.parsing import deploy_request, parse_seconds

    request = deploy_request(
        environment, branch, options, force, preboot, pipeline, maintenance, measure, watch
    )
    deployment.deploy(request, confirm=confirm, wait_s=parse_seconds("wait", wait))


@door
def plan(
    environment: str,
    branch: str = "",
    options: str = "",
    force: str = "no",
    preboot: str = "",
    pipeline: str = "",
    maintenance: str = "auto",
    measure: str = "",
    watch: str = "",
    format: str = "text",
) -> None:
    """Show what deploy:ENV would do; reads only. format=json for programs, or markdown."""
    from minion.commands import deploy as deployment
    from minion.tasks.parsing import deploy_request, parse_style

    request = deploy_request(
        environment, branch, options, force, preboot, pipeline, maintenance, measure, watch
    )
    deployment.plan(request, style=parse_style(format, "text", "json", "markdown"))


@door
def analyse(
    since: str,
    target: str = "HEAD",
    base: str = "merge",
    fail_on: str = "",
    measure: str = "",
    case: str = "",
    format: str = "text",
) -> None:
    """Show what going from commit FROM to TO means; needs no Heroku."""
    from minion.commands import analyse as analysis
    from minion.tasks.parsing import parse_choice, parse_measure, parse_style

    style = parse_style(format, "text", "json", "github", "markdown")
    analysis.analyse(
        since,
        target,
        from_tip=parse_choice("base", base, ("merge", "tip")) == "tip",
        style=style,
        fail_on=analysis.parse_fail_on(fail_on),
        measure=parse_measure(measure),
        case=case.strip(),
    )


@door
def completion(shell: str = "") -> None:
    """Say how to have Tab complete tasks, environments and arguments in your shell."""
    from minion.settings import environ
    from minion.tasks.doors import only_the_document
    from minion.tasks.parsing import parse_choice
    from minion.tasks.shells import SHELLS, line_to_type, script, shell_of
    from minion.terminal.console import Console

    if not shell.strip():
        Console().say(line_to_type(shell_of(environ())))
        return
    only_the_document()
    doors = [globals()[name] for name in __all__]
    Console().verbatim(script(parse_choice("shell", shell, SHELLS), doors))


@door
def split(since: str, target: str = "HEAD") -> None:
    """Write the migrations from FROM to TO as two deployments without the page."""
    from minion.commands import split as splitting

    splitting.split(since, target)


@door
def config(
    environment: str,
    check: str = "no",
    prune: str = "no",
    reveal: str = "no",
    confirm: str = "",
    wait: str = "0",
    format: str = "text",
) -> None:
    """Compare ENV.env with the apps' config vars and apply it in one release."""
    from minion.commands import config as configuration
    from minion.operations.config import ConfigRequest
    from minion.tasks.parsing import parse_bool, parse_format, parse_seconds

    request = ConfigRequest(
        environment, prune=parse_bool("prune", prune), reveal=parse_bool("reveal", reveal)
    )
    as_json, wait_s = parse_format(format), parse_seconds("wait", wait)
    if parse_bool("check", check):
        configuration.check(request, as_json=as_json)
    else:
        configuration.config(request, confirm=confirm, wait_s=wait_s, as_json=as_json)


@door
def config_pull(environment: str) -> None:
    """Write the config vars of ENV into a new ENV.env."""
    from minion.commands.config_pull import pull

    pull(environment)


@door
def data_check(
    source: str = "",
    since: str = "",
    target: str = "HEAD",
    file: str = "",
    format: str = "text",
) -> None:
    """Propose [data] for minion.toml by a look at SRC; since=COMMIT checks migrations alone."""
    from minion.commands import data_check as checking
    from minion.tasks.parsing import parse_format, parse_style

    source, since = source.strip(), since.strip()
    checking.refuse_neither(source, since)
    if since:
        checking.check(since, target, style=parse_style(format, "text", "json", "github"))
    else:
        checking.propose(source, file=file.strip(), as_json=parse_format(format))


@door
def migrate_data(
    source: str,
    target: str,
    backup: str = "",
    keep: str = "no",
    confirm: str = "",
    wait: str = "0",
) -> None:
    """Move data down, from SRC to DST or local: anonymised, and proven to be."""
    from minion.commands import migrate_data as data
    from minion.operations.migrate_data import MoveRequest
    from minion.tasks.parsing import parse_bool, parse_seconds

    request = MoveRequest(source, target, backup or "new", parse_bool("keep", keep))
    data.migrate_data(request, confirm=confirm, wait_s=parse_seconds("wait", wait))


@door
def resume(environment: str, how: str = "ask") -> None:
    """Finish or undo what was interrupted on ENV; how=finish/back decides beforehand."""
    from minion.commands import resume as recovery
    from minion.tasks.parsing import parse_choice

    recovery.resume(environment, how=parse_choice("how", how, ("ask", "finish", "back")))


@door
def unlock(environment: str, journal: str = "keep", confirm: str = "") -> None:
    """Break the lock of ENV after showing whose it is; journal=drop for one beyond help."""
    from minion.commands import unlock as breaking
    from minion.tasks.parsing import parse_choice

    drops = parse_choice("journal", journal, ("keep", "drop")) == "drop"
    breaking.unlock(environment, confirm=confirm, drops_journal=drops)


@door
def status(format: str = "text") -> None:
    """Show what runs where: app, release, commit, age, maintenance, preboot."""
    from minion.commands import status as overview
    from minion.tasks.parsing import parse_format

    overview.status(as_json=parse_format(format))


@door
def history(environment: str, release: str = "", days: str = "90", format: str = "text") -> None:
    """List the deployments of ENV with four figures; history:ENV,v431 shows one whole."""
    from minion.commands import history as past
    from minion.tasks.parsing import parse_format, parse_version

    version, span = parse_version(release), past.parse_days(days)
    past.history(environment, version, days=span, as_document=parse_format(format))


@door
def maintenance(environment: str, switch: str, wait: str = "0") -> None:
    """Put the maintenance page of ENV up (on) or down (off)."""
    from minion.commands import maintenance as page
    from minion.operations.maintenance import MaintenanceRequest
    from minion.tasks.parsing import parse_bool, parse_seconds

    request = MaintenanceRequest(environment, parse_bool("maintenance", switch))
    page.maintenance(request, wait_s=parse_seconds("wait", wait))


@door
def init() -> None:
    """Write minion.toml and fabfile.py where they are missing."""
    from minion.commands.init import init as begin

    begin()


@door
def doctor() -> None:
    """Check the project, token, apps, pipelines and repository; change nothing."""
    from minion.commands.doctor import doctor as examine

    examine()


@door
def rollback(
    environment: str,
    release: str = "",
    migrations: str = "auto",
    confirm: str = "",
    wait: str = "0",
) -> None:
    """Bring ENV back to an earlier release, migrations considered."""
    from minion.commands import rollback as going_back
    from minion.operations.rollback import RollbackRequest
    from minion.tasks.parsing import parse_choice, parse_seconds, parse_version

    keeps = parse_choice("migrations", migrations, ("auto", "keep")) == "keep"
    request = RollbackRequest(environment, parse_version(release), keeps)
    going_back.rollback(request, confirm=confirm, wait_s=parse_seconds("wait", wait))


@door
def sandbox(action: str = "start", format: str = "text") -> None:
    """Use a local Heroku for the rest of the line; start, stop, reset, status."""
    from minion.commands import sandbox as rehearsal
    from minion.tasks.parsing import parse_choice, parse_format

    action = parse_choice("sandbox", action, rehearsal.ACTIONS)
    rehearsal.sandbox(action, as_json=parse_format(format))
