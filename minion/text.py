"""Text from outside, made fit for where it goes; and times and sizes for people.

Paths, branches, subjects, app names, build output, values and the messages of
servers may hold anything. There is one function for each destination: `plain`
for a name within a line of ours, `printable_lines` for a whole message, `without_controls` for
what a build or a command writes, `in_json` for a document, `in_markdown` and `code_in_markdown`
for a comment, and for GitHub's log `github_data`, `github_property` and `no_commands`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import Any

#: Escape sequences, and which of them only set colours (ECMA-48: CSI ... m).
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_COLOUR = re.compile(r"\x1b\[([0-9;]*)m\Z")
#: Blinking, and concealed text, which a person would not see (ECMA-48, 8.3.117).
_NOT_COLOURS = {"5", "6", "8"}
#: Characters that Python calls printable, but that take no place or look like a space.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0000-\U000e0fff]"
)
#: A line that GitHub's runner obeys: blanks, ``::``; or ``##[`` anywhere (actions/runner:
#: ActionCommand.cs).
_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*)::", re.M)
#: What Markdown takes for markup, as what it is written for that (CommonMark 0.31: Backslash
#: escapes, Entity and numeric character references). After a sign that would ping people or link
#: to an issue stands a space without width, as hosts look for these in the text that is shown.
_ESCAPED = {
    **{sign: f"\\{sign}" for sign in "\\`*_[]|~"},
    **{sign: f"{sign}&#8203;" for sign in "@!"},
    "#": "\\#&#8203;",
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "&#36;",
}
_MARKUP = str.maketrans(_ESCAPED)
#: What would begin a list or a heading, a reference to an issue, and a link.
_BEGINS_BLOCK = re.compile(r"^(?:(\d+)([.)])|([-+=]))")
_ISSUE = re.compile(r"\b(GH-)(?=\d)", re.I)
_LINK = re.compile(r":(?=//)|(?<=\bwww)\.", re.I)
#: Parts of a URL (RFC 3986).
_AUTHORITY_ENDS = re.compile(r"[/?#]")
_QUERY = re.compile(r"[?#]")
_HOST = re.compile(r"(?:[\w.~%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?")


def plain(text: str) -> str:
    r"""`text` on one line and without control characters: a newline becomes ``\n``.

    An escape sequence in a commit's subject must not be able to repaint the
    report above it, nor a direction mark to reverse a file's name.
    """
    return "".join(_shown(character) for character in text)


def printable_lines(text: str) -> str:
    """The same for a message of ours: its newlines stay."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _shown(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def without_controls(line: str) -> str:
    """`line` with its tabs and colours, but without anything that moves the cursor.

    For the output of builds and commands, which is meant to be seen as it is.
    A colour ends with its line.
    """
    line = _SEQUENCE.sub(lambda m: m.group() if _is_colour(m.group()) else "", line)
    line = _UNSEEN.sub("", "".join(c for c in line if _is_fit_for_output(c)))
    sequences = re.findall(r"\x1b\[[0-9;]*m", line)
    is_open = bool(sequences) and sequences[-1] not in ("\x1b[m", "\x1b[0m")
    return line + "\x1b[0m" if is_open else line


def _is_fit_for_output(character: str) -> bool:
    return (
        character in "\t\x1b" or character.isprintable() or unicodedata.category(character) == "Zs"
    )


def _is_colour(sequence: str) -> bool:
    found = _COLOUR.match(sequence)
    if not found:
        return False
    codes = iter(found.group(1).split(";"))
    for code in codes:
        if code in ("38", "48", "58"):
            # A colour by its number, or by red, green and blue.
            for _ in range(1 if next(codes, "") == "5" else 3):
                next(codes, "")
        elif code.lstrip("0") in _NOT_COLOURS:
            return False
    return True


def in_json(value: Any) -> Any:
    r"""`value` with text that is valid in every JSON reader.

    A byte of a file's name that is no UTF-8 becomes ``\xff``, as four characters:
    half of a surrogate pair, which it is in Python, is refused by many.
    """
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", _half_pair, value)
    if isinstance(value, dict):
        return {in_json(key): in_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_json(one) for one in value]
    return value


def _half_pair(found: re.Match[str]) -> str:
    number = ord(found.group())
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"


def in_markdown(text: str) -> str:
    """`text` on one line of Markdown, where it is read as it stands and pings nobody."""
    text = plain(text).strip().translate(_MARKUP)
    text = _LINK.sub(r"\\\g<0>", _ISSUE.sub(r"\1&#8203;", text))
    return _BEGINS_BLOCK.sub(r"\1\\\2\3", text)


def code_in_markdown(text: str) -> str:
    """The same for a name, as code: in it no host looks for people, issues or links."""
    text = plain(text)
    if "##[" in text or not text.strip():
        # GitHub's runner obeys the one wherever it stands; of the other nothing would be seen.
        return in_markdown(text) or "(empty)"
    longest = max(map(len, re.findall("`+", text)), default=0)
    pad = " " if text[0] in " `" or text[-1] in " `" else ""
    fence = "`" * (longest + 1)
    return f"{fence}{pad}{text}{pad}{fence}"


def github_data(text: str) -> str:
    """`text` as the message of a workflow command (GitHub Docs: Workflow commands)."""
    return no_commands(printable_lines(text)).replace("%", "%25").replace("\n", "%0A")


def github_property(text: str) -> str:
    """`text` as a property of a workflow command, in which colons and commas end it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return plain(text.replace(":", "%3A").replace(",", "%2C"))


def no_commands(text: str) -> str:
    r"""`text` of which GitHub's runner obeys no line: ``::`` becomes ``\::``."""
    return _COMMAND.sub(r"\1\\::", text).replace("##[", "##\\[")


def public_url(url: str) -> str:
    """`url` without what may be secret in it: user, password, query. Any other text as it is."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    authority = _AUTHORITY_ENDS.split(rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    host = authority.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        # A password that is not quoted may look like the beginning of a path.
        return f"{scheme}://[hidden]"
    return f"{scheme}://{host}{path if scheme == 'file' else _QUERY.split(path, maxsplit=1)[0]}"


def size(count: float) -> str:
    """A number of bytes for people: ``812 B``, ``3.4 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def amount(count: int) -> str:
    """A large number for people: ``812``, ``12 k``, ``2.1 M``."""
    if count < 1000:
        return str(count)
    for unit, length in (("G", 10**9), ("M", 10**6)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count / 1000:.0f} k" if count < 999_500 else "1.0 M"


def age(span: timedelta) -> str:
    """A span of time for people, in its largest unit: ``3 d``, ``5 h``, ``12 min``."""
    minutes = max(int(span.total_seconds() // 60), 0)
    for length, unit in ((24 * 60, "d"), (60, "h")):
        if minutes >= length:
            return f"{minutes // length} {unit}"
    return f"{minutes} min"


def duration(seconds: float, *, exact: bool = False) -> str:
    """How long something takes: ``12 s``, ``3 min 05 s``, ``2 h 10 min``; `exact`: ``0.4 s``."""
    if exact and seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
