"""The way from a shell to a function: strings in, an exit status out.

Fabric passes every argument as a string, shows a traceback for a misspelt
one and exits with 1 on Ctrl-C. A door checks the names, turns minion's own
errors into one message on stderr with exit status 1, and Ctrl-C into 130.
Called from a Python program it takes real values, too, and raises MinionError.
"""

from __future__ import annotations

import inspect
import shlex
import sys
from types import FrameType, FunctionType
from typing import Any, Callable

from fabric import state
from fabric.tasks import Task, WrappedCallableTask

from minion.errors import ArgumentError, MinionError
from minion.settings import environ
from minion.terminal import typed
from minion.terminal.console import last_words

INTERRUPTED = 130


class Door(WrappedCallableTask):  # type: ignore[misc]
    """A task of minion: it runs once for each command, whatever Fabric knows of hosts."""

    def run(self, *args: Any, **kwargs: Any) -> None:
        """As ``fab`` runs it: exits instead of raising."""
        typed.begin_with(environment=_settings_named(), fabfile=_fabfile_named())
        try:
            self._pass(args, kwargs)
        except MinionError as error:
            _flush()
            last_words(f"Fatal error: {error}")
            sys.exit(1)
        except KeyboardInterrupt:
            _flush()
            last_words("Stopped.")
            sys.exit(INTERRUPTED)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """As Python calls it: within another task of a fabfile like `run`, else it raises.

        Raises:
            MinionError: what was asked for was refused, or failed.
        """
        if state.env.get("command"):
            self.run(*args, **kwargs)
        else:
            self._pass(args, kwargs)

    def get_hosts_and_effective_roles(self, *args: Any, **kwargs: Any) -> tuple[list[str], Any]:
        """No hosts: with any, Fabric would run the task once for each of them."""
        hosts, roles = super().get_hosts_and_effective_roles(*args, **kwargs)
        if hosts:
            last_words(f"Hosts mean nothing to {self.name}: it runs once, on this machine.")
        return [], roles

    @property
    def use_task_objects(self) -> bool:
        """Whether Fabric is to take this for a task of the new kind.

        Fabric drops the functions that a fabfile means as tasks as soon as it sees one
        task object (fabric.main.extract_tasks). So beside such functions, and without
        other task objects, this counts as a function, too.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_name != "extract_tasks":
            frame = frame.f_back
        if frame is None:
            return True
        found = dict(frame.f_locals.get("imported_vars", ()))
        others = (one for one in found.values() if isinstance(one, Task))
        if any(not isinstance(one, Door) for one in others):
            return True
        return not any(_is_own_function(name, one, found) for name, one in found.items())

    def _pass(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        words = [_as_typed(value) for value in args]
        named = {name: _as_typed(value) for name, value in kwargs.items() if value is not None}
        _check(self.wrapped, tuple(words), named)
        self.wrapped(*words, **named)


def door(function: Callable[..., None]) -> Door:
    """`function` as a Fabric task of the same name and first docstring line."""
    return Door(function)


def _settings_named() -> str:
    """What must stand before ``fab`` for the same settings."""
    named = environ().get("MINION_SETTINGS")
    return f"MINION_SETTINGS={shlex.quote(named)}" if named else ""


def _fabfile_named() -> str:
    """What ``-f`` named; "" where Fabric looks for the fabfile itself."""
    named = str(state.env.get("fabfile") or "")
    return "" if named in ("", "fabfile") else named


def _is_own_function(name: str, one: object, found: dict[str, Any]) -> bool:
    """Whether it is a function that the fabfile itself defines, for people to call."""
    return (
        isinstance(one, FunctionType)
        and not name.startswith("_")
        and one.__module__ == found.get("__name__", one.__module__)
    )


def _as_typed(value: Any) -> str:
    """A real value as it is typed after ``name=``: True is yes, options are their number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, int) else str(value)


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
    state.output["status"] = False
