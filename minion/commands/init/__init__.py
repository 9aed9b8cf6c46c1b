"""``init``: a project's files are written, from what its clone and Heroku say."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from minion.analyser.project import migrating_all
from minion.commands.init import account, guesses
from minion.commands.init.clone import Clone, look_at
from minion.commands.init.guesses import Guess, Place
from minion.commands.init.writing import text_of
from minion.errors import HerokuError, Refused
from minion.settings import FILENAME, environ
from minion.settings.keys import text_default
from minion.terminal.console import Console
from minion.text import plain

if TYPE_CHECKING:
    from minion.heroku import Heroku

FABFILE = "from minion.tasks import *\n"


def init() -> None:
    """Write ``minion.toml`` and ``fabfile.py`` where they are missing; never over a file.

    The clone's remotes and branches are read, and Heroku is asked for the apps' pipeline
    where there is a token. What is guessed says so in a comment.

    Raises:
        GitError: the current folder is in no git repository.
    """
    from minion.git import Repository
    from minion.heroku import Heroku

    console = Console()
    repository = Repository.open(Path.cwd())
    root = repository.root
    if (root / FILENAME).exists():
        console.say(f"{FILENAME} is there already; it stays as it is.")
    else:
        heroku = Heroku.connect(environ())
        clone = look_at(repository, [heroku.git_host])
        guess = guess_of(clone, places_of(clone, heroku, console))
        _write(console, root / FILENAME, text_of(guess))
        for place in guess.places:
            console.say(
                f"  {plain(place.name)}: {plain(', '.join(place.apps))} ({plain(place.why)})"
            )
    fabfile = root / "fabfile.py"
    is_new = _write(console, fabfile, FABFILE)
    if not is_new and "minion.tasks" not in fabfile.read_text("utf-8", "replace"):
        console.say(f"Add this line to it:\n\n    {FABFILE}")
    console.say(f"Look through {FILENAME}, then: fab doctor")


def places_of(clone: Clone, heroku: Heroku, console: Console) -> tuple[Place, ...]:
    """The environments: by Heroku's pipeline, by git's remotes, or by the project's name."""
    known = guesses.by_remotes(clone.heroku)
    try:
        found = account.places(heroku, [app for _, app in clone.heroku], clone.name)
    except HerokuError as error:
        console.say(f"Heroku was not asked for pipelines: {plain(str(error))}")
        found = []
    return tuple(found) or known or guesses.by_name(clone.name)


def guess_of(clone: Clone, places: tuple[Place, ...]) -> Guess:
    """All that the file will say."""
    return Guess(
        clone.main,
        clone.origin,
        tuple(
            replace(place, branch=guesses.branch_of(place.name, clone.branches, clone.main))
            if place.name != guesses.LIVE and not place.is_promoted
            else place
            for place in places
        ),
        clone.why_main,
        clone.why_origin,
        clone.config,
        *_commands(clone),
    )


def _commands(clone: Clone) -> tuple[dict[str, str], dict[str, str]]:
    """The commands that are not the usual ones, and why each is not."""
    names = ("migrate", "syncdb", "fixtures", "collectstatic", "anonymise")
    if not clone.has_database:
        why = "no package here speaks to PostgreSQL"
        return dict.fromkeys(names[:3], ""), dict.fromkeys(names[:3], why)
    manage, commands, whys = clone.manage, {}, {}
    usual = {name: text_default(f"commands.{name}") for name in names}
    if manage is not None and posixpath.dirname(manage):
        commands = {name: usual[name].replace("manage.py", manage) for name in names}
        whys = dict.fromkeys(names, "where manage.py is")
    if clone.databases:
        commands["migrate"] = migrating_all({**usual, **commands}["migrate"], clone.databases)
        whys["migrate"] = "the databases of " + ", ".join(clone.databases.values())
    return commands, whys


def _write(console: Console, path: Path, content: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        console.say(f"{path.name} is there already; it stays as it is.")
        return False
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    console.say(f"Wrote {path.name}.")
    return True
