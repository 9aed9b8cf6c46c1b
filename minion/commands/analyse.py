"""``analyse``: what going from one commit to another means, without Heroku."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from minion.analyser.downtime import Downtime, downtime_of
from minion.analyser.markdown import analysed
from minion.analyser.measured import is_wanted, measured_code
from minion.analyser.migrations import Kind, Reading
from minion.analyser.report import (
    RULE,
    commit_lines,
    contents,
    downtime_document,
    explanations,
    file_changes,
    migration_lines,
    migrations_document,
    option_lines,
    read_document,
    read_lines,
    split_hint,
    unread_operations,
)
from minion.commands.cases import write_case
from minion.commands.compared import compared, settings_here
from minion.commands.measuring import Measurer
from minion.commands.summary import add_to_summary
from minion.errors import ArgumentError, CommitNotFound, Refused
from minion.git import Repository
from minion.options import Option
from minion.terminal.console import Console
from minion.text import github_data, github_property, plain

#: Source: actions/checkout and GitLab, which fetch one commit or few if not told otherwise.
_SHALLOW = (
    "this clone is shallow: `fetch-depth: 0` under `with:` of actions/checkout brings the whole "
    'history (GitLab: `GIT_DEPTH: "0"` under `variables:`; elsewhere: git fetch --unshallow)'
)
#: What a pull request can be failed for.
FAIL_ON = ("downtime", "breaking", "locks")
_NEEDS_PAGE = (Kind.BREAKING, Kind.UNKNOWN)


def parse_fail_on(text: str) -> tuple[str, ...]:
    """What is to be failed for: some of `FAIL_ON`, joined by ``|`` or ``+``.

    Raises:
        ArgumentError: something else.
    """
    words = [word for word in re.split(r"[|+ ]+", text.strip().lower()) if word]
    for word in words:
        if word not in FAIL_ON:
            raise ArgumentError(f"fail_on={text}: choose from {', '.join(FAIL_ON)}, joined by +")
    return tuple(words)


def analyse(
    since: str,
    target: str,
    *,
    from_tip: bool,
    style: str,
    fail_on: tuple[str, ...],
    measure: str | None = None,
    case: str = "",
) -> None:
    """Show the files, commits, options and downtime between two commits.

    Compared is with the newest commit that `since` and `target` have in common, as a pull
    request is; or with `since` itself, `from_tip`. `style` is text, json, markdown for a comment,
    or github: annotations as GitHub's checks show them. The last two are the summary of a job of
    GitHub, too. `measure` is one of `HOW`, or None for what the settings say; without it nothing
    of the project is run. Where reading and measurement differ, the file `case` gets a copy of
    those migrations without the project's names.

    Raises:
        CommitNotFound: one of them is not here.
        Refused: something of `fail_on` is so; it was shown all the same.
    """
    console = Console(as_json=style in ("json", "markdown"), in_github=style == "github")
    repository = Repository.open(Path.cwd())
    settings = settings_here()
    tip, end = resolved(repository, since), resolved(repository, target)
    common = tip if from_tip else repository.merge_base(tip, end)
    start = common or tip
    code = compared(repository, settings, start, end, target)
    changes, commits, found = code.changes, code.commits, code.analysis
    if common is None:
        apart = f"{since} and {target} have no commit in common here: compared with {tip[:7]}"
        if repository.is_shallow():
            apart = f"{apart}; {_SHALLOW}"
        found = replace(found, notes=(apart, *found.notes))
        code = replace(code, analysis=found)
    if is_wanted(settings.measure if measure is None else measure, code):
        code = measured_code(code, Measurer(repository, console.say)(start, end))
        found = code.analysis
        if case:
            console.say(write_case(repository, end, code.readings, Path(case)))
    elif case:
        raise ArgumentError("case=FILE is about what was measured: say measure=yes, too")
    downtime = downtime_of(found.options, None, code)
    found_out = tuple(_failures(code.readings, downtime, fail_on))
    if style in ("github", "markdown"):
        noted = (*split_hint(start, code.readings), *found.notes)
        comment = analysed(
            changes, commits, found.options, found.reasons, downtime, code.readings, noted
        )
        add_to_summary(comment, console)
    if style == "markdown":
        console.verbatim(comment)
    elif style == "github":
        for line in github_lines(code.readings, downtime):
            console.annotate(line)
    elif style == "json":
        console.document(
            {
                "from": {"commit": start},
                "to": {"commit": end},
                **contents(changes, commits, found.options, found.reasons),
                "downtime": downtime_document(downtime),
                "migrations": migrations_document(code.readings),
                "read": read_document(code.readings),
                "warnings": list(found.notes),
            }
        )
    else:
        console.say(
            "\n\n".join(
                [
                    file_changes(changes),
                    f"Git log since {start[:7]}:\n\n" + commit_lines(commits),
                    _block(found.options, downtime),
                    *migration_lines(code.readings),
                    *read_lines(code.readings),
                    *explanations(found.reasons, found.options, downtime),
                    *split_hint(start, code.readings),
                    *found.notes,
                ]
            )
        )
    if found_out:
        raise Refused("; ".join(found_out))


def resolved(repository: Repository, ref: str) -> str:
    """The full SHA of a commit. Raises CommitNotFound, with what to type where history is cut."""
    try:
        return repository.resolve(ref)
    except CommitNotFound as exc:
        if not repository.is_shallow():
            raise
        raise CommitNotFound(f"{exc}; {_SHALLOW}") from None


def _failures(
    readings: Sequence[Reading], downtime: Downtime, fail_on: Sequence[str]
) -> Iterator[str]:
    if "downtime" in fail_on and downtime.needed:
        yield f"downtime: {'; '.join(downtime.reasons)}"
    for one in readings:
        if "breaking" in fail_on and one.kind in _NEEDS_PAGE:
            yield f"breaking: {plain(one.path)} is {one.kind}"
        if "locks" in fail_on and one.locks:
            yield f"locks: {plain(one.path)}"


def github_lines(readings: Sequence[Reading], downtime: Downtime) -> Iterator[str]:
    """Workflow commands, one line each (GitHub Docs: Workflow commands)."""
    for one in readings:
        if one.measured is not None:
            level = "warning" if one.locks or one.kind in _NEEDS_PAGE else "notice"
            text = f"measured: {one.kind}: {'; '.join(one.why)}"
            yield _annotation(level, text, one.path, 1)
        for finding in () if one.measured is not None else one.findings:
            if finding.kind in _NEEDS_PAGE or finding.locks:
                locks = "; locks the table" if finding.locks else ""
                safer = f"; safer: {finding.advice}" if finding.advice else ""
                text = f"{finding.operation} is {finding.kind}: {finding.why}{locks}{safer}"
                yield _annotation("warning", text, one.path, finding.line)
        for warning in one.warnings:
            yield _annotation("notice", warning, one.path, 1)
    count, unread = unread_operations(readings)
    if count:
        yield _annotation("notice", f"{count - len(unread)} of {count} operations were read")
    needed = "needs the" if downtime.needed else "needs no"
    text = f"This deployment {needed} maintenance page: {'; '.join(downtime.reasons)}"
    yield _annotation("warning" if downtime.needed else "notice", text)


def _annotation(level: str, text: str, path: str = "", line: int = 0) -> str:
    where = f" file={github_property(path)},line={max(line, 1)}" if path else ""
    return f"::{level}{where}::{github_data(text)}"


def _block(options: Option, downtime: Downtime) -> str:
    lines = [f"{'Options:':<21}{int(options)}", "", *option_lines(options), ""]
    return "\n".join([RULE, *lines, f"{'Downtime:':<21}{downtime.needed}", RULE])
