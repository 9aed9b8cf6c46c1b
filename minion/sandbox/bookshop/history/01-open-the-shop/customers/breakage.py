"""Ways to break `anonymise_data` on purpose, to show that somebody notices."""

import os
import time

from django.core.management.base import CommandError

VARIABLE = "ANONYMISE_BREAK"
SLOW_S = 600
WAYS = {
    "fail": "replaces the customers, then ends with an error",
    "nothing": "says that it is done and does nothing",
    "forget-column": "leaves the customers' phone numbers",
    "all-but-one": "leaves one customer",
    "slow": f"waits {SLOW_S} seconds after the customers, long enough to be killed",
}
HELP = (
    "For demonstrations only: work badly, in one of these ways. "
    + "; ".join(f"{way}: {effect}" for way, effect in WAYS.items())
    + f". The variable {VARIABLE} does the same; this argument wins over it."
)


def chosen(argument):
    """The way that the argument names, else the variable; None to work properly."""
    way = argument or os.environ.get(VARIABLE) or None
    if way is not None and way not in WAYS:
        raise CommandError(f"{VARIABLE} is {way!r}; choose from {', '.join(WAYS)}")
    return way


def interrupt(way):
    """What happens between the customers and everything else."""
    if way == "fail":
        raise CommandError("failed, as it was told to")
    if way == "slow":
        time.sleep(SLOW_S)
