"""The name by which an app is asked for, where it answers none that leads here.

On Heroku an app is asked for by APP.herokuapp.com or a domain of its own; here by this machine's
name and a port. Django answers 400 to a name that ALLOWED_HOSTS does not have. Then the app is
asked by the names that its settings say, and keeps the first that it takes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from aiohttp import web
from multidict import CIMultiDict

SETTING = "ALLOWED_HOSTS"
DOMAIN = "herokuapp.com"
_MOST = 12
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.I)
_NAME = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_NUMBERS = re.compile(r"[\d.]+")
_PASSED_OVER = ("node_modules", ".heroku", ".git", "tests", "venv", ".venv")
_COOKIE_DOMAIN = re.compile(r";\s*domain=[^;]*", re.I)


def names_in(slug: Path, config_vars: Mapping[str, str], app: str) -> list[str]:
    """The names that the app may take, the likeliest first: of config vars, Heroku's, of code."""
    found = [
        *(name for pair in config_vars.items() for name in _of_config_var(*pair)),
        f".{DOMAIN}",
        *_names(_of_settings(slug)),
    ]
    named = (f"{app}.{DOMAIN}" if each == f".{DOMAIN}" else each.lstrip(".") for each in found)
    return list(dict.fromkeys(named))[:_MOST]


def _of_config_var(key: str, value: str) -> Iterator[str]:
    """What is about the setting, and what else is an app's own name on Heroku."""
    is_list = SETTING.rstrip("S") in key.upper()
    return (name for name in _names(iter([value])) if is_list or name.endswith(DOMAIN))


def _names(texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        for word in re.split(r"[\s,;/]+", text.lower()):
            if _NAME.fullmatch(word) and not _NUMBERS.fullmatch(word):
                yield word


def _of_settings(slug: Path) -> Iterator[str]:
    """The texts in statements about ALLOWED_HOSTS; no code is run."""
    for path in sorted(slug.rglob("*.py")):
        if any(part in _PASSED_OVER for part in path.relative_to(slug).parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text) if SETTING in text else None
        except (OSError, ValueError, SyntaxError, RecursionError):
            continue
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)):
                inside = list(ast.walk(node))
                if any(isinstance(each, ast.Name) and each.id == SETTING for each in inside):
                    yield from (
                        each.value
                        for each in inside
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    )


class Names:
    """What is known of the names that each release takes."""

    def __init__(self) -> None:
        self._taken: dict[str, str | None] = {}

    def of(self, release: str) -> str | None:
        """The name that the release is to be asked by; None for that of the request."""
        return self._taken.get(release)

    def is_settled(self, release: str) -> bool:
        """Whether nothing is to be tried any more."""
        return release in self._taken

    def settle(self, release: str, name: str | None) -> None:
        """Ask the release by `name` from now on."""
        self._taken = {release: name}


def leads_here(request: web.BaseRequest) -> bool:
    """Whether the request has a name of this machine, not one that a client made up."""
    return bool(_HERE.fullmatch(request.headers.get("Host", "")))


def may_be_repeated(request: web.BaseRequest) -> bool:
    """Whether asking once more does nothing (RFC 9110, 9.2.1)."""
    return request.method in ("GET", "HEAD") and not request.body_exists


def ask_by(name: str, request: web.BaseRequest, headers: CIMultiDict[str]) -> None:
    """Give the request `name`, as whom its page came from, too."""
    here = re.compile(rf"https?://{re.escape(request.headers['Host'])}(?=/|$)", re.I)
    headers["Host"] = name
    for header in ("Origin", "Referer"):
        if header in headers:
            headers[header] = here.sub(f"{request.scheme}://{name}", headers[header], count=1)


def bring_back(name: str, request: web.BaseRequest, headers: CIMultiDict[str]) -> None:
    """Let the answer lead to here, where it leads to `name`; cookies are for here, too."""
    there = re.compile(rf"(https?:)?//{re.escape(name)}(?::\d+)?(?=[/?#]|$)", re.I)
    host = request.headers["Host"]
    if "Location" in headers:
        headers["Location"] = there.sub(
            lambda match: f"{match[1] or ''}//{host}", headers["Location"], count=1
        )
    cookies: Sequence[str] = headers.popall("Set-Cookie", [])
    for cookie in cookies:
        headers.add("Set-Cookie", _COOKIE_DOMAIN.sub("", cookie))
