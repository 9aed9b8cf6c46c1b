"""What paths cannot tell, said to the operator who can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.analyser.changes.layout import Layout
from minion.analyser.changes.paths import (
    Tree,
    is_for_tests,
    is_in,
    migrations_folder,
    suffix,
)
from minion.git.records import Change
from minion.options import Option


def notes_on(
    changes: Sequence[Change],
    tree: Tree,
    layout: Layout,
    submodules: Sequence[str],
    options: Option,
) -> Iterator[str]:
    """One sentence for each thing that the paths leave open."""
    if submodules:
        yield f"{_listed(submodules)}: what changed inside a submodule is not seen here"
    present = [change.path for change in changes if change.status != "D"]
    misnamed = [
        path
        for path in present
        if suffix(path) == ".yml" and is_in(path, "fixtures") and not is_for_tests(path)
    ]
    if misnamed:
        yield f"{_listed(misnamed)}: not loaded, since loaddata knows .yaml but not .yml"
    lists = [change.path for change in changes if layout.is_package_list(change.path)]
    if lists:
        yield (
            f"{_listed(lists)}: packages may bring migrations, which migrate runs too, and static "
            "files, which are not seen here; add collectstatic with options= where they do"
        )
    if Option.SYNCDB in options:
        yield "where MIGRATION_MODULES keeps an app's migrations elsewhere, syncdb is not needed"
    ignored = _packages_without_init(changes, tree)
    if ignored:
        yield (
            f"{_listed(ignored)}: no __init__.py, so Django takes the app for one without "
            "migrations and runs none of these"
        )


def _packages_without_init(changes: Sequence[Change], tree: Tree) -> list[str]:
    """The folders of changed migrations that Django's loader passes over."""
    found = {migrations_folder(change.path) for change in changes if suffix(change.path) == ".py"}
    return sorted(
        folder
        for folder in found
        if folder is not None
        and f"{folder}/__init__.py" not in tree.files
        and folder.rpartition("/")[0] in tree.migrated
    )


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more
