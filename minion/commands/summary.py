"""The summary of a job of GitHub Actions, which is shown on the run's page."""

from __future__ import annotations

from pathlib import Path

from minion.settings import environ
from minion.terminal.console import Console

#: Source: GitHub Docs, Workflow commands, "Adding a job summary"; a step's may have 1 MiB.
SUMMARY = "GITHUB_STEP_SUMMARY"


def add_to_summary(markdown: str, console: Console) -> None:
    """Add `markdown` to the job's summary, where there is a job. A failure is told, no more."""
    named = environ().get(SUMMARY)
    if not named:
        return
    try:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(f"{markdown}\n")
    except OSError as error:
        console.say(f"The job's summary could not be written: {error.strerror}.")
