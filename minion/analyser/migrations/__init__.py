"""Django migrations read as text: what each does to the code that runs meanwhile.

Nothing is imported or executed, and Django need not be installed. The rules were
measured on PostgreSQL with Django 4.2 to 6.0. What cannot be read is UNKNOWN.
"""

from __future__ import annotations

from minion.analyser.migrations.kinds import Kind
from minion.analyser.migrations.reader import read_migrations
from minion.analyser.migrations.readings import Finding, Reading
from minion.analyser.migrations.schedule import Schedule, schedule

__all__ = ["Finding", "Kind", "Reading", "Schedule", "read_migrations", "schedule"]
