"""What a deployment consists of, one value per deed."""

from minion.steps.base import Step
from minion.steps.commands import RunCommand, with_fixtures
from minion.steps.page import MaintenanceOff, MaintenanceOn, PrebootBack, PrebootSwitch
from minion.steps.ship import Promote, Push, ReadBack
from minion.steps.tag import TagRelease

__all__ = [
    "MaintenanceOff",
    "MaintenanceOn",
    "PrebootBack",
    "PrebootSwitch",
    "Promote",
    "Push",
    "ReadBack",
    "RunCommand",
    "Step",
    "TagRelease",
    "with_fixtures",
]
