"""Whether the maintenance page is needed, and when each migration runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minion import options as option_names
from minion.analyser.code import Code
from minion.analyser.migrations import Schedule, schedule
from minion.options import Option


@dataclass(frozen=True)
class Downtime:
    """Whether the maintenance page goes up, and why it does (or does not).

    `first` are the migrations, (app label, name), to be run before any others
    because the new code needs them; `last` says that some wait until no old
    dyno is left. Both are empty behind the page, where order is no matter.
    """

    needed: bool
    reasons: tuple[str, ...]
    first: tuple[tuple[str, str], ...] = ()
    last: bool = False


def downtime_of(options: Option, wanted: bool | None, code: Code) -> Downtime:
    """What `options` need for `code`; `wanted` is what the operator said, if anything."""
    plan = schedule(code.readings)
    causes = tuple(_causes(options, code, plan))
    if wanted is True:
        return Downtime(True, ("asked for by maintenance=yes", *causes))
    if causes and wanted is None:
        return Downtime(True, causes)
    reasons = ("ruled out by maintenance=no", *causes) if wanted is False else ()
    if Option.MIGRATE not in options or causes or _is_by_platform(options, code):
        calm = "the database's schema stays as it is"
        if Option.MIGRATE in options and not causes:
            calm = "the old code works with every migration that the release phase runs"
        return Downtime(False, reasons or (calm,))
    return Downtime(
        False,
        (*reasons, *_order(plan)),
        first=plan.before,
        last=bool(plan.after),
    )


def _causes(options: Option, code: Code, plan: Schedule) -> Iterator[str]:
    """What makes the page needed."""
    if Option.SYNCDB in options:
        label = option_names.LABELS[Option.SYNCDB]
        yield f"{label}: tables that no migration describes are made, unseen"
    if Option.MIGRATE not in options:
        return
    if code.unread:
        yield code.unread
    is_unseen = not code.readings and not code.unread and not code.analysis.packages
    if is_unseen and not code.has_all_run:
        yield "migrate is asked for, and the commits do not show what it will find to do"
    yield from plan.reasons
    if plan.split:
        yield plan.split
    if not plan.needs_page and plan.after and _is_by_platform(options, code):
        names = ", ".join(".".join(key) for key in plan.after)
        yield f"the release phase runs {names} while the old code still serves"
    for hook in code.hooks:
        if hook.is_early and plan.after and not plan.needs_page and Option.PUSH in options:
            names = ", ".join(".".join(key) for key in plan.after)
            runs = "runs" if hook.is_sure else "may run"
            yield f"{hook.where} {runs} {names} while the old code still serves"


def _is_by_platform(options: Option, code: Code) -> bool:
    return code.release_phase_migrates and Option.PUSH in options


def _order(plan: Schedule) -> Iterator[str]:
    if plan.before:
        names = ", ".join(".".join(key) for key in plan.before)
        yield f"the old code works with {names}: run as soon as the release is there"
    if plan.after:
        names = ", ".join(".".join(key) for key in plan.after)
        yield f"the new code works without {names}: run once no old dyno is left"
    if not plan.before and not plan.after:
        yield "no migration that is new has anything to do"
