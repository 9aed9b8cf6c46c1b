"""Where a project keeps its migrations and its lists of packages, beside the usual places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from minion.analyser.changes import paths
from minion.analyser.changes.paths import suffix


@dataclass(frozen=True)
class Layout:
    """What the files of a project say about its other files.

    `migration_folders` are those that MIGRATION_MODULES names, each with the label of its app;
    `package_lists` the files that a list of packages includes.
    """

    migration_folders: Mapping[str, str] = field(default_factory=dict)
    package_lists: frozenset[str] = frozenset()
    #: What AUTH_USER_MODEL names, None where that is not known.
    user_model: str | None = None
    notes: tuple[str, ...] = ()

    def merge(self, other: Layout) -> Layout:
        """What either says."""
        return Layout(
            {**self.migration_folders, **other.migration_folders},
            self.package_lists | other.package_lists,
            other.user_model,
            tuple(dict.fromkeys((*self.notes, *other.notes))),
        )

    def migrations_folder(self, path: str) -> str | None:
        """The folder of migrations that `path` is in; None if it is in none."""
        above = path
        while "/" in above:
            above = above.rpartition("/")[0]
            if above in self.migration_folders:
                return above
        return paths.migrations_folder(path)

    def is_migration(self, path: str) -> bool:
        """Whether the file can be a migration: Python in a package of them, no ``__init__.py``."""
        return (
            suffix(path) == ".py"
            and self.migrations_folder(path) is not None
            and not path.endswith("/__init__.py")
        )

    def is_migrated(self, app_folder: str) -> bool:
        """Whether MIGRATION_MODULES says where the migrations of an app are."""
        return app_folder.rpartition("/")[2] in self.migration_folders.values()

    def is_package_list(self, path: str) -> bool:
        """Whether `path` says which packages are installed."""
        return path in self.package_lists or paths.is_package_list(path)
