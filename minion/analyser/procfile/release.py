"""What the release phase does to the database (Dev Center: Release Phase)."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from enum import IntEnum

from minion.analyser.procfile.shell import commands

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"python[0-9.]*\Z")
_SHELL_LINE = re.compile(r"#!.*\b(?:ba|da|z)?sh\b")

#: Programs that run the rest of their arguments, alone or after the word ``run``.
_WRAPPERS = frozenset(
    {"env", "exec", "time", "nice", "nohup", "command", "launcher", "ddtrace-run"}
    | {"newrelic-admin", "run-program", "opentelemetry-instrument"}
)
_RUNNERS = frozenset({"poetry", "pipenv", "uv", "pdm", "hatch", "rye"})
_SHELLS = frozenset({"sh", "bash", "dash"})
#: Programs that load an application, named as ``shop.wsgi`` or ``shop.wsgi:application``.
_SERVERS = frozenset(
    {"gunicorn", "uvicorn", "daphne", "hypercorn", "granian", "waitress-serve", "uwsgi", "celery"}
)
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+(?::\w+)?")
_CALL = re.compile(r"[\"']migrate[\"']|manage(?:\.py)?\s+migrate\b")
_DEEPEST = 4
#: Programs whose work is described in files of their own.
_TASK_RUNNERS = frozenset({"just", "task", "invoke", "inv", "fab", "tox"})
#: With these, `migrate` only looks, or only pretends.
_DRY = frozenset({"--plan", "--check", "--fake", "--prune", "--help", "-h", "--version"})
#: Options of `migrate` that take their value as the next word.
_WITH_VALUE = frozenset({"--settings", "--pythonpath", "-v", "--verbosity", "--database"})

Read = Callable[[str], "str | None"]


class Migrates(IntEnum):
    """What can be said of a command; the greater is the surer."""

    NO = 0
    MAYBE = 1
    YES = 2


def release_phase_migrates(procfile: Mapping[str, str], read: Read = lambda path: None) -> bool:
    """Whether the release phase surely runs a complete ``migrate``; see `release_phase`."""
    return release_phase(procfile, read) is Migrates.YES


def release_phase(procfile: Mapping[str, str], read: Read = lambda path: None) -> Migrates:
    """Whether the release phase migrates the database.

    `read` gives the text of a file of the repository, or None: a script, ``make`` target or
    npm script that is called is looked into, and what that calls in turn. YES: all of
    ``migrate``, each time. MAYBE: sometimes, in part, or out of sight.
    """
    command = procfile.get("release")
    return Migrates.NO if command is None else script_migrates(command, read)


def script_migrates(script: str, read: Read) -> Migrates:
    """The same of any lines of shell."""
    return _Reader(read).of_script(script)


class _Reader:
    """Judges commands; `read` finds the files that they call."""

    def __init__(self, read: Read, depth: int = 0) -> None:
        self._read = read
        self._depth = depth

    def _inner(self) -> _Reader:
        """For what is called; what is called too deep is out of sight."""
        is_deep = self._depth >= _DEEPEST
        return _Reader((lambda path: None) if is_deep else self._read, self._depth + 1)

    def of_script(self, text: str) -> Migrates:
        """What the lines of shell in `text` do."""
        try:
            found = commands(text)
        except ValueError:
            return _mentioned(text)
        return max(
            (
                min(self._of_command(one.words), Migrates.YES if one.is_certain else Migrates.MAYBE)
                for one in found
            ),
            default=Migrates.NO,
        )

    def _of_command(self, words: list[str]) -> Migrates:
        words = unwrapped(words)
        if not words:
            return Migrates.NO
        program, arguments = posixpath.basename(words[0]), words[1:]
        management = _management_arguments(program, arguments)
        if management is not None:
            return _of_management(management)
        if program in _SHELLS:
            return self._of_shell(arguments)
        if program == "make":
            return self._of_make(arguments)
        if program in ("npm", "yarn", "pnpm"):
            return self._of_npm(arguments)
        if program in _SERVERS:
            return self._of_server(program, arguments)
        if program in ("honcho", "foreman"):
            return self._of_procfile(arguments)
        if _PYTHON.match(program) and arguments[:1] == ["-m"] and len(arguments) > 1:
            inner = self._of_command(arguments[1:]) if arguments[1] in _SERVERS else Migrates.NO
            return max(inner, self._of_module(arguments[1]), _mentioned(" ".join(words)))
        if program in _TASK_RUNNERS:
            return Migrates.MAYBE
        if program in (".", "source") and arguments:
            return self._of_file(arguments[0])
        scripts = [word for word in arguments if word.endswith(".py")]
        if _PYTHON.match(program) and scripts:
            return _mentioned(self._read(_inside(scripts[0])))
        if "/" in words[0] or program.endswith(".sh"):
            return self._of_file(words[0])
        return _mentioned(" ".join(words))

    def _of_shell(self, arguments: list[str]) -> Migrates:
        """``bash -c "..."`` or ``bash script``."""
        for index, word in enumerate(arguments):
            if re.match(r"-[a-z]*c\Z", word):
                return self.of_script(" ".join(arguments[index + 1 : index + 2]))
            if not word.startswith(("-", "+")):
                return self._of_file(word)
        return Migrates.NO

    def _of_file(self, path: str) -> Migrates:
        """A program of the repository: shell is followed, anything else only searched."""
        text = self._read(_inside(path))
        if text is None:
            return Migrates.MAYBE
        if text.startswith("#!") and not _SHELL_LINE.match(text):
            return _mentioned(text)
        return self._inner().of_script(text)

    def _of_make(self, arguments: list[str]) -> Migrates:
        """The recipe of a target of the repository's Makefile."""
        text = self._read("Makefile")
        targets = [word for word in arguments if not word.startswith("-") and "=" not in word]
        if text is None or len(targets) != 1:
            return Migrates.MAYBE
        head = rf"^{re.escape(targets[0])}\s*:(?!=)([^\n]*)\n((?:\t[^\n]*\n?)*)"
        rule = re.search(head, text, re.MULTILINE)
        if rule is None:
            return Migrates.MAYBE
        # "@" keeps a line quiet, "-" lets make go on after its failure.
        lines = [line.strip().lstrip("@") for line in rule[2].splitlines()]
        lines = [f"{line[1:]} || true" if line.startswith("-") else line for line in lines]
        needed = Migrates.MAYBE if rule[1].strip() else Migrates.NO
        return max(needed, self._inner().of_script("\n".join(lines)))

    def _of_npm(self, arguments: list[str]) -> Migrates:
        """A script of the repository's package.json: ``npm start``, ``yarn run x``."""
        names = [word for word in arguments if not word.startswith("-") and word != "run"]
        script = npm_scripts(self._read("package.json")).get(names[0] if names else "")
        return Migrates.MAYBE if script is None else self._inner().of_script(script)

    def _of_module(self, name: str) -> Migrates:
        """Python that a server loads, or that runs as a module: it may call the command itself."""
        path = name.partition(":")[0].replace(".", "/")
        texts = (self._read(f"{path}.py"), self._read(f"{path}/__main__.py"))
        return max(map(_called, texts))

    def _of_server(self, program: str, arguments: list[str]) -> Migrates:
        """A web server, by the application that it loads and the file that configures it."""
        found = [self._of_module(word) for word in arguments if _MODULE.fullmatch(word)]
        if program == "gunicorn":
            text = self._read("gunicorn.conf.py")
            found.append(_called(text))
        return max(found, default=Migrates.NO)

    def _of_procfile(self, arguments: list[str]) -> Migrates:
        """``honcho start -f FILE``: all commands of a Procfile at once."""
        places = [n for n, word in enumerate(arguments) if word in ("-f", "--procfile")]
        name = arguments[places[0] + 1] if places and len(arguments) > places[0] + 1 else "Procfile"
        text = self._read(_inside(name))
        if text is None or name == "Procfile":
            return Migrates.MAYBE if text is None else Migrates.NO
        lines = [line.partition(":")[2] for line in text.splitlines() if ":" in line]
        found = self._inner().of_script("\n".join(lines))
        return min(found, Migrates.MAYBE)


def npm_scripts(text: str | None) -> Mapping[str, str]:
    """The scripts of a package.json by name; none where it cannot be read."""
    try:
        scripts = json.loads(text or "{}").get("scripts", {})
        return {name: body for name, body in scripts.items() if isinstance(body, str)}
    except (ValueError, AttributeError, RecursionError):
        return {}


def unwrapped(words: list[str]) -> list[str]:
    """`words` without variables set in front, and without programs that only run others."""
    while words:
        if _ASSIGNMENT.match(words[0]) or words[0] in _WRAPPERS:
            words = words[1:]
        elif words[0] in _RUNNERS and words[1:2] == ["run"]:
            words = words[2:]
        elif words[0] == "timeout":
            words = words[1:]
            while words[:1] and words[0].startswith("-"):
                words = words[2:] if words[0] in ("-k", "-s") else words[1:]
            words = words[1:]
        else:
            break
    return words


def _management_arguments(program: str, arguments: list[str]) -> list[str] | None:
    """What Django's command line is given, or None if this is something else."""
    if program in ("manage.py", "django-admin", "django-admin.py"):
        return arguments
    if not _PYTHON.match(program):
        return None
    rest = arguments
    while rest:
        if rest[0] == "-m":
            return rest[2:] if rest[1:2] in (["django"], ["manage"]) else None
        if not rest[0].startswith("-"):
            return rest[1:] if posixpath.basename(rest[0]) == "manage.py" else None
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    return None


def _of_management(arguments: list[str]) -> Migrates:
    """A management command; ``migrate`` of one app or one other database is only a part."""
    if arguments[:1] != ["migrate"]:
        return _mentioned(" ".join(arguments))
    rest = arguments[1:]
    if not _DRY.isdisjoint(rest):
        return Migrates.NO
    database = "default"
    while rest:
        option, equals, value = rest[0].partition("=")
        if not option.startswith("-"):
            return Migrates.MAYBE
        if option == "--database":
            database = value if equals else "".join(rest[1:2])
        rest = rest[2:] if option in _WITH_VALUE and not equals else rest[1:]
    return Migrates.YES if database == "default" else Migrates.MAYBE


def _mentioned(text: str | None) -> Migrates:
    """MAYBE where `text` is out of sight or speaks of migrating, else NO."""
    return Migrates.MAYBE if text is None or "migrat" in text else Migrates.NO


def _called(text: str | None) -> Migrates:
    """MAYBE where Python may call the command, be it by a shell."""
    return Migrates.MAYBE if _CALL.search(text or "") else Migrates.NO


def _inside(path: str) -> str:
    """A path as the repository knows it: on a dyno its files are in /app, which is HOME."""
    for prefix in ("$HOME/", "${HOME}/", "~/", "/app/"):
        if path.startswith(prefix):
            path = path[len(prefix) :]
    return posixpath.normpath(path)
