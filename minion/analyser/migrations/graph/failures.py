"""What ``migrate`` is known to refuse because of the files and their order."""

from __future__ import annotations

from collections.abc import Iterator

from minion.analyser.migrations.graph.files import DJANGOS, Place
from minion.analyser.migrations.graph.history import FIRST, LATEST, History


class JudgedHistory(History):
    """A history that says of each file why Django refuses it, where that is certain."""

    def failures(self, place: Place) -> Iterator[str]:
        """Why ``migrate`` is known to fail because of this file, or to pass it over."""
        source, folder = self.files.source(place), place.path.rpartition("/")[0]
        if not self.files.is_package(place) and source.class_line:
            yield f"{folder} has no __init__.py: Django passes over the migrations in it"
            return
        siblings = self.files.by_app[place.app]
        if source.has_no_class and any(map(self._is_migration, siblings)):
            yield f"it has no class Migration, as Django wants of every module in {folder}"
            return
        missing = [key for key in source.dependencies if self._is_missing(key, place)]
        for key in missing:
            yield f"it depends on {'.'.join(key)}, which is not there: migrate refuses"
        ends = [] if missing else sorted(other.name for other in self._leaves(place.app))
        is_cause = place.name in ends or place.path not in self._unapplied
        if len(ends) > 1 and is_cause and self._knows_edges(place.app):
            yield (
                f"{', '.join(ends)} all come last in {place.label}: migrate refuses until "
                "they are merged (makemigrations --merge)"
            )
        if place in self._circles:
            yield self._circle(place)

    def comes_too_late(self, place: Place) -> Iterator[str]:
        """Why ``migrate`` fails on a file that something depends on that has run."""
        if place.path not in self._unapplied or self.files.source(place).replaces:
            return
        later = list(self._named(self.files.source(place).run_before, place))
        for other in self.places:
            if other.path in self._unapplied or other.path in self.skipped:
                continue
            if place in self._sure_parents(other) or later == [other]:
                yield (
                    f"{'.'.join(other.key)} depends on it and has run: migrate refuses all work "
                    "(InconsistentMigrationHistory)"
                )
                return

    def _is_migration(self, place: Place) -> bool:
        """Whether a file surely has a class Migration of Django's."""
        source = self.files.source(place)
        return bool(source.class_line) and source.knows_dependencies

    def _knows_edges(self, app: str) -> bool:
        """Whether all is known of how the files of an app depend on one another.

        They may do so by a label that an AppConfig sets.
        """
        sources = [self.files.source(place) for place in self.files.by_app[app]]
        if not all(source.knows_dependencies or source.has_no_class for source in sources):
            return False
        labels = {key[0] for source in sources for key in source.dependencies}
        return app not in self._unsure or labels <= self._labels

    def _is_missing(self, key: tuple[str, str], place: Place) -> bool:
        """Whether there surely is no such migration, in an app of this repository."""
        label, name = key
        if name in (FIRST, LATEST) or key in self.files.by_key or key in self._squash_by_key:
            return False
        if label in (place.label, self.files.label(place.app)):
            return not list(self._named([key], place))
        owners = [app for app in self.files.by_app if self.files.label(app) == label]
        return len(owners) == 1 and label not in DJANGOS and key not in self.files.by_key

    def _circle(self, place: Place) -> str:
        """The way from a migration back to itself; or to the circle that it depends on."""
        way = [place]
        while self._circles[way[-1]][0] not in way:
            way.append(self._circles[way[-1]][0])
        start = self._circles[way[-1]][0]
        names = ", ".join(".".join(one.key) for one in way[way.index(start) + 1 :])
        through = f" by way of {names}" if names else ""
        return f"{'.'.join(start.key)} depends on itself{through}: migrate refuses"

    def _leaves(self, app: str) -> list[Place]:
        """The migrations of an app that run and that no other one of it depends on."""
        own = [
            place
            for place in self.files.by_app[app]
            if place.path not in self.skipped and not self.files.source(place).has_no_class
        ]
        needed = {p.path for place in own for p in self._parents[place.path] if p.app == app}
        return [place for place in own if place.path not in needed]
