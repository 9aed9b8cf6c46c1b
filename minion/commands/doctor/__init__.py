"""``doctor``: what the settings name is checked, and what will not work on Heroku is told."""

from __future__ import annotations

from minion.commands.doctor import apps, project, repository
from minion.commands.doctor.findings import Finding
from minion.engine.perform import connect
from minion.errors import Refused
from minion.settings import FILENAME
from minion.terminal.console import Console
from minion.text import plain


def doctor() -> None:
    """Check the project, the token, the apps, their pipelines and the repository; change nothing.

    Raises:
        Refused: something is wrong; every finding has been shown.
    """
    console = Console()
    edges = connect()
    settings, heroku = edges.settings, edges.heroku
    findings = [Finding(f"{FILENAME} can be read")]
    findings += repository.check(settings, edges.repository)
    findings.append(apps.token(heroku))
    has_token = not findings[-1].is_wrong
    if has_token:
        findings += apps.check(settings, heroku)
    findings += project.check(settings, edges.repository, heroku if has_token else None)
    for finding in findings:
        because = f": {plain(finding.problem)}" if finding.problem else ""
        console.say(f"{finding.mark} {plain(finding.subject)}{because}")
    wrong = sum(finding.is_wrong for finding in findings)
    if wrong:
        raise Refused(f"{wrong} of {len(findings)} checks found something to mend")
