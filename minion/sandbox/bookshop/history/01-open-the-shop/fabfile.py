from minion.tasks import *
