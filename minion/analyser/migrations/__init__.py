"""Django migrations read as text: what each does to the code that runs meanwhile.

Nothing is imported or executed, and Django need not be installed. The rules were
measured on PostgreSQL with Django 4.2 to 6.0. What cannot be read is UNKNOWN.
"""

from __future__ import annotations

from minion.analyser.migrations.graph.applied import not_applied
from minion.analyser.migrations.graph.schedule import Schedule, schedule
from minion.analyser.migrations.reader import read_migrations
from minion.analyser.migrations.verdicts import Finding, Kind, Measured, Reading

__all__ = [
    "Finding",
    "Kind",
    "Measured",
    "Reading",
    "Schedule",
    "not_applied",
    "read_migrations",
    "schedule",
]
