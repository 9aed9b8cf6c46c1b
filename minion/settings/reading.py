"""``minion.toml`` from bytes to :class:`Settings`, with errors that name the key and the fix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from minion.errors import SettingsError
from minion.settings.environments import environments_of
from minion.settings.keys import LOCKS, MEASURE, ON_FAILURE
from minion.settings.schema import Section, closest
from minion.settings.values import Commands, Data, Settings, Watching, span_s

#: A first pause that is longer would not grow any more.
MOST_PAUSE_S = 60.0


def parse(content: bytes, path: Path) -> Settings:
    """The settings in `content`, the bytes of the file `path`.

    Raises:
        SettingsError: names the file, the key's path and the fix.
    """
    top = Section(_toml(content, path), path.name)
    project, downtime = top.section("project"), top.section("downtime")
    main_branch, origin = project.text("main_branch"), project.text("origin")
    settings = Settings(
        root=path.parent,
        main_branch=main_branch,
        origin=origin,
        remote=origin,
        lock=_one_of(project, "lock", LOCKS),
        config=_folder(project.optional_text("config"), path.parent),
        static_extensions=_extensions(project),
        static_folders=project.texts("static_folders"),
        commands=_commands(top.section("commands")),
        measure=_one_of(downtime, "measure", MEASURE),
        watching=_watching(top.section("watch")),
        data=_data(top.section("data")),
        environments=environments_of(top.section("environments", required=True), main_branch),
    )
    project.finish()
    downtime.finish()
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
    except RecursionError:
        raise SettingsError(f"{path.name}: nested too deep to be read") from None
    return table


def _folder(text: str | None, root: Path) -> Path | None:
    return None if text is None else (root / text).resolve()


def _extensions(project: Section) -> tuple[str, ...]:
    extensions = project.texts("static_extensions")
    for extension in extensions:
        if not extension.startswith(".") or len(extension) < 2:
            project.fail("static_extensions", f'{extension!r} must start with a dot, like ".css"')
    return tuple(extension.lower() for extension in extensions)


def _one_of(section: Section, key: str, choices: tuple[str, ...]) -> str:
    value = section.text(key)
    if value not in choices:
        section.fail(key, f"{value!r} is none of {', '.join(choices)}{closest(value, choices)}")
    return value


def _watching(section: Section) -> Watching:
    watching = Watching(
        errors=section.text("errors"),
        status=section.number("status", 100, 599),
        on_failure=_one_of(section, "on_failure", ON_FAILURE),
    )
    try:
        _ = watching.share
    except ValueError:
        section.fail("errors", f'{watching.errors!r} is no share of requests such as "1%"')
    section.finish()
    return watching


def _data(section: Section) -> Data:
    data = Data(
        pii=_columns(section, "pii"),
        pii_ignore=_columns(section, "pii_ignore"),
        local=section.optional_text("local"),
    )
    section.finish()
    return data


def _columns(section: Section, key: str) -> tuple[str, ...]:
    """Columns as ``table.column``; a schema other than public may stand before them."""
    columns = section.texts(key)
    for column in columns:
        parts = column.split(".")
        if len(parts) not in (2, 3) or not all(parts):
            section.fail(key, f'{column!r} must name a table and a column, "shop_customer.email"')
    return columns


def _commands(section: Section) -> Commands:
    commands = Commands(
        migrate=section.command("migrate"),
        syncdb=section.command("syncdb"),
        fixtures=section.command("fixtures"),
        collectstatic=section.command("collectstatic"),
        anonymise=section.text("anonymise"),
        lock_timeout=section.optional_text("lock_timeout"),
        lock_tries=section.number("lock_tries", 1, 50),
        lock_pause=section.text("lock_pause"),
    )
    for key, span in (("lock_timeout", commands.lock_timeout), ("lock_pause", commands.lock_pause)):
        try:
            seconds = span_s(span) if span else 0.0
        except ValueError as error:
            section.fail(key, str(error))
        if key == "lock_pause" and seconds > MOST_PAUSE_S:
            section.fail(key, f"{span!r} is longer than a minute")
    if commands.fixtures and "{fixtures}" not in commands.fixtures:
        section.fail("fixtures", "must contain {fixtures}, where the paths go")
    section.finish()
    return commands
