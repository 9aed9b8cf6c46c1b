"""Which paths of a tree are migrations, and what each file says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from minion.analyser.migrations.text.fieldsources import FieldSources
from minion.analyser.migrations.text.source import Source, read_source

_FOLDER = "migrations"
#: Labels of apps that nearly all others depend on, on their ``0001_initial`` at that.
DJANGOS = ("admin", "auth", "contenttypes", "sessions", "sites")


@dataclass(frozen=True)
class Place:
    """Where a migration is, and what Django calls it."""

    path: str
    #: The path of the app's folder, "" at the top: labels may occur twice in a tree.
    app: str
    label: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """What Django records once it has run."""
        return self.label, self.name


def place_of(path: str, moved: Mapping[str, str]) -> Place | None:
    """The migration at a path; None if Django's loader would pass it over.

    `moved` are the folders that MIGRATION_MODULES names, with the labels of their apps.

    The loader takes every module right below the package, but none whose name starts
    with ``_`` or ``~`` (django/db/migrations/loader.py).
    """
    folders, _, file = path.rpartition("/")
    app, _, last = folders.rpartition("/")
    name, dot, suffix = file.rpartition(".")
    if not dot or suffix != "py" or not name or name[0] in "_~":
        return None
    if folders in moved:
        return Place(path, folders, moved[folders], name)
    if last != _FOLDER:
        return None
    return Place(path, app, app.rpartition("/")[2], name)


class Files:
    """The migrations of one commit, each read when somebody asks for it and then kept."""

    def __init__(
        self,
        contents: Mapping[str, bytes],
        sources: dict[bytes, Source],
        moved: Mapping[str, str],
        packages: Collection[str] | None = None,
        fields: FieldSources | None = None,
    ) -> None:
        """`sources` are kept by content, for both commits together; `moved` as `place_of` has it.

        `packages` are the folders that have an ``__init__.py``, None if that is not known;
        `fields` looks up the field classes that the files name.
        """
        self._contents = contents
        self._packages = packages
        self._fields = fields
        self._moved = moved
        self._sources = sources
        self._by_path: dict[str, Source] = {}
        found = [place_of(path, moved) for path in sorted(contents)]
        #: By path, in the order of the paths.
        self.places = {place.path: place for place in found if place is not None}
        self.by_key: dict[tuple[str, str], list[Place]] = {}
        self.by_app: dict[str, list[Place]] = {}
        self._labels: dict[str, str] = {}
        self._sure: set[str] = set()
        for place in self.places.values():
            self.by_key.setdefault(place.key, []).append(place)
            self.by_app.setdefault(place.app, []).append(place)

    def is_package(self, place: Place) -> bool:
        """Whether the migration's folder is a package, as far as that is known."""
        if self._packages is None or place.path.rpartition("/")[0] in self._packages:
            return True
        return place.app not in self._moved and place.label in self._moved.values()

    def mentions(self, text: str, *, but: Collection[str]) -> bool:
        """Whether a text stands in the migrations of any app that is not among `but`."""
        searched = text.encode()
        return any(
            searched in self.content(place)
            for place in self.places.values()
            if place.app not in but
        )

    def content(self, place: Place) -> bytes:
        """The bytes of the file."""
        return self._contents[place.path]

    def source(self, place: Place) -> Source:
        """What the file says."""
        source = self._by_path.get(place.path)
        if source is None:
            content = self.content(place)
            source = self._sources.get(content)
            if source is None:
                source = read_source(content)
                if self._fields is not None:
                    operations = tuple(map(self._fields.resolved, source.operations))
                    source = replace(source, operations=operations)
                self._sources[content] = source
            self._by_path[place.path] = source
        return source

    def label(self, app: str) -> str:
        """What the migrations of an app call it among themselves.

        That is the folder's name, or the label of an AppConfig: then no file says the
        folder's, and most name the one before them by the other.
        """
        if app not in self._labels:
            self._labels[app] = self._found_label(app)
            if self._labels[app] != app.rpartition("/")[2]:
                for place in self.by_app.get(app, ()):
                    self.by_key.setdefault((self._labels[app], place.name), []).append(place)
        return self._labels[app]

    def _found_label(self, app: str) -> str:
        if app in self._moved:
            self._sure.add(app)
            return self._moved[app]
        places = self.by_app.get(app, [])
        folder, names = app.rpartition("/")[2], {place.name for place in places}
        counts: Counter[str] = Counter()
        for place in places:
            source = self.source(place)
            keys = (*source.dependencies, *source.replaces)
            counts.update({label for label, name in keys if name in names})
        for label in {*DJANGOS, *(place.label for place in self.places.values())} - {folder}:
            del counts[label]
        likely = counts.most_common(2)
        is_clear = len(likely) == 1 or (len(likely) > 1 and likely[0][1] > likely[1][1])
        if folder in counts or (is_clear and likely[0][1] >= (len(places) - 1) / 2):
            self._sure.add(app)
            return folder if folder in counts else likely[0][0]
        return folder

    def keys(self, place: Place) -> tuple[tuple[str, str], ...]:
        """What other migrations may call this one."""
        return place.key, (self.label(place.app), place.name)

    def is_sure_of_label(self, app: str) -> bool:
        """Whether the migrations of an app say what they are called."""
        self.label(app)
        return app in self._sure
