"""What the router itself answers: Heroku's error codes and the pages that visitors see.

Dev Center: Error Codes; Error Pages; Maintenance Mode.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

MAINTENANCE = "H80"

DESCRIPTIONS = {
    "H10": "App crashed",
    "H12": "Request timeout",
    "H13": "Connection closed without response",
    "H14": "No web processes running",
    "H18": "Server Request Interrupted",
    "H20": "App boot timeout",
    "H21": "Backend connection refused",
    "H27": "Client Request Interrupted",
    MAINTENANCE: "Maintenance mode",
}
"""What the log says of a request that was answered by the router, or not to its end."""

_BEGUN = {
    "H18": "sock=backend at=error",
    "H27": "sock=client at=warning",
    MAINTENANCE: "at=info",
}
"""How such a line begins, where not with ``at=error`` (Dev Center: Error Codes)."""

_STATUSES = {"H27": 499}
"""The status in it, where not 503."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font-family: sans-serif; margin: 20vh auto; max-width: 32em; }}</style></head>
<body><h1>{title}</h1><p>{text}</p></body>
</html>
"""

_FRAME = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>html, body, iframe {{ border: 0; height: 100%; margin: 0; width: 100%; }}</style></head>
<body><iframe src="{url}"></iframe></body>
</html>
"""


def in_log(code: str) -> tuple[str, int]:
    """How the line about a request with that code begins, and the status that it tells."""
    begun = _BEGUN.get(code, "at=error")
    return f'{begun} code={code} desc="{DESCRIPTIONS[code]}"', _STATUSES.get(code, 503)


def page(code: str, config_vars: Mapping[str, str]) -> str:
    """The HTML for an error: the router's own, or a frame around the page that the app names."""
    if code == MAINTENANCE:
        url = config_vars.get("MAINTENANCE_PAGE_URL")
        title, text = "Offline for Maintenance", "This application is undergoing maintenance."
    else:
        url = config_vars.get("ERROR_PAGE_URL")
        title = "Application error"
        text = f"The application could not answer ({code}: {DESCRIPTIONS[code]}). See its log."
    if url:
        return _FRAME.format(title=title, url=html.escape(url))
    return _PAGE.format(title=title, text=html.escape(text))
