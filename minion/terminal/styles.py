"""Which words of a message matter, and how they look on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
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
        (r"\bANOTHER ENVIRONMENT'S DATABASE: .*$", (BAD,)),
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


#: How a line begins whose later pieces stand below what comes then.
_BEGIN = re.compile(r"(?:\* |-> |[A-Z][A-Za-z ]{1,18}: {2,}(?=\S)| +)")


class Message:
    """`text` with colours for what matters, and broken between words to fit into `width`.

    A line that begins like a list or a row of the report goes on below its text. One with
    something to type stays whole, and so does one with a longer word: what is copied from
    the terminal must be in one piece.
    """

    def __init__(self, text: str, width: int | None) -> None:
        self._lines = [_line(line) for line in text.split("\n")]
        self._width = width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in self._lines:
            yield from self._broken(console, line)

    def _broken(self, console: Console, line: Text) -> Iterable[Text]:
        width = self._width
        is_to_type = any(span.style == TO_TYPE for span in line.spans)
        if width is None or line.cell_len <= width or is_to_type:
            return [line]
        begin = _BEGIN.match(line.plain)
        indent = cell_len(begin.group()) if begin else 0
        if any(cell_len(word) > width - indent for word in line.plain[indent:].split()):
            return [line]
        first, *more = line[indent:].wrap(console, width - indent)
        return [line[:indent] + first, *(Text(" " * indent) + one for one in more)]


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
