"""The way from a shell to a function: strings in, an exit status out.

Fabric passes every argument as a string, shows a traceback for a misspelt
one and exits with 1 on Ctrl-C. A door checks the names, turns minion's own
errors into one message on stderr with exit status 1, and Ctrl-C into 130.
Called from a Python program it takes real values, too, and raises MinionError.
"""

from __future__ import annotations

import inspect
import os
import shlex
import sys
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any, Callable, NoReturn

from fabric import state
from fabric.tasks import Task, WrappedCallableTask

from minion.errors import ArgumentError, MinionError
from minion.settings import environ
from minion.terminal import typed
from minion.terminal.console import last_words

INTERRUPTED = 130
#: 128 and the number of SIGPIPE.
READER_GONE = 141


class Door(WrappedCallableTask):  # type: ignore[misc]
    """A task of minion: it runs once for each command, whatever Fabric knows of hosts."""

    def run(self, *args: Any, **kwargs: Any) -> None:
        """As ``fab`` runs it: exits instead of raising."""
        _open_what_is_closed()
        try:
            Path.cwd()
            typed.begin_with(environment=_settings_named(), fabfile=_fabfile_named())
            self._pass(args, kwargs)
            _flush()
        except MinionError as error:
            _end(f"Fatal error: {error}", 1)
        except KeyboardInterrupt:
            _end("Stopped.", INTERRUPTED)
        except BrokenPipeError:
            _end_quietly()
        except Exception as error:
            if environ().get("MINION_DEBUG"):
                raise
            _end(f"Fatal error: {_in_a_line(error)}", 1)

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


def _end(words: str, status: int) -> NoReturn:
    _flush()
    last_words(words)
    sys.exit(status)


def _end_quietly() -> NoReturn:
    """As a program ends whose reader has gone: without a word."""
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    sys.exit(READER_GONE)


def _open_what_is_closed() -> None:
    """A stream that the shell has closed goes nowhere; no file may take its number."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+"))  # noqa: SIM115, PTH123


def _in_a_line(error: Exception) -> str:
    """What went wrong, without any value that may be a secret."""
    if isinstance(error, OSError):
        if error.filename is None and not _is_folder_there():
            return "the current folder is not there any more: cd to the project"
        what = f"{error.filename}: " if error.filename else ""
        return f"{what}{error.strerror or type(error).__name__}"
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = ""
    if frame is not None:
        where = f" in {frame.tb_frame.f_code.co_filename}, line {frame.tb_lineno}"
    return (
        f"{type(error).__name__}{where}. This is a bug in minion; with MINION_DEBUG=1 it tells more"
    )


def _is_folder_there() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


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
        # Its reader is gone; what Python itself writes at the end must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def only_the_document() -> None:
    """Keep fab's own closing "Done." off stdout."""
    state.output["status"] = False
