r"""A record as git trailers (git-interpret-trailers), and back.

They are the last paragraph of a tag's message, a line each. A line is ``Minion-Key: value``,
or where there are several values ``Minion-Key: value; name=value; name=value``. Within a value
backslashes, semicolons, equals signs, whatever is not printable, and blanks at its ends are
written as Python writes them in a text: ``\x3b``. So no value can end its line or begin
another. What is unknown is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone

from minion.deployments.record import MigrationTime, PageTime, Record, Released, StepTime

PREFIX = "Minion-"
_LINE = re.compile(r"Minion-([A-Z][a-z]+):(.*)")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")
_WHOLE = re.compile(r"\d{1,12}")
_SPECIAL = "\\;="


def render(record: Record) -> str:
    """The lines of the paragraph, each with its end."""
    return "".join(f"{PREFIX}{key}: {value}".rstrip() + "\n" for key, value in _lines(record))


def parse(message: str) -> Record | None:
    """The record in a tag's message; None where there is none that can be understood.

    A line that cannot be understood counts as unknown, not as an error: anybody can
    write a tag.
    """
    paragraphs = _BLANK_LINE.split(message.strip("\n"))
    if len(paragraphs) < 2:
        return None
    single: dict[str, str] = {}
    several: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for line in paragraphs[-1].split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        head, *rest = (part.strip() for part in match[2].split(";"))
        pairs = (part.partition("=") for part in rest)
        values = {name: unescape(value) for name, _, value in pairs}
        single.setdefault(match[1], unescape(head))
        several.setdefault(match[1], []).append((unescape(head), values))
    return _record(single, several)


def escape(text: str) -> str:
    r"""`text` as a value: printable, on one line, ``;`` as ``\x3b``."""
    written = "".join(_written(one) for one in text)
    bare = written.strip(" ")
    start = len(written) - len(written.lstrip(" "))
    return "\\x20" * start + bare + "\\x20" * (len(written) - start - len(bare))


def unescape(text: str) -> str:
    """The value that `escape` made this of."""
    return _ESCAPED.sub(_meant, text)


def _meant(match: re.Match[str]) -> str:
    number = int(match[1] or match[2] or match[3], 16)
    return chr(number) if number <= 0x10FFFF else match[0]


def _written(one: str) -> str:
    if one.isprintable() and one not in _SPECIAL:
        return one
    number = ord(one)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def seconds_written(seconds: float) -> str:
    """Seconds to the hundredth, without zeros at the end."""
    return f"{seconds:.2f}".rstrip("0").rstrip(".")


def _lines(record: Record) -> Iterator[tuple[str, str]]:
    texts = {
        "Operation": record.operation,
        "Outcome": record.outcome,
        "Environment": record.environment,
        "Commit": record.commit,
        "Plan": record.plan,
        "Options": record.options,
        "Operator": record.operator,
        "Version": record.minion,
        "Begun": record.begun.astimezone(timezone.utc).isoformat(),
        "Failed": record.failed_at,
    }
    yield from ((key, escape(text)) for key, text in texts.items() if text)
    yield "Seconds", _values(seconds_written(record.seconds), idle=_or_none(record.idle_s))
    if record.stopped:
        yield "Stopped", str(record.stopped)
    for one in record.releases:
        yield "Release", _values(escape(one.app), version=one.version, status=escape(one.status))
    for page in record.pages:
        stays = "yes" if page.stays else None
        yield "Page", _values(escape(page.app), seconds=_seconds(page.seconds), stays=stays)
    for step in record.steps:
        yield (
            "Step",
            _values(
                escape(step.kind),
                app=escape(step.app),
                seconds=_seconds(step.seconds),
                stopped=step.stopped or None,
            ),
        )
    for migration in record.migrations:
        yield (
            "Migration",
            _values(
                escape(migration.name),
                read=escape(migration.read),
                measured=escape(migration.measured),
                seconds=_seconds(migration.seconds),
                rows=migration.rows,
                app=escape(migration.app) or None,
                reverses="yes" if migration.reverses else None,
            ),
        )


def _values(head: str, **values: object) -> str:
    pairs = (f"; {name}={value}" for name, value in values.items() if value is not None)
    return head + "".join(pairs)


def _seconds(seconds: float | None) -> str | None:
    return None if seconds is None else seconds_written(seconds)


def _or_none(seconds: float) -> str | None:
    return seconds_written(seconds) if seconds else None


def _record(
    single: Mapping[str, str], several: Mapping[str, list[tuple[str, dict[str, str]]]]
) -> Record | None:
    begun = _moment(single.get("Begun", ""))
    if begun is None or "Operation" not in single:
        return None
    took = several.get("Seconds", [("", {})])[0]
    return Record(
        operation=single["Operation"],
        outcome=single.get("Outcome", ""),
        environment=single.get("Environment", ""),
        begun=begun,
        seconds=_number(took[0]) or 0.0,
        plan=single.get("Plan", ""),
        commit=single.get("Commit", ""),
        options=single.get("Options", ""),
        operator=single.get("Operator", ""),
        minion=single.get("Version", ""),
        idle_s=_number(took[1].get("idle", "")) or 0.0,
        stopped=_whole(single.get("Stopped", "")) or 0,
        failed_at=single.get("Failed", ""),
        releases=tuple(
            Released(app, _whole(values.get("version", "")) or 0, values.get("status", ""))
            for app, values in several.get("Release", ())
        ),
        steps=tuple(
            StepTime(
                kind,
                values.get("app", ""),
                _number(values.get("seconds", "")) or 0.0,
                _whole(values.get("stopped", "")) or 0,
            )
            for kind, values in several.get("Step", ())
        ),
        pages=tuple(
            PageTime(app, _number(values.get("seconds", "")) or 0.0, values.get("stays") == "yes")
            for app, values in several.get("Page", ())
        ),
        migrations=tuple(
            MigrationTime(
                name,
                values.get("read", ""),
                values.get("measured", ""),
                _number(values.get("seconds", "")),
                _whole(values.get("rows", "")),
                values.get("app", ""),
                values.get("reverses") == "yes",
            )
            for name, values in several.get("Migration", ())
        ),
    )


def _moment(text: str) -> datetime | None:
    """A moment with its time zone, in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) and text.isascii() else None


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) and text.isascii() else None
