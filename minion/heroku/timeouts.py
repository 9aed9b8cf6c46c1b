"""How long Heroku takes or allows for what is waited for, in seconds, each with its article.

What minion waits for Heroku follows from these; how often it asks, and how long it
is patient with a broken connection, is said where that is done.
"""

from __future__ import annotations

from collections.abc import Mapping

from minion.errors import SettingsError

#: A web dyno that has bound no port by then is taken for crashed (Dev Center: Error Codes, R10).
BOOT_S = 60
#: From SIGTERM to SIGKILL (Dev Center: Dynos, "Shutdown").
SHUTDOWN_S = 30
#: Old web dynos serve until the boot timeout and two minutes have passed (Dev Center: Preboot).
PREBOOT_S = BOOT_S + 120
#: A build is ended after 15 minutes (Dev Center: Limits, "Build").
BUILD_S = 15 * 60
#: A release phase is ended after an hour (Dev Center: Release Phase).
RELEASE_PHASE_S = 60 * 60
#: A one-off dyno lives for a day at most (Dev Center: One-Off Dynos).
ONE_OFF_S = 24 * 60 * 60
#: PGBackups suits databases of up to 20 GB, and gives no limit (Dev Center: Heroku PGBackups).
TRANSFER_S = 12 * 60 * 60
#: The router's limit for a request, the API's included (Dev Center: Request Timeout).
REQUEST_S = 30

#: What is waited for beyond what the articles say.
MARGIN_S = 30
#: From a release's success until nothing of the release before it serves, with preboot.
OLD_GONE_S = PREBOOT_S + SHUTDOWN_S + MARGIN_S


def answer_s_of(environ: Mapping[str, str]) -> float:
    """How long an answer is waited for.

    Raises:
        SettingsError: ``MINION_TIMEOUT`` is no number of seconds.
    """
    said = environ.get("MINION_TIMEOUT", "").strip()
    if not said:
        return REQUEST_S
    if not said.isdecimal() or int(said) == 0:
        raise SettingsError(f"MINION_TIMEOUT={said}: must be a whole number of seconds")
    return float(said)


def old_gone_s_of(environ: Mapping[str, str], *, is_local: bool) -> float:
    """How long with preboot, from a release's success on, something older may serve.

    ``MINION_PREBOOT_WINDOW`` says so where Heroku has raised an app's boot timeout. Only a
    Heroku on this machine (`is_local`), whose window is its own affair, may have a shorter one.

    Raises:
        SettingsError: it is no number of seconds, or too small for Heroku.
    """
    said = environ.get("MINION_PREBOOT_WINDOW", "").strip()
    if not said:
        return OLD_GONE_S
    least = 0 if is_local else OLD_GONE_S
    if not said.replace(".", "", 1).isdecimal() or float(said) < least:
        raise SettingsError(
            f"MINION_PREBOOT_WINDOW={said}: must be a number of seconds, {least} or more"
        )
    return float(said)
