"""The shop's history: its commits in order, and what each of them changes.

A commit's files lie under ``history/NAME/``; what a commit does not hold there
stays as the commit before it left it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

HISTORY = Path(__file__).with_name("history")


@dataclass(frozen=True)
class Commit:
    """One commit to be made.

    `name` is its folder, `short` how programs call it, `removes` the paths
    that it deletes.
    """

    name: str
    short: str
    branch: str
    date: datetime
    subject: str
    body: str
    removes: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"{self.subject}\n\n{self.body}\n"

    def files(self) -> dict[str, bytes]:
        """What the commit adds or changes, by path, in a fixed order.

        Bytecode is left out: pip compiles every ``.py`` file that it installs.
        """
        folder = HISTORY / self.name
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


def _day(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=timezone.utc)


#: Parents first. `dev` leaves `master` at its last commit.
COMMITS = (
    Commit(
        name="01-open-the-shop",
        short="open",
        branch="master",
        date=_day(2025, 1, 13, 9, 12),
        subject="Open the shop",
        body="Books, customers, orders and a newsletter.",
    ),
    Commit(
        name="02-fix-for-1397",
        short="code",
        branch="master",
        date=_day(2025, 1, 27, 15, 40),
        subject="Fix for 1397.",
        body="The office could not find a customer by phone number or street.",
    ),
    Commit(
        name="03-greener-paint",
        short="static",
        branch="master",
        date=_day(2025, 2, 10, 11, 5),
        subject="Paint the shop green",
        body="The red was taken for a warning.",
    ),
    Commit(
        name="04-spring-prices",
        short="fixtures",
        branch="master",
        date=_day(2025, 3, 3, 8, 30),
        subject="Set the spring prices",
        body="Two books are cheaper, Kim and The Wind in the Willows are new.",
    ),
    Commit(
        name="05-name-the-translators",
        short="migration",
        branch="master",
        date=_day(2025, 3, 17, 16, 22),
        subject="Name the translators",
        body="The column may be empty: most of our books were written in English.",
    ),
    Commit(
        name="06-keep-the-letters",
        short="syncdb",
        branch="master",
        date=_day(2025, 3, 31, 10, 48),
        subject="Keep the letters that we send",
        body="The newsletter has no migrations; --run-syncdb makes the table.",
    ),
    Commit(
        name="07-follow-the-orders",
        short="everything",
        branch="master",
        date=_day(2025, 4, 14, 13, 15),
        subject="Follow orders from the shelf to the doorstep",
        body="Every order has a status from now on. Winter books and the newest letter\n"
        "are on the front page. The catalogue of the opening week is gone.",
        removes=("shop/fixtures/opening.json",),
    ),
    Commit(
        name="dev-1-forget-faxes",
        short="dev-code",
        branch="dev",
        date=_day(2025, 4, 22, 9, 55),
        subject="Ask nobody for a fax number",
        body="The column stays until no code reads it.",
    ),
    Commit(
        name="dev-2-drop-the-fax-column",
        short="dev-migration",
        branch="dev",
        date=_day(2025, 4, 28, 14, 2),
        subject="Drop the fax column",
        body="No page has shown it since the commit before.",
    ),
)
