"""The operator's yes to a plan: in person by a code, without a terminal by a name."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from minion.errors import NotConfirmed
from minion.terminal.console import Console

PROMPT = "Please confirm your intention to continue by typing in '{code}' at the prompt: "
UNCHANGED = "Nothing was changed."


def confirm(
    console: Console,
    *,
    apps: str,
    plan: str,
    given: str,
    questions: Sequence[str] = (),
    removal: str | None = None,
) -> None:
    """Have a plan confirmed: in person, or by `given`, which names the apps or the plan.

    `plan` is the plan's identifier, "" where there is none. It says yes to
    everything, because it is of exactly what was shown. The apps' name does
    not: somebody in person is asked each of `questions`, a statement each, and
    for a second code if there is a `removal`, the names of what will be gone.

    Raises:
        NotConfirmed: it was not confirmed.
    """
    if given and given not in (apps, plan):
        known = f"neither {apps} nor this plan, {plan}" if plan else f"not {apps}"
        raise NotConfirmed(f"confirm={given} is {known}. {UNCHANGED}")
    if given and given == plan:
        return
    if not console.is_interactive:
        _refuse_without_terminal(apps, plan, given, questions, removal)
        return
    for question in questions:
        _ask_yes(console, question)
    if not given:
        _ask_code(console)
    if removal:
        console.say(f"These will be gone from Heroku: {removal}")
        _ask_code(console)


def choose(console: Console, question: str, ways: Sequence[str]) -> str:
    """The one of `ways` that the operator types.

    Raises:
        NotConfirmed: anything else was typed.
    """
    quoted = " or ".join(f"'{way}'" for way in ways)
    answer = console.ask(f"{question} Type {quoted}: ").lower()
    if answer not in ways:
        raise NotConfirmed(f"That is none of them. {UNCHANGED}")
    return answer


def _refuse_without_terminal(
    apps: str, plan: str, given: str, questions: Sequence[str], removal: str | None
) -> None:
    """Raise NotConfirmed, unless the apps' name was given and is enough."""
    if questions:
        raise NotConfirmed(
            f"{'; '.join(questions)}: without a terminal only confirm={plan}, this very plan, "
            f"is enough. {UNCHANGED}"
        )
    if removal:
        raise NotConfirmed(f"removing {removal} needs confirm={plan}. {UNCHANGED}")
    if not given:
        exact = f", or confirm={plan} for exactly this plan" if plan else ""
        raise NotConfirmed(
            f"There is no terminal to ask in: add confirm={apps}{exact}. {UNCHANGED}"
        )


def _ask_code(console: Console) -> None:
    """Ask for six digits that nobody types by accident."""
    code = f"{secrets.randbelow(10**6):06}"
    if console.ask(PROMPT.format(code=code)) != code:
        raise NotConfirmed(f"That is not the code. {UNCHANGED}")


def _ask_yes(console: Console, statement: str) -> None:
    if console.ask(f"{statement}: is it meant? Type 'yes' to go on: ").lower() != "yes":
        raise NotConfirmed(f"Not confirmed. {UNCHANGED}")
