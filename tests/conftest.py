"""What holds for all tests: a slow machine is no failure; the long ones say what they tried."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# Tests have homes of their own; what builds have downloaded and made is shared all the same.
os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))

# A shell has what it starts in the background ignore Ctrl-C, and nohup the end of a terminal;
# whoever is started inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

TRIED = "tried"


def pytest_collection_modifyitems(config, items) -> None:
    """The `whole` ones are left out, unless they are asked for.

    Where processes share the files, those that are given most time begin first.

    A long one that began last would keep one process busy while the other has nothing to do.
    """
    if not os.environ.get("MINION_WHOLE"):
        left_out = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("whole")]
    if not hasattr(config, "workerinput"):
        return

    def time_given(item) -> float:
        mark = item.get_closest_marker("timeout")
        return mark.args[0] if mark else 0.0

    items.sort(key=lambda item: (-time_given(item), "journeys" not in item.path.parts))


def pytest_terminal_summary(terminalreporter) -> None:
    """The lines that came with the reports, from other processes too."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    lines = [value for report in reports for name, value in report.user_properties if name == TRIED]
    if lines:
        terminalreporter.section("tried")
        for line in sorted(lines):
            terminalreporter.write_line(line)
