"""What is personal in a database, and the proof that none of it is left in another.

Reads only, but for the mark and the statistics. Values never leave memory, and are remembered
there as digests under a key that ends with the process.
"""

from minion.privacy.columns.contents import Look, look
from minion.privacy.columns.personal import (
    Judgement,
    PersonalColumn,
    Question,
    in_toml,
    judge,
    judge_unseen,
)
from minion.privacy.columns.proposal import Proposal, Proposed, propose
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
    "Look",
    "Mark",
    "Memory",
    "PersonalColumn",
    "Proof",
    "Proposal",
    "Proposed",
    "Question",
    "Table",
    "in_toml",
    "judge",
    "judge_unseen",
    "leftovers",
    "look",
    "propose",
    "prove",
    "read_mark",
    "remember",
    "renew_statistics",
    "take_inventory",
    "write_mark",
]
