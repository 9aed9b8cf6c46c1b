"""minion from a Python program: typed, without Fabric.

Each function takes a request, which says what is asked for, and raises MinionError
where the command would have ended with status 1::

    from minion.api import DeployRequest, deploy

    deploy(DeployRequest("uat", preboot=False), confirm="my-app-uat", wait_s=60)

They work on the project in the current folder, as the tasks of a fabfile do, and
speak to stdout. Without a terminal, `confirm` is what ``confirm=`` is to the task.
"""

from __future__ import annotations

from minion.commands.analyse import analyse
from minion.commands.config import check as check_config
from minion.commands.config import config
from minion.commands.config_pull import pull as config_pull
from minion.commands.deploy import deploy, plan
from minion.commands.history import history
from minion.commands.maintenance import maintenance
from minion.commands.migrate_data import migrate_data
from minion.commands.resume import resume
from minion.commands.rollback import rollback
from minion.commands.split import split
from minion.commands.status import status
from minion.commands.unlock import unlock
from minion.errors import MinionError
from minion.operations.config import ConfigRequest
from minion.operations.deploy import DeployRequest
from minion.operations.maintenance import MaintenanceRequest
from minion.operations.migrate_data import MoveRequest
from minion.operations.rollback import RollbackRequest
from minion.options import Option

__all__ = [
    "ConfigRequest",
    "DeployRequest",
    "MaintenanceRequest",
    "MinionError",
    "MoveRequest",
    "Option",
    "RollbackRequest",
    "analyse",
    "check_config",
    "config",
    "config_pull",
    "deploy",
    "history",
    "maintenance",
    "migrate_data",
    "plan",
    "resume",
    "rollback",
    "split",
    "status",
    "unlock",
]
