"""What an operation consists of, one value per deed."""

from minion.steps.backup import Capture
from minion.steps.base import Step
from minion.steps.commands import RunCommand, with_fixtures
from minion.steps.config_vars import SetConfigVars
from minion.steps.formation import ScaleBack, ScaleDown
from minion.steps.holders import Tables
from minion.steps.localcopy import MarkLocally, ProveLocally, RestoreBeside, RunLocally, Swap
from minion.steps.page import (
    MaintenanceOff,
    MaintenanceOn,
    PageCheck,
    PrebootBack,
    PrebootSwitch,
    SetPage,
)
from minion.steps.promote import Promote
from minion.steps.proof import MarkProven, Prove, Remember
from minion.steps.push import Push
from minion.steps.readback import ReadBack
from minion.steps.restore import Restore
from minion.steps.rollback import RollBack
from minion.steps.switch import NewDynosUp, OldDynosGone
from minion.steps.tag import TagRelease
from minion.steps.unfinished import Built
from minion.steps.watch import LookBefore, Watch

__all__ = [
    "Built",
    "Capture",
    "LookBefore",
    "MaintenanceOff",
    "MaintenanceOn",
    "MarkLocally",
    "MarkProven",
    "NewDynosUp",
    "OldDynosGone",
    "PageCheck",
    "PrebootBack",
    "PrebootSwitch",
    "Promote",
    "Prove",
    "ProveLocally",
    "Push",
    "ReadBack",
    "Remember",
    "Restore",
    "RestoreBeside",
    "RollBack",
    "RunCommand",
    "RunLocally",
    "ScaleBack",
    "ScaleDown",
    "SetConfigVars",
    "SetPage",
    "Step",
    "Swap",
    "Tables",
    "TagRelease",
    "Watch",
    "with_fixtures",
]
