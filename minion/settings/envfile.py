"""``ENV.env`` files: dotenv syntax in and out, byte for byte. Pure.

python-dotenv reads them, without interpolation: what stands in the file is
what Heroku gets, ``$`` included.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from dotenv.parser import parse_stream

from minion.errors import SettingsError

#: A value that dotenv gives back as it stands, without quotes around it.
_BARE = re.compile(r"(?!['\"\s])(?:(?!\s#)[^\r\n])*(?<!\s)")
#: dotenv ends a line at these, as Python does; inside quotes they are kept.
_ESCAPES = {"\r": "\\r", "\v": "\\v", "\f": "\\f"}


def parse(content: bytes, name: str) -> dict[str, str]:
    """The values in an env file by key, in the file's order.

    Raises:
        SettingsError: not UTF-8, not dotenv syntax (with the line), a key
            without ``=`` or a key that stands there twice.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(f"{name}:{line}: not UTF-8") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SettingsError(f"{name}:{line}: a NUL byte cannot be part of a value")
    values: dict[str, str] = {}
    first_line: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text, newline="")):
        line = _line_of(binding.original.string, binding.original.line)
        if binding.error:
            # The line itself may hold a secret, so only its number is told.
            raise SettingsError(f"{name}:{line}: not KEY=value; is a quote missing?")
        if binding.key is None:
            continue
        if binding.value is None:
            raise SettingsError(f"{name}:{line}: {binding.key} has no value; write {binding.key}=")
        if binding.key in values:
            raise SettingsError(
                f"{name}:{line}: {binding.key} is set already in line {first_line[binding.key]}"
            )
        values[binding.key] = binding.value
        first_line[binding.key] = line
    return values


def _line_of(original: str, line: int) -> int:
    """The line of the binding itself: dotenv counts the blank lines before it to it."""
    return line + len(original) - len(original.lstrip("\n")) if original.strip() else line


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
        else:
            lines.append(f"{key}={_quoted(value)}\n")
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
