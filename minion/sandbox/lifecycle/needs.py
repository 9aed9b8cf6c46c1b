"""What a project needs of the sandbox and will not find there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from minion.sandbox.lifecycle.git import run_git

_OPERATIONS = {
    "BloomExtension": "bloom",
    "BtreeGinExtension": "btree_gin",
    "BtreeGistExtension": "btree_gist",
    "CITextExtension": "citext",
    "CryptoExtension": "pgcrypto",
    "HStoreExtension": "hstore",
    "TrigramExtension": "pg_trgm",
    "UnaccentExtension": "unaccent",
    "VectorExtension": "vector",
}
"""Django's documentation: django.contrib.postgres, "Database migration operations"."""

_GREP = r"CREATE +EXTENSION|CreateExtension *\(|(" + "|".join(_OPERATIONS) + r") *\("
_NAMED = re.compile(
    r"""CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?\\?"?(?P<sql>[\w-]+)"""
    r"""|CreateExtension\s*\(\s*(?:name\s*=\s*)?["'](?P<call>[\w-]+)["']"""
    rf"""|\b(?P<class>{"|".join(_OPERATIONS)})\s*\(""",
    re.IGNORECASE,
)


def missing_extensions(root: Path, available: Collection[str]) -> list[str]:
    """A line for each extension that a migration makes and PostgreSQL here has not.

    The migrations are those of the work tree `root`, as git knows them.
    """
    wanted: dict[str, str] = {}
    for place, name in _wanted(root):
        wanted.setdefault(name, place)
    return [
        f"NOTE: {place} makes the extension {name}, which the sandbox's PostgreSQL has not. "
        "Install PostgreSQL 16 or newer with its contrib modules on this machine, then: "
        "fab sandbox:reset"
        for name, place in sorted(wanted.items())
        if name not in available
    ]


def _wanted(root: Path) -> Iterator[tuple[str, str]]:
    """Each extension that a migration makes, after the migration's file and line."""
    told = run_git("grep", "-nIiE", _GREP, "--", "*migrations/*.py", cwd=root)
    for line in told.stdout.splitlines():
        path, number, text = line.split(":", 2)
        for found in _NAMED.finditer(text):
            name = found["sql"] or found["call"] or _by_class(found["class"])
            yield f"{path}:{number}", name


def _by_class(name: str) -> str:
    return next(made for known, made in _OPERATIONS.items() if known.lower() == name.lower())
