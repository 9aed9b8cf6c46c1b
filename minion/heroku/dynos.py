"""Dynos, and commands run in one-off dynos."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from minion.errors import AnswerLost, HerokuError, NotFound
from minion.heroku import cli, wire
from minion.heroku.api import Api
from minion.heroku.paths import path_of
from minion.heroku.records import Dyno
from minion.heroku.rendezvous import CannotAttach, attach, follow, tls_context
from minion.heroku.retry import Pauses
from minion.heroku.sentinel import with_sentinel

if TYPE_CHECKING:
    import ssl

#: Just after a release Heroku may not know it yet where dynos are made (409).
CONFLICT_S = 60.0
ATTACH_S = 60.0


class DynoLost(AnswerLost):
    """The connection to a one-off dyno ended before its command did.

    `dyno` is its name, such as ``run.1234``: it may still be running.
    """

    def __init__(self, message: str, *, dyno: str) -> None:
        super().__init__(message)
        self.dyno = dyno


class Dynos:
    """All of these raise HerokuError, and NotFound where there is no such app.

    `environ` is what the Heroku CLI is run with, where it is needed.
    """

    def __init__(self, api: Api, environ: Mapping[str, str]) -> None:
        self._api = api
        self._environ = environ
        self._by_ssh: dict[str, bool] = {}

    def list(self, app: str) -> Sequence[Dyno]:
        """The app's dynos of all kinds, as far as they have not ended."""
        return wire.many(wire.dyno_of, self._api.get_all(path_of("apps", app, "dynos")))

    def find(self, app: str, name: str) -> Dyno | None:
        """The dyno called `name`, or None if it has ended.

        A dyno that was made just now may be missing for a moment.
        """
        try:
            return wire.dyno_of(self._api.get(path_of("apps", app, "dynos", name)))
        except NotFound:
            return None

    def stop(self, app: str, name: str) -> None:
        """Stop a dyno; one that has ended already is fine."""
        with contextlib.suppress(NotFound):
            self._api.post(path_of("apps", app, "dynos", name, "actions", "stop"))

    def run(
        self,
        app: str,
        command: str,
        *,
        write: Callable[[bytes], None],
        timeout_s: float,
        env: Mapping[str, str] | None = None,
        size: str | None = None,
        on_start: Callable[[Dyno], None] | None = None,
    ) -> int:
        """The exit status of `command`, run by a shell in a one-off dyno of `app`.

        `write` gets its output as it comes, as bytes with LF line ends, never
        cut within a character. `on_start` gets the dyno before the command starts, which
        only waits for us then; if it raises, the command is never begun. The command's
        standard input is empty.

        Raises:
            DynoLost: the connection ended, or `timeout_s` passed, before the
                command did; the dyno is left alone.
            AnswerLost: whether a dyno was made is unknown; the command was not started.
            HerokuError: it could not be started.
        """
        if self._is_by_ssh(app):
            return self._run_by_ssh(app, command, write, timeout_s, env, size)
        deadline = self._api.clock() + timeout_s
        # Fewer colours and progress bars; the CLI sends its own terminal's type.
        body: dict[str, Any] = {
            "command": with_sentinel(command),
            "attach": True,
            "force_no_tty": True,
            "env": {"TERM": "dumb", **(env or {})},
        }
        if size:
            body["size"] = size
        dyno = self._create(app, body)
        if on_start:
            try:
                on_start(dyno)
            except BaseException:
                self._stop_quietly(app, dyno.name)
                raise
        return self._attached(app, dyno, write, deadline)

    def _create(self, app: str, body: Mapping[str, Any]) -> Dyno:
        pauses = Pauses(self._api.clock())
        while True:
            try:
                return wire.dyno_of(self._api.post(path_of("apps", app, "dynos"), body))
            except HerokuError as error:
                if error.status != 409:
                    raise
                pause_s = pauses.next_s(self._api.clock(), CONFLICT_S)
                if pause_s is None:
                    raise
            self._api.sleep(pause_s)

    def _attached(
        self, app: str, dyno: Dyno, write: Callable[[bytes], None], deadline: float
    ) -> int:
        try:
            connection = self._connect(dyno)
        except CannotAttach:
            self._stop_quietly(app, dyno.name)
            raise
        look = f"look with `heroku ps --app {app}`"
        with connection:
            try:
                status = follow(
                    connection,
                    write,
                    api=self._api,
                    deadline=deadline,
                    is_alive=lambda: self._is_alive(app, dyno.name),
                )
            except TimeoutError:
                raise DynoLost(
                    f"{app}: {dyno.name} has not ended in time and is still running; {look}",
                    dyno=dyno.name,
                ) from None
        if status is None:
            raise DynoLost(
                f"{app}: connection lost: the dyno {dyno.name} may still be running; {look}",
                dyno=dyno.name,
            )
        return status

    def _connect(self, dyno: Dyno) -> ssl.SSLSocket:
        """A connection to the dyno; to try again is safe until the secret is sent."""
        if not (dyno.attach_url or "").startswith("rendezvous://"):
            raise CannotAttach(f"{dyno.name} was made, but Heroku gives no rendezvous to attach to")
        context = tls_context(self._api.ca_file)
        pauses = Pauses(self._api.clock())
        while True:
            try:
                return attach(dyno.attach_url or "", context)
            except CannotAttach as error:
                pause_s = pauses.next_s(self._api.clock(), ATTACH_S)
                if error.is_final or pause_s is None:
                    raise
            self._api.sleep(pause_s)

    def _is_alive(self, app: str, name: str) -> bool:
        try:
            return self.find(app, name) is not None
        except HerokuError:
            return True  # Not known to be gone.

    def _stop_quietly(self, app: str, name: str) -> None:
        """Stop a dyno that waits for nobody; why there is nobody is the news, not this."""
        with contextlib.suppress(HerokuError):
            self.stop(app, name)

    def _is_by_ssh(self, app: str) -> bool:
        """Whether one-off dynos of the app are attached by SSH; that never changes.

        So it is in private spaces and on Fir (Dev Center: One-Off Dynos). It
        must be known before the dyno is made: the CLI makes one of its own.
        """
        if app not in self._by_ssh:
            answer = self._api.get(path_of("apps", app))
            generation = wire.app_of(answer).generation
            self._by_ssh[app] = generation == "fir" or answer.get("space") is not None
        return self._by_ssh[app]

    def _run_by_ssh(
        self,
        app: str,
        command: str,
        write: Callable[[bytes], None],
        timeout_s: float,
        env: Mapping[str, str] | None,
        size: str | None,
    ) -> int:
        if env:
            raise HerokuError(
                f"{app}: variables for one command cannot be handed to a dyno that is reached by "
                "SSH without showing them in the process list; set them as config vars"
            )
        return cli.run(
            app,
            command,
            write=write,
            environ=self._environ,
            token=self._api.token,
            size=size,
            timeout_s=timeout_s,
        )
