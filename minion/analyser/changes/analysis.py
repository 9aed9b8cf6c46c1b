"""The outcome: which options, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from minion.options import Option, each


@dataclass(frozen=True)
class Analysis:
    """What lies between two commits.

    `reasons` names for each option the paths that set it (PUSH: a sentence).
    `fixtures` are the files to load, `migrations` the Python files of
    migrations packages that were added, changed or deleted, `packages` lists of
    packages, any of which may bring migrations; `notes` is what an operator
    should know besides.
    """

    options: Option
    reasons: Mapping[Option, tuple[str, ...]] = field(default_factory=dict)
    fixtures: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def without(self, options: Option) -> Analysis:
        """The same, with nothing that asks for `options`."""
        has_migrations = Option.MIGRATE not in options
        return Analysis(
            options=self.options & ~options,
            reasons={one: why for one, why in self.reasons.items() if one not in options},
            fixtures=() if Option.FIXTURES in options else self.fixtures,
            migrations=self.migrations if has_migrations else (),
            packages=self.packages if has_migrations else (),
            notes=self.notes,
        )

    def merge(self, other: Analysis) -> Analysis:
        """What both ask for: two apps of one environment may run different commits."""
        options = self.options | other.options
        return Analysis(
            options=options,
            reasons={
                option: joined(self.reasons.get(option, ()), other.reasons.get(option, ()))
                for option in each(options)
            },
            fixtures=tuple(sorted({*self.fixtures, *other.fixtures})),
            migrations=tuple(sorted({*self.migrations, *other.migrations})),
            packages=joined(self.packages, other.packages),
            notes=joined(self.notes, other.notes),
        )


def joined(*groups: Sequence[str]) -> tuple[str, ...]:
    """All texts of `groups`, each once, in their order."""
    return tuple(dict.fromkeys(text for group in groups for text in group))
