"""Where else Heroku runs ``migrate``: hooks of the build, dynos that boot, a new app's script."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from minion.analyser.procfile.release import Migrates, npm_scripts, script_migrates

#: Run by Node's buildpack, where an app has that one too (Dev Center: Node.js Support).
NODE_HOOKS = ("heroku-prebuild", "build", "heroku-postbuild", "heroku-cleanup")
#: Sourced before a dyno's command (Dev Center: Dynos, The .profile file).
PROFILE = ".profile"
PROFILES = ".profile.d/"
#: Run by the Python buildpack, with the app's config vars (Dev Center: Python Support).
BUILD_HOOKS = ("bin/pre_compile", "bin/post_compile")

Read = Callable[[str], "str | None"]


class Moment(Enum):
    """When a hook runs, in words that go on from what runs it."""

    BUILD = "during the build, while the old code serves and before there is a release"
    BOOT = "whenever a dyno boots, in as many dynos at once as there are"
    CREATION = "when an app is made from the repository, and not on a deployment"


@dataclass(frozen=True)
class Hook:
    """Something besides the release phase that runs ``migrate``, or may."""

    where: str
    moment: Moment
    #: Whether it runs all of ``migrate``, each time.
    is_sure: bool

    @property
    def is_early(self) -> bool:
        """Whether a deployment runs it while the old code may still serve."""
        return self.moment is not Moment.CREATION

    @property
    def words(self) -> str:
        """What it does, for the report."""
        does = "runs migrate" if self.is_sure else "may run migrate"
        safer = "; `release:` in the Procfile is the place for it" if self.is_early else ""
        return f"{self.where} {does} {self.moment.value}{safer}"


def hooks(procfile: Mapping[str, str], read: Read, paths: Collection[str] = ()) -> tuple[Hook, ...]:
    """All of them. `read` gives the text of a file of the repository, None if there is none.

    `paths` are the files that there are.
    """
    found = []
    profiles = [PROFILE, *(path for path in paths if path.startswith(PROFILES))]
    places = (
        *_of_build(read),
        *_of_boot(procfile),
        *((path, Moment.BOOT, text) for path in profiles if (text := read(path)) is not None),
        *_of_creation(read),
    )
    for where, moment, script in places:
        texts = [script]

        def see(path: str, texts: list[str] = texts) -> str:
            """A file that is not there is no reason to think that it migrates."""
            texts.append(read(path) or "")
            return texts[-1]

        migrates = script_migrates(script, see)
        if migrates is not Migrates.NO and any("migrat" in text for text in texts):
            found.append(Hook(where, moment, migrates is Migrates.YES))
    return tuple(found)


def _of_build(read: Read) -> Iterator[tuple[str, Moment, str]]:
    for path in BUILD_HOOKS:
        script = read(path)
        if script is not None:
            yield path, Moment.BUILD, script
    scripts = npm_scripts(read("package.json"))
    for name in NODE_HOOKS:
        if name in scripts:
            yield f"package.json's script {name}", Moment.BUILD, scripts[name]


def _of_boot(procfile: Mapping[str, str]) -> Iterator[tuple[str, Moment, str]]:
    for process_type, command in procfile.items():
        if process_type != "release":
            yield f"the {process_type} command", Moment.BOOT, command


def _of_creation(read: Read) -> Iterator[tuple[str, Moment, str]]:
    """``scripts`` of app.json, for all apps or those of one kind (Dev Center: app.json Schema)."""
    try:
        manifest = json.loads(read("app.json") or "{}")
    except (ValueError, RecursionError):
        return
    parts = [manifest]
    if isinstance(manifest, dict) and isinstance(manifest.get("environments"), dict):
        parts += manifest["environments"].values()
    for part in parts:
        scripts = part.get("scripts") if isinstance(part, dict) else None
        for name, script in scripts.items() if isinstance(scripts, dict) else ():
            command = script.get("command") if isinstance(script, dict) else script
            if isinstance(command, str) and name != "test":
                yield f"app.json's script {name}", Moment.CREATION, command
