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

from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from minion.errors import GitError
from minion.git.command import Setting
from minion.text import public_url

_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    '"$MINION_GIT_USERNAME" "$MINION_GIT_PASSWORD"; }; f'
)


def settings(url: str, username: str | None, password: str | None) -> Iterator[Setting]:
    """What lets git answer for the host of `url`, and for nobody else.

    With a password the operator's own helpers are switched off: they must
    neither answer with another account nor be asked to keep it.
    """
    host = "://".join(urlsplit(url)[:2])
    if password is not None:
        yield "credential.helper", ""
        yield f"credential.{host}.helper", _HELPER
    elif username is not None:
        yield f"credential.{host}.username", username


def environment(username: str | None, password: str | None) -> Mapping[str, str | None]:
    """The variables that the helper prints; for the git process only.

    Raises:
        GitError: a line break or NUL in one of them, which git's protocol cannot carry.
    """
    if any(character in f"{username}{password}" for character in "\r\n\0"):
        raise GitError("the token is malformed: it contains a line break or NUL")
    if password is None:
        return {}
    return {"MINION_GIT_USERNAME": username or "", "MINION_GIT_PASSWORD": password}


def split(url: str) -> tuple[str, str | None, str | None]:
    """`url` without user and password, and these; only of a URL that git opens by HTTP.

    Raises:
        GitError: what stands for the host is none, so that it may be of a password.
    """
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user_and_password, at, host = authority.rpartition("@")
    if scheme.lower() not in ("http", "https") or not separator:
        return url, None, None
    if public_url(url).endswith("://[hidden]"):
        raise GitError(
            f"{scheme}://[hidden]: not a URL; in a user or password, / is written %2F and @ is %40"
        )
    if not at:
        return url, None, None
    username, colon, password = user_and_password.partition(":")
    return (
        f"{scheme}://{host}{slash}{path}",
        unquote(username),
        unquote(password) if colon else None,
    )
