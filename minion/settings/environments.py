"""The tables ``[environments.NAME]``: read one by one, then checked against each other."""

from __future__ import annotations

from minion.settings.schema import Section
from minion.settings.values import Environment, watch_s


def environments_of(section: Section, main_branch: str) -> tuple[Environment, ...]:
    names = section.names()
    if not names:
        section.fail("", "name at least one, such as [environments.live]")
    result = [
        _environment(
            section.section(name, named=True),
            name,
            main_branch,
            index == 0,
            index == len(names) - 1,
        )
        for index, name in enumerate(names)
    ]
    _refuse_shared(result, section)
    return tuple(result)


def _environment(
    section: Section, name: str, main_branch: str, is_bottom: bool, is_top: bool
) -> Environment:
    if not name.replace("-", "").replace("_", "").isalnum() or name == "local":
        section.fail("", "an environment's name is made of letters, digits, - and _ (not `local`)")
    apps = section.texts("apps")
    app = section.optional_text("app")
    if (app is None) == (not apps):
        section.fail("app", 'give either app = "name" or apps = ["a", "b"]')
    apps = apps or (app or "",)
    for one in apps:
        if not one.replace("-", "").isalnum() or not one.islower() or not one[0].isalpha():
            section.fail("app", f"{one!r} is no Heroku app name (lower case, digits and dashes)")
    if len(set(apps)) != len(apps):
        section.fail("apps", "names an app twice")
    pipeline = section.flag("pipeline")
    if pipeline and is_bottom:
        section.fail("pipeline", "there is no environment below to promote from; remove it")
    branch = section.optional_text("branch") or main_branch
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
        remote_only=section.texts("remote_only"),
        watch_s=_watch_s(section),
        health=_health(section),
    )
    section.finish()
    return environment


def _watch_s(section: Section) -> float:
    try:
        return watch_s(section.optional_text("watch") or "0")
    except ValueError as error:
        section.fail("watch", str(error))


def _health(section: Section) -> str | None:
    path = section.optional_text("health")
    is_path = path is None or (path[:1] == "/" and path[:2] != "//" and path.isprintable())
    if not is_path or " " in (path or ""):
        section.fail("health", f'{path!r} is no path of the app\'s own site, such as "/healthz"')
    return path


def _tag(section: Section, app_count: int) -> str:
    given = section.optional_text("tag")
    tag = given or (section.text("tag") if app_count == 1 else "{environment}-{app}-v{version}")
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
