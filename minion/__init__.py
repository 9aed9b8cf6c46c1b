"""Deploy Django applications on Heroku: reported, confirmed, read back.

A project's fabfile says ``from minion.tasks import *``; everything else is
reached from there.
"""

__version__ = "1.0.0"
