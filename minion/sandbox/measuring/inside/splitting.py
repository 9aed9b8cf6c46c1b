"""New migrations as two deployments: what their files become, and the files that come later."""

import re

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.writer import OperationWriter
from django.db.models import Field
from inside.halves import AS_IT_IS, Rules
from inside.stricter import Cannot
from inside.writing import batches, migration_text, with_operations


class Splitting:
    """The migrations `plan` of a project whose states `state_of(number, after)` gives."""

    def __init__(self, connection, loader, plan, state_of, path_of):
        self._connection = connection
        self._loader = loader
        self._plan = plan
        self._state_of = state_of
        self._path_of = path_of

    def document(self, paths):
        """What becomes of the migrations at `paths`.

        `first` and `second` are the texts by path that the two deployments need; `told` says by
        path what was done, `cannot` why there are no halves.
        """
        cannot, edited, found = {}, {}, {}
        for number, migration in enumerate(self._plan):
            path = self._path_of(migration)
            if path not in paths:
                continue
            try:
                halves = self._halves(number, migration)
                edited[number] = self._edited(path, migration, halves)
                found[number] = halves
            except Cannot as error:
                cannot[path] = str(error)
        for number, why in self._different(found).items():
            cannot[self._path_of(self._plan[number])] = why
            del found[number]
        first = {self._path_of(self._plan[number]): edited[number] for number in found}
        second = {}
        for label in sorted({self._plan[number].app_label for number in found}):
            parts = [(self._plan[number], found[number]) for number in found]
            parts = [one for one in parts if one[0].app_label == label]
            try:
                self._write_app(label, parts, first, second)
            except Cannot as error:
                for migration, _halves in parts:
                    cannot[self._path_of(migration)] = str(error)
                    del first[self._path_of(migration)]
        told = {
            self._path_of(self._plan[number]): [
                why for why in dict.fromkeys(one.why for one in halves) if why
            ]
            for number, halves in found.items()
        }
        told = {path: lines for path, lines in told.items() if path not in cannot}
        return {"first": first, "second": second, "told": told, "cannot": cannot}

    def _halves(self, number, migration):
        state, found = self._state_of(number, False).clone(), []
        for operation in migration.operations:
            after = state.clone()
            operation.state_forwards(migration.app_label, after)
            found.append(
                Rules(self._connection, migration.app_label, state, after).halves(operation)
            )
            state = after
        if not migration.atomic and any(len(one.now) > 1 for one in found):
            raise Cannot("it runs without a transaction, and what belongs together must come at once")
        if all(one is AS_IT_IS for one in found):
            raise Cannot("nothing of it can be left for later")
        return found

    def _edited(self, path, migration, found):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        pieces = []
        for operation, halves in zip(migration.operations, found):
            pieces.append([None if one is None else self._written(one) for one in halves.now])
        return with_operations(text, pieces)

    def _written(self, operation):
        text, imports = OperationWriter(operation, indentation=2).serialize()
        if any(re.search(r"\.\d", line) for line in imports):
            raise Cannot("it uses what stands in the migration's own file")
        return text, imports

    def _write_app(self, label, parts, first, second):
        """The files that come after the app's last migration."""
        leaves = [name for app, name in self._loader.graph.leaf_nodes(label)]
        if len(leaves) != 1:
            raise Cannot(f"{label} has no one last migration")
        (leaf,) = leaves
        folder = self._path_of(parts[0][0]).rpartition("/")[0]
        found = [one for _migration, halves in parts for one in halves]
        title = re.sub(r"^\d+_", "", parts[-1][0].name)
        name = _Names(leaf, title)
        copies = [rows for one in found for rows in one.copies]
        fills = [rows for one in found for rows in one.fills]
        later = [operation for one in found for operation in one.later]
        written = [self._written(one) for one in later]
        if copies:
            leaf = name.next("copy")
            first[f"{folder}/{leaf}.py"] = batches(label, name.before, copies)
        if fills:
            leaf = name.next("fill")
            second[f"{folder}/{leaf}.py"] = batches(label, name.before, fills)
        if later:
            leaf = name.next("finish")
            second[f"{folder}/{leaf}.py"] = migration_text(label, name.before, written)

    def _different(self, found):
        """The numbers of those whose halves do not come to what the migrations say, and why."""
        whole = self._state_of(0, False).clone()
        split, later, wrong = whole.clone(), [], {}

        def go_on(number, operation):
            try:
                operation.state_forwards(self._plan[number].app_label, split)
            except Exception as error:
                wrong[number] = f"its halves do not fit: {type(error).__name__}: {error}"

        for number, migration in enumerate(self._plan):
            for index, operation in enumerate(migration.operations):
                operation.state_forwards(migration.app_label, whole)
                halves = found[number][index] if number in found else AS_IT_IS
                for one in halves.now:
                    go_on(number, one or operation)
                later += [(number, one) for one in halves.later]
        for number, operation in later:
            go_on(number, operation)
        for number in found:
            label = self._plan[number].app_label
            if _models(whole, label) != _models(split, label):
                wrong.setdefault(number, "its halves do not come to the same models")
        return {number: why for number, why in wrong.items() if number in found}


class _Names:
    """Names of migrations after `leaf`, each with the number that comes next."""

    def __init__(self, leaf, title):
        self._leaf = leaf
        self._title = title
        self.before = leaf

    def next(self, verb):
        self.before = self._leaf
        number = (MigrationAutodetector.parse_number(self._leaf) or 0) + 1
        self._leaf = f"{number:04}_{verb}_{self._title}"[:100]
        return self._leaf


def _models(state, label):
    """The app's models in a form that can be compared; the order of fields is no matter."""
    return {
        key: (
            {name: _facts(field) for name, field in model.fields.items()},
            {name: _comparable(value) for name, value in model.options.items() if value},
        )
        for key, model in state.models.items()
        if key[0] == label
    }


def _facts(field):
    """What the field is, as a value; within one may be another."""
    _name, path, args, named = field.deconstruct()
    inner = {
        key: _facts(value) if isinstance(value, Field) else value for key, value in named.items()
    }
    return path, args, inner


def _comparable(value):
    if isinstance(value, (set, list, tuple)):
        return sorted(map(repr, value))
    return repr(value)
