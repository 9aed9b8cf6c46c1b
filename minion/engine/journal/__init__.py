"""What an operation is doing, written down so that a kill leaves nothing unknown.

One file per environment in the repository's git folder, shared by all its
working trees: a first line that says what was confirmed, then a line for every
step before and after it is taken. No secret is ever handed to a journal.
"""

from minion.engine.journal.entries import BEGUN, DONE, FAILED, RECORD, RESUMED, Entries
from minion.engine.journal.file import Journal, JournalBusy, JournalUnreadable, JournalUnwritable
from minion.engine.journal.kept import kept

__all__ = [
    "BEGUN",
    "DONE",
    "FAILED",
    "RECORD",
    "RESUMED",
    "Entries",
    "Journal",
    "JournalBusy",
    "JournalUnreadable",
    "JournalUnwritable",
    "kept",
]
