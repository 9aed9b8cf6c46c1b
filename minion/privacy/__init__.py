"""What is personal in a database, and the proof that none of it is left in another.

Reads only. Values never leave memory, and are remembered there as digests under
a key that ends with the process.
"""

from minion.privacy.connection import DatabaseUnreachable, identity
from minion.privacy.contents import look
from minion.privacy.inventory import Column, Inventory, Table, take_inventory
from minion.privacy.judging import Finding, Judgement, Question, judge
from minion.privacy.mark import Mark, read_mark, write_mark
from minion.privacy.memory import Memory
from minion.privacy.proof import ColumnProof, Proof, leftovers, prove
from minion.privacy.remembering import remember

__all__ = [
    "Column",
    "ColumnProof",
    "DatabaseUnreachable",
    "Finding",
    "Inventory",
    "Judgement",
    "Mark",
    "Memory",
    "Proof",
    "Question",
    "Table",
    "identity",
    "judge",
    "leftovers",
    "look",
    "prove",
    "read_mark",
    "remember",
    "take_inventory",
    "write_mark",
]
