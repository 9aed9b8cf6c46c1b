"""The program ``minion``: Fabric's own, with minion's tasks also where there is no fabfile.

``fab`` gives up in a project without a fabfile before any task can write one.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from minion.terminal import typed

#: The fabfile for projects without one that brings minion's tasks.
OWN = Path(__file__).with_name("fabfile.py")


def main() -> None:
    """Carry out the process's arguments as ``fab`` would; alone it lists the tasks."""
    from fabric.main import main as fabric

    typed.begin_with(program=program_as_typed(sys.argv[0]))
    if not sys.argv[1:]:
        sys.argv.append("--list")
    fabric(None if _uses_the_project_s(sys.argv[1:]) else [str(OWN)])


def program_as_typed(program: str) -> str:
    """How to start this program again, by what the process says that it is called."""
    if Path(program).name == "__main__.py":
        python = getattr(sys, "orig_argv", [sys.executable])[0]
        return f"{shlex.quote(python)} -m minion"
    name = Path(program).name
    found = shutil.which(name)
    is_on_path = found is not None and Path(found).absolute() == Path(program).absolute()
    return shlex.quote(name if is_on_path else program)


def _uses_the_project_s(arguments: Sequence[str]) -> bool:
    """Whether Fabric is to look for the fabfile as ever: one is named, or brings these tasks."""
    if any(word.startswith(("-f", "--fabfile")) for word in arguments):
        return True
    try:
        here = Path.cwd()
    except OSError:
        return False
    for folder in (here, *here.parents):
        for path in (folder / "fabfile.py", folder / "fabfile" / "__init__.py"):
            if path.is_file():
                # One for another Fabric, or of other tasks only, is for `fab` to read.
                return "minion" in path.read_text("utf-8", "replace")
        if (folder / ".git").exists():
            break
    return False
