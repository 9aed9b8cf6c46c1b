"""Whether the command that anonymises exists where it is to be run. Pure."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Sequence

from minion.analyser.procfile.shell import commands
from minion.errors import SettingsError

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"python[0-9.]*\Z")
_FIND_MODULE = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"


def existence_test(command: str) -> str:
    """A shell command that succeeds where what `command` calls is there, and does nothing else.

    Django itself is asked for a management command; a script must be a file, a
    module must be found, and another program must be on the path.

    Raises:
        SettingsError: `command` calls nothing, or its quotes do not balance.
    """
    try:
        parts = [each.words for each in commands(command)]
    except ValueError:
        parts = []
    tests = [_test(words) for words in parts if words]
    if not tests:
        raise SettingsError(f"commands.anonymise: {command!r} is no command")
    return " && ".join(tests)


def _test(words: Sequence[str]) -> str:
    count = next((n for n, word in enumerate(words) if not _ASSIGNMENT.match(word)), len(words))
    assigned, rest = list(words[:count]), list(words[count:])
    if not rest:
        return "true"
    if rest[0] == "env":
        return _test([*assigned, *rest[1:]])
    shown = " ".join(_quoted(word) for word in assigned)
    test = _test_of_program(rest)
    return f"{shown} {test}" if shown else test


def _test_of_program(words: Sequence[str]) -> str:
    name = posixpath.basename(words[0])
    if _PYTHON.match(name):
        return _test_of_python(words)
    if name in ("manage.py", "django-admin"):
        return _ask_django(words[:1], words[1:])
    return f"command -v {shlex.quote(words[0])} > /dev/null"


def _test_of_python(words: Sequence[str]) -> str:
    count = 1
    while count < len(words) and words[count].startswith("-") and words[count] not in ("-m", "-c"):
        count += 1
    python, rest = list(words[:count]), list(words[count:])
    if rest[:1] == ["-m"] and len(rest) > 1:
        if rest[1] == "django":
            return _ask_django([*python, *rest[:2]], rest[2:])
        return _joined([python[0], "-c", _FIND_MODULE, rest[1]])
    if not rest or rest[0] == "-c":
        return f"command -v {shlex.quote(python[0])} > /dev/null"
    if posixpath.basename(rest[0]) == "manage.py":
        return _ask_django([*python, rest[0]], rest[1:])
    return f"test -f {shlex.quote(rest[0])}"


def _ask_django(program: Sequence[str], arguments: Sequence[str]) -> str:
    """``manage.py help NAME`` fails for a command that no installed app has."""
    name = next((word for word in arguments if not word.startswith("-")), None)
    if name is None:
        return f"{_joined([*program, 'help'])} > /dev/null"
    return f"{_joined([*program, 'help', name])} > /dev/null"


def _joined(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)


def _quoted(assignment: str) -> str:
    name, _, value = assignment.partition("=")
    return f"{name}={shlex.quote(value)}"
