"""Heroku as the token's owner sees it: the one object that the rest of minion holds."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from minion.heroku import wire
from minion.heroku.addons import Addons
from minion.heroku.api import Api
from minion.heroku.apps import Apps
from minion.heroku.auth import find_token
from minion.heroku.builds import Builds
from minion.heroku.databases import Databases
from minion.heroku.dynos import Dynos
from minion.heroku.health import Health
from minion.heroku.hosts import Hosts, data_url_of, is_local
from minion.heroku.logs import Logs
from minion.heroku.paths import path_of
from minion.heroku.pipelines import Pipelines
from minion.heroku.releases import Releases
from minion.heroku.timeouts import answer_s_of, old_gone_s_of
from minion.heroku.transfers import Transfers

#: Seconds to make a connection.
CONNECT_S = 10.0


class Heroku:
    """Everything that can be asked of Heroku, grouped by noun.

    `answer_s` is how long an answer is waited for, `grace_s` how long to look
    for what may have come of a request whose answer was lost. `old_gone_s` is how
    long after a release's success something older may serve with preboot.
    Safe to use from several threads at once.
    """

    def __init__(self, api: Api, data_api: Api, hosts: Hosts, environ: Mapping[str, str]) -> None:
        self.api = api
        self.git_host = hosts.git_host
        self.answer_s = answer_s_of(environ)
        self.grace_s = self.answer_s / 2
        self.old_gone_s = old_gone_s_of(environ, is_local=is_local(api.base_url))
        self.apps = Apps(api)
        self.releases = Releases(api)
        self.builds = Builds(api)
        self.pipelines = Pipelines(api)
        self.addons = Addons(api)
        self.dynos = Dynos(api, environ)
        self.logs = Logs(api)
        self.health = Health(ca_file_of(environ))
        self.databases = Databases(api, data_api)
        self.transfers = Transfers(data_api)

    def __repr__(self) -> str:
        return f"Heroku({self.api.base_url!r})"

    @classmethod
    def connect(cls, environ: Mapping[str, str]) -> Heroku:
        """The Heroku that `environ` points at. Sends nothing, and looks for no token yet.

        ``HEROKU_HOST``, ``HEROKU_DATA_HOST`` and ``HEROKU_GIT_HOST`` mean what
        they mean to the Heroku CLI; ``MINION_TIMEOUT`` is how many seconds an answer
        is waited for, ``MINION_PREBOOT_WINDOW`` how many a preboot lasts. The token is
        looked for when it is first needed, which is when `Unauthorized` may be raised.

        Raises:
            SettingsError: a host is nothing that a token may be sent to, or a
                time no number of seconds.
        """
        hosts = Hosts.of(environ)
        token = functools.partial(find_token, environ, hosts.api_host)
        data_url = data_url_of(environ, hosts.api_url)
        ca_file = ca_file_of(environ)
        timeout_s = (CONNECT_S, answer_s_of(environ))
        api = Api(hosts.api_url, token, timeout_s=timeout_s, ca_file=ca_file)
        # The token is that of the API, and looked for once.
        data_api = Api(data_url, lambda: api.token, timeout_s=timeout_s, ca_file=ca_file)
        return cls(api, data_api, hosts, environ)

    def account_email(self) -> str:
        """The e-mail address of the token's owner; a way to try the token.

        Raises:
            Unauthorized: Heroku does not accept the token.
        """
        return wire.email_of(self.api.get(path_of("account")))

    def git_url(self, app: str) -> str:
        """The HTTPS address of the app's git repository, without credentials."""
        return f"https://{self.git_host}/{app}.git"

    def git_credentials(self) -> tuple[str, str]:
        """User name and password for `git_url`; Heroku ignores the name (Dev Center: Git)."""
        return "heroku", self.api.token


def ca_file_of(environ: Mapping[str, str]) -> str | None:
    """The file of certificate authorities that the user has asked for, if any."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        if environ.get(name):
            return environ[name]
    return None
