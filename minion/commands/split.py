"""``split``: a change that needs the maintenance page, as two deployments that need none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minion.analyser.code import Code
from minion.analyser.downtime import downtime_of
from minion.analyser.measured import measured_code
from minion.analyser.migrations import Kind
from minion.analyser.report import bullets, migration_lines
from minion.commands.compared import compared, settings_here
from minion.commands.measuring import Document, Measurer, split_between
from minion.errors import ArgumentError, Refused
from minion.git import Repository
from minion.settings import Settings
from minion.terminal.console import Console
from minion.text import plain

_NEEDS_PAGE = (Kind.BREAKING, Kind.UNKNOWN)
_TITLES = {"first": "First deployment", "second": "Second deployment"}
_NEXT = """\
Neither half needs the maintenance page. Look at the files, then commit and deploy the first half:

  git add {first}

When it runs everywhere, commit and deploy the second one:

  git add {second}"""


def split(since: str, target: str) -> None:
    """Write the migrations between two commits anew, as two deployments, into the work tree.

    `target` is what is checked out. Both halves are drafted as commits that no ref names and
    measured like any deployment; nothing is written where one of them needs the page.

    Raises:
        CommitNotFound: one of them is not here.
        ArgumentError: `target` is not checked out, or what would be written over is changed.
        Refused: there are no such halves, or they could not be tried.
    """
    console = Console()
    repository = Repository.open(Path.cwd())
    tip, end = repository.resolve(since), repository.resolve(target)
    if repository.resolve("HEAD") != end:
        raise ArgumentError(f"{target} is not checked out: git switch --detach {end[:7]}")
    trial = _Trial(repository, settings_here(), Measurer(repository, console.say), console)
    start = repository.merge_base(tip, end) or tip
    whole = trial.measured(start, end, target)
    paths = [one.path for one in whole.readings if one.kind in _NEEDS_PAGE]
    if not paths:
        console.say("No migration needs the maintenance page: there is nothing to split.")
        return
    found = split_between(repository, start, end, paths, console.say)
    refuse_what_cannot_be(paths, found)
    halves = {name: dict(found[name]) for name in _TITLES}
    _refuse_to_write_over(repository, end, halves)
    console.say("\n".join(_told(paths, found)))
    middle = trial.half("first", start, end, halves["first"])
    trial.half("second", middle, middle, halves["second"])
    for files in halves.values():
        for path, text in files.items():
            with (repository.root / path).open("w", encoding="utf-8", newline="") as file:
                file.write(text)
    typed = {name: " ".join(map(plain, files)) for name, files in halves.items()}
    console.say(_NEXT.format(**typed))


@dataclass(frozen=True)
class _Trial:
    repository: Repository
    settings: Settings
    measurer: Measurer
    console: Console

    def measured(self, start: str, end: str, name: str) -> Code:
        """What lies between, measured.

        Raises:
            Refused: it could not be measured.
        """
        code = compared(self.repository, self.settings, start, end, name)
        if not code.readings and not code.unread:
            return code
        document = self.measurer(start, end)
        if "failed" in document:
            raise Refused(f"it was not measured, so nothing is split: {document['failed']}")
        return measured_code(code, document)

    def half(self, name: str, start: str, parent: str, files: Mapping[str, str]) -> str:
        """The draft of one half, which needs no page; its SHA.

        Raises:
            Refused: it needs the page.
        """
        content = {path: text.encode() for path, text in files.items()}
        draft = self.repository.write_draft(parent, content)
        code = self.measured(start, draft, name)
        written = bullets([plain(path) for path in files])
        lines = migration_lines(code.readings)
        self.console.say("\n\n".join([f"{_TITLES[name]}:\n\n{written}", *lines]))
        downtime = downtime_of(code.analysis.options, None, code)
        if downtime.needed:
            why = "; ".join(downtime.reasons)
            raise Refused(f"the {name} half would need the page as well, nothing is written: {why}")
        return draft


def refuse_what_cannot_be(paths: Sequence[str], found: Document) -> None:
    """Raises Refused where not each of `paths` has two halves."""
    if "failed" in found:
        raise Refused(f"nothing is split: {found['failed']}")
    other = "it is no new migration of the project"
    whys = {path: found["cannot"].get(path, other) for path in paths if path not in found["told"]}
    cannot = [f"{plain(path)}: {plain(why)}" for path, why in whys.items()]
    if cannot:
        raise Refused(f"these cannot be two deployments: {'; '.join(cannot)}")


def _refuse_to_write_over(
    repository: Repository, commit: str, halves: Mapping[str, Mapping[str, str]]
) -> None:
    known, dirty = set(repository.paths(commit)), set(repository.dirty_paths())
    for path in sorted({*halves["first"], *halves["second"]}):
        # What git ignores is somebody's work as well.
        if path in dirty or (path not in known and (repository.root / path).exists()):
            raise ArgumentError(f"{plain(path)} has changes that are not committed")


def _told(paths: Sequence[str], found: Document) -> Iterator[str]:
    for path in paths:
        yield f"{plain(path)}: {'; '.join(found['told'][path])}."
