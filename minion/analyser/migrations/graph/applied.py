"""Which migrations of a tree a database has not run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from minion.analyser.migrations.graph.files import Files, Place

Key = tuple[str, str]


def not_applied(
    contents: Mapping[str, bytes], folders: Mapping[str, str], applied: Collection[Key]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths of migrations that are not among `applied`, what ``django_migrations`` has.

    `folders` are those that MIGRATION_MODULES names, with the labels of their apps.
    First those of apps of which it has others; then those of apps of which it has
    none: these may not be installed at all, or be called otherwise than their folder.
    A squash counts as run where all that it replaces was (django/db/migrations/loader.py).
    """
    files = Files(contents, {}, folders)
    lacking = [place for place in files.places.values() if place.key not in applied]
    if not lacking:
        return (), ()
    labels = {label for label, _ in applied}
    replaced = set(_replaced_by_applied(files, applied))
    missing: list[str] = []
    unsure: list[str] = []
    for place in lacking:
        keys = files.keys(place)
        source = files.source(place)
        if any(key in applied or key in replaced for key in keys):
            continue
        if source.replaces and all(key in applied for key in source.replaces):
            continue
        (missing if any(label in labels for label, _ in keys) else unsure).append(place.path)
    return tuple(missing), tuple(unsure)


def _replaced_by_applied(files: Files, applied: Collection[Key]) -> Iterator[Key]:
    for place in files.places.values():
        if _is_squash(files, place) and any(key in applied for key in files.keys(place)):
            yield from files.source(place).replaces


def _is_squash(files: Files, place: Place) -> bool:
    return b"replaces" in files.content(place)
