"""The migrations of a tree in the order in which Django would run them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from minion.analyser.migrations.graph.files import DJANGOS, Files, Place

FIRST, LATEST = "__first__", "__latest__"
_USER = ("__setting__", "AUTH_USER_MODEL")


class History:
    """Those migrations of `files` that belong to `apps`, as a graph.

    `unapplied` are the paths of those that have not run yet; `is_deployed` says of a
    (label, name) whether the database has it.
    """

    def __init__(
        self,
        files: Files,
        apps: Iterable[str],
        unapplied: Collection[str],
        deployed: Collection[object],
        user_model: str | None = None,
    ) -> None:
        """`user_model` is what AUTH_USER_MODEL names, None where that is not known."""
        self._user_model = user_model
        self.files = files
        apps = list(apps)
        self.places = [place for app in sorted(apps) for place in files.by_app.get(app, ())]
        self._paths = {place.path for place in self.places}
        self._unapplied = unapplied
        self._deployed = deployed
        self._labels = {place.label for place in files.places.values()}
        self._labels.update(files.label(app) for app in apps)
        self._labels.update(DJANGOS)
        self._unsure = {app for app in apps if not files.is_sure_of_label(app)}
        self._squash_by_key = self._squashes()
        #: Paths of migrations that do not run, because a squash runs or has run instead, and of
        #: squashes that do not, because those that they replace do.
        self.skipped = self._find_skipped()
        self._parents = {place.path: list(self._parents_of(place)) for place in self.places}
        for place in self.places:
            for later in self._named(files.source(place).run_before, place):
                self._parents.setdefault(later.path, []).append(place)
        self._circles = self._find_circles()

    def dependencies(self, place: Place) -> tuple[tuple[str, str], ...]:
        """What a migration depends on, by the names of files where there are such files."""
        found = [parent.key for parent in self._parents[place.path]]
        for key in self.files.source(place).dependencies:
            if not list(self._named([key], place)):
                found.append(key)
        return tuple(dict.fromkeys(key for key in found if key != place.key))

    def is_deployed(self, key: tuple[str, str]) -> bool:
        """Whether the database has run it."""
        return key in self._deployed

    def squash_of(self, key: tuple[str, str]) -> Place | None:
        """The squash that replaces a migration."""
        return self._squash_by_key.get(key)

    def _sure_parents(self, place: Place) -> Iterator[Place]:
        """Those parents of which it is certain that Django takes them for the same."""
        for key in self.files.source(place).dependencies:
            found = list(self._named([key], place))
            if key in self.files.keys(place) and len(self.files.by_key[key]) == 1:
                yield place
            elif len(found) == 1 and (
                key in self.files.keys(found[0]) or self.squash_of(key) == found[0] or key == _USER
            ):
                yield found[0]

    def _find_circles(self) -> Mapping[Place, Sequence[Place]]:
        """What is left when everything without parents is taken away, again and again."""
        left = {
            place: list(self._sure_parents(place))
            for place in self.places
            if place.path not in self.skipped
        }
        for place in self.places:
            later = list(self._named(self.files.source(place).run_before, place))
            if len(later) == 1 and later[0] in left and place in left:
                left[later[0]].append(place)
        size = 0
        while size != len(left):
            size = len(left)
            left = {
                place: kept
                for place, parents in left.items()
                if (kept := [parent for parent in parents if parent in left])
            }
        return left

    def in_order(self) -> Iterator[Place]:
        """Each after those that it depends on, and applied ones before the others."""
        done: set[str] = set()
        starts = sorted(self.places, key=lambda place: (place.path in self._unapplied, place.path))
        for start in starts:
            stack = [(start, iter(self._parents[start.path]))]
            entered = {start.path}
            while stack and stack[0][0].path not in done:
                place, parents = stack[-1]
                following = next(
                    (p for p in parents if p.path not in done and p.path not in entered), None
                )
                if following is None:
                    done.add(place.path)
                    stack.pop()
                    yield place
                else:
                    entered.add(following.path)
                    stack.append((following, iter(self._parents[following.path])))

    def _squashes(self) -> Mapping[tuple[str, str], Place]:
        found: dict[tuple[str, str], Place] = {}
        for place in self.places:
            for key in self.files.source(place).replaces:
                found.setdefault(key, place)
                for replaced in self.files.by_key.get(key, ()):
                    found.setdefault(replaced.key, place)
        return found

    def _find_skipped(self) -> frozenset[str]:
        skipped: set[str] = set()
        for place in self.places:
            replaced = self.files.source(place).replaces
            if not replaced:
                continue
            if self.runs_instead(place):
                skipped.update(other.path for other in self._below(place))
            else:
                skipped.add(place.path)
        return frozenset(skipped)

    def runs_instead(self, squash: Place) -> bool:
        """Whether a squash takes the place of what it replaces when the models are replayed."""
        replaced = self.files.source(squash).replaces
        if any(key not in self.files.by_key for key in replaced):
            return True
        return squash.path in self._unapplied and not any(map(self.is_deployed, replaced))

    def _below(self, squash: Place) -> Iterator[Place]:
        """All that a squash replaces, and what that replaces in turn."""
        pending, seen = [squash], {squash.path}
        while pending:
            for key in self.files.source(pending.pop()).replaces:
                for place in self.files.by_key.get(key, ()):
                    if place.path not in seen:
                        seen.add(place.path)
                        pending.append(place)
                        yield place

    def _parents_of(self, place: Place) -> Iterator[Place]:
        source = self.files.source(place)
        yield from self._named(source.dependencies, place)
        if not source.knows_dependencies and not source.has_no_class:
            yield from self._likely_parent(place)
        if source.replaces and place.path in self.skipped:
            yield from self._named(source.replaces, place)

    def _likely_parent(self, place: Place) -> Iterator[Place]:
        """The one before in its app by name, as makemigrations numbers them."""
        before = [one for one in self.files.by_app[place.app] if one.name < place.name]
        if before and before[-1].path not in self.skipped:
            yield before[-1]

    def _named(self, keys: Iterable[tuple[str, str]], place: Place) -> Iterator[Place]:
        """The migrations of this history that the keys mean, as `place` uses them."""
        for key in keys:
            for found in self._places_of(key, place):
                squash = self._squash_by_key.get(found.key)
                stands_in = squash is not None and found.path in self.skipped
                target = squash if squash is not None and stands_in else found
                if target.path != place.path:
                    yield target

    def _places_of(self, key: tuple[str, str], place: Place) -> list[Place]:
        label, name = key
        if key == _USER:
            if self._user_model is None:
                return []
            label, name = self._user_model.partition(".")[0], FIRST
        if name in (FIRST, LATEST):
            return self._ends(label, name, place)
        found = [other for other in self.files.by_key.get(key, ()) if other.path in self._paths]
        same_app = [other for other in found if other.app == place.app]
        if same_app or found:
            return same_app or found
        squash = self._squash_by_key.get(key)
        if squash is not None:
            return [squash]
        if label in self._labels:
            return []
        # The label may be set by an AppConfig, so that no folder is called like it.
        return [
            other
            for other in self.places
            if other.name == name and other.app in self._unsure and other.path != place.path
        ]

    def _ends(self, label: str, name: str, place: Place) -> list[Place]:
        """The first migrations of an app, or the latest ones."""
        own = [
            other
            for other in self.places
            if label in (other.label, self.files.label(other.app)) and other.app != place.app
        ]
        inner = {
            other.path: {key[1] for key in self.files.source(other).dependencies if key[0] == label}
            for other in own
        }
        if name == FIRST:
            return [other for other in own if not inner[other.path]]
        needed = set().union(*inner.values()) if inner else set()
        return [other for other in own if other.name not in needed]
