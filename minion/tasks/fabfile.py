"""minion's tasks, for a project that has no fabfile of its own."""

from minion.tasks import *  # noqa: F403
