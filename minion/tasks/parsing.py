"""A task's arguments: strings in, checked values out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minion.errors import ArgumentError
from minion.options import parse_options

if TYPE_CHECKING:
    from minion.operations.deploy import DeployRequest

TRUE = ("yes", "true", "1", "on")
FALSE = ("no", "false", "0", "off")


def parse_bool(name: str, text: str | bool) -> bool:
    """The boolean in `text`; Fabric hands every argument over as a string.

    Raises:
        ArgumentError: it is none of the accepted words.
    """
    word = str(text).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ArgumentError(f"{name}={text}: say yes or no (true, false, 1 and 0 do as well)")


def parse_choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    """`text`, if it is one of `choices`.

    Raises:
        ArgumentError: it is not.
    """
    word = text.strip().lower()
    if word not in choices:
        raise ArgumentError(f"{name}={text}: choose from {', '.join(choices)}")
    return word


def parse_seconds(name: str, text: str) -> float:
    """The number of seconds in `text`.

    Raises:
        ArgumentError: it is no number, or none that can be waited.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 24 * 60 * 60:
        raise ArgumentError(f"{name}={text}: say how many seconds, 86400 at most")
    return seconds


def parse_version(text: str) -> int | None:
    """The release in ``v123`` or ``123``; None for nothing.

    Raises:
        ArgumentError: it is no release.
    """
    if not text.strip():
        return None
    digits = text.strip().lower().lstrip("v")
    if not digits.isascii() or not digits.isdigit():
        raise ArgumentError(f"release={text}: say a release such as v123")
    return int(digits)


def parse_format(text: str) -> bool:
    """Whether the answer is wanted as JSON; then stdout is kept clean for it.

    Raises:
        ArgumentError: it is neither text nor json.
    """
    return parse_style(text, "text", "json") == "json"


def parse_style(text: str, *styles: str) -> str:
    """How the answer is wanted, one of `styles`; stdout is kept clean for a document.

    Raises:
        ArgumentError: it is none of them.
    """
    from minion.tasks.doors import only_the_document

    style = parse_choice("format", text, styles)
    if style in ("json", "markdown"):
        only_the_document()
    return style


def parse_measure(text: str) -> str | None:
    """Which migrations are to be measured, None where nothing is said; yes is all of them.

    Raises:
        ArgumentError: it is none of the accepted words.
    """
    if not text.strip():
        return None
    if text.strip().lower() in TRUE:
        return "all"
    if text.strip().lower() in FALSE:
        return "no"
    return parse_choice("measure", text, ("yes", "no", "unknown", "all"))


def parse_watch(text: str) -> float | None:
    """For how many seconds is to be watched, 0 for no; None where nothing is said.

    Raises:
        ArgumentError: it is no time, or too long.
    """
    from minion.settings import watch_s

    if not text.strip():
        return None
    if text.strip().lower() in FALSE:
        return 0.0
    try:
        return watch_s(text.strip())
    except ValueError:
        raise ArgumentError(f"watch={text}: say a time such as 60s or 5min, or no") from None


def deploy_request(
    environment: str,
    branch: str,
    options: str,
    force: str,
    preboot: str,
    pipeline: str,
    maintenance: str,
    measure: str = "",
    watch: str = "",
) -> DeployRequest:
    """The request in a task's strings; an empty one means "not said".

    Raises:
        ArgumentError: one of them is not what it should be.
    """
    from minion.operations.deploy import DeployRequest

    page = parse_choice("maintenance", maintenance, ("auto", "yes", "no"))
    return DeployRequest(
        environment=environment,
        branch=branch or None,
        options=parse_options(options) if options.strip() else None,
        force=parse_bool("force", force),
        preboot=parse_bool("preboot", preboot) if preboot else None,
        pipeline=parse_bool("pipeline", pipeline) if pipeline else None,
        maintenance=None if page == "auto" else page == "yes",
        measure=parse_measure(measure),
        watch_s=parse_watch(watch),
    )
