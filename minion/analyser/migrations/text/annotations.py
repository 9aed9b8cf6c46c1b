"""Comments by which a developer overrules the reader: ``# minion: expand — why``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from minion.analyser.migrations.text.parsing import comments
from minion.analyser.migrations.verdicts import Kind

_MARK = re.compile(rb"#\s*minion\s*:", re.IGNORECASE)
_NOTE = re.compile(r"#+\s*minion\s*:\s*(?P<text>.*)", re.IGNORECASE)
_ORDER = re.compile(r"(?P<kind>[A-Za-z]+)\s*(?:(?:--?|[\u2013\u2014:])\s*(?P<reason>.*))?")
_KINDS = {kind.value: kind for kind in (Kind.EXPAND, Kind.CONTRACT, Kind.NEUTRAL)}


@dataclass(frozen=True)
class Annotation:
    """One such comment."""

    line: int
    #: The last line of the comments that go on from it without a gap.
    end: int
    #: Whether the line holds nothing else.
    is_alone: bool
    #: Whether it begins in the first column.
    is_outermost: bool
    #: None where it cannot be obeyed, for the reason in `trouble`.
    kind: Kind | None
    reason: str
    trouble: str = ""


def annotations_in(content: bytes) -> tuple[Annotation, ...]:
    """The comments addressed to minion, in the file's order. Raises Unreadable."""
    if not _MARK.search(content):
        return ()
    lines = content.split(b"\n")
    all_comments = comments(content)
    alone = {line for line, column, _ in all_comments if not lines[line - 1][:column].strip()}
    found = []
    for line, column, text in all_comments:
        match = _NOTE.match(text)
        if match:
            end = line
            while line in alone and end + 1 in alone:
                end += 1
            found.append(_read((line, end), line in alone, column, match["text"].strip()))
    return tuple(found)


def _read(lines: tuple[int, int], is_alone: bool, column: int, text: str) -> Annotation:
    match = _ORDER.fullmatch(text)
    kind = _KINDS.get(match["kind"].lower()) if match else None
    reason = (match["reason"] or "").strip() if match else ""
    trouble = ""
    if kind is None:
        trouble = "it says neither expand, contract nor neutral, followed by a dash and the reason"
    elif not reason:
        kind, trouble = None, "it gives no reason"
    return Annotation(*lines, is_alone, is_alone and column == 0, kind, reason, trouble)


class Annotations:
    """The annotations of a file, by what they are about."""

    def __init__(
        self, annotations: tuple[Annotation, ...], class_line: int, lines: Collection[int]
    ) -> None:
        """`lines` are the first lines of all operations."""
        self._on_line = {
            annotation.line: annotation for annotation in annotations if not annotation.is_alone
        }
        self._before_line = {
            annotation.end + 1: annotation for annotation in annotations if annotation.is_alone
        }
        self._used: set[int] = set()
        for line in lines:
            self.of_operation(line)
        whole = [
            annotation
            for annotation in annotations
            if annotation.line not in self._used
            and annotation.is_outermost
            and annotation.line < class_line
        ]
        self._used.update(annotation.line for annotation in whole)
        obeyed = [annotation for annotation in whole if annotation.kind is not None]
        #: The annotation for the whole file, if there is exactly one.
        self.of_file = obeyed[0] if len(obeyed) == 1 else None
        #: What could not be obeyed, and why.
        self.complaints = tuple(_complaints(annotations, self._used, obeyed))

    def of_operation(self, line: int) -> Annotation | None:
        """The annotation on an operation's first line, or in the comments right above it."""
        found = self._on_line.get(line) or self._before_line.get(line)
        if found is None:
            return None
        self._used.add(found.line)
        return found if found.kind is not None else None


def _complaints(
    annotations: tuple[Annotation, ...], used: set[int], whole: list[Annotation]
) -> list[str]:
    found = []
    for annotation in annotations:
        where = f"line {annotation.line}: this comment to minion is not obeyed"
        if annotation.trouble:
            found.append(f"{where}: {annotation.trouble}")
        elif annotation.line not in used:
            found.append(f"{where}: it is neither at an operation nor above the class")
        elif len(whole) > 1 and annotation in whole:
            found.append(f"{where}: there is another one for the whole file")
    return found
