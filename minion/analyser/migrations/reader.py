"""The door: the migrations of a commit, read as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from minion.analyser.migrations.graph.failures import JudgedHistory
from minion.analyser.migrations.graph.files import Files, Place
from minion.analyser.migrations.readings import reading_of, reading_of_skipped, run_again
from minion.analyser.migrations.rules.context import Context, NeedWholeTree
from minion.analyser.migrations.rules.file import judge_file
from minion.analyser.migrations.rules.names import may_free
from minion.analyser.migrations.rules.removals import removed_null, removed_unique
from minion.analyser.migrations.rules.written import writes_of
from minion.analyser.migrations.state.replay import apply_all, forget_unread
from minion.analyser.migrations.state.state import State
from minion.analyser.migrations.text.fieldsources import FieldSources, Modules
from minion.analyser.migrations.text.source import Source
from minion.analyser.migrations.verdicts import Kind, Reading

_SPEAKS = re.compile(rb"\b(cursor|execute|schema_editor\s*\.|connection)\b")
_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_NO_FOLDERS: Mapping[str, str] = MappingProxyType({})


def read_migrations(
    tree: Mapping[str, bytes],
    new: Sequence[str],
    *,
    old: Mapping[str, bytes] = _NOTHING,
    packages: Collection[str] | None = None,
    folders: Mapping[str, str] = _NO_FOLDERS,
    user_model: str | None = None,
    modules: Modules = lambda name: None,
) -> tuple[Reading, ...]:
    """The new migrations in the order in which they run, then those edited or deleted.

    `tree` holds the files of the target commit by path, at least those below folders
    called ``migrations``; it may load them when it is asked. `new` are the paths that
    the diff adds; what is no migration among them is left out. `old` holds the same
    of the base commit, all of whose migrations count as run; without it, whatever of
    `tree` is not new does. An app is the folder above ``migrations``, whatever label
    an AppConfig gives it. `packages` are the folders with an ``__init__.py`` at the target
    commit, None if that is not known; `folders` those that MIGRATION_MODULES names, each with
    the label of its app; `user_model` is what AUTH_USER_MODEL names, None if that is not known;
    `modules` gives the text of a module of the project by its dotted name, for field classes of
    its own. Never raises: what cannot be read is UNKNOWN.
    """
    sources: dict[bytes, Source] = {}
    fields = FieldSources(modules)
    files = Files(tree, sources, folders, packages, fields)
    old_files = Files(old, sources, folders, fields=fields)
    try:
        return _Reader(files, old_files, new, user_model, sees_all=False).read()
    except NeedWholeTree:
        return _Reader(files, old_files, new, user_model, sees_all=True).read()


class _Reader:
    def __init__(
        self,
        files: Files,
        old: Files,
        new: Sequence[str],
        user_model: str | None,
        *,
        sees_all: bool,
    ) -> None:
        self._files, self._old = files, old
        self._sees_all = sees_all
        self._new = {path: files.places[path] for path in new if path in files.places}
        self._deleted = [place for place in old.places.values() if place.key not in files.by_key]
        self._edited = [
            place
            for path, place in files.places.items()
            if path in old.places and old.content(old.places[path]) != files.content(place)
        ]
        changed = (*self._new.values(), *self._edited, *self._deleted)
        apps = {place.app for place in changed}
        apps = self._apps = set(files.by_app) if sees_all else apps
        for app in apps:
            files.label(app)
            old.label(app)
        known = old.by_key if old.places else files.by_key
        deployed = {
            key
            for key, places in known.items()
            if old.places or any(place.path not in self._new for place in places)
        }
        self._unapplied = {
            path for path, place in self._new.items() if self._deployed_as(place) is None
        }
        if not sees_all and any(map(self._concerns_others, changed)):
            raise NeedWholeTree
        users = {user_model.partition(".")[0]} if user_model else set()
        if not sees_all and any(place.label in users for place in self._new.values()):
            raise NeedWholeTree
        self._history = JudgedHistory(files, apps, self._unapplied, deployed, user_model)
        self._base_models: dict[str, State] = {}
        self._dropped: dict[str, str] = {}
        self._released: State | None = None

    def _concerns_others(self, place: Place) -> bool:
        """Whether files of other apps may depend on the file by what it says, or is gone."""
        if place in self._deleted:
            return self._files.mentions(place.name, but=self._apps)
        # One that wants to run before those of another app may be their parent; one that has run
        # and comes to depend on another app may close a circle.
        source = self._files.source(place)
        later = set(source.run_before)
        if place in self._edited:
            was = self._old.source(self._old.places[place.path])
            later.update(set(source.dependencies) - set(was.dependencies))
        return any(key[0] != place.label for key in later)

    def read(self) -> tuple[Reading, ...]:
        """All readings. Raises NeedWholeTree."""
        state, readings = State(), []
        for place in self._history.in_order():
            if place.path in self._unapplied:
                # All that has run comes before.
                self._released = self._released or state.fork()
                readings.append(self._unapplied_one(place, state))
            elif place.path not in self._history.skipped:
                self._replay(self._files.source(place), place, state)
        for place in self._files.places.values():
            was = self._deployed_as(place)
            if was is not None and self._is_edited(place, was):
                readings.append(self._edited_one(place, was))
        readings += [self._deleted_one(place) for place in self._deleted]
        return tuple(readings)

    def _replay(self, source: Source, place: Place, state: State) -> None:
        forget_unread(state, source.unread_operations, place.app)
        apply_all(state, source.operations, place.app, self._files.label(place.app))
        self._forget_names(source, place, state)

    def _forget_names(self, source: Source, place: Place, state: State) -> None:
        """Python that speaks to the database by itself may drop what has a name."""
        if source.module is not None and _SPEAKS.search(self._files.content(place)):
            state.relations.clear()

    def _unapplied_one(self, place: Place, state: State) -> Reading:
        source = self._files.source(place)
        verdict = self._by_squash(place, source)
        if verdict is not None:
            if place.path not in self._history.skipped:
                self._replay(source, place, state)
            return verdict
        reading = self._judged(place, source, state)
        original = self._renamed_from(place, source)
        return reading if original is None else run_again(reading, original)

    def _judged(self, place: Place, source: Source, state: State) -> Reading:
        before = state.fork()
        context = Context(
            app=place.app,
            label=self._files.label(place.app),
            migration=".".join(place.key),
            state=state,
            before=before,
            is_atomic=source.is_atomic,
            sees_all=self._sees_all,
            is_mentioned=partial(self._files.mentions, but=self._apps),
            released=self._released or before,
            may_free=partial(may_free, source),
            writes=partial(writes_of, source),
            base_state=self._models_of_base(place.app),
            dropped=self._dropped,
            removed_null=removed_null(source, place.app, before),
            removed_unique=removed_unique(source, place.app, before),
        )
        forget_unread(state, source.unread_operations, place.app)
        judged = judge_file(source, context)
        self._forget_names(source, place, state)
        judged.fails += self._history.failures(place)
        if self._old.places:
            judged.fails += self._history.comes_too_late(place)
        return reading_of(place, source, judged, self._history.dependencies(place))

    def _by_squash(self, place: Place, source: Source) -> Reading | None:
        """The reading of a file that does not run because of a squash, or of such a squash."""
        history, dependencies = self._history, self._history.dependencies(place)
        if place.path in history.skipped and not source.replaces:
            squash = history.squash_of(place.key)
            name = squash.name if squash is not None else "a squash"
            return reading_of_skipped(place, source, dependencies, f"{name} runs instead of it")
        if not source.replaces:
            return None
        missing = [key for key in source.replaces if not history.is_deployed(key)]
        if len(missing) == len(source.replaces):
            return None
        if not missing:
            return reading_of_skipped(place, source, dependencies, "all that it replaces has run")
        gone = [".".join(key) for key in missing if key not in self._files.by_key]
        if gone:
            why = f"cannot run: some of what it replaces has run, and {', '.join(gone)} is gone"
            return replace(reading_of_skipped(place, source, dependencies, why), kind=Kind.BREAKING)
        why = "some of what it replaces has run; the rest runs file by file"
        return reading_of_skipped(place, source, dependencies, why)

    def _renamed_from(self, place: Place, source: Source) -> Place | None:
        """The deleted migration that this one was before somebody renamed it."""
        for gone in self._deleted:
            same_app = gone.app == place.app and bool(source.operations)
            if same_app and self._old.source(gone).operations == source.operations:
                return gone
        return None

    def _models_of_base(self, app: str) -> State | None:
        """The models of an app by the old commit, where migrations of it are gone."""
        if not any(place.app == app for place in self._deleted):
            return None
        if app not in self._base_models:
            state = State()
            history = JudgedHistory(self._old, [app], (), self._old.by_key)
            for place in history.in_order():
                if place.path not in history.skipped:
                    self._replay(self._old.source(place), place, state)
            self._base_models[app] = state
        return self._base_models[app]

    def _deployed_as(self, place: Place) -> Place | None:
        """Where the base commit has the migration: at the same path, or moved since."""
        for original in self._old.by_key.get(place.key, ()):
            if original.path == place.path or original.path not in self._files.places:
                return original
        return None

    def _is_edited(self, place: Place, was: Place) -> bool:
        """Whether a file that has run is not what it was, or is named among the new ones."""
        return place.path in self._new or self._old.content(was) != self._files.content(place)

    def _edited_one(self, place: Place, was: Place) -> Reading:
        reading = self._edited_alone(place, was)
        fails = tuple(self._history.failures(place)) if place in self._history.places else ()
        if not fails:
            return reading
        return replace(reading, kind=Kind.BREAKING, fails=fails, why=(*fails, *reading.why))

    def _edited_alone(self, place: Place, was: Place) -> Reading:
        source = self._files.source(place)
        dependencies = tuple(key for key in source.dependencies if key != place.key)
        if self._old.source(was).operations == source.operations:
            why = "it has run, and its operations are what they were"
            return reading_of_skipped(place, source, dependencies, why)
        warning = (
            "edited after it ran: it does not run again where it has, so that the database may "
            "not be what the models say"
        )
        return reading_of_skipped(
            place, source, dependencies, "it has run, and does not run again", warning
        )

    def _deleted_one(self, place: Place) -> Reading:
        source = self._old.source(place)
        keys = self._old.keys(place)
        squash = next(filter(None, map(self._history.squash_of, keys)), None)
        if squash is not None:
            return reading_of_skipped(place, source, (), f"deleted; {squash.name} stands for it")
        renamed = [
            p for p in self._new.values() if self._renamed_from(p, self._files.source(p)) == place
        ]
        if renamed:
            return reading_of_skipped(
                place, source, (), f"renamed to {renamed[0].name}, which runs again"
            )
        needy = [
            other.path
            for other in self._history.places
            if not set(keys).isdisjoint(self._files.source(other).dependencies)
        ]
        if needy:
            why = f"cannot run: deleted, but {needy[0]} depends on it"
            reading = reading_of_skipped(place, source, (), why)
            return replace(reading, kind=Kind.BREAKING, fails=(why,))
        warning = "deleted after it ran: what it did to the database stays"
        return reading_of_skipped(place, source, (), "deleted: nothing runs", warning)
