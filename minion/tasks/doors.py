"""The way from a shell to a function: strings in, an exit status out.

Fabric passes every argument as a string, shows a traceback for a misspelt
one and exits with 1 on Ctrl-C. A door checks the names, turns minion's own
errors into one message on stderr with exit status 1, and Ctrl-C into 130.
"""

from __future__ import annotations

import inspect
import sys
from functools import wraps
from typing import Any, Callable

from fabric.api import task

from minion.errors import ArgumentError, MinionError
from minion.terminal.console import last_words

INTERRUPTED = 130


def door(function: Callable[..., None]) -> Any:
    """`function` as a Fabric task of the same name and first docstring line."""

    @wraps(function)
    def opened(*args: str, **kwargs: str) -> None:
        try:
            _check(function, args, kwargs)
            function(*args, **kwargs)
        except MinionError as error:
            _flush()
            last_words(f"Fatal error: {error}")
            sys.exit(1)
        except KeyboardInterrupt:
            _flush()
            last_words("Stopped.")
            sys.exit(INTERRUPTED)

    # Fabric reads a task's signature nowhere, but its docstring for `fab -l`.
    opened.__doc__ = function.__doc__
    return task(opened)


def _check(function: Callable[..., None], args: tuple[str, ...], kwargs: dict[str, str]) -> None:
    signature = inspect.signature(function)
    names = list(signature.parameters)
    task_name = function.__name__.strip("_")
    for name in kwargs:
        if name not in names:
            from minion.settings.schema import closest

            raise ArgumentError(
                f"{task_name}: unknown argument {name!r}{closest(name, names)}; "
                f"it takes {', '.join(names) or 'none'}"
            )
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        needed = [n for n, p in signature.parameters.items() if p.default is p.empty]
        if len(args) > len(names):
            raise ArgumentError(
                f"{task_name}: too many arguments; it takes {', '.join(names) or 'none'} "
                "(a comma within a value is written as \\,)"
            ) from None
        missing = [n for n in needed[len(args) :] if n not in kwargs]
        if missing:
            raise ArgumentError(
                f"{task_name}: {', '.join(missing)} is missing: fab {task_name}:"
                + ",".join(n.upper() for n in needed)
            ) from None
        raise ArgumentError(f"{task_name}: an argument is given twice") from None


def _flush() -> None:
    """What was said before the error stands above it, even where both go to one pipe."""
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = sys.stderr


def only_the_document() -> None:
    """Keep fab's own closing "Done." off stdout."""
    from fabric import state

    state.output["status"] = False
