"""Which words of a message matter, and how they look on a terminal."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.text import Text

from minion.terminal.progress import StepShown, Wait
from minion.text import duration

BAD = "bold red"
CAREFUL = "yellow"
GOOD = "green"
HEADING = "bold"
QUIET = "dim"
TO_TYPE = "bold cyan"

#: What is looked for in each line, in this order, and the style of its groups; of all of
#: it where there is none. Reports stay text: nothing here can change a character.
_RULES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), styles)
    for pattern, styles in (
        # Headings, and the ruled block.
        (
            r"^(?:File changes|Git log since .*|Migrations|No downtime|Commits that are .*):$",
            (HEADING,),
        ),
        (
            r"^(?:Take note|Personal columns \(\d+\)|Releases that .* can go back to .*):$",
            (HEADING,),
        ),
        (r"^\S.*, because of:$", (HEADING,)),
        (r"^-{20,}$", (QUIET,)),
        (r"^((?:\[\d+\] )?[A-Z][A-Za-z ]{1,18}:)(?= {2,}\S| (?:True|False)$)", (QUIET,)),
        (r"^Target environment: +(\S.*)$", (HEADING,)),
        (r"^\[\d+\] [A-Z][a-z ]+: +(?:(True)|(False))$", (HEADING, QUIET)),
        (r"^Downtime: +(?:(True)|(False))$", (BAD, GOOD)),
        (r"^Force push: +(True)$", (CAREFUL,)),
        (r"^Will be lost: +(everything .*)$", (BAD,)),
        # Lists.
        (r"^\* ([0-9a-f]{7})  ", (CAREFUL,)),
        (r"^\* .* (\(deleted\))$", (BAD,)),
        (r"^-> v\d+ .*$", (HEADING,)),
        (r"^\* .*\.py: (?:(breaking|unknown)|(contract)|(expand|neutral))\b", (BAD, CAREFUL, GOOD)),
        (r"^\* .*\.py: [a-z]+ (\([a-z ,]+\))", (CAREFUL,)),
        # Config vars: the sign and the name.
        (r"^(?:(\+ \S+)|(! \S+)|(\? \S+)|(= \S+.*))(?=  |$)", (GOOD, CAREFUL, "blue", QUIET)),
        (r"^(REMOVE): (.*)$", (BAD, BAD)),
        (r"^These will be gone from Heroku: (.*)$", (BAD,)),
        (r"^LEFT OUT: .*$", (CAREFUL,)),
        # What must not be overlooked.
        (r"^Take note:(?= )", (CAREFUL,)),
        (r"^THE CONTENTS OF THE DEPLOYMENT ASK FOR .*$", (BAD,)),
        (r"^Fatal error:", (BAD,)),
        (r"^THIS IS NOT OVER\.", ("bold white on red",)),
        (r"^(?:Interrupted|Stopped|Going back)\.", (CAREFUL,)),
        (r"^Could not put back .*$", (BAD,)),
        (r"\bmaintenance page\b.* (stays up)\b", (BAD,)),
        (r"^\S+ (?:runs [0-9a-f]{7}(?: again)?|has the data of .*)\.", (GOOD,)),
        (r"^  (git \S.*)$", (TO_TYPE,)),
        (r"\b(?:fab (?:sandbox )?[a-z_]+(?::[^\s`;]*[^\s`;.,)])?)", (TO_TYPE,)),
        (r"(?<!\S)heroku [a-z]+:[a-z]+(?: \S+)* -a [\w-]+", (TO_TYPE,)),
    )
)


def styled(message: str) -> Text:
    """`message`, which may have several lines, with colours for what matters."""
    return Text("\n").join(_line(line) for line in message.split("\n"))


def _line(line: str) -> Text:
    text = Text(line)
    for pattern, styles in _RULES:
        for found in pattern.finditer(line):
            if pattern.groups == 0:
                text.stylize(styles[0], *found.span())
            for group, style in enumerate(styles, 1):
                if pattern.groups and found.group(group) is not None:
                    text.stylize(style, *found.span(group))
    return text


def output(indent: str, line: str) -> Text:
    """A line of a build's or a command's output: its own colours, and dimmed."""
    return Text(indent, style=QUIET) + Text.from_ansi(line, style=QUIET)


def step_line(step: StepShown, took: str = "") -> Text:
    """``[3/6] bookshop-live: python manage.py migrate  12 s``."""
    return Text.assemble(
        (step.label, TO_TYPE), " ", (step.title, HEADING), (took and f"  {took}", QUIET)
    )


def running_line(step: StepShown | None, wait: Wait | None, width: int) -> Text | None:
    """``[3/6] bookshop-live: python manage.py migrate ... 12 s``, in `width` columns."""
    if step is None and wait is None:
        return None
    line = Text()
    if step is not None:
        line.append(f"{step.label} ", TO_TYPE)
    line.append(wait.text if wait else step.title if step else "", HEADING)
    tail = wait.left if wait else f" ... {duration(step.seconds)}" if step else ""
    line.truncate(max(width - cell_len(tail), 1), overflow="ellipsis")
    line.append(tail, CAREFUL)
    line.truncate(width)
    return line
