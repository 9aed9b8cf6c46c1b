"""The rules: which changed path sets which option."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from minion.analyser.changes.analysis import Analysis, joined
from minion.analyser.changes.layout import Layout
from minion.analyser.changes.notes import notes_on
from minion.analyser.changes.paths import (
    StaticRules,
    Tree,
    app_folders,
    is_fixture,
    is_for_tests,
    is_model_module,
    suffix,
)
from minion.git.records import Change
from minion.options import ALL, Option, each


def analyse(
    changes: Sequence[Change],
    target_paths: Collection[str],
    *,
    commits_differ: bool,
    collects_static: bool,
    rules: StaticRules | None = None,
    layout: Layout | None = None,
) -> Analysis:
    """What going to the target commit takes, judged by the paths that changed.

    `target_paths` are all files at the target commit, submodules not among
    them: a changed path that is not there is a submodule, whose content cannot
    be seen. `collects_static` says that the build runs collectstatic itself; `layout` where
    migrations and lists of packages are, beside the usual places.
    """
    tree = Tree(target_paths)
    static, layout = rules or StaticRules(), layout or Layout()
    unseen = _submodules(changes, tree)
    migrations = _migrations(changes, tree, layout)
    fixtures = sorted(change.path for change in changes if _is_loadable(change, tree))
    packages = [change.path for change in changes if layout.is_package_list(change.path)]
    evidence: dict[Option, list[str]] = {
        Option.PUSH: ["the commits differ"] if commits_differ else [],
        Option.SYNCDB: [*_unmigrated_models(changes, tree, layout), *unseen],
        Option.MIGRATE: [*migrations, *unseen, *packages],
        Option.FIXTURES: fixtures,
        Option.COLLECTSTATIC: [
            *(change.path for change in changes if static.matches(change.path)),
            *unseen,
        ],
    }
    if collects_static:
        evidence[Option.COLLECTSTATIC] = []
    reasons = {option: joined(paths) for option, paths in evidence.items() if paths}
    options = _union(reasons)
    return Analysis(
        options=options,
        reasons=reasons,
        fixtures=tuple(fixtures),
        migrations=tuple(path for path in migrations if layout.is_migration(path)),
        packages=tuple(packages),
        notes=(*notes_on(changes, tree, layout, unseen, options), *layout.notes),
    )


def assume_everything(why: str, target_paths: Collection[str]) -> Analysis:
    """Every option, because `why` makes it impossible to tell; `why` is each one's reason.

    Which fixtures are new is not known either, so all of the target commit's
    are loaded (none of the tests'). Only without any is that option left out.
    """
    fixtures = tuple(sorted(path for path in target_paths if is_fixture(path)))
    options = ALL if fixtures else ALL & ~Option.FIXTURES
    notes = [f"everything is assumed to be needed: {why}"]
    if fixtures:
        notes.append(
            "the fixtures are all that the commit has, and loading them writes over rows that "
            "were edited since; leave them out with options= where that is not wanted"
        )
    return Analysis(
        options=options,
        reasons=dict.fromkeys(each(options), (why,)),
        fixtures=fixtures,
        notes=tuple(notes),
    )


def _union(reasons: Mapping[Option, tuple[str, ...]]) -> Option:
    options = Option.NONE
    for option in reasons:
        options |= option
    return options


def _submodules(changes: Sequence[Change], tree: Tree) -> list[str]:
    """The paths behind which other repositories change.

    Heroku fetches submodules for a build (Dev Center: Git Submodules), so what
    they contain is deployed. One that is removed shows by ``.gitmodules`` only.
    """
    return [
        change.path
        for change in changes
        if change.path == ".gitmodules" or (change.status != "D" and change.path not in tree.files)
    ]


def _migrations(changes: Sequence[Change], tree: Tree, layout: Layout) -> list[str]:
    """The changed paths below a folder ``migrations`` that has Python in it, before or after.

    Deleted files count, as does whatever a migration may read (``.sql``), and
    a ``.pyc`` beside the sources, which Python would import. A folder of that
    name without any Python is another tool's.
    """
    below = [
        (folder, change.path)
        for change in changes
        if (folder := layout.migrations_folder(change.path)) is not None
        and "/__pycache__/" not in change.path
    ]
    packages: set[str | None] = {
        folder for folder, path in below if suffix(path) in (".py", ".pyc")
    }
    if any(folder not in packages for folder, _ in below):
        packages |= {layout.migrations_folder(path) for path in tree.files if suffix(path) == ".py"}
    return [path for folder, path in below if folder in packages]


def _is_loadable(change: Change, tree: Tree) -> bool:
    return change.status != "D" and change.path in tree.files and is_fixture(change.path)


def _unmigrated_models(changes: Sequence[Change], tree: Tree, layout: Layout) -> list[str]:
    """The changed model modules of apps without migrations, and migrations that are gone.

    A deleted module needs nothing: ``--run-syncdb`` only ever creates tables.
    Whether a model is abstract or the app installed cannot be told from paths.
    """
    found = []
    for change in changes:
        if is_for_tests(change.path):
            continue
        if any(map(layout.is_migrated, app_folders(change.path))):
            continue
        if change.status == "D":
            folder = layout.migrations_folder(change.path)
            app = folder.rpartition("/")[0] if folder is not None else None
            # The package is gone while its app still has models.
            if app in tree.with_models and app not in tree.migrated:
                found.append(change.path)
        elif is_model_module(change.path) and tree.migrated.isdisjoint(app_folders(change.path)):
            found.append(change.path)
    return found
