"""Where ``ENV.env`` stands, and what is in it."""

from __future__ import annotations

from pathlib import Path

from minion.errors import SettingsError
from minion.settings import FILENAME, Environment, Settings, envfile


def file_of(settings: Settings, environment: Environment) -> Path:
    """The environment's env file; it need not exist.

    Raises:
        SettingsError: the settings name no folder for it.
    """
    if settings.config is None:
        raise SettingsError(
            f'{FILENAME}: project.config is missing; write config = "../my-app-config", '
            f"the folder of {environment.name}.env"
        )
    return settings.config / f"{environment.name}.env"


def read(path: Path) -> dict[str, str]:
    """The values in the env file `path`.

    Raises:
        SettingsError: it is not there, or it cannot be read.
    """
    try:
        return envfile.parse(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such file; write it, or fetch what Heroku has: "
            f"fab config_pull:{path.stem}"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
