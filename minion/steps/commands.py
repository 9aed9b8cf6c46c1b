"""Management commands, run in one-off dynos of the release that is now current."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

from minion.errors import HerokuError
from minion.heroku.records import Dyno
from minion.heroku.timeouts import ONE_OFF_S
from minion.heroku.waiting import clock, until
from minion.options import Option
from minion.privacy.database.connection import DatabaseUnreachable
from minion.steps.applied import Applied
from minion.steps.base import Step
from minion.steps.holders import NO_TABLES, Holder, Tables, holders_at
from minion.steps.proof import database_url
from minion.steps.unfinished import Built, indexes_there, mend_indexes
from minion.steps.world import World

POLL_S = 1.0

#: How long those who hold tables for long are waited for before the first try.
HOLDERS_S = 60.0
#: No pause between two tries is longer.
MOST_PAUSE_S = 60.0
#: What PostgreSQL says when ``lock_timeout`` has passed (its error 55P03).
NO_LOCK = b"due to lock timeout"

DATABASE = Option.SYNCDB | Option.MIGRATE | Option.FIXTURES


@dataclass(frozen=True)
class RunCommand(Step):
    """`command` runs in a one-off dyno, for the sake of `option`.

    `lock_timeout` is how long PostgreSQL lets it wait for a lock, None for ever. Where it
    ended for want of one, it is run again after a pause, `tries` times in all: whoever
    waits for a lock on a table holds up everybody who comes after. The first pause is
    `pause_s`, each other twice the one before. `builds` are the indexes that its migrations
    build concurrently: what a try leaves of them is dropped before the next one. Who holds
    `tables` for long is waited for.
    """

    option: Option
    command: str
    lock_timeout: str | None = None
    tries: int = 1
    pause_s: float = 2.0
    builds: tuple[Built, ...] = ()
    tables: Tables = NO_TABLES

    @property
    def title(self) -> str:
        if self.lock_timeout is None:
            return f"{self.app}: {self.command}"
        tries = f", {self.tries} tries" if self.tries > 1 else ""
        return f"{self.app}: {self.command} (at most {self.lock_timeout} for a lock{tries})"

    @property
    def touches_database(self) -> bool:
        return bool(self.option & DATABASE)

    def do(self, world: World) -> None:
        if world.is_repeating and self._has_run(world):
            return

        def on_start(dyno: Dyno) -> None:
            # The dyno has the code of the release that was newest when it was made.
            world.check_release(self.app, dyno.release_version)
            # Before the command starts: a dyno that is not noted has never run it.
            world.note(dyno=dyno.name)

        self._let_end(world)
        for attempt in range(1, self.tries + 1):
            self._mend(world, is_first=attempt == 1)
            output = _Output(Applied(world, self.app).write)
            status = world.heroku.dynos.run(
                self.app,
                self.command,
                write=output.write,
                timeout_s=ONE_OFF_S,
                env=self._environment,
                on_start=on_start,
            )
            if status == 0:
                return
            failed = f"{self.app}: `{self.command}` exited with status {status}"
            if self.lock_timeout is None or not output.tells_of_lock:
                raise HerokuError(failed)
            held = "; ".join(map(str, self._holders(world)))
            if attempt < self.tries:
                pause_s = min(self.pause_s * 2 ** (attempt - 1), MOST_PAUSE_S)
                world.console.say(
                    f"{self.app}: no lock within {self.lock_timeout}, so it gave way and nobody "
                    f"waits. Try {attempt + 1} of {self.tries} in {pause_s:g} s."
                    + (f" Now {held}." if held else "")
                )
                if until(lambda: world.is_stopping(), timeout_s=pause_s, poll_s=0.2):
                    raise HerokuError(f"{failed}, and was not tried again")
        told = f"; {held}" if held else ""
        raise HerokuError(
            f"{failed}: PostgreSQL gave it no lock within {self.lock_timeout}, tried "
            f"{self.tries} times{told}. What holds the table: heroku pg:locks -a {self.app}, "
            f"heroku pg:ps -a {self.app}; a backup under way: heroku pg:backups -a {self.app}"
        )

    def _holders(self, world: World) -> Sequence[Holder]:
        """Who holds the tables now; nobody where the database does not say."""
        if not self.tables:
            return ()
        try:
            return holders_at(database_url(world, self.app), self.tables)
        except (DatabaseUnreachable, HerokuError):
            return ()

    def _let_end(self, world: World) -> None:
        """Wait for whoever holds the tables for long, and say who does not end."""
        last: list[str] = []

        def have_ended() -> bool:
            last[:] = [str(one) for one in self._holders(world) if one.is_long]
            return not last

        if have_ended():
            return
        with world.console.waiting(f"{self.app}: {'; '.join(last)}: it is waited for") as tell_left:
            since = clock()

            def look() -> bool:
                tell_left(max(0.0, since + HOLDERS_S - clock()))
                return have_ended()

            stopping = world.is_stopping
            if until(look, timeout_s=HOLDERS_S, poll_s=POLL_S, is_stopping=stopping):
                return
        world.console.say(f"{self.app}: {'; '.join(last)}, and has not ended: tried all the same.")

    def _mend(self, world: World, *, is_first: bool) -> None:
        """See to what an earlier try has left of the indexes that are to be built."""
        if not self.builds:
            return
        before = world.noted.get("indexes")
        try:
            url = database_url(world, self.app)
        except HerokuError as error:
            world.console.say(f"{error}: whether an index was left unfinished cannot be told")
            return
        try:
            if is_first and not world.is_repeating:
                there = indexes_there(url, self.builds)
                before = json.dumps(there)
                world.note(indexes=before)
                world.noted = {**world.noted, "indexes": before}
            known = None if before is None else json.loads(before)
            mend_indexes(world, self.app, url, self.builds, known)
        except DatabaseUnreachable as error:
            told = f"{self.app}: whether an index was left unfinished cannot be told: {error}"
            world.console.say(told)

    @property
    def _environment(self) -> dict[str, str]:
        """What libpq hands on to the server (PostgreSQL: Environment Variables)."""
        if self.lock_timeout is None:
            return {}
        return {"PGOPTIONS": f"-c lock_timeout={self.lock_timeout.replace(' ', '')}"}

    def _has_run(self, world: World) -> bool:
        """Whether the dyno of a process that was killed has carried the command out.

        It is waited for, so that the command never runs twice at once. One
        whose end nobody knows is run again: Django's commands take up what is
        left to do.
        """
        name = world.noted.get("dyno")
        if not name:
            return False
        if world.heroku.dynos.find(self.app, name) is not None:
            world.console.say(f"{self.app}: {name} still runs the command; waiting for it.")

        def has_ended() -> bool:
            return world.heroku.dynos.find(self.app, name) is None

        if not until(has_ended, timeout_s=ONE_OFF_S, poll_s=POLL_S):
            raise HerokuError(f"{self.app}: {name} does not come to its end")
        try:
            status = world.heroku.logs.exit_status(self.app, name)
        except HerokuError as error:
            world.console.say(f"{self.app}: how {name} ended is not known: {error}")
            return False
        said = "with a status that nobody knows" if status is None else f"with status {status}"
        world.console.say(f"{self.app}: {name} has ended {said}.")
        return status == 0


class _Output:
    """Hands a command's output on, and tells whether it says that there was no lock."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._tail = b""
        self.tells_of_lock = False

    def write(self, output: bytes) -> None:
        self._write(output)
        # The words may come in two parts.
        self._tail = self._tail[-len(NO_LOCK) :] + output
        self.tells_of_lock = self.tells_of_lock or NO_LOCK in self._tail


def with_fixtures(command: str, paths: tuple[str, ...]) -> str:
    """`command` with ``{fixtures}`` replaced by `paths`, each quoted for the dyno's shell.

    A path that begins with a dash would be read as an option by loaddata.
    """
    safe = (path if not path.startswith("-") else f"./{path}" for path in paths)
    return command.replace("{fixtures}", " ".join(shlex.quote(path) for path in safe))
