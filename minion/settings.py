"""The settings of a project: ``minion.toml``, read, checked and frozen.

Only this module looks at ``os.environ`` and at settings files. Everything
that can be wrong with a settings file is found here, before Heroku or git is
asked anything, and named by file, key and fix.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from minion.analyse import DEFAULT_STATIC_EXTENSIONS, DEFAULT_STATIC_FOLDERS
from minion.errors import ArgumentError, SettingsError
from minion.schema import Section, closest

FILENAME = "minion.toml"


@dataclass(frozen=True)
class Commands:
    """What one-off dynos run; ``{fixtures}`` is replaced by quoted paths."""

    migrate: str = "python manage.py migrate --noinput"
    syncdb: str = "python manage.py migrate --run-syncdb --noinput"
    fixtures: str = "python manage.py loaddata {fixtures}"
    collectstatic: str = "python manage.py collectstatic --noinput"
    anonymise: str = "python manage.py anonymise_data"


@dataclass(frozen=True)
class Environment:
    """One stage on the way up: its apps and how code gets there.

    `preboot` is what the team wants during a deployment (None: as found),
    `remote_only` names config vars that stand in no file on purpose.
    `is_top` marks the live site: the last environment in the file.
    """

    name: str
    apps: tuple[str, ...]
    branch: str
    pipeline: bool
    preboot: bool | None
    tag: str
    is_top: bool
    is_bottom: bool
    remote_only: tuple[str, ...] = ()

    @property
    def confirmation(self) -> str:
        """What ``confirm=`` must say when it names apps: ``a`` or ``a+b``."""
        return "+".join(self.apps)


@dataclass(frozen=True)
class Settings:
    """A whole ``minion.toml``; `environments` run from the lowest to the live site.

    In a rehearsal `origin` stands in for the project's own.
    """

    root: Path
    main_branch: str = "master"
    origin: str = "origin"
    config: Path | None = None
    static_extensions: tuple[str, ...] = DEFAULT_STATIC_EXTENSIONS
    static_folders: tuple[str, ...] = DEFAULT_STATIC_FOLDERS
    commands: Commands = Commands()
    environments: tuple[Environment, ...] = ()
    is_rehearsal: bool = False

    def environment(self, name: str) -> Environment:
        """The environment called `name`.

        Raises:
            ArgumentError: there is none; the message names those that there are.
        """
        for environment in self.environments:
            if environment.name == name:
                return environment
        names = [environment.name for environment in self.environments]
        hint = closest(name, names)
        raise ArgumentError(
            f"unknown environment {name!r}{hint}; {FILENAME} has {', '.join(names) or 'none'}"
        )

    def below(self, environment: Environment) -> Environment | None:
        """The environment that code passes through before `environment`."""
        index = self.environments.index(environment)
        return self.environments[index - 1] if index else None


def environ() -> Mapping[str, str]:
    """The process's environment as it is now (``fab sandbox`` changes it on the way)."""
    return dict(os.environ)


def load(start: Path | None = None) -> Settings:
    """The settings that hold in the folder `start` (default: the current one).

    ``MINION_SETTINGS`` names the file, else it is ``minion.toml`` in `start`
    or the nearest folder above. ``MINION_ORIGIN`` (a remote, URL or path)
    stands in for ``project.origin``: a rehearsal must not push to the real one.

    Raises:
        SettingsError: no such file, no TOML, or something in it that cannot be used.
    """
    path = find(start or Path.cwd())
    settings = parse(path.read_bytes(), path)
    origin = os.environ.get("MINION_ORIGIN")
    if not origin:
        return settings
    return replace(settings, origin=origin, is_rehearsal=True)


def find(start: Path) -> Path:
    """The settings file for the folder `start`.

    Raises:
        SettingsError: there is none.
    """
    named = os.environ.get("MINION_SETTINGS")
    if named:
        path = Path(named)
        path = path / FILENAME if path.is_dir() else path
        if not path.is_file():
            raise SettingsError(f"MINION_SETTINGS={named}: there is no such file")
        return path.resolve()
    for folder in [start, *start.resolve().parents]:
        if (folder / FILENAME).is_file():
            return (folder / FILENAME).resolve()
        if (folder / ".git").exists():
            break
    raise SettingsError(
        f"no {FILENAME} in {start}: write one with `fab init`, or try `fab sandbox deploy:uat`"
    )


def parse(content: bytes, path: Path) -> Settings:
    """The settings in `content`, the bytes of the file `path`.

    Raises:
        SettingsError: names the file, the key's path and the fix.
    """
    top = Section(_toml(content, path), path.name)
    project = top.section("project")
    main_branch = project.text("main_branch", "master")
    settings = Settings(
        root=path.parent,
        main_branch=main_branch,
        origin=project.text("origin", "origin"),
        config=_folder(project.optional_text("config"), path.parent),
        static_extensions=_extensions(project),
        static_folders=project.texts("static_folders", DEFAULT_STATIC_FOLDERS),
        commands=_commands(top.section("commands")),
        environments=_environments(top.section("environments", required=True), main_branch),
    )
    project.finish()
    top.finish()
    return settings


def _toml(content: bytes, path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path.name}: not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name}: not valid TOML: {error}") from None
    return table


def _folder(text: str | None, root: Path) -> Path | None:
    return None if text is None else (root / text).resolve()


def _extensions(project: Section) -> tuple[str, ...]:
    extensions = project.texts("static_extensions", DEFAULT_STATIC_EXTENSIONS)
    for extension in extensions:
        if not extension.startswith(".") or len(extension) < 2:
            project.fail("static_extensions", f'{extension!r} must start with a dot, like ".css"')
    return tuple(extension.lower() for extension in extensions)


def _commands(section: Section) -> Commands:
    commands = Commands(
        **{name: section.text(name, default) for name, default in Commands().__dict__.items()}
    )
    if "{fixtures}" not in commands.fixtures:
        section.fail("fixtures", "must contain {fixtures}, where the paths go")
    section.finish()
    return commands


def _environments(section: Section, main_branch: str) -> tuple[Environment, ...]:
    names = section.names()
    if not names:
        section.fail("", "name at least one, such as [environments.live]")
    result = [
        _environment(section.section(name), name, main_branch, index == 0, index == len(names) - 1)
        for index, name in enumerate(names)
    ]
    _refuse_shared(result, section)
    return tuple(result)


def _environment(
    section: Section, name: str, main_branch: str, is_bottom: bool, is_top: bool
) -> Environment:
    if not name.replace("-", "").replace("_", "").isalnum() or name == "local":
        section.fail("", "an environment's name is made of letters, digits, - and _ (not `local`)")
    apps = section.texts("apps", ())
    app = section.optional_text("app")
    if (app is None) == (not apps):
        section.fail("app", 'give either app = "name" or apps = ["a", "b"]')
    apps = apps or (app or "",)
    for one in apps:
        if not one.replace("-", "").isalnum() or not one.islower() or not one[0].isalpha():
            section.fail("app", f"{one!r} is no Heroku app name (lower case, digits and dashes)")
    if len(set(apps)) != len(apps):
        section.fail("apps", "names an app twice")
    pipeline = section.flag("pipeline", False)
    if pipeline and is_bottom:
        section.fail("pipeline", "there is no environment below to promote from; remove it")
    branch = section.text("branch", main_branch)
    if is_top and branch != main_branch:
        section.fail("branch", f"{name} takes only {main_branch} (project.main_branch); remove it")
    environment = Environment(
        name=name,
        apps=apps,
        branch=branch,
        pipeline=pipeline,
        preboot=section.optional_flag("preboot"),
        tag=_tag(section, len(apps)),
        is_top=is_top,
        is_bottom=is_bottom,
        remote_only=section.texts("remote_only", ()),
    )
    section.finish()
    return environment


def _tag(section: Section, app_count: int) -> str:
    default = "{environment}-v{version}" if app_count == 1 else "{environment}-{app}-v{version}"
    tag = section.text("tag", default)
    try:
        tag.format(environment="e", app="a", version=1)
    except (KeyError, IndexError, ValueError):
        section.fail(
            "tag", "may contain {environment}, {app} and {version}, nothing else in braces"
        )
    if "{version}" not in tag:
        section.fail("tag", "must contain {version}, or the second release has no name left")
    if app_count > 1 and "{app}" not in tag:
        section.fail("tag", "must contain {app}: each app counts its own versions")
    return tag


def _refuse_shared(environments: list[Environment], section: Section) -> None:
    owner: dict[str, str] = {}
    for environment in environments:
        for app in environment.apps:
            if app in owner:
                section.fail(environment.name, f"app {app!r} belongs to {owner[app]} already")
            owner[app] = environment.name
    tags: dict[str, str] = {}
    for environment in environments:
        sample = environment.tag.replace("{environment}", environment.name)
        if "{app}" not in sample and sample in tags:
            section.fail(
                f"{environment.name}.tag", f"would collide with the tags of {tags[sample]}"
            )
        tags[sample] = environment.name
