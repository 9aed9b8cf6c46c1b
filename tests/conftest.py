"""What holds for all tests: a slow machine is no failure; the long ones say what they tried."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

TRIED = "tried"


def pytest_terminal_summary(terminalreporter) -> None:
    """The lines that came with the reports, from other processes too."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    lines = [value for report in reports for name, value in report.user_properties if name == TRIED]
    if lines:
        terminalreporter.section("tried")
        for line in sorted(lines):
            terminalreporter.write_line(line)
