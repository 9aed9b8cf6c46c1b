"""Where Heroku is: the hosts that the environment names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from minion.errors import SettingsError

DEFAULT_HOST = "heroku.com"
DEFAULT_DATA_URL = "https://api.data.heroku.com"
#: The domains to which the Heroku CLI sends a token (@heroku-cli/command, api-client).
HEROKU_DOMAINS = ("heroku.com", "herokai.com", "herokuspace.com", "herokudev.com")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Hosts:
    """`api_url` has no trailing slash; the hosts include the port where there is one."""

    api_url: str
    api_host: str
    git_host: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Hosts:
        """The hosts as the Heroku CLI would read them from `environ`.

        A URL in HEROKU_HOST is the API itself; a bare name such as
        ``heroku.com`` is a domain under which ``api.`` and ``git.`` are.

        Raises:
            SettingsError: the host is neither Heroku's nor this machine, or it
                is Heroku's but without TLS. The CLI would warn and talk to the
                real Heroku instead, which is not what was asked for.
        """
        host = environ.get("HEROKU_HOST", "").strip().rstrip("/") or DEFAULT_HOST
        has_scheme = host.lower().startswith(("http://", "https://"))
        api_url = host if has_scheme else f"https://api.{host}"
        parts = _split(api_url)
        if parts is None or not _may_have_token(parts):
            raise SettingsError(
                f"HEROKU_HOST={_without_credentials(host)}: the token is sent only to https:// "
                f"addresses under {', '.join(HEROKU_DOMAINS)}, and to this machine; "
                "unset HEROKU_HOST to use heroku.com"
            )
        git_host = environ.get("HEROKU_GIT_HOST", "").strip()
        return cls(
            api_url=api_url,
            api_host=parts.netloc,
            git_host=git_host or (parts.netloc if has_scheme else f"git.{host}"),
        )


def data_url_of(environ: Mapping[str, str], api_url: str) -> str:
    """The data API (databases and their backups) that belongs to the API at `api_url`.

    HEROKU_DATA_HOST is a bare name; scheme and port are those of the API, as
    for the Heroku CLI. Without it, an API on this machine is its own data API:
    the CLI would turn to Heroku's, and a rehearsal must not reach real data.

    Raises:
        SettingsError: the host is no bare name, or none that a token may be sent to.
    """
    api = urlsplit(api_url)
    host = environ.get("HEROKU_DATA_HOST", "").strip()
    if not host:
        return api_url if is_local(api_url) else DEFAULT_DATA_URL
    name = f"[{host}]" if ":" in host and host in LOOPBACK else host
    port = f":{api.port}" if api.port is not None else ""
    parts = _split(f"{api.scheme}://{name}{port}")
    is_bare = parts is not None and (parts.hostname or "") == host.lower()
    if parts is None or not is_bare or not _may_have_token(parts):
        raise SettingsError(
            f"HEROKU_DATA_HOST={_without_credentials(host)}: must be a bare host name under "
            f"{', '.join(HEROKU_DOMAINS)} (https only), or this machine; scheme and port are "
            "those of HEROKU_HOST"
        )
    return parts.geturl()


def is_local(url: str) -> bool:
    """Whether `url` leads to this machine."""
    return (urlsplit(url).hostname or "").lower() in LOOPBACK


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # A bad port is found out only when it is asked for.
    except ValueError:
        return None
    return parts


def _may_have_token(parts: SplitResult) -> bool:
    name = (parts.hostname or "").lower()
    if "@" in parts.netloc or parts.query or parts.fragment:
        return False
    if name in LOOPBACK:
        return True
    is_heroku = any(name == domain or name.endswith(f".{domain}") for domain in HEROKU_DOMAINS)
    return is_heroku and parts.scheme.lower() == "https"


def _without_credentials(url: str) -> str:
    """`url` fit to be shown: what stands before an @ may be a password."""
    return url.rsplit("@", 1)[-1]
