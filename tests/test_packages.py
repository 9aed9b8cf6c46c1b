"""What packages bring: asked of the apps, by the command that fits the project's own."""

import pytest

from minion.operations.pending import listing_command


@pytest.mark.parametrize(
    ("migrate", "listing"),
    [
        ("python manage.py migrate --noinput", "python manage.py showmigrations --plan"),
        (
            "MODE=x python -u src/manage.py migrate",
            "MODE=x python -u src/manage.py showmigrations --plan",
        ),
        ("django-admin migrate --noinput", "django-admin showmigrations --plan"),
        ("python -m django migrate", "python -m django showmigrations --plan"),
        ("bin/migrate-everything", None),
        ("make migrate", None),
    ],
)
def test_the_command_that_lists(migrate, listing):
    assert listing_command(migrate) == listing
