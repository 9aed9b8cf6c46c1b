"""The shop's three apps, and where each of them stands when the demo begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass



def _filled(count: int, start: int, *fixtures: str) -> list[str]:
    """What fills an app's database: one command, for Django takes long to start.

    Everybody is somebody else on each app: whom one has come from is told by who they are.
    """
    calls = (
        "call('migrate', run_syncdb=True, interactive=False)",
        *(f"call('loaddata', 'shop/fixtures/{name}.json')" for name in fixtures),
        f"call('seed_customers', count={count}, start={start})",
    )
    code = f"from django.core.management import call_command as call; {'; '.join(calls)}"
    return [f'python manage.py shell --command "{code}"']


@dataclass(frozen=True)
class DemoApp:
    """One app as it is to be made.

    `commit` is the full sha that it runs at first, `setup_commands` run once in
    that order after this commit was pushed (with DATABASE_URL set), and
    `first_version` is the number of the app's oldest release.
    """

    name: str
    environment: str
    stage: str
    commit: str
    config_vars: dict[str, str]
    preboot: bool
    setup_commands: list[str]
    first_version: int


def demo_apps(commits: Mapping[str, str]) -> list[DemoApp]:
    """live, uat and dev, for the shas that `commits` gives by their short names.

    live is behind uat, and both are behind master; dev is behind its own branch.
    """
    return [
        DemoApp(
            name="bookshop-live",
            environment="live",
            stage="production",
            commit=commits["code"],
            config_vars=_config_vars("live", "Bookshop"),
            preboot=True,
            setup_commands=_filled(3000, 1, "books"),
            first_version=420,
        ),
        DemoApp(
            name="bookshop-uat",
            environment="uat",
            stage="staging",
            commit=commits["migration"],
            config_vars=_config_vars("uat", "Bookshop (uat)"),
            preboot=False,
            setup_commands=_filled(100, 5001, "books"),
            first_version=318,
        ),
        DemoApp(
            name="bookshop-dev",
            environment="dev",
            stage="development",
            commit=commits["everything"],
            # The last of them is what somebody set by hand; see `team_settings`.
            config_vars={
                **_config_vars("dev", "Bookshop (dev)"),
                "OLD_BANNER": "Back in five minutes",
            },
            preboot=False,
            setup_commands=_filled(50, 6001, "books", "winter"),
            first_version=577,
        ),
    ]


def _config_vars(environment: str, shop_name: str) -> dict[str, str]:
    return {
        "ALLOWED_HOSTS": "*",
        "DEBUG": "no",
        "ENVIRONMENT": environment,
        # No secret: it guards nothing but this machine's own demo.
        "SECRET_KEY": f"the-demo-of-{environment}-guards-nothing-with-this-key-0123456789",
        "SHOP_NAME": shop_name,
    }
