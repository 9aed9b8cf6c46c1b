"""Packages that a project needs on Heroku, and declares in no manifest."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from minion.analyser.procfile import parse
from minion.analyser.procfile.release import unwrapped
from minion.analyser.procfile.shell import commands
from minion.analyser.project.concerns import Concern
from minion.analyser.project.manifests import Declared, declared
from minion.analyser.project.settings import settings_files
from minion.analyser.project.tree import Tree

#: Module -> the packages that bring it. Others may have any name, so nothing is said of them.
MODULES: Mapping[str, tuple[str, ...]] = {
    "channels": ("channels",),
    "corsheaders": ("django-cors-headers",),
    "crispy_forms": ("django-crispy-forms",),
    "daphne": ("daphne",),
    "debug_toolbar": ("django-debug-toolbar",),
    "decouple": ("python-decouple",),
    "dj_database_url": ("dj-database-url",),
    "django": ("django",),
    "django_extensions": ("django-extensions",),
    "django_filters": ("django-filter",),
    "django_heroku": ("django-heroku",),
    "dotenv": ("python-dotenv", "django-dotenv"),
    "environ": ("django-environ", "environ-config"),
    "psycopg": ("psycopg",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "rest_framework": ("djangorestframework",),
    "sentry_sdk": ("sentry-sdk",),
    "storages": ("django-storages",),
    "whitenoise": ("whitenoise",),
}
#: Programs of process types -> the packages that bring them.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "celery": ("celery",),
    "daphne": ("daphne",),
    "granian": ("granian",),
    "gunicorn": ("gunicorn",),
    "hypercorn": ("hypercorn",),
    "newrelic-admin": ("newrelic",),
    "uvicorn": ("uvicorn",),
    "waitress-serve": ("waitress",),
}
#: What these bring with them, so that it need not be declared beside them.
BRINGS: Mapping[str, frozenset[str]] = {
    "django-heroku": frozenset(
        ("dj-database-url", "whitenoise", "psycopg2", "psycopg2-binary", "django")
    ),
    "django-on-heroku": frozenset(
        ("dj-database-url", "whitenoise", "psycopg2", "psycopg2-binary", "django")
    ),
    "django-toolbelt": frozenset(
        ("django", "dj-database-url", "gunicorn", "psycopg2", "dj-static", "static3")
    ),
    "channels": frozenset(("daphne",)),
    "environs": frozenset(("python-dotenv", "dj-database-url", "dj-email-url")),
    "fastapi": frozenset(("uvicorn",)),
    "django-celery-beat": frozenset(("celery",)),
    "django-celery-results": frozenset(("celery",)),
    "flower": frozenset(("celery",)),
    "wagtail": frozenset(("django-filter", "djangorestframework")),
}
_DJANGO_S = re.compile(r"django|wagtail|mezzanine|drf-|channels|oscar|cms")


def concerns(tree: Tree, config_vars: Mapping[str, str]) -> Iterator[Concern]:
    """Each package once, where it is needed first."""
    known = declared(tree)
    if known is None or not known.is_known:
        return
    told: set[str] = set()
    for where, module, packages in (*_of_procfile(tree), *_of_settings(tree, config_vars)):
        if module not in told and not _has(known, packages):
            told.add(module)
            yield Concern(
                where,
                f"needs {module}, which {known.path} does not declare: Heroku installs no more",
                f"declare {packages[0]}",
            )


def _has(known: Declared, packages: tuple[str, ...]) -> bool:
    """Whether one of `packages` is declared, or comes with one that is."""
    if not known.names.isdisjoint(packages):
        return True
    if known.is_complete:
        return False
    brought = frozenset().union(*(BRINGS.get(name, frozenset()) for name in known.names))
    if not brought.isdisjoint(packages):
        return True
    return packages == ("django",) and any(map(_DJANGO_S.match, known.names))


def _of_procfile(tree: Tree) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for kind, command in parse(tree.text("Procfile") or "").items():
        try:
            found = [one.words for one in commands(command)]
        except ValueError:
            continue
        for words in found:
            # A wrapper is a program, too, and stands before the one that it runs.
            for word in (*words[:1], *unwrapped(words)[:1]):
                program = posixpath.basename(word)
                if program in PROGRAMS and "/" not in word:
                    yield tree.line_of("Procfile", f"{kind}:"), program, PROGRAMS[program]


def _of_settings(
    tree: Tree, config_vars: Mapping[str, str]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    files = settings_files(tree, config_vars)
    if files is None:
        return
    for path, line, dotted in (*files.imports, *files.installed):
        module = dotted.partition(".")[0]
        if module in MODULES and not tree.has_top_module(module):
            yield f"{path}:{line}", module, MODULES[module]
