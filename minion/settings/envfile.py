"""``ENV.env`` files: where they stand; dotenv syntax in and out, byte for byte.

python-dotenv reads them, without interpolation: what stands in the file is
what Heroku gets, ``$`` included. A line that is not surely a key and its value
may be a piece of a secret whose quotes are missing: it is refused by its number
and never told, nor made a config var whose name everybody sees.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from minion.errors import SettingsError
from minion.settings.values import FILENAME, Environment, Settings

#: A value that dotenv gives back as it stands, without quotes around it.
_BARE = re.compile(r"(?!['\"\s=])(?:(?!\s#)[^\r\n])*(?<!\s)")
#: dotenv ends a line at these, as Python does; inside quotes they are kept.
_ESCAPES = {"\r": "\\r", "\v": "\\v", "\f": "\\f"}
_NEWLINE = re.compile(r"\r\n|\n|\r")
#: Heroku takes letters, digits and _ (Dev Center: Config Vars).
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[A-Z0-9_]+", re.ASCII)
#: What is a name at first sight, where letters of both cases may be a piece of base64.
_PLAIN_KEY = re.compile(r"_*(?:[A-Z0-9][A-Z0-9_]*|[a-z][a-z0-9_]*)?", re.ASCII)
#: What may be told in an error.
_CERTAIN_KEY = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class _Line:
    """A key and its value; `bare` is the value as it is written, None if it is in quotes."""

    number: int
    key: str
    value: str = field(repr=False)
    bare: str | None = field(repr=False)
    last: int


def file_of(settings: Settings, environment: Environment) -> Path:
    """The environment's env file; it need not exist.

    Raises:
        SettingsError: the settings name no folder for it.
    """
    if settings.config is None:
        raise SettingsError(
            f'{FILENAME}: project.config is missing; write config = "../my-app-config", '
            f"the folder of {environment.name}.env"
        )
    return settings.config / f"{environment.name}.env"


def read(path: Path) -> dict[str, str]:
    """The values in the env file `path`.

    Raises:
        SettingsError: it is not there, or it cannot be read.
    """
    try:
        return parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such file; write it, or fetch what Heroku has: "
            f"fab config_pull:{path.stem}"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None


def parse(content: bytes, name: str) -> dict[str, str]:
    """The values in an env file by key, in the file's order.

    Raises:
        SettingsError: not UTF-8, not dotenv syntax, a key without ``=``, one that
            Heroku would not take or one that stands there twice. It tells the number
            of the line, never what is in it.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("latin-1")
        raise SettingsError(f"{name}:{_lines_in(before) + 1}: not UTF-8") from None
    if "\0" in text:
        number = _lines_in(text[: text.index("\0")]) + 1
        raise SettingsError(f"{name}:{number}: a NUL byte cannot be part of a value")
    values: dict[str, str] = {}
    first: dict[str, int] = {}
    previous: _Line | None = None
    for line in _read(text, name):
        problem = _doubt(line, previous)
        if problem:
            raise SettingsError(f"{name}:{line.number}: {problem}")
        if line.key in values:
            key = line.key if _CERTAIN_KEY.fullmatch(line.key) and line.value else "its key"
            raise SettingsError(
                f"{name}:{line.number}: {key} is set already in line {first[line.key]}"
            )
        values[line.key], first[line.key], previous = line.value, line.number, line
    return values


def _read(text: str, name: str) -> Iterator[_Line]:
    for binding in parse_stream(io.StringIO(text, newline="")):
        number = _line_of(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            raise SettingsError(
                f"{name}:{number}: not KEY=value; is a quote missing, here or above? "
                "A value of several lines needs quotes"
            )
        if binding.key is not None and binding.value is not None:
            said = binding.original.string.strip().partition("=")[2].lstrip()
            yield _Line(
                number=number,
                key=binding.key,
                value=binding.value,
                bare=None if said.startswith(("'", '"')) else said,
                last=number + _lines_in(binding.original.string.strip()),
            )


def _doubt(line: _Line, previous: _Line | None) -> str | None:
    """Why the line may be no key and its value; None if it surely is."""
    is_plain = bool(_PLAIN_KEY.fullmatch(line.key))
    if not _KEY.fullmatch(line.key) or not (is_plain or line.value or line.bare is None):
        return (
            "not a key that Heroku takes (letters, digits and _), or a piece of a value above "
            'without quotes; write KEY="" for an empty value'
        )
    if line.bare is not None and line.bare.startswith("="):
        return "a value that begins with = needs quotes; so does one of several lines"
    if previous is None or line.number != previous.last + 1 or not _goes_on(previous.bare):
        return None
    if _CERTAIN_KEY.fullmatch(line.key) and line.value:
        return None
    return "does the value above go on here? A value of several lines needs quotes"


def _goes_on(bare: str | None) -> bool:
    """Whether whoever wrote this value may have meant the next line to be part of it."""
    return bare is not None and (
        bare.endswith("\\") or ("-----BEGIN" in bare and "-----END" not in bare)
    )


def _lines_in(text: str) -> int:
    return len(_NEWLINE.findall(text))


def _line_of(binding: Binding) -> int:
    """The line of the binding itself: dotenv counts the blank lines before it to it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())] if text.strip() else ""
    return binding.original.line + _lines_in(blank)


def render(values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    r"""An env file with `values`, sorted, and the keys that dotenv cannot hold.

    dotenv has no way to write a value of several lines that ends with a
    backslash, so such a key is left out and named.
    """
    lines, left_out = [], []
    for key in sorted(values):
        value = values[key]
        # In quotes a final backslash would escape the quote that ends the value.
        if value.endswith("\\") and not _BARE.fullmatch(value):
            left_out.append(key)
            continue
        written = _quoted(value) if value or _PLAIN_KEY.fullmatch(key) else "''"
        # What might seem to go on is kept apart from the next line.
        lines.append(f"{key}={written}\n" + ("\n" if written == value and _goes_on(value) else ""))
    return "".join(lines), tuple(left_out)


def _quoted(value: str) -> str:
    if value == "" or _BARE.fullmatch(value):
        return value
    if any(character in value for character in _ESCAPES):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        for character, escape in _ESCAPES.items():
            escaped = escaped.replace(character, escape)
        return f'"{escaped}"'
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
