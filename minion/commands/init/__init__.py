"""``init``: a project's files are written."""

from __future__ import annotations

from pathlib import Path

from minion.commands.doctor.repository import has_branch as _has_branch
from minion.errors import Refused
from minion.settings import FILENAME
from minion.settings.keys import template
from minion.terminal.console import Console

FABFILE = "from minion.tasks import *\n"


def init() -> None:
    """Write ``minion.toml`` and ``fabfile.py`` where they are missing; never over a file.

    Raises:
        GitError: the current folder is in no git repository.
    """
    from minion.git import Repository

    console = Console()
    root = Repository.open(Path.cwd()).root
    main = "main" if _has_branch(Repository.open(root), "main") else "master"
    name = "".join(c if c.isalnum() else "-" for c in root.name.lower()).strip("-") or "my-app"
    name = name if name[0].isalpha() else f"app-{name}"
    _write(console, root / FILENAME, template(main, name))
    fabfile = root / "fabfile.py"
    is_new = _write(console, fabfile, FABFILE)
    if not is_new and "minion.tasks" not in fabfile.read_text("utf-8", "replace"):
        console.say(f"Add this line to it:\n\n    {FABFILE}")
    console.say(f"Put your apps' names into {FILENAME}, then: fab doctor")


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
