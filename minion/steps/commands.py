"""Management commands, run in one-off dynos of the release that is now current."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from minion.errors import HerokuError
from minion.heroku.timeouts import ONE_OFF_S
from minion.heroku.waiting import until
from minion.options import Option
from minion.steps.base import Step
from minion.steps.world import World

POLL_S = 1.0

DATABASE = Option.SYNCDB | Option.MIGRATE | Option.FIXTURES


@dataclass(frozen=True)
class RunCommand(Step):
    """`command` runs in a one-off dyno, for the sake of `option`.

    `lock_timeout` is how long PostgreSQL lets it wait for a lock, None for ever.
    """

    option: Option
    command: str
    lock_timeout: str | None = None

    @property
    def title(self) -> str:
        return f"{self.app}: {self.command}"

    @property
    def touches_database(self) -> bool:
        return bool(self.option & DATABASE)

    def do(self, world: World) -> None:
        if world.is_repeating and self._has_run(world):
            return
        status = world.heroku.dynos.run(
            self.app,
            self.command,
            write=world.console.output_bytes,
            timeout_s=ONE_OFF_S,
            env=self._environment,
            # Before the command starts: a dyno that is not noted has never run it.
            on_start=lambda name: world.note(dyno=name),
        )
        if status != 0:
            raise HerokuError(f"{self.app}: `{self.command}` exited with status {status}")

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


def with_fixtures(command: str, paths: tuple[str, ...]) -> str:
    """`command` with ``{fixtures}`` replaced by `paths`, each quoted for the dyno's shell.

    A path that begins with a dash would be read as an option by loaddata.
    """
    safe = (path if not path.startswith("-") else f"./{path}" for path in paths)
    return command.replace("{fixtures}", " ".join(shlex.quote(path) for path in safe))
