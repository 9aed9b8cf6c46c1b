"""What is personal in a database, and the proof that none of it is left in another.

Reads only, but for the mark and the statistics. Values never leave memory, and are remembered
there as digests under a key that ends with the process.
"""

from minion.privacy.columns.contents import look
from minion.privacy.columns.personal import Judgement, PersonalColumn, Question, judge
from minion.privacy.database.connection import DatabaseUnreachable
from minion.privacy.database.inventory import Column, Inventory, Table, take_inventory
from minion.privacy.database.mark import Mark, read_mark, write_mark
from minion.privacy.database.statistics import renew_statistics
from minion.privacy.proof.memory import Memory
from minion.privacy.proof.proving import ColumnProof, Proof, leftovers, prove
from minion.privacy.proof.remembering import remember

__all__ = [
    "Column",
    "ColumnProof",
    "DatabaseUnreachable",
    "Inventory",
    "Judgement",
    "Mark",
    "Memory",
    "PersonalColumn",
    "Proof",
    "Question",
    "Table",
    "judge",
    "leftovers",
    "look",
    "prove",
    "read_mark",
    "remember",
    "renew_statistics",
    "take_inventory",
    "write_mark",
]
