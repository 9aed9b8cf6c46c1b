"""Where a remote is, and what git is told for speaking to it alone.

git is never given a remote's name or a URL, but `ALIAS`, which one setting for
this one command says the meaning of. So neither a user or password is among
the arguments of git and its helpers, nor does it matter what else is configured
for a remote of that name: further URLs to push to, refspecs, ``mirror``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from minion.errors import GitError
from minion.git import credentials
from minion.git.command import Git, Setting
from minion.text import public_url

ALIAS = "minion-remote::"

#: What of a configured remote says how it is reached, not what is sent.
_KEPT = ("proxy", "proxyauthmethod", "receivepack", "uploadpack", "vcs")

#: ``host:path``, as for ssh; git finds that the colon comes before any slash.
_SCP = re.compile(r"[^/]+:")


@dataclass(frozen=True)
class Address:
    """A place to fetch from and push to; `url` holds no password, `name` is for messages.

    The `username` may be a token, unless `is_token` says that the password is the whole of it.
    """

    name: str
    url: str
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    more: tuple[Setting, ...] = field(default=(), repr=False)
    variables: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    is_token: bool = False

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What git must be told of this place."""
        return (
            (f"url.{self.url}.insteadOf", ALIAS),
            (f"url.{self.url}.pushInsteadOf", ALIAS),
            *credentials.settings(self.url, self.username, self.password),
            *self.more,
        )

    @property
    def env(self) -> Mapping[str, str | None]:
        """The variables of a git process that speaks to this place."""
        return {**credentials.environment(self.username, self.password), **self.variables}

    def hide(self, text: str) -> str:
        """`text` from git or the remote, without what is secret about this place."""
        name = self.username or ""
        # Heroku takes any name beside the token, and its output is full of the one that we say.
        is_secret = len(name) > _SHORT and not self.is_token
        for secret in filter(None, (self.password, name if is_secret else "")):
            for form in (secret, quote(secret, safe="")):
                text = text.replace(form, "[hidden]")
        return _URL.sub(lambda match: public_url(match.group()), text)


#: Longer than a name such as ``git``, which is no secret and part of many words.
_SHORT = 3
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+")


def exactly(url: str, user_and_password: tuple[str, str] | None = None) -> Address:
    """The address `url`, whatever the operator's configuration makes of it elsewhere.

    Their proxy and certificates hold. Not so what would give the password to
    others (redirects, an unchecked certificate), give others' to this place
    (headers), or break off a build in which nothing is said for a while.

    Raises:
        GitError: `url` would show the password to the network.
    """
    if user_and_password is None:
        return Address(public_url(url), url)
    parts = urlsplit(url)
    is_local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise GitError(f"{public_url(url)}: credentials are sent over https only")
    url = credentials.split(url)[0]
    more = {
        "followRedirects": "false",
        "sslVerify": "true",
        "extraHeader": "",
        "emptyAuth": "false",
        "lowSpeedLimit": "0",
        "lowSpeedTime": "0",
    }
    variables = {
        "GIT_ALLOW_PROTOCOL": parts.scheme,
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_SSL_NO_VERIFY": None,
        "GIT_HTTP_LOW_SPEED_LIMIT": None,
        "GIT_HTTP_LOW_SPEED_TIME": None,
    }
    settings = tuple((f"http.{url}.{name}", value) for name, value in more.items())
    return Address(public_url(url), url, *user_and_password, settings, variables, is_token=True)


def of_remote(git: Git, remote: str, *, to_push: bool) -> Address | None:
    """The one place that `remote` means: a configured remote's name, a URL or a path.

    The operator's rewriting of URLs holds. None if it is a name and no such
    remote is configured. Of several places to push to it is the one that is
    read from too, or else the first: a ref that keeps others out can be at one
    place only.
    """
    configured = _configured(git)
    keys = {
        name: configured[f"remote.{remote}.{name}"]
        for name in ("url", "pushurl", *_KEPT)
        if configured.get(f"remote.{remote}.{name}")
    }
    rules = _rules(configured, "insteadof")
    urls = keys.get("url") or keys.get("pushurl")
    if not urls and not _is_place(git, remote):
        return None
    url = urls[0] if urls else _absolute(git, remote)
    here = _rewritten(url, rules) or url
    if to_push:
        pushed = [_rewritten(one, rules) or one for one in keys.get("pushurl", ())]
        if not pushed:
            pushed = [_rewritten(url, _rules(configured, "pushinsteadof")) or here]
        here = here if here in pushed else pushed[0]
    more = tuple((f"remote.{ALIAS}.{name}", keys[name][-1]) for name in _KEPT if name in keys)
    return Address(public_url(remote), *credentials.split(here), more)


def configured_remotes(git: Git) -> Mapping[str, str]:
    """The configured remotes by name: where each is read from, without user and password."""
    configured = _configured(git)
    rules = _rules(configured, "insteadof")
    return {
        key[len("remote.") : -len(".url")]: public_url(_rewritten(urls[0], rules) or urls[0])
        for key, urls in configured.items()
        if key.startswith("remote.") and key.endswith(".url") and urls
    }


def _configured(git: Git) -> Mapping[str, Sequence[str]]:
    """Every value of the sections ``remote`` and ``url``, in git's order; "" begins anew."""
    answer = git.run("config", "-z", "--get-regexp", r"^(remote|url)\.")
    if answer.status > 1:
        raise GitError(f"git's configuration cannot be read: {answer.complaint}")
    result: dict[str, list[str]] = defaultdict(list)
    for record in answer.records:
        key, _, value = record.partition("\n")
        if value:
            result[key].append(value)
        else:
            result[key].clear()
    return result


def _rules(configured: Mapping[str, Sequence[str]], kind: str) -> list[tuple[str, str]]:
    """(prefix, what stands instead of it) of all rules of that kind, in git's order."""
    return [
        (prefix, key[len("url.") : -len(kind) - 1])
        for key, prefixes in configured.items()
        if key.startswith("url.") and key.endswith(f".{kind}")
        for prefix in prefixes
    ]


def _rewritten(url: str, rules: Sequence[tuple[str, str]]) -> str | None:
    """What the rule with the longest prefix makes of `url`, as in git; None if none fits."""
    fitting = [(len(prefix), base) for prefix, base in rules if url.startswith(prefix)]
    if not fitting:
        return None
    length, base = max(fitting, key=lambda rule: rule[0])
    return base + url[length:]


def _is_place(git: Git, remote: str) -> bool:
    """Whether `remote` can be a URL or path: a name that is not configured is neither."""
    if remote.startswith(("~", ".")) or "/" in remote or ":" in remote:
        return True
    return any((Path(git.folder) / remote / name).exists() for name in ("HEAD", ".git"))


def _absolute(git: Git, remote: str) -> str:
    """A path from the repository's root, ``~`` expanded; a URL as it is."""
    if _SCP.match(remote):
        return remote
    path = Path(remote)
    with suppress(RuntimeError):  # no such user, or no home folder
        path = path.expanduser()
    return str((Path(git.folder) / path).resolve())
