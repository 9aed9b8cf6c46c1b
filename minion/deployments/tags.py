"""The names of release tags: the template of the settings, read backwards."""

from __future__ import annotations

import re

#: Stands for the version while the rest of a name is made; no name of a tag has it.
_MARK = "\0"


def version_in(tag: str, template: str, environment: str, app: str) -> int | None:
    """The release that `tag` names by `template`; None where it is no release tag of the app."""
    parts = template.format(environment=environment, app=app, version=_MARK).split(_MARK)
    # A template may have the version twice.
    pattern = re.escape(parts[0]) + r"([1-9][0-9]{0,9})" + r"\1".join(map(re.escape, parts[1:]))
    match = re.fullmatch(pattern, tag)
    return int(match[1]) if match else None
