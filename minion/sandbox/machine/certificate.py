"""The sandbox's certificate and the authority that signed it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """Files in PEM form.

    `cert_pem` and `key_pem` are the server's. `ca_pem` is our authority alone, for
    programs that add it to those they know (Node's NODE_EXTRA_CA_CERTS). `bundle_pem`
    has the public ones too, for programs that would else know only ours (git's
    GIT_SSL_CAINFO, OpenSSL's SSL_CERT_FILE).
    """

    cert_pem: Path
    key_pem: Path
    ca_pem: Path
    bundle_pem: Path


def make_certificate(folder: Path) -> Certificate:
    """The certificate kept in `folder`, made at the first call, for this machine's own names.

    The authority's key is never stored, so nobody can sign with it later. The
    bundle is written anew each time: the public certificates may have changed.
    """
    found = Certificate(
        folder / "cert.pem", folder / "key.pem", folder / "ca.pem", folder / "bundle.pem"
    )
    folder.mkdir(parents=True, exist_ok=True)
    if not all(path.exists() for path in (found.cert_pem, found.key_pem, found.ca_pem)):
        _issue(found)
    public = _public_certificates(found.bundle_pem)
    fresh = folder / "bundle.new"
    fresh.write_bytes(public.rstrip() + b"\n" + found.ca_pem.read_bytes())
    fresh.replace(found.bundle_pem)
    return found


def _issue(target: Certificate) -> None:
    authority = trustme.CA(organization_name="heroku-minion sandbox")
    issued = authority.issue_cert(*NAMES, common_name="localhost")
    for path in (target.ca_pem, target.key_pem, target.cert_pem):
        path.touch(mode=0o600)
    authority.cert_pem.write_to_path(str(target.ca_pem))
    issued.private_key_pem.write_to_path(str(target.key_pem))
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    target.cert_pem.write_bytes(chain)


def _public_certificates(bundle: Path) -> bytes:
    """Those that this process trusts: SSL_CERT_FILE's, else certifi's."""
    named = os.environ.get("SSL_CERT_FILE")
    # Inside a sandbox's environment SSL_CERT_FILE is the bundle itself.
    if named and Path(named).is_file() and Path(named).resolve() != bundle.resolve():
        return Path(named).read_bytes()
    return Path(certifi.where()).read_bytes()
