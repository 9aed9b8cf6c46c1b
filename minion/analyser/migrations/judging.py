"""One file, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from minion.analyser.migrations.calls import Foreign, Operation, operation_of
from minion.analyser.migrations.effects import Effect
from minion.analyser.migrations.kinds import Kind
from minion.analyser.migrations.lookahead import note_changes
from minion.analyser.migrations.notes import Note, Notes
from minion.analyser.migrations.operations import judge
from minion.analyser.migrations.readings import Finding
from minion.analyser.migrations.replay import apply
from minion.analyser.migrations.scene import Scene
from minion.analyser.migrations.source import Source
from minion.analyser.migrations.stateonly import state_only_removals

_SEPARATE = "SeparateDatabaseAndState"
_TIMEOUT = (
    "it takes ACCESS EXCLUSIVE locks, briefly, but each waits for the queries before it and holds "
    "up those behind it: set a lock_timeout"
)


@dataclass
class Judged:
    """What came of the operations of one file."""

    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    overruled: list[str] = field(default_factory=list)
    #: The comment that decides about the whole file, if there is one.
    note: Note | None = None


def judge_file(source: Source, scene: Scene) -> Judged:
    """Judge each operation of a file, and carry it out on the scene's models."""
    judge_ = _Judge(source, scene)
    for value in source.operations:
        operation = operation_of(value)
        judge_.visit(operation, "", None)
        apply(scene.state, operation, scene.app, scene.label)
    return judge_.result()


class _Judge:
    def __init__(self, source: Source, scene: Scene) -> None:
        self._scene = scene
        self._judged = Judged()
        self._notes = Notes(source.notes, source.class_line, list(_lines(source.operations)))
        self._judged.note = self._notes.of_file
        self._has_brief_locks = False
        for doubt in source.unread:
            self._judged.findings.append(_unread(doubt.line, "this file", doubt.why))

    def result(self) -> Judged:
        """All findings, with what is to be said once about the file."""
        judged = self._judged
        if self._has_brief_locks:
            judged.warnings.append(_TIMEOUT)
        judged.warnings += self._notes.complaints
        judged.warnings = list(dict.fromkeys(judged.warnings))
        return judged

    def visit(self, operation: Operation | Foreign, inside: str, outer: Note | None) -> None:
        """Judge one operation, or those within it."""
        note = self._notes.of_operation(operation.line) or outer
        if isinstance(operation, Foreign):
            self._add(_unread(operation.line, inside + operation.name, operation.why), note)
        elif operation.name == _SEPARATE:
            self._visit_parts(operation, inside, note)
        else:
            self._visit_plain(operation, inside, note)

    def _visit_plain(self, operation: Operation, inside: str, note: Note | None) -> None:
        scene = self._scene
        effect = _held_up(judge(operation, scene), scene)
        self._judged.warnings += effect.warnings
        if operation.name == "RunSQL":
            self._judged.warnings += state_only_removals(operation, (), scene)
        name = inside + described(operation, scene)
        self._add(_finding(operation.line, name, effect), note)
        note_changes(operation, effect, scene)
        if effect.exclusive and scene.is_atomic is not False:
            scene.holds_lock = True
        self._has_brief_locks |= effect.exclusive and not effect.locks

    def _visit_parts(self, operation: Operation, inside: str, note: Note | None) -> None:
        """The database's side, on models of its own as Django does it."""
        values = operation.get("database_operations")
        scene = self._scene
        self._judged.warnings += state_only_removals(
            operation, values if isinstance(values, (list, tuple)) else (), scene
        )
        if values is None or values == [] or values == ():
            found = Finding(
                operation.line,
                inside + _SEPARATE,
                Kind.NEUTRAL,
                order_free=False,
                locks=False,
                irreversible=False,
                lossy=False,
                why="no database_operations",
            )
            self._add(found, note)
            return
        if not isinstance(values, (list, tuple)):
            why = "its database_operations are not a list that can be read"
            self._add(_unread(operation.line, inside + _SEPARATE, why), note)
            return
        outer, scene.state = scene.state, scene.state.fork()
        for value in values:
            inner = operation_of(value)
            self.visit(inner, f"{inside}{_SEPARATE}: ", note)
            apply(scene.state, inner, scene.app, scene.label)
        scene.state = outer

    def _add(self, finding: Finding, note: Note | None) -> None:
        if note is not None and note.kind is not None:
            self._judged.overruled.append(
                f"line {finding.line}: {finding.operation} is {note.kind} by a comment, "
                f"not {finding.kind}: {note.reason}"
            )
            finding = replace(
                finding,
                kind=note.kind,
                order_free=False,
                why=f"{note.reason} (by a comment; read as {finding.kind}: {finding.why})",
                advice="",
            )
        self._judged.findings.append(finding)


def described(operation: Operation, scene: Scene) -> str:
    """The operation in words: ``AddField shop.Order.status``."""
    if operation.model is None:
        return operation.name
    if operation.name == "CreateExtension" or "Collation" in operation.name:
        return f"{operation.name} {operation.model}"
    model = scene.model(operation)
    words = f"{operation.name} {scene.label}.{model.name if model else operation.model}"
    if operation.text("model_name"):
        part = operation.text("name") or operation.text("old_name")
        words += f".{part}" if part else ""
    return words


def _held_up(effect: Effect, scene: Scene) -> Effect:
    """The effect, with LOCKS if it goes through rows while an earlier lock is held."""
    if not (effect.works_on_rows and scene.holds_lock):
        return effect
    return replace(
        effect,
        locks=True,
        why=f"{effect.why}, while the locks taken before it are held",
        advice=f"put it into a migration of its own{'; ' + effect.advice if effect.advice else ''}",
    )


def _finding(line: int, name: str, effect: Effect) -> Finding:
    return Finding(
        line,
        name,
        effect.kind,
        effect.order_free,
        effect.locks,
        effect.irreversible,
        effect.lossy,
        effect.why,
        effect.advice,
    )


def _unread(line: int, name: str, why: str) -> Finding:
    return _finding(line, name, Effect(Kind.UNKNOWN, why))


def _lines(values: object) -> Iterator[int]:
    """The first lines of all operations, nested ones included."""
    for value in values if isinstance(values, (list, tuple)) else ():
        operation = operation_of(value)
        yield operation.line
        if isinstance(operation, Operation) and operation.name == _SEPARATE:
            yield from _lines(operation.get("database_operations"))
