"""Who reaches the server, and how: over loopback, and as on Heroku with TLS only.

Heroku Postgres takes no connection without TLS (Dev Center: Connecting to Heroku
Postgres Databases from Outside of Heroku). So is it here: by the server's own rules
where it has TLS, by `minion.sandbox.postgres.tls` in front of it where it has not.
"""

from __future__ import annotations

from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.machine.ports import LOOPBACK
from minion.sandbox.postgres.extensions import settings_of_extensions
from minion.sandbox.postgres.home import Home

SUPERUSER = "postgres"
DEVELOPER = "developer"
"""The role of the developer's own database: a server on this machine, which needs no TLS."""

PLAIN = (SUPERUSER, DEVELOPER)
"""Roles that may come without TLS."""


def settings_for(home: Home, port: int, certificate: Certificate | None) -> dict[str, str]:
    """The server's settings; the files that they name are written anew."""
    encrypts = certificate is not None and home.install().has_tls
    found = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        **settings_of_extensions(home),
        "hba_file": str(home.keep("pg_hba.conf", _rules(encrypts).encode("ascii"))),
    }
    if certificate is not None and encrypts:
        key, chain = certificate.key_pem.read_bytes(), certificate.cert_pem.read_bytes()
        found["ssl"] = "on"
        found["ssl_key_file"] = str(home.keep("server.key", key))
        found["ssl_cert_file"] = str(home.keep("server.crt", chain))
    return found


def _rules(encrypts: bool) -> str:
    """PostgreSQL documentation: The pg_hba.conf File."""
    apps = "hostssl" if encrypts else "host"
    lines = [f"host all {role} {LOOPBACK}/32 scram-sha-256" for role in PLAIN]
    lines.append(f"{apps} all all {LOOPBACK}/32 scram-sha-256")
    return "".join(f"{line}\n" for line in lines)
