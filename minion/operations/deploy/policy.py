"""What minion will not do, and what it warns of. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from minion.analyser.downtime import Downtime
from minion.operations.deploy.facts import Facts
from minion.operations.deploy.request import DeployRequest
from minion.options import Option, each, names
from minion.settings import FILENAME, Environment, Settings


def refusals(
    request: DeployRequest,
    environment: Environment,
    settings: Settings,
    facts: Facts,
    options: Option,
    downtime: Downtime,
) -> tuple[str, ...]:
    """Why this deployment must not be made, most important first; empty if it may."""
    return (
        *_refusals(request, environment, settings, facts, options),
        *(_without_page(facts) if downtime.needed else ()),
    )


def _without_page(facts: Facts) -> Iterator[str]:
    """What an app needs that Heroku does not have for it."""
    for app in facts.apps:
        if not app.app.has_page:
            yield (
                f"{app.name} is on Fir, where Heroku has no maintenance page, and this deployment "
                "needs one: deploy in parts that need none, or, if you know that the site bears "
                "it, use maintenance=no"
            )


def _refusals(
    request: DeployRequest,
    environment: Environment,
    settings: Settings,
    facts: Facts,
    options: Option,
) -> Iterator[str]:
    code, main = facts.code, settings.main_branch
    for words in busy(facts):
        yield f"{words}; wait until it is done"
    if facts.promotions:
        if request.branch is not None:
            yield (
                f"branch={request.branch}: {environment.name} takes the slug that the environment "
                "below runs; deploy the branch there, or use pipeline=no"
            )
    elif environment.is_top and code.branch != main:
        yield f"{environment.name} takes only {main}, not {code.branch}: merge it into {main} first"
    for option in each(options & settings.commands.absent):
        name = names(option)
        yield f"options include {name}, but commands.{name} is empty: see {FILENAME}"
    if Option.FIXTURES in options and not code.analysis.fixtures:
        yield "options include fixtures, but nothing between the two commits is one to load"
    if Option.MIGRATE in options or (code.release_phase_migrates and Option.PUSH in options):
        for failure in code.failures:
            yield f"migrate is known to fail: {failure}"
    if Option.PUSH not in options:
        return
    if code.is_descendant is False and not request.force:
        running = ", ".join(f"{app.name} {(app.commit or '?')[:7]}" for app in facts.apps)
        yield (
            f"{code.target[:7]} does not contain what runs now ({running}): "
            "deploying it would take changes back; if that is meant, use force=yes"
        )
    if facts.promotions:
        return
    if code.is_shallow:
        yield "this clone is shallow and Heroku refuses pushes from it: `git fetch --unshallow`"
    if environment.is_top:
        yield from _differs_from_origin(settings, facts)


def busy(facts: Facts) -> tuple[str, ...]:
    """What is under way on the apps, and ends by itself."""
    apps = (*facts.apps, *(promotion.source for promotion in facts.promotions))
    return (
        *(f"{app.name}: {app.pending}" for app in apps if app.pending),
        *(f"{look.app}: {one}" for look in facts.looks for one in look.holders if one.is_long),
    )


def _differs_from_origin(settings: Settings, facts: Facts) -> Iterator[str]:
    code, origin = facts.code, settings.origin_name
    if code.dirty:
        shown = ", ".join(code.dirty[:3]) + (", ..." if len(code.dirty) > 3 else "")
        yield f"uncommitted changes ({shown}): commit or stash them first"
    if not code.origin_known:
        yield f"{origin} does not answer: nobody can tell whether {code.branch} is pushed"
    elif code.origin_commit is None:
        yield (f"{code.branch} is not on {origin}: `git push {origin} {code.branch}`")
    elif code.origin_commit != code.target:
        yield (
            f"{code.branch} is at {code.target[:7]} here and at {code.origin_commit[:7]} on "
            f"{origin}: pull or push until they agree"
        )


def warnings(
    environment: Environment,
    settings: Settings,
    facts: Facts,
    options: Option,
    downtime: Downtime,
    wants_preboot: bool,
) -> tuple[str, ...]:
    """What the operator should know before saying yes."""
    wants_preboot = wants_preboot and not downtime.needed
    return (
        *facts.above.warnings,
        *_warnings(environment, settings, facts, wants_preboot),
        *_of_migrations(facts, options, downtime, wants_preboot),
    )


def _of_migrations(
    facts: Facts, options: Option, downtime: Downtime, wants_preboot: bool
) -> Iterator[str]:
    """Hazards that the maintenance page does not take away, or that there is none against."""
    if Option.MIGRATE not in options:
        return
    for hook in facts.code.hooks:
        yield hook.words
    for reading in facts.code.readings:
        for warning in reading.warnings:
            yield f"{reading.path}: {warning}"
        for finding in reading.findings:
            if finding.locks and not downtime.needed:
                safer = f"; safer: {finding.advice}" if finding.advice else ""
                yield f"{reading.path}: line {finding.line}: {finding.operation} locks{safer}"
    if downtime.first and Option.PUSH in options and not facts.code.release_phase_migrates:
        for app in facts.apps:
            if not (wants_preboot and app.preboot is not None):
                yield (
                    f"{app.name}: without preboot the new code serves a moment before its "
                    "migrations are run; preboot=yes closes that gap, maintenance=yes hides it"
                )


def _warnings(
    environment: Environment, settings: Settings, facts: Facts, wants_preboot: bool
) -> Iterator[str]:
    code, main, origin = facts.code, settings.main_branch, settings.origin_name
    if facts.promotions:
        if not code.is_on_main:
            yield f"{code.target[:7]}, which the environment below runs, is not on {main}"
    else:
        if code.branch != main and not environment.is_bottom:
            yield f"{environment.name} should test {main}, which goes live next, not {code.branch}"
        if code.origin_known and code.origin_commit != code.target and not environment.is_top:
            yield f"{code.branch} at {code.target[:7]} is not what {origin} has"
        if code.dirty and not environment.is_top:
            yield f"uncommitted changes in {len(code.dirty)} files are not deployed"
    if not code.origin_known:
        yield f"{origin} is not there or does not answer: the release's tag stays local"
    for app in facts.apps:
        missing = sorted(key for key in facts.keys_below - app.config_keys if not _is_add_on(key))
        if missing:
            names = ", ".join(missing)
            yield f"missing here: {app.name} lacks {names}, which the environment below has"
        if app.unapplied:
            names = ", ".join(app.unapplied)
            apply = f"fab config:{environment.name}"
            yield f"{app.name}: {environment.name}.env is not applied ({names}): {apply}"
        if app.app.maintenance:
            yield f"{app.name}: the maintenance page is up already, and stays up afterwards"
        if wants_preboot and app.preboot is None:
            yield f"{app.name}: Heroku offers no preboot for this app"
        elif wants_preboot and app.preboot is False:
            yield f"{app.name}: preboot is off; it is switched on for this deployment only"
    yield from code.analysis.notes


def _is_add_on(key: str) -> bool:
    """Whether an add-on made the variable under a name that no two apps share."""
    return key.startswith("HEROKU_")
