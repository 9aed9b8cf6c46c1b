"""``deploy`` and ``plan``: gather, plan, report, confirm, run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from minion.engine.carry_out import carry_out, refuse
from minion.engine.exclusive import locks_of, refuse_if_unfinished
from minion.errors import MinionError, Refused
from minion.operations.deploy.gather import gather
from minion.operations.deploy.plan import Plan, make_plan
from minion.operations.deploy.report import document, report
from minion.operations.deploy.request import DeployRequest
from minion.options import Option, parse_options
from minion.settings import Settings, environ, load
from minion.steps.world import World
from minion.tasks.doors import only_the_document
from minion.tasks.parsing import parse_bool, parse_choice
from minion.terminal import confirmation
from minion.terminal.console import Console

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku


def parse_request(
    environment: str,
    branch: str,
    options: str,
    force: str,
    preboot: str,
    pipeline: str,
    maintenance: str,
) -> DeployRequest:
    """The request in a task's strings; an empty one means "not said".

    Raises:
        ArgumentError: one of them is not what it should be.
    """
    page = parse_choice("maintenance", maintenance, ("auto", "yes", "no"))
    return DeployRequest(
        environment=environment,
        branch=branch or None,
        options=parse_options(options) if options.strip() else None,
        force=parse_bool("force", force),
        preboot=parse_bool("preboot", preboot) if preboot else None,
        pipeline=parse_bool("pipeline", pipeline) if pipeline else None,
        maintenance=None if page == "auto" else page == "yes",
    )


def parse_format(text: str) -> bool:
    """Whether the answer is wanted as JSON; then stdout is kept clean for it."""
    as_json = parse_choice("format", text, ("text", "json")) == "json"
    if as_json:
        only_the_document()
    return as_json


def connect(settings: Settings) -> tuple[Heroku, Repository]:
    """Heroku and the repository that the settings speak of."""
    from minion.git import Repository
    from minion.heroku import Heroku

    return Heroku.connect(environ()), Repository.open(settings.root)


def plan(request: DeployRequest, *, as_json: bool) -> None:
    """Show what a deployment would do.

    Raises:
        Refused: it would be refused; the report was shown all the same.
    """
    console = Console(as_json=as_json)
    settings = load()
    settings.environment(request.environment)
    heroku, repository = connect(settings)
    made = make_plan(request, settings, gather(request, settings, heroku, repository))
    if as_json:
        console.document(document(made))
    elif made.has_nothing_to_do and not made.refusals:
        console.say(nothing_to_do(made))
    else:
        console.say(report(made))
    if made.refusals:
        raise Refused("; ".join(made.refusals))


def deploy(request: DeployRequest, *, confirm: str, wait_s: float) -> None:
    """Make the deployment, once it has been confirmed.

    For another operation on the environment to end it waits `wait_s` seconds.

    Raises:
        Refused, NotConfirmed: nothing was changed.
        DeployInterrupted: a step failed; says what stands and what to type.
    """
    console = Console()
    settings = load()
    environment = settings.environment(request.environment)
    heroku, repository = connect(settings)
    refuse_if_unfinished(repository, environment.name)

    def planned() -> Plan:
        return make_plan(request, settings, gather(request, settings, heroku, repository))

    made = planned()
    if made.refusals:
        refuse(made.refusals, _who_is_at_it(settings, repository, environment.name))
    if made.has_nothing_to_do:
        console.say(nothing_to_do(made))
        return
    console.say(report(made))
    confirmation.confirm(
        console,
        apps=environment.confirmation,
        plan=made.id,
        given=confirm,
        questions=tuple(_questions(made)),
    )
    world = World(heroku, repository, console, settings)
    carry_out(made, planned, world, wait_s=wait_s, moved=_moved)
    console.say(_done(made))


def _who_is_at_it(settings: Settings, repository: Repository, environment: str) -> str:
    """Whose work may be the reason of a refusal, as one more sentence; "" if nobody's."""
    try:
        holder = locks_of(settings, repository, environment).holder(environment)
    except MinionError:
        return ""
    if holder is None:
        return ""
    return f" {environment} is locked: {holder.describe(datetime.now(timezone.utc))}."


def nothing_to_do(made: Plan) -> str:
    """One line for a deployment that would change nothing."""
    apps = ", ".join(made.apps)
    return (
        f"Nothing to do: {apps} runs {made.to_commit[:7]} (v{made.from_release}), "
        f"which is what {made.environment} should run.{_urls(made)}"
    )


def _done(made: Plan) -> str:
    takes_over = (
        " Preboot: the old dynos answer until the new ones take over, on Heroku in some 3 minutes."
        if made.preboot and Option.PUSH in made.options
        else ""
    )
    return f"\n{made.environment} runs {made.to_commit[:7]}.{takes_over}{_urls(made)}"


def _urls(made: Plan) -> str:
    return "".join(f"\n  {url}" for url in made.web_urls)


def _questions(made: Plan) -> Iterator[str]:
    """What must be meant, since it is not what the contents of the deployment ask for."""
    if made.overrules:
        yield f"The contents ask for {int(made.inferred)}, you for {int(made.options)}"


def _moved(made: Plan, again: Plan) -> list[str]:
    """What is different now, a phrase each."""
    looked_at = (
        ("the running release", made.from_release, again.from_release),
        ("the running commit", made.from_commit, again.from_commit),
        ("the commit to deploy", made.to_commit, again.to_commit),
        ("the options", int(made.options), int(again.options)),
        ("the downtime", made.downtime.needed, again.downtime.needed),
    )
    return [f"{what} was {old} and is {new}" for what, old, new in looked_at if old != new]
