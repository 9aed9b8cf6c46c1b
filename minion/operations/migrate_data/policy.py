"""What minion will not do in a move of data. Pure."""

from __future__ import annotations

from minion.operations.migrate_data.facts import MoveFacts


def busy(facts: MoveFacts) -> tuple[str, ...]:
    """What is under way on the target's apps, and ends by itself."""
    return tuple(f"{app.name}: {app.pending}" for app in facts.apps if app.pending)


def refusals(facts: MoveFacts) -> tuple[str, ...]:
    """Why this move must not be made; empty if it may."""
    return (
        *facts.problems,
        *(f"{words}; wait until it is done" for words in busy(facts)),
        *(
            f"{app.name} is on Fir, where Heroku has no maintenance page to hide the data behind "
            "until it is anonymised"
            for app in facts.apps
            if not app.has_page
        ),
    )
