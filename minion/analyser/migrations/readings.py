"""What was read: one finding for each operation, one reading for each file."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.migrations.kinds import Kind


@dataclass(frozen=True)
class Finding:
    """One operation, and what it does to the code that runs meanwhile."""

    #: Of the file, counted from 1.
    line: int
    #: Such as ``AddField shop.Order.status``.
    operation: str
    kind: Kind
    #: An EXPAND without which the new code works as well.
    order_free: bool
    #: Whether it works through a table that existed before while others must wait.
    locks: bool
    #: Whether it is known that ``migrate`` cannot go back over it.
    irreversible: bool
    #: Whether data is gone for good, also where the schema can be brought back.
    lossy: bool
    #: One line.
    why: str
    #: A safer form, or "".
    advice: str = ""


@dataclass(frozen=True)
class Reading:
    """One migration file."""

    path: str
    #: The folder above ``migrations``; ``AppConfig.label`` and MIGRATION_MODULES are not seen.
    app_label: str
    name: str
    kind: Kind
    order_free: bool
    locks: bool
    irreversible: bool
    lossy: bool
    findings: tuple[Finding, ...]
    #: One line each, with the file's line where there is one: ``line 12: ...``.
    why: tuple[str, ...]
    #: What the class does not say: hazards, advice to split, files that do not run.
    warnings: tuple[str, ...]
    #: What comments overruled, with their reasons; None if nothing.
    annotated: str | None
    #: (app label, name), those that come about by another file's ``run_before`` included.
    dependencies: tuple[tuple[str, str], ...]
    replaces: tuple[tuple[str, str], ...]
    #: Whether the file runs in one transaction, which is Django's default.
    is_atomic: bool

    @property
    def key(self) -> tuple[str, str]:
        """What Django records in ``django_migrations``."""
        return self.app_label, self.name
