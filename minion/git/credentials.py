"""How a password reaches git without being seen on the way.

git asks a credential helper that is given for this one command and this one
host. The helper is a line of shell that prints two environment variables; they
are set for this git process and its children alone. An environment can be read
only by the same user and root, who could as well read the keychain or netrc
that the token came from, while arguments are readable by everybody, a
configuration or URL is kept, and a pipe could answer only once (git asks again
when it connects again).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from minion.errors import GitError

_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    '"$MINION_GIT_USERNAME" "$MINION_GIT_PASSWORD"; }; f'
)


def configuration(url: str) -> list[str]:
    """The ``-c`` options that let git answer for the host of `url`, and for nobody else.

    The operator's own helpers are switched off: they must neither answer with
    another account nor be asked to keep the token. ``insteadOf`` rules are
    outdone by a longer match, because Heroku's old advice rewrote HTTPS to SSH,
    which is gone. A redirect is refused, for it would carry the token elsewhere.

    Raises:
        GitError: `url` would show the token to the network.
    """
    parts = urlsplit(url)
    is_local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise GitError(f"{shown(url)}: credentials are sent over https only")
    host = parts.netloc.rpartition("@")[2]
    settings = [
        "credential.helper=",
        f"credential.{parts.scheme}://{host}.helper={_HELPER}",
        f"url.{url}.insteadOf={url}",
        f"url.{url}.pushInsteadOf={url}",
        "http.followRedirects=false",
    ]
    return [word for setting in settings for word in ("-c", setting)]


def environment(credentials: tuple[str, str]) -> Mapping[str, str]:
    """The variables that the helper prints; for the git process only.

    Raises:
        GitError: a line break or NUL in one of them, which git's protocol cannot carry.
    """
    username, password = credentials
    if any(character in username + password for character in "\r\n\0"):
        raise GitError("the token is malformed: it contains a line break or NUL")
    return {"MINION_GIT_USERNAME": username, "MINION_GIT_PASSWORD": password}


def shown(url: str) -> str:
    """`url` without user and password, fit for a message."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
