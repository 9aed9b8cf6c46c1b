"""What to type."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict

#: The tasks that advice names.
TASKS = (
    *("analyse", "config", "config_pull", "data_check", "deploy", "doctor", "maintenance"),
    *("migrate_data", "plan", "resume", "rollback", "split", "status", "unlock"),
)


def command(task: str, *arguments: str, **named: str | bool | None) -> str:
    """The call of a task, quoted for Fabric's parser and for the shell.

    True and False are written as yes and no; None leaves an argument out.
    """
    words = list(map(_escaped, arguments))
    for name, value in named.items():
        if value is not None:
            text = value if isinstance(value, str) else "yes" if value else "no"
            words.append(f"{name}={_escaped(text)}")
    call = f"{task}:{','.join(words)}" if words else task
    return f"fab {shlex.quote(call)}"


def _escaped(value: str) -> str:
    """`value` as one argument: Fabric ends it at a comma, and its name at an equals sign."""
    return value.replace(",", "\\,").replace("=", "\\=")


#: Tasks that are the same in the sandbox and beside it.
_ANYWHERE = ("completion", "init", "sandbox")
_ADVICE = re.compile(r"\bfab (?=({})(?![\w-]))".format("|".join((*TASKS, *_ANYWHERE))))
_before: dict[str, str] = {}


def begin_with(
    *, environment: str = "", program: str = "", fabfile: str = "", sandbox: bool = False
) -> None:
    """From now on advice is given as it must be typed here.

    `environment` are assignments that the shell's words began with, `program` what
    stands for ``fab``, `fabfile` what ``-f`` named; in the `sandbox`, "fab resume:uat"
    without its name would reach the real Heroku.
    """
    if environment:
        _before["environment"] = f"{environment} "
    if program:
        _before["program"] = program
    if fabfile:
        _before["fabfile"] = f"-f {shlex.quote(fabfile)} "
    if sandbox:
        _before["sandbox"] = "sandbox "


def as_typed_here(text: str) -> str:
    """`text` with every call of a task of minion in it completed by what `begin_with` told."""
    return _ADVICE.sub(_words, text) if _before else text


def _words(match: re.Match[str]) -> str:
    known = {"program": "fab", **_before}
    if match[1] in _ANYWHERE:
        known.pop("sandbox", None)
    words = "{environment}{program} {fabfile}{sandbox}"
    return words.format_map(defaultdict(str, known))
