"""The tasks that ``from minion.tasks import *`` brings into a fabfile.

Each parses its strings, calls one function and does nothing else. What they
need is imported when they run, so that ``fab -l`` stays fast.
"""

from __future__ import annotations

from minion.tasks.doors import door

__all__ = [
    "analyse",
    "config",
    "config_pull",
    "deploy",
    "doctor",
    "init",
    "maintenance",
    "migrate_data",
    "plan",
    "resume",
    "rollback",
    "sandbox",
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
    confirm: str = "",
    wait: str = "0",
) -> None:
    """Deploy to ENV: report, confirm, push or promote, migrate, tag."""
    from minion.commands import deploy as deployment
    from minion.tasks.parsing import parse_seconds

    request = deployment.parse_request(
        environment, branch, options, force, preboot, pipeline, maintenance
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
    format: str = "text",
) -> None:
    """Show what deploy:ENV would do; reads only. format=json for programs."""
    from minion.commands import deploy as deployment

    request = deployment.parse_request(
        environment, branch, options, force, preboot, pipeline, maintenance
    )
    deployment.plan(request, as_json=deployment.parse_format(format))


@door
def analyse(base: str, target: str = "HEAD", fail_on: str = "", format: str = "text") -> None:
    """Show what going from commit FROM to TO means; needs no Heroku."""
    from minion.commands import analyse as analysis
    from minion.tasks.doors import only_the_document
    from minion.tasks.parsing import parse_choice

    style = parse_choice("format", format, ("text", "json", "github"))
    if style == "json":
        only_the_document()
    analysis.analyse(base, target, style=style, fail_on=analysis.parse_fail_on(fail_on))


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
    from minion.commands import deploy as deployment
    from minion.tasks.parsing import parse_bool, parse_seconds

    configuration.configure(
        environment,
        check=parse_bool("check", check),
        prune=parse_bool("prune", prune),
        reveal=parse_bool("reveal", reveal),
        confirm=confirm,
        wait_s=parse_seconds("wait", wait),
        as_json=deployment.parse_format(format),
    )


@door
def config_pull(environment: str) -> None:
    """Write the config vars of ENV into a new ENV.env."""
    from minion.commands import config as configuration

    configuration.pull(environment)


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
    from minion.tasks.parsing import parse_bool, parse_seconds

    data.migrate_data(
        source,
        target,
        backup=backup,
        keep=parse_bool("keep", keep),
        confirm=confirm,
        wait_s=parse_seconds("wait", wait),
    )


@door
def resume(environment: str, how: str = "ask") -> None:
    """Finish or undo what was interrupted on ENV; how=finish/back decides beforehand."""
    from minion.commands import resume as recovery
    from minion.tasks.parsing import parse_choice

    recovery.resume(environment, how=parse_choice("how", how, ("ask", "finish", "back")))


@door
def unlock(environment: str, confirm: str = "") -> None:
    """Break the lock of ENV after showing whose it is."""
    from minion.commands import resume as recovery

    recovery.unlock(environment, confirm=confirm)


@door
def status(format: str = "text") -> None:
    """Show what runs where: app, release, commit, age, maintenance, preboot."""
    from minion.commands import deploy as deployment
    from minion.commands import status as overview

    overview.status(as_json=deployment.parse_format(format))


@door
def maintenance(environment: str, switch: str, wait: str = "0") -> None:
    """Put the maintenance page of ENV up (on) or down (off)."""
    from minion.commands import status as overview
    from minion.tasks.parsing import parse_seconds

    overview.maintenance(environment, switch, wait_s=parse_seconds("wait", wait))


@door
def init() -> None:
    """Write minion.toml and fabfile.py where they are missing."""
    from minion.commands import project

    project.init()


@door
def doctor() -> None:
    """Check token, apps, pipelines, preboot and repository; change nothing."""
    from minion.commands import project

    project.doctor()


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
    from minion.tasks.parsing import parse_choice, parse_seconds

    going_back.rollback(
        environment,
        going_back.parse_version(release),
        keeps_migrations=parse_choice("migrations", migrations, ("auto", "keep")) == "keep",
        confirm=confirm,
        wait_s=parse_seconds("wait", wait),
    )


@door
def sandbox(action: str = "start", format: str = "text") -> None:
    """Use a local Heroku for the rest of the line; start, stop, reset, status."""
    from minion.commands import deploy as deployment
    from minion.commands import sandbox as rehearsal

    rehearsal.sandbox(action, as_json=deployment.parse_format(format))
