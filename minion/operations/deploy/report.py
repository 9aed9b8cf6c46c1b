"""A deployment before it is made, as people and as programs read it. Pure; never prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from minion import options as option_names
from minion.analyser import markdown as md
from minion.analyser.migrations import Kind
from minion.analyser.report import (
    COLUMN,
    RULE,
    bullets,
    commit_lines,
    contents,
    downtime_document,
    explanations,
    file_changes,
    migration_lines,
    migrations_document,
    option_lines,
    split_hint,
)
from minion.engine.operation import Before
from minion.operations.deploy.plan import DeployPlan
from minion.operations.locking import locking_document, locking_lines
from minion.operations.predicted import (
    beside_the_truth,
    prediction_lines,
    predictions_document,
)
from minion.options import Option
from minion.steps import RunCommand, Step, Watch
from minion.steps.commands import MOST_PAUSE_S
from minion.steps.watch import in_words
from minion.text import code_in_markdown, in_markdown, plain

if TYPE_CHECKING:
    from minion.steps.world import World


#: What the code from before does not work with, so that nothing goes back over it by itself.
_KEPT_BACK = (Kind.CONTRACT, Kind.BREAKING, Kind.UNKNOWN)


def report(plan: DeployPlan) -> str:
    """The pre-deployment report, up to the prompt and without it."""
    parts = [
        file_changes(plan.changes),
        git_log(plan),
        _options_sentence(plan),
        "\n".join([RULE, *_block(plan), RULE]),
        *migration_lines(plan.migrations),
        *locking_lines(plan.migrations, plan.looks),
        *prediction_lines(plan.predictions, behind_page=plan.downtime.needed),
        *_lock_lines(plan.steps),
        *_watch_lines(plan),
        *explanations(plan.reasons, plan.options, plan.downtime),
        *split_hint(plan.from_commit if plan.downtime.needed else None, plan.migrations),
        *_warnings(plan.warnings),
    ]
    return "\n\n".join(parts)


def git_log(plan: DeployPlan) -> str:
    """``Git log since latest release (v423):`` with a line for each commit."""
    since = f"v{plan.from_release}" if plan.from_release else "none yet"
    return f"Git log since latest release ({since}):\n\n" + commit_lines(plan.commits)


def _options_sentence(plan: DeployPlan) -> str:
    if not plan.by_operator:
        return (
            f"Options have been automatically set to a value of {int(plan.options)} "
            "from the contents of the deployment."
        )
    sentence = f"Options have been set to a value of {int(plan.options)} by hand."
    if plan.overrules:
        sentence += (
            f"\nTHE CONTENTS OF THE DEPLOYMENT ASK FOR {int(plan.inferred)} "
            f"({option_names.names(plan.inferred)}), NOT {int(plan.options)} "
            f"({option_names.names(plan.options)})."
        )
    return sentence


def _block(plan: DeployPlan) -> Iterator[str]:
    yield from _rows("Target environment", [plan.environment])
    yield from _rows("Git branch", [plain(plan.branch)])
    yield from _rows("Git remote", plan.remotes)
    yield from _rows("Force push", [str(plan.force)])
    yield from _rows("Preboot", [str(plan.preboot)])
    yield from _rows("Pipeline", [str(plan.pipeline)])
    yield from _rows("Heroku app", _apps(plan))
    yield ""
    yield from _rows("Options", [str(int(plan.options))])
    yield ""
    yield from option_lines(plan.options)
    yield ""
    yield from _rows("Commit", [plan.to_commit[:7]])
    yield from _rows("Downtime", [str(plan.downtime.needed)])
    yield from _rows("Plan", [plan.id])


def _apps(plan: DeployPlan) -> list[str]:
    """The apps; where there are several, each with what it runs."""
    if len(plan.before) == 1:
        return list(plan.apps)
    return [
        f"{one.app}  v{one.release} ({(one.commit or 'unknown')[:7]})" if one.release else one.app
        for one in plan.before
    ]


def _rows(label: str, values: Sequence[str]) -> Iterator[str]:
    for index, value in enumerate(values):
        yield f"{f'{label}:' if index == 0 else '':<{COLUMN}}{value}"


def _patient(steps: Sequence[Step]) -> RunCommand | None:
    """The first command that may wait for a lock only so long."""
    patient = (one for one in steps if isinstance(one, RunCommand) and one.lock_timeout)
    return next(patient, None)


def _lock_lines(steps: Sequence[Step]) -> Iterator[str]:
    """How long migrations wait for locks, where that has a limit."""
    step = _patient(steps)
    if step is None:
        return
    again = "and is not tried again"
    if step.tries > 1:
        again = (
            f"and is tried {step.tries} times; the first pause is {step.pause_s:g} s, each other "
            f"twice the one before, {MOST_PAUSE_S:g} s at most"
        )
    yield f"Each migration waits at most {step.lock_timeout} for a lock, gives way then, {again}."


def _watch_lines(plan: DeployPlan) -> Iterator[str]:
    """For how long the release is watched, and what follows; nothing where it is not."""
    for step in plan.steps:
        if isinstance(step, Watch):
            yield in_words(
                step, [plain(one.path) for one in plan.migrations if one.kind in _KEPT_BACK]
            )


def _lock_document(steps: Sequence[Step]) -> dict[str, Any] | None:
    step = _patient(steps)
    if step is None:
        return None
    return {"timeout": step.lock_timeout, "tries": step.tries, "pause_s": step.pause_s}


def _warnings(warnings: Sequence[str]) -> Iterator[str]:
    if warnings:
        yield "Take note:\n\n" + bullets([plain(warning) for warning in warnings])


def document(plan: DeployPlan) -> dict[str, Any]:
    """The plan as the JSON document of ``format=json``."""
    remotes: Any = plan.remotes[0] if len(plan.remotes) == 1 else list(plan.remotes)
    return {
        "plan": plan.id,
        "environment": plan.environment,
        "apps": list(plan.apps),
        "branch": plan.branch,
        "remote": remotes,
        "force": plan.force,
        "preboot": plan.preboot,
        "pipeline": plan.pipeline,
        "from": {"release": plan.from_release, "commit": plan.from_commit},
        "before": [
            {"app": one.app, "release": one.release, "commit": one.commit} for one in plan.before
        ],
        "to": {"commit": plan.to_commit},
        **contents(plan.changes, plan.commits, plan.options, plan.reasons),
        "options_set_by": "operator" if plan.by_operator else "contents",
        "options_inferred": int(plan.inferred),
        "downtime": downtime_document(plan.downtime),
        "migrations": migrations_document(plan.migrations),
        "locks": _lock_document(plan.steps),
        "databases": locking_document(plan.migrations, plan.looks),
        "predicted": predictions_document(plan.predictions),
        "steps": [step.title for step in plan.steps],
        "warnings": list(plan.warnings),
        "refusals": list(plan.refusals),
    }


def markdown(plan: DeployPlan) -> str:
    """The plan as a comment on a pull request: what it means first, the rest folded."""
    title = "refused" if plan.refusals else md.verdict(plan.downtime)
    if not plan.refusals and plan.has_nothing_to_do:
        title = "nothing to do"
    lines = [f"{_app_in_markdown(one)} to `{plan.to_commit[:7]}`" for one in plan.before]
    lines.append(f"Branch {code_in_markdown(plan.branch)}")
    lines.append(md.options_line(plan.options, plan.changes, plan.commits))
    lines.append(f"Plan `{plan.id}`")
    steps = [in_markdown(step.title) for step in plan.steps]
    hint = split_hint(plan.from_commit if plan.downtime.needed else None, plan.migrations)
    more = map(in_markdown, (*_lock_lines(plan.steps), *_watch_lines(plan)))
    sections = [
        *md.notes("Refused", plan.refusals),
        md.Section("", tuple(lines), is_folded=False),
        *md.migrations(plan.migrations),
        *md.notes("Take note", (*hint, *plan.questions, *plan.warnings)),
        *md.folded(locking_lines(plan.migrations, plan.looks)),
        *md.folded(prediction_lines(plan.predictions, behind_page=plan.downtime.needed)),
        *md.folded(explanations(plan.reasons, plan.options, plan.downtime)),
        md.Section("Steps", (*steps, *more)),
        *md.listed(plan.changes, plan.commits),
    ]
    return md.document("plan", f"{plan.environment}: {title}", sections)


def _app_in_markdown(one: Before) -> str:
    """```my-app-123`: v423 (`0000000`)``, or that nothing runs yet."""
    ran = f"v{one.release} (`{(one.commit or 'unknown')[:7]}`)" if one.release else "nothing yet"
    return f"{code_in_markdown(one.app)}: {ran}"


def nothing_to_do(plan: DeployPlan) -> str | None:
    """One line for a deployment that would change nothing; None for one that would."""
    if not plan.has_nothing_to_do:
        return None
    apps = ", ".join(plan.apps)
    return (
        f"Nothing to do: {apps} runs {plan.to_commit[:7]} (v{plan.from_release}), "
        f"which is what {plan.environment} should run.{_urls(plan)}"
    )


def moved(before: DeployPlan, now: DeployPlan) -> Sequence[str]:
    """What differs between two plans of one request, a phrase each."""
    looked_at = [
        ("the commit to deploy", before.to_commit, now.to_commit),
        ("the options", int(before.options), int(now.options)),
        ("the downtime", before.downtime.needed, now.downtime.needed),
    ]
    for old, new in zip(before.before, now.before):
        looked_at += [
            (f"the running release of {old.app}", old.release, new.release),
            (f"the running commit of {old.app}", old.commit, new.commit),
        ]
        if old.release == new.release:
            looked_at.append((f"the newest release of {old.app}", old.newest, new.newest))
    found = [f"{what} was {old} and is {new}" for what, old, new in looked_at if old != new]
    return [*found, *(warning for warning in now.warnings if warning not in before.warnings)]


def done(plan: DeployPlan, world: World) -> str:
    """The last words of a deployment that was made."""
    takes_over = (
        " Preboot: the old dynos answer until the new ones take over, on Heroku in some 3 minutes."
        if plan.preboot and Option.PUSH in plan.options
        else ""
    )
    took = [f"\n{line}" for line in beside_the_truth(plan.predictions, world.recorded())]
    said = f"{plan.environment} runs {plan.to_commit[:7]}.{takes_over}{_urls(plan)}"
    return "\n" + said + "".join(took)


def _urls(plan: DeployPlan) -> str:
    return "".join(f"\n  {url}" for url in plan.web_urls)
