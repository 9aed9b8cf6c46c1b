from minion.tasks import *  # noqa: F403
