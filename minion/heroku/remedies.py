"""What helps against an error of the Platform API. No I/O."""

from __future__ import annotations

import re

#: By Heroku's word for the error (Dev Center: Platform API Reference, Errors).
_BY_ID = {
    "two_factor": (
        "This asks for a second factor, which a login token lacks: make a token with "
        "`heroku authorizations:create` and give it in HEROKU_API_KEY"
    ),
    "delinquent": (
        "An invoice is unpaid or a payment method has to be confirmed: "
        "https://dashboard.heroku.com/account/billing, for a team's app by an admin of the team"
    ),
    "suspended": (
        "The account or the app is suspended: its owner has a mail that says why, and "
        "https://help.heroku.com lifts it"
    ),
    "verification_needed": "The account has no payment method yet: https://heroku.com/verify",
}
_BY_STATUS = {
    429: "Heroku allows 4500 requests an hour for an account; wait a few minutes",
}
_LOG_IN_AGAIN = "Log in again with `heroku login`, or give a fresh token in HEROKU_API_KEY"
_SINGLE_SIGN_ON = re.compile(r"\bSSO\b|single sign-?on|identity provider", re.IGNORECASE)
_APP = re.compile(r"/apps/([a-z][a-z0-9-]*)")


def remedy(status: int, error_id: str | None, message: str, path: str, renewal: str) -> str | None:
    """What to do about it, in one sentence; None where Heroku's message is all there is.

    `path` is what was asked for, `renewal` what helps against a token that is not accepted.
    """
    if status == 401:
        return renewal or _LOG_IN_AGAIN
    if error_id in _BY_ID:
        return _BY_ID[error_id]
    if status == 403 and _SINGLE_SIGN_ON.search(message):
        return (
            "The session of the team's single sign-on is over, which lasts 8 hours: `heroku login`"
        )
    app = _APP.match(path)
    if error_id == "forbidden" and app:
        return (
            f"`heroku access -a {app[1]}` shows who may do what; in a team somebody who may manage "
            f"the app gives more (`heroku access:update`), or unlocks it "
            f"(`heroku apps:unlock -a {app[1]}`)"
        )
    return _BY_STATUS.get(status)
