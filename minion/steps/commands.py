"""Management commands, run in one-off dynos of the release that is now current."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from minion.errors import HerokuError
from minion.options import Option
from minion.steps.base import Step
from minion.world import World

#: A one-off dyno lives for 24 hours at most (Dev Center: One-Off Dynos).
COMMAND_S = 24 * 60 * 60

DATABASE = Option.SYNCDB | Option.MIGRATE | Option.FIXTURES


@dataclass(frozen=True)
class RunCommand(Step):
    """`command` runs in a one-off dyno, for the sake of `option`."""

    option: Option
    command: str

    @property
    def title(self) -> str:
        return f"{self.app}: {self.command}"

    @property
    def touches_database(self) -> bool:
        return bool(self.option & DATABASE)

    def do(self, world: World) -> None:
        status = world.heroku.dynos.run(
            self.app, self.command, write=world.console.output_bytes, timeout_s=COMMAND_S
        )
        if status != 0:
            raise HerokuError(f"{self.app}: `{self.command}` exited with status {status}")


def with_fixtures(command: str, paths: tuple[str, ...]) -> str:
    """`command` with ``{fixtures}`` replaced by `paths`, each quoted for the dyno's shell.

    A path that begins with a dash would be read as an option by loaddata.
    """
    safe = (path if not path.startswith("-") else f"./{path}" for path in paths)
    return command.replace("{fixtures}", " ".join(shlex.quote(path) for path in safe))
