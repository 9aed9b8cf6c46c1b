"""What the path of a file says about its place in a Django project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from minion.settings.keys import STATIC_EXTENSIONS, STATIC_FOLDERS

#: Folders whose models and fixtures are no part of the running site.
TEST_FOLDERS = frozenset(("test", "tests", "__tests__", "e2e", "cypress", "node_modules"))

#: As Django's loaddata knows them (BUILTIN_SERIALIZERS and compression_formats),
#: which looks at case and does not know ``.yml``.
FIXTURE_FORMATS = (".json", ".jsonl", ".xml", ".yaml")
FIXTURE_COMPRESSIONS = ("", ".gz", ".bz2", ".xz", ".lzma", ".zip")
_FIXTURE_ENDINGS = tuple(f + c for f in FIXTURE_FORMATS for c in FIXTURE_COMPRESSIONS)

_PACKAGE_LISTS = frozenset(
    {"pyproject.toml", "poetry.lock", "pdm.lock", "uv.lock", "Pipfile", "Pipfile.lock"}
    | {"setup.py", "setup.cfg"}
)
#: ``dev-requirements.txt``, ``constraints.txt``, ``requirements.lock`` (rye), ``pylock.uat.toml``.
_PACKAGE_LIST = re.compile(
    r".*(?:requirements|constraints).*\.(?:txt|in|lock|pip)|pylock(?:\.[^.]+)?\.toml|.*\.whl"
)


def suffix(path: str) -> str:
    """The extension with its dot, in lower case; empty for ``.css`` and ``README``."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return (dot + extension).lower() if stem else ""


def folders(path: str) -> list[str]:
    """The names of the folders that `path` is in, outermost first."""
    return path.split("/")[:-1]


def is_in(path: str, folder: str) -> bool:
    """Whether a folder of that name, or of those names joined by ``/``, is above `path`."""
    return f"/{folder.strip('/')}/" in f"/{path}"


def is_for_tests(path: str) -> bool:
    """Whether `path` is below a folder of tests."""
    return not TEST_FOLDERS.isdisjoint(folders(path))


def is_fixture(path: str) -> bool:
    """Whether loaddata can load `path`, which is under ``fixtures`` and not a test's."""
    name = path.rpartition("/")[2]
    return (
        is_in(path, "fixtures")
        and name.endswith(_FIXTURE_ENDINGS)
        and not name.startswith(".")
        and not is_for_tests(path)
    )


def migrations_folder(path: str) -> str | None:
    """The outermost folder called ``migrations`` above `path`; None if there is none."""
    above = folders(path)
    if "migrations" not in above:
        return None
    return "/".join(above[: above.index("migrations") + 1])


def is_model_module(path: str) -> bool:
    """Whether `path` is a ``models.py`` or Python in a ``models`` package."""
    if suffix(path) != ".py" or migrations_folder(path) is not None:
        return False
    return path.rpartition("/")[2] == "models.py" or "models" in folders(path)


def app_folders(path: str) -> list[str]:
    """The folders that may be the app of a model module; "" is the repository's root."""
    parts = path.split("/")
    return [
        "/".join(parts[:index])
        for index, name in enumerate(parts)
        if name == "models" or (name == "models.py" and index == len(parts) - 1)
    ]


def is_package_list(path: str) -> bool:
    """Whether `path` says which packages are installed."""
    name = path.rpartition("/")[2]
    if name in _PACKAGE_LISTS:
        return True
    if _PACKAGE_LIST.fullmatch(name):
        return True
    return suffix(path) in (".txt", ".in") and "requirements" in folders(path)[-1:]


class Tree:
    """All files of a commit, and what they say about its apps."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = frozenset(files)
        #: The folders of apps that have a ``migrations`` package, or models.
        self.migrated: set[str] = set()
        self.with_models: set[str] = set()
        for path in self.files:
            if not path.endswith(".py"):
                continue
            if "migrations/" in path and folders(path)[-1] == "migrations":
                self.migrated.add("/".join(folders(path)[:-1]))
            elif "models" in path and is_model_module(path):
                self.with_models.update(app_folders(path))


@dataclass(frozen=True)
class StaticRules:
    """Which paths are static files: by extension (with its dot, lower case) or by folder."""

    extensions: tuple[str, ...] = STATIC_EXTENSIONS
    folders: tuple[str, ...] = STATIC_FOLDERS

    def matches(self, path: str) -> bool:
        """Whether `path` is a static file. Pages of documentation and templates are not."""
        return suffix(path) in self.extensions or any(is_in(path, name) for name in self.folders)
