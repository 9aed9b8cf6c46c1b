"""At the end of a run, the long tests say how much they have tried."""

from __future__ import annotations

TRIED = "tried"


def pytest_terminal_summary(terminalreporter) -> None:
    """The lines that came with the reports, from other processes too."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    lines = [value for report in reports for name, value in report.user_properties if name == TRIED]
    if lines:
        terminalreporter.section("tried")
        for line in sorted(lines):
            terminalreporter.write_line(line)
