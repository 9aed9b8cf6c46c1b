"""Data move down: from the facts over the plan to the report, as a deployment does."""

from minion.data.facts import End, MoveFacts
from minion.data.gather import gather_move
from minion.data.plan import MovePlan, make_move
from minion.data.report import move_report
from minion.data.request import MoveRequest, parse_move

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
