"""What lies between two commits, as a comment on a pull request shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from minion import options as option_names
from minion.analyser.downtime import Downtime
from minion.analyser.migrations import Kind, Reading
from minion.analyser.report import commit_lines, explanations, file_changes, read_lines
from minion.git.records import Change, Commit
from minion.options import Option
from minion.text import code_in_markdown, in_markdown

#: GitHub takes a comment of 65,536 characters ("body is too long"); the rest is for what a
#: workflow adds. Characters as JavaScript counts them, two for those beyond the first plane.
MOST = 65_000
#: A line is cut to so many characters before it is escaped.
_LONGEST_LINE = 600
#: What is kept for the words about what was cut.
_WORDS = 300
_CUT = "This was cut to what a comment can hold: `format=json` has all of it."


@dataclass(frozen=True)
class Section:
    """A title of ours and lines of Markdown below it; shown at once, or folded."""

    title: str
    lines: tuple[str, ...]
    is_folded: bool = True


def document(name: str, title: str, sections: Iterable[Section], most: int = MOST) -> str:
    """The sections in their order, as many lines as fit into `most` characters.

    `name` is in the first line, a comment by which a workflow finds what it wrote last time.
    """
    parts = [f"<!-- minion {name} -->\n### {title}\n"]
    left = most - _length(parts[0]) - _WORDS
    is_cut = False
    for section in sections:
        opening, closing = _frame(section)
        room, shown = left - _length(opening + closing), []
        for line in section.lines:
            if _length(line) + 3 > room:
                break
            room -= _length(line) + 3
            shown.append(f"* {line}\n")
        more = len(section.lines) - len(shown)
        if more:
            is_cut = True
            shown.append(f"* … and {more} more\n")
        if len(shown) > (1 if more else 0):
            parts.append(opening + "".join(shown) + closing)
            left = room - _length(shown[-1] if more else "")
    return "\n".join([*parts, *([f"{_CUT}\n"] if is_cut else [])])


def _frame(section: Section) -> tuple[str, str]:
    if section.is_folded:
        return f"<details>\n<summary>{section.title}</summary>\n\n", "\n</details>\n"
    return (f"**{section.title}**\n\n" if section.title else ""), ""


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def section_of(paragraph: str) -> Section:
    """A paragraph of the report with its bullets, folded."""
    title, _, body = paragraph.partition("\n\n")
    lines: list[str] = []
    for line in body.splitlines():
        if line.startswith("    ") and lines:
            lines[-1] += f"; {line.strip()}"
        else:
            lines.append(line[2:])
    return Section(title.rstrip(":"), tuple(in_markdown(_clipped(line)) for line in lines))


def folded(paragraphs: Iterable[str]) -> Iterator[Section]:
    """Those paragraphs of the report that have something in them."""
    return (one for one in map(section_of, paragraphs) if one.lines)


def _clipped(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"


def verdict(downtime: Downtime) -> str:
    """The title's words for it."""
    return f"needs {'the' if downtime.needed else 'no'} maintenance page"


def options_line(options: Option, changes: Sequence[Change], commits: Sequence[Commit]) -> str:
    """``2 commits, 5 files; options 5 (push+migrate)``."""
    counted = f"{_count(len(commits), 'commit')}, {_count(len(changes), 'file')}"
    return f"{counted}; options {int(options)} ({option_names.names(options)})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def migrations(readings: Sequence[Reading]) -> Iterator[Section]:
    """How many there are of each class, and each with its own; nothing where there are none."""
    if not readings:
        return
    kinds = [one.kind for one in readings]
    counts = [f"{kinds.count(kind)} {kind}" for kind in reversed(Kind) if kind in kinds]
    lines = []
    for one in sorted(readings, key=lambda one: -list(Kind).index(one.kind)):
        words = [*(["locks"] if one.locks else []), *(["loses data"] if one.lossy else [])]
        words += ["by comment"] if one.annotated else ["measured"] if one.measured else []
        why = in_markdown(_clipped(one.annotated or "; ".join(one.why)))
        marked = f" ({', '.join(words)})" if words else ""
        lines.append(f"{code_in_markdown(_clipped(one.path))}: **{one.kind}**{marked}: {why}")
    yield Section(f"Migrations: {', '.join(counts)}", tuple(lines), is_folded=False)


def notes(title: str, texts: Sequence[str]) -> Iterator[Section]:
    """What a person must not miss, shown at once; nothing where there is none."""
    if texts:
        lines = tuple(in_markdown(_clipped(text)) for text in texts)
        yield Section(title, lines, is_folded=False)


def analysed(
    changes: Sequence[Change],
    commits: Sequence[Commit],
    options: Option,
    reasons: Mapping[Option, Sequence[str]],
    downtime: Downtime,
    readings: Sequence[Reading],
    warnings: Sequence[str],
) -> str:
    """What going from one commit to another means, with the verdict first."""
    first = (options_line(options, changes, commits),)
    sections = [
        Section("", first, is_folded=False),
        *migrations(readings),
        *notes("Take note", warnings),
        *folded(explanations(reasons, options, downtime)),
        *folded(read_lines(readings)),
        *listed(changes, commits),
    ]
    title = verdict(downtime)
    return document("analyse", title[0].upper() + title[1:], sections)


def listed(changes: Sequence[Change], commits: Sequence[Commit]) -> Iterator[Section]:
    """The commits and the files, folded."""
    yield section_of("Commits:\n\n" + commit_lines(commits))
    yield section_of(file_changes(changes))
