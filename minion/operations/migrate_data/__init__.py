"""Data move down: from the facts over the plan to the report, as a deployment does."""

from minion.operations.migrate_data.facts import End, MoveFacts
from minion.operations.migrate_data.gather import gather_move
from minion.operations.migrate_data.plan import MovePlan, make_move
from minion.operations.migrate_data.report import move_report
from minion.operations.migrate_data.request import MoveRequest, parse_move

__all__ = [
    "End",
    "MoveFacts",
    "MovePlan",
    "MoveRequest",
    "gather_move",
    "make_move",
    "move_report",
    "parse_move",
]
