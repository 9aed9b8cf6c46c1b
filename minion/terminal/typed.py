"""What to type."""

from __future__ import annotations

import shlex


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
