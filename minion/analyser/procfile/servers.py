"""Whether a web command serves where Heroku's router looks: all interfaces, at $PORT."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from minion.analyser.procfile.release import unwrapped
from minion.analyser.procfile.shell import commands

Read = Callable[[str], "str | None"]

_LOCAL = re.compile(r"(?:\A|//|interface=)(?:127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)(?::|\Z)")
_BIND = re.compile(r"^bind\s*=\s*(.+)$", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\"']*)[\"']")
_PYTHON = re.compile(r"python[0-9.]*\Z")
#: These put something that listens in front of the server (heroku-community/nginx).
_FRONTS = frozenset({"start-nginx", "start-nginx-solo", "start-nginx-debug", "nginx", "caddy"})


@dataclass(frozen=True)
class _Server:
    """Options of a server; `host` is what it binds by itself, `port` whether it reads PORT."""

    address: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    is_local: bool = True
    reads_port: bool = False
    cure: str = ""


_SERVERS: Mapping[str, _Server] = {
    # Without an address gunicorn takes 0.0.0.0:$PORT where PORT is set (gunicorn: settings, bind).
    "gunicorn": _Server(
        address=("-b", "--bind"),
        is_local=False,
        reads_port=True,
        cure='leave the address out: gunicorn then takes "0.0.0.0:$PORT"',
    ),
    "uvicorn": _Server(
        hosts=("--host",),
        ports=("--port",),
        elsewhere=("--uds", "--fd"),
        cure='give it "--host 0.0.0.0 --port $PORT"',
    ),
    "daphne": _Server(
        hosts=("-b", "--bind"),
        ports=("-p", "--port"),
        elsewhere=("-u", "--unix-socket", "--fd", "-e", "--endpoint"),
        cure='give it "-b 0.0.0.0 -p $PORT"',
    ),
    "hypercorn": _Server(address=("-b", "--bind"), cure='give it "--bind 0.0.0.0:$PORT"'),
    "granian": _Server(
        hosts=("--host",),
        ports=("--port",),
        elsewhere=("--uds",),
        cure='give it "--host 0.0.0.0 --port $PORT"',
    ),
    "waitress-serve": _Server(
        address=("--listen",),
        hosts=("--host",),
        ports=("--port",),
        elsewhere=("--unix-socket",),
        is_local=False,
        cure='give it "--port=$PORT"',
    ),
}
_RUNSERVER = 'serve with gunicorn; or for a trial "runserver 0.0.0.0:$PORT"'


@dataclass(frozen=True)
class Trouble:
    """What is wrong; `words` stand in its line, of the file `path` unless that is ""."""

    problem: str
    cure: str
    words: str
    path: str = ""


def trouble(shell: str, read: Read) -> Trouble | None:
    """Why what `shell` serves cannot be reached on Heroku; None where no reason is seen.

    `read` gives a file of the repository: gunicorn reads gunicorn.conf.py by itself.
    """
    try:
        found = [unwrapped(one.words) for one in commands(shell)]
    except ValueError:
        return None
    for words in filter(None, found):
        if not _FRONTS.isdisjoint(posixpath.basename(word) for word in words):
            return None
    for words in filter(None, found):
        name, arguments = _program(words)
        if name == "runserver":
            problem = _of_runserver(arguments)
            if problem:
                return Trouble(problem, _RUNSERVER, "runserver")
        server = _SERVERS.get(name)
        if server is None:
            continue
        problem = _of_server(server, arguments)
        if problem:
            return Trouble(f"{name} {problem}", server.cure, name)
        if name == "gunicorn" and not _values(arguments, server.address):
            return _of_gunicorn_s_file(arguments, read)
    return None


def _program(words: list[str]) -> tuple[str, list[str]]:
    """The program and its arguments, also where Python runs it as a module."""
    name, rest = posixpath.basename(words[0]), words[1:]
    if _PYTHON.match(name):
        while rest[:1] and rest[0].startswith("-") and rest[0] != "-m":
            rest = rest[1:]
        if rest[:1] == ["-m"]:
            rest = rest[1:]
        name, rest = posixpath.basename("".join(rest[:1])), rest[1:]
    if name in ("manage.py", "django-admin", "django"):
        name, rest = "".join(rest[:1]), rest[1:]
    return name, rest


def _of_server(server: _Server, arguments: list[str]) -> str | None:
    if _values(arguments, server.elsewhere):
        return None
    addresses = _values(arguments, server.address)
    if any(one.startswith(("unix:", "fd:")) for one in addresses):
        return None
    hosts, ports = _values(arguments, server.hosts), _values(arguments, server.ports)
    if any(_LOCAL.search(one) for one in (*addresses, *hosts)):
        return "listens on this dyno alone (127.0.0.1): Heroku's router cannot reach it (R10)"
    if addresses:
        return None if any("PORT" in one for one in addresses) else _NO_PORT
    if server.is_local and not hosts:
        return "listens on 127.0.0.1 if not told otherwise: Heroku's router cannot reach it (R10)"
    if not server.reads_port and not any("PORT" in one for one in ports):
        return _NO_PORT
    return None


_NO_PORT = "does not listen at $PORT, which is where Heroku's router looks (R10)"


def _of_runserver(arguments: list[str]) -> str | None:
    address = next((one for one in arguments if not one.startswith("-")), "")
    host, colon, _ = address.rpartition(":")
    if not colon or _LOCAL.search(host):
        return "runserver listens on 127.0.0.1: Heroku's router cannot reach it (R10)"
    return None if "PORT" in address else f"runserver {_NO_PORT}"


def _of_gunicorn_s_file(arguments: list[str], read: Read) -> Trouble | None:
    path = next(iter(_values(arguments, ("-c", "--config"))), "gunicorn.conf.py")
    path = posixpath.normpath(path.partition("file:")[2] or path)
    match = _BIND.search(read(path) or "")
    if match is None:
        return None
    texts, cure = _QUOTED.findall(match[1]), _SERVERS["gunicorn"].cure
    if any(_LOCAL.search(text) for text in texts):
        problem = (
            "gunicorn listens on this dyno alone (127.0.0.1): the router cannot reach it (R10)"
        )
        return Trouble(problem, cure, match[0], path)
    is_fixed = re.fullmatch(r"\s*[\"'][^\"'{}%]*:\d+[\"']\s*(?:#.*)?", match[1])
    return Trouble(f"gunicorn {_NO_PORT}", cure, match[0], path) if is_fixed else None


def _values(arguments: list[str], options: tuple[str, ...]) -> list[str]:
    """The values of these options, in any of the ways in which they are written."""
    found = []
    for index, word in enumerate(arguments):
        option, equals, value = word.partition("=")
        if option in options:
            found.append(value if equals else "".join(arguments[index + 1 : index + 2]))
        elif not word.startswith("--") and word[:2] in options and len(word) > 2:
            found.append(word[2:])
    return found
