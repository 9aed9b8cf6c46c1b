"""Which package manager a project uses: exactly one, by its files (lib/package_manager.sh)."""

from __future__ import annotations

from minion.buildpack.source import Refusal, Source

#: The file that Heroku goes by -> the package manager.
MANAGERS = {
    "Pipfile.lock": "Pipenv",
    "requirements.txt": "pip",
    "poetry.lock": "Poetry",
    "uv.lock": "uv",
}


def manifest_of(source: Source) -> str | Refusal:
    """The one of `MANAGERS`' files that is there; else why the build fails."""
    found = [path for path in MANAGERS if source.text(path) is not None]
    if "Pipfile.lock" not in found and source.text("Pipfile") is not None:
        return Refusal("Pipfile", "has no Pipfile.lock beside it", "pipenv lock")
    if len(found) > 1:
        several = " and ".join(f"{path} ({MANAGERS[path]})" for path in found)
        return Refusal(
            found[0],
            f"several package managers' files, {several}",
            "keep one, and git rm the others",
        )
    return found[0] if found else _none(source)


def _none(source: Source) -> Refusal:
    if source.text("pyproject.toml") is not None:
        return Refusal(
            "pyproject.toml",
            "is no manifest to Heroku by itself",
            'commit its lock file (uv lock, poetry lock), or a requirements.txt with the line "."',
        )
    if source.text("setup.py") is not None:
        return Refusal(
            "setup.py",
            "is no manifest to Heroku by itself",
            'commit a requirements.txt with the line "--editable ."',
        )
    return Refusal(
        "requirements.txt",
        "there is no requirements.txt, Pipfile.lock, poetry.lock or uv.lock",
        "commit the one of your package manager, in the repository's root",
    )
