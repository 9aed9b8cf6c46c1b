"""One file, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from minion.analyser.migrations.rules.context import Context, remember
from minion.analyser.migrations.rules.effects import Effect
from minion.analyser.migrations.rules.operations import judge
from minion.analyser.migrations.rules.removals import state_only_removals
from minion.analyser.migrations.rules.tables import takes_over
from minion.analyser.migrations.state.replay import apply
from minion.analyser.migrations.text.annotations import Annotation, Annotations
from minion.analyser.migrations.text.operations import Operation, UnknownOperation, operation_of
from minion.analyser.migrations.text.source import Source
from minion.analyser.migrations.verdicts import Finding, Kind

_SEPARATE = "SeparateDatabaseAndState"
_TIMEOUT = (
    "it takes ACCESS EXCLUSIVE locks, briefly, but each waits for the queries before it and holds "
    "up those behind it, for as long as lock_timeout says"
)


@dataclass
class Judged:
    """What came of the operations of one file."""

    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    overruled: list[str] = field(default_factory=list)
    #: Why `migrate` is known to fail because of the file as a whole.
    fails: list[str] = field(default_factory=list)
    #: The comment that decides about the whole file, if there is one.
    annotation: Annotation | None = None


def judge_file(source: Source, context: Context) -> Judged:
    """Judge each operation of a file, and carry it out on the context's models."""
    judge_ = _Judge(source, context)
    for value in source.operations:
        operation = operation_of(value)
        judge_.visit(operation, "", None)
        apply(context.state, operation, context.app, context.label)
    return judge_.result()


class _Judge:
    def __init__(self, source: Source, context: Context) -> None:
        self._context = context
        self._judged = Judged()
        self._annotations = Annotations(
            source.annotations, source.class_line, list(_lines(source.operations))
        )
        self._judged.annotation = self._annotations.of_file
        self._has_brief_locks = False
        for doubt in source.unread:
            self._judged.findings.append(_unread(doubt.line, "this file", doubt.why))

    def result(self) -> Judged:
        """All findings, with what is to be said once about the file."""
        judged = self._judged
        if self._has_brief_locks:
            judged.warnings.append(_TIMEOUT)
        judged.warnings += self._annotations.complaints
        judged.warnings = list(dict.fromkeys(judged.warnings))
        return judged

    def visit(
        self, operation: Operation | UnknownOperation, inside: str, outer: Annotation | None
    ) -> None:
        """Judge one operation, or those within it."""
        annotation = self._annotations.of_operation(operation.line) or outer
        if isinstance(operation, UnknownOperation):
            self._add(_unread(operation.line, inside + operation.name, operation.why), annotation)
        elif operation.name == _SEPARATE:
            self._visit_parts(operation, inside, annotation)
        else:
            self._visit_plain(operation, inside, annotation)

    def _visit_plain(
        self, operation: Operation, inside: str, annotation: Annotation | None
    ) -> None:
        context = self._context
        effect = _under_earlier_locks(judge(operation, context), context)
        self._judged.warnings += effect.warnings
        if operation.name == "RunSQL":
            self._judged.warnings += state_only_removals(operation, (), context)
        name = inside + described(operation, context)
        found = _finding(operation.line, name, effect)
        if effect.locks or effect.exclusive:
            found = replace(found, tables=effect.tables or _tables(operation, context))
        self._add(found, annotation)
        remember(operation, effect, context)
        if effect.exclusive and context.is_atomic is not False:
            context.holds_lock = True
        self._has_brief_locks |= effect.exclusive and not effect.locks

    def _visit_parts(
        self, operation: Operation, inside: str, annotation: Annotation | None
    ) -> None:
        """The database's side, on models of its own as Django does it."""
        values = operation.get("database_operations")
        context = self._context
        self._judged.warnings += state_only_removals(
            operation, values if isinstance(values, (list, tuple)) else (), context
        )
        taken_over = list(self._taken_over(operation))
        for made, effect in taken_over:
            name = f"{inside}{_SEPARATE}: {described(made, context)}"
            self._add(_finding(made.line, name, effect), annotation)
        if values is None or values == [] or values == ():
            if taken_over:
                return
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
            self._add(found, annotation)
            return
        if not isinstance(values, (list, tuple)):
            why = "its database_operations are not a list that can be read"
            self._add(_unread(operation.line, inside + _SEPARATE, why), annotation)
            return
        outer, context.state = context.state, context.state.fork()
        for value in values:
            inner = operation_of(value)
            self.visit(inner, f"{inside}{_SEPARATE}: ", annotation)
            apply(context.state, inner, context.app, context.label)
        context.state = outer

    def _taken_over(self, operation: Operation) -> Iterator[tuple[Operation, Effect]]:
        """The models that are made in the state alone and have no table."""
        values = operation.get("state_operations")
        for inner in map(operation_of, values if isinstance(values, (list, tuple)) else ()):
            if isinstance(inner, Operation) and inner.name == "CreateModel":
                effect = takes_over(inner, self._context)
                if effect is not None:
                    yield inner, effect

    def _add(self, finding: Finding, annotation: Annotation | None) -> None:
        if annotation is not None and annotation.kind is not None:
            self._judged.overruled.append(
                f"line {finding.line}: {finding.operation} is {annotation.kind} by a comment, "
                f"not {finding.kind}: {annotation.reason}"
            )
            finding = replace(
                finding,
                kind=annotation.kind,
                order_free=False,
                why=f"{annotation.reason} (by a comment; read as {finding.kind}: {finding.why})",
                advice="",
                fails=False,
            )
        self._judged.findings.append(finding)


def described(operation: Operation, context: Context) -> str:
    """The operation in words: ``AddField shop.Order.status``."""
    if operation.model is None:
        return operation.name
    if operation.name == "CreateExtension" or "Collation" in operation.name:
        return f"{operation.name} {operation.model}"
    model = context.model(operation)
    words = f"{operation.name} {context.label}.{model.name if model else operation.model}"
    if operation.text("model_name"):
        part = operation.text("name") or operation.text("old_name")
        words += f".{part}" if part else ""
    return words


def _under_earlier_locks(effect: Effect, context: Context) -> Effect:
    """The effect, with LOCKS if it goes through rows while an earlier lock is held."""
    if not (effect.works_on_rows and context.holds_lock):
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
        effect.fails,
        effect.data,
        effect.builds,
        exclusive=effect.exclusive,
        rewrites=effect.rewrites,
    )


def _tables(operation: Operation, context: Context) -> tuple[str, ...]:
    """The table of the model that an operation is about, as far as it can be told."""
    model = context.model(operation)
    if model is None or model.table is None or model.has_no_table:
        return ()
    return (model.table,)


def _unread(line: int, name: str, why: str) -> Finding:
    return _finding(line, name, Effect(Kind.UNKNOWN, why))


def _lines(values: object) -> Iterator[int]:
    """The first lines of all operations, nested ones included."""
    for value in values if isinstance(values, (list, tuple)) else ():
        operation = operation_of(value)
        yield operation.line
        if isinstance(operation, Operation) and operation.name == _SEPARATE:
            yield from _lines(operation.get("database_operations"))
