"""A Procfile, and whether its release phase migrates the database. No I/O."""

from __future__ import annotations

import re

from minion.analyser.procfile.hooks import Hook, Moment, hooks
from minion.analyser.procfile.release import Migrates, release_phase, release_phase_migrates

#: A line of a Procfile; all others are ignored. As Heroku's builds read it, by
#: heroku/buildpacks-procfile (src/procfile.rs): blanks before, a colon that may be missing, a
#: blank after it that may not.
_LINE = re.compile(r"\s*([A-Za-z0-9_-]+):?\s+(\S.*)\Z")


def parse(text: str) -> dict[str, str]:
    """Process type -> command; of two lines for one type, the later holds."""
    matches = (_LINE.match(line.rstrip()) for line in text.splitlines())
    return {match[1]: match[2] for match in matches if match}


__all__ = [
    "Hook",
    "Migrates",
    "Moment",
    "hooks",
    "parse",
    "release_phase",
    "release_phase_migrates",
]
