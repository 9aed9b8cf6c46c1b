"""One table of a settings file, read key by key with errors that name the key."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NoReturn

from minion.errors import SettingsError
from minion.settings.keys import KEYS, number_default, text_default


def closest(word: str, choices: Iterable[str]) -> str:
    """`` (did you mean 'live'?)`` where one of `choices` is near `word`, else nothing."""
    match = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f" (did you mean {match[0]!r}?)" if match else ""


class Section:
    """A table whose keys are taken one by one; what is left over is refused.

    Every method raises SettingsError, with the file and the key's whole path,
    for a value that is not what the key needs.
    """

    def __init__(
        self, table: dict[str, Any], file: str, path: str = "", group: str | None = None
    ) -> None:
        self._table = table
        self._file = file
        self._path = path
        self._group = path if group is None else group
        self._known: set[str] = set()

    def fail(self, key: str, problem: str) -> NoReturn:
        """Refuse the file because of `key` (empty: because of this table)."""
        path = ".".join(part for part in (self._path, key) if part)
        raise SettingsError(f"{self._file}: {path}: {problem}")

    def names(self) -> list[str]:
        """The table's keys, in the order of the file."""
        return list(self._table)

    def section(self, key: str, *, required: bool = False, named: bool = False) -> Section:
        """The table under `key`, an empty one if it is not there.

        One that is `named` has a name that people give it, under which it has the same
        keys as any other.
        """
        if required and key not in self._table:
            self.fail(key, "is missing")
        value = self._take(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"must be a table, [{self._path + '.' if self._path else ''}{key}]")
        path = f"{self._path}.{key}" if self._path else key
        return Section(value, self._file, path, f"{self._group}.NAME" if named else path)

    def text(self, key: str) -> str:
        """The text, or its default."""
        return self.optional_text(key) or text_default(f"{self._group}.{key}")

    def command(self, key: str) -> str:
        """The text, "" for nothing at all, or its default."""
        value = self._take(key, None)
        if value is None:
            return text_default(f"{self._group}.{key}")
        if not isinstance(value, str):
            self.fail(key, f'must be a text in quotes, like {key} = "…", not {value!r}')
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        value = self._take(key, None)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fail(key, f'must be a text in quotes, like {key} = "…", not {value!r}')
        return value

    def number(self, key: str, least: int, most: int) -> int:
        """The whole number, or its default."""
        value = self._take(key, None)
        if value is None:
            return number_default(f"{self._group}.{key}")
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fail(key, f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts, their default, or none."""
        value = self._take(key, None)
        if value is None:
            default = KEYS[f"{self._group}.{key}"].default
            return default if isinstance(default, tuple) else ()
        if not isinstance(value, list) or not value:
            self.fail(key, f'must be a list of texts, like {key} = ["…"]')
        for item in value:
            if not isinstance(item, str) or not item.strip():
                self.fail(key, f"must hold texts only, not {item!r}")
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Whether it is on, by default too."""
        value = self.optional_flag(key)
        return bool(KEYS[f"{self._group}.{key}"].default) if value is None else value

    def optional_flag(self, key: str) -> bool | None:
        value = self._take(key, None)
        if value is not None and not isinstance(value, bool):
            self.fail(key, f"must be true or false (no quotes), not {value!r}")
        return value

    def finish(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self._table:
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                self.fail(key, f"unknown key{closest(key, self._known)}; known are {known}")

    def _take(self, key: str, default: Any) -> Any:
        self._known.add(key)
        return self._table.get(key, default)
