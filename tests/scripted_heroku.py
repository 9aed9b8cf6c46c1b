"""A small Heroku on the wire: its API over HTTP, pushes by git, one-off dynos over TLS.

It keeps what a test has put there and does at once what it is told, without builds,
processes or waiting. A script of the test's own for a path, ``wire.server.on(...)``,
goes before what is answered here.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import signal
import ssl
import threading
from functools import cache
from pathlib import Path
from typing import Any, Callable, Union

import scripted
import trustme
from gits import GitServer, git
from scripted import TOKEN, Answer, Request, ScriptedServer
from scripted_app import ScriptedApp
from scripted_data import DATA_ROUTES, ScriptedData
from scripted_dyno import Rendezvous, one_off, status

#: What a command prints, and its exit status.
Ended = tuple[str, int]
Does = Union[Ended, Callable[[str], Ended]]


@cache
def authority() -> trustme.CA:
    """Whose certificates all of them have."""
    return trustme.CA()


class ScriptedHeroku:
    """The apps by name, each with a copy of the repository `empty` to be pushed to.

    `does` says how a command in a dyno ends, by the app's name where
    it is a function; `otherwise` how all others do.

    `before` sees each request before it is answered, one after the other. A push makes a release of
    `pushed_status`, after which `after_push` is called, once. `ran` is what was run so far:
    the app's name and the command; a dyno to which nobody came has begun nothing.
    """

    def __init__(self, folder: Path, empty: Path, *names: str) -> None:
        self.apps = {name: ScriptedApp(name) for name in names}
        self.does: dict[str, Does] = {}
        self.otherwise: Ended = ("", 0)
        self.ran: list[tuple[str, str]] = []
        #: Of which commit the dyno is whose command is asked how it ends.
        self.code_run: str | None = None
        self.before: Callable[[Request], object] = lambda request: None
        self.pushed_status = "succeeded"
        self.after_push: Callable[[], object] = lambda: None
        self.server = ScriptedServer()
        self.server.otherwise = self._answer
        self._deeds = threading.Lock()
        self._dynos: list[Rendezvous] = []
        self._numbers = itertools.count(1)
        self._log_sessions: list[tuple[ScriptedApp, dict[str, Any]]] = []
        self._promotions: dict[str, list[dict[str, Any]]] = {}
        self._bundle = folder / "authority.pem"
        folder.mkdir()
        authority().cert_pem.write_to_path(str(self._bundle))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority().issue_cert("127.0.0.1").configure_cert(tls)
        self.data = ScriptedData(self.apps)
        self.git = GitServer(folder, password=TOKEN, tls=tls)
        self.git.on_push = self._pushed
        for name in names:
            shutil.copytree(empty, folder / f"{name}.git")

    def __getitem__(self, name: str) -> ScriptedApp:
        return self.apps[name]

    @property
    def environ(self) -> dict[str, str]:
        """What leads minion and git here."""
        return {
            "HEROKU_HOST": self.server.url,
            "HEROKU_GIT_HOST": f"127.0.0.1:{self.git.port}",
            "HEROKU_API_KEY": TOKEN,
            "SSL_CERT_FILE": str(self._bundle),
            "GIT_SSL_CAINFO": str(self._bundle),
            "MINION_TIMEOUT": "2",
            "MINION_PREBOOT_WINDOW": "0.1",
        }

    def close(self) -> None:
        self.server.close()
        self.git.close()
        for dyno in self._dynos:
            dyno.close()

    def asked(self, method: str) -> list[str]:
        """The paths of all requests of one kind so far."""
        return [one.path for one in self.server.requests if one.method == method]

    def stop_at(self, request: str) -> None:
        """Have the operator insist on stopping when `request` comes, once; it is not answered."""

        def insist(found: Request) -> Answer:
            self.server.forget(request)
            self.interrupt()
            return scripted.DROP

        self.server.on(request, insist)

    def interrupt(self) -> None:
        """What Ctrl-C does, twice; two signals of one kind may arrive as one."""
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    def _pushed(self, path: str) -> None:
        """Heroku builds and releases what its main branch got."""
        name = path.split("/")[1].rpartition(".git")[0]
        app = self.apps[name]
        commit = git(self.git.folder / f"{name}.git", "rev-parse", "main")
        if commit != app.commit:
            app.deploy(commit, status=self.pushed_status)
            deed, self.after_push = self.after_push, lambda: None
            deed()

    def _answer(self, request: Request) -> Answer:
        with self._deeds:
            self.before(request)
        path = request.path.partition("?")[0]
        for pattern, answer in _ROUTES:
            match = re.fullmatch(pattern, f"{request.method} {path}")
            if match is None:
                continue
            named = match.groupdict()
            if "app" in named:
                app = self._find(named.pop("app"))
                if app is None:
                    break
                found = answer(self, request.body, app, **named)
            else:
                found = answer(self, request.body, **named)
            return found if isinstance(found, Answer) else Answer(found)
        return scripted.not_found(request)

    def _find(self, name: str) -> ScriptedApp | None:
        return next((one for one in self.apps.values() if name in (one.name, one.id)), None)

    def _run(self, body: Any, app: ScriptedApp) -> Answer:
        command = shlex.split(body["command"])[2]
        does, commit = self.does.get(command, self.otherwise), app.commit

        def script(client: ssl.SSLSocket) -> None:
            self.ran.append((app.name, command))
            self.code_run = commit
            text, ended = does(app.name) if callable(does) else does
            client.sendall(text.replace("\n", "\r\n").encode() + status(ended))

        self._dynos.append(Rendezvous(authority(), script))
        made = one_off(self._dynos[-1].port, name=f"run.{next(self._numbers)}")
        made["release"] = {"id": "r", "version": len(app.releases)}
        return Answer(made, 201)

    def _open_log(self, body: Any, app: ScriptedApp) -> Answer:
        self._log_sessions.append((app, body))
        url = f"{self.server.url}/log-sessions/{len(self._log_sessions)}"
        return Answer({"id": "l", "logplex_url": url}, 201)

    def _read_log(self, body: Any, number: str) -> Answer:
        app, asked = self._log_sessions[int(number) - 1]
        told = app.told(asked["lines"], tail=asked["tail"])
        return Answer(told.encode(), headers={"Content-Type": "text/event-stream"})

    def _promote(self, body: Any) -> dict[str, Any]:
        source = self._find(body["source"]["app"]["id"])
        targets = []
        for target in body["targets"]:
            app = self._find(target["app"]["id"])
            assert source is not None and app is not None and source.commit is not None
            version = app.deploy(source.commit)
            release = {"id": f"release-{version}"}
            targets.append({"app": target["app"], "status": "succeeded", "release": release})
        self._promotions["p1"] = targets
        return {"id": "p1", "status": "pending"}

    def _targets(self, body: Any) -> list[dict[str, Any]]:
        return self._promotions["p1"]


def _set_page(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    app.maintenance = body["maintenance"]
    return app.shown()


def _set_config(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    app.set(**body)
    return app.config


def _set_preboot(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    app.preboot = body["enabled"]
    return {"enabled": app.preboot}


def _preboot(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    missing = Answer({"id": "not_found", "message": "No such feature."}, 404)
    return missing if app.preboot is None else {"enabled": app.preboot}


def _release(wire: ScriptedHeroku, body: Any, app: ScriptedApp, key: str) -> Any:
    found = [one for one in app.releases if key in (one["id"], str(one["version"]))]
    return found[0] if found else Answer({"id": "not_found", "message": "No such release."}, 404)


def _new_release(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    if "release" in body:
        earlier = _release(wire, None, app, body["release"])
        app.config = dict(app.configs[earlier["version"]])
        slug, words = earlier["slug"]["id"], f"Rollback to v{earlier['version']}"
    else:
        slug, words = body["slug"], body.get("description", "Deploy")
    app.release(slug, description=words)
    return Answer(app.releases[-1], 201)


def _formation(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    for update in body["updates"] if body else ():
        app.formation[update["type"]] = update["quantity"]
    return [
        {"type": kind, "quantity": count, "size": "Basic", "command": kind}
        for kind, count in app.formation.items()
    ]


def _coupling(wire: ScriptedHeroku, body: Any, app: ScriptedApp) -> Any:
    if app.pipeline is None:
        return []
    pipeline = {"id": f"id-of-{app.pipeline}", "name": app.pipeline}
    return [{"app": {"id": app.id}, "pipeline": pipeline, "stage": "production"}]


def _attached(wire: ScriptedHeroku, body: Any, addon: str) -> Any:
    return [
        {**one, "app": {"id": app.id, "name": app.name}}
        for app in wire.apps.values()
        for one in app.attachments
        if one["addon"]["id"] == addon
    ]


_APP = r"/apps/(?P<app>[^/]+)"
_ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (f"GET {_APP}", lambda wire, body, app: app.shown()),
    (f"PATCH {_APP}", _set_page),
    (f"GET {_APP}/config-vars", lambda wire, body, app: app.config),
    (f"PATCH {_APP}/config-vars", _set_config),
    (f"(GET|PATCH) {_APP}/formation", _formation),
    (f"GET {_APP}/features/preboot", _preboot),
    (f"PATCH {_APP}/features/preboot", _set_preboot),
    (f"GET {_APP}/releases", lambda wire, body, app: app.releases[::-1]),
    (f"POST {_APP}/releases", _new_release),
    (f"GET {_APP}/releases/(?P<key>[^/]+)", _release),
    (
        rf"GET {_APP}/releases/(?P<key>\d+)/config-vars",
        lambda wire, body, app, key: app.configs[int(key)],
    ),
    (f"GET {_APP}/slugs/(?P<slug>.+)", lambda wire, body, app, slug: app.slugs[slug]),
    (f"GET {_APP}/builds", lambda wire, body, app: app.builds[::-1]),
    (f"GET {_APP}/dynos", lambda wire, body, app: app.dynos),
    (f"POST {_APP}/dynos", ScriptedHeroku._run),
    (f"POST {_APP}/log-sessions", ScriptedHeroku._open_log),
    (r"GET /log-sessions/(?P<number>\d+)", ScriptedHeroku._read_log),
    (f"GET {_APP}/pipeline-couplings", _coupling),
    (f"GET {_APP}/addon-attachments", lambda wire, body, app: app.attachments),
    (f"GET {_APP}/addons", lambda wire, body, app: app.addons),
    ("GET /addons/(?P<addon>[^/]+)/addon-attachments", _attached),
    ("POST /pipeline-promotions", ScriptedHeroku._promote),
    ("GET /pipeline-promotions/p1/promotion-targets", ScriptedHeroku._targets),
    (f"POST {_APP}/dynos/[^/]+/actions/stop", lambda wire, body, app: None),
    *DATA_ROUTES,
)
