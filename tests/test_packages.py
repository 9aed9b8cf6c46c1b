"""What packages bring: asked of the apps, by the command that fits the project's own."""

import pytest

from minion.operations.migrate_command import listing_command, migrate_to

BOTH = "python manage.py migrate --noinput --database=archive && python manage.py migrate --noinput"


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
        # Whoever lists runs nothing else that stands there, least of all a migration.
        (BOTH, "python manage.py showmigrations --plan"),
        (
            "cd src && python manage.py migrate && python manage.py migrate --database logs",
            "cd src && python manage.py showmigrations --plan",
        ),
        (
            "python manage.py createcachetable; django-admin migrate",
            "django-admin showmigrations --plan",
        ),
        ("python manage.py migrate --database=archive", None),
        ("bash -c 'cd src && python manage.py migrate'", None),
    ],
)
def test_the_command_that_lists(migrate, listing):
    assert listing_command(migrate) == listing


@pytest.mark.parametrize(
    ("migrate", "there"),
    [
        ("python manage.py migrate --noinput", "python manage.py migrate --noinput shop 0001_a"),
        ("bin/migrate-everything", "bin/migrate-everything shop 0001_a"),
        ("bash -c 'a && b'", "bash -c 'a && b' shop 0001_a"),
        ("bin/wait && bin/migrate", "bin/wait && bin/migrate shop 0001_a"),
        (
            BOTH,
            "python manage.py migrate --noinput --database=archive shop 0001_a && "
            "python manage.py migrate --noinput shop 0001_a",
        ),
        (
            "cd src; python manage.py migrate && echo done",
            "cd src; python manage.py migrate shop 0001_a && echo done",
        ),
    ],
)
def test_every_database_is_taken_to_the_migration(migrate, there):
    assert migrate_to(migrate, "shop", "0001_a") == there


def test_names_are_quoted_for_the_dyno_s_shell():
    assert migrate_to("make migrate", "shop", "a b") == "make migrate shop 'a b'"
