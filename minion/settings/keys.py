"""Every key of ``minion.toml``: what it means, of what type it is, and what holds without it.

The reader, what ``fab init`` writes and README's list all come from this one table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Default = Union[str, bool, int, tuple[str, ...], None]

_CODE = (".css", ".scss", ".sass", ".less", ".js", ".mjs", ".cjs", ".map", ".wasm")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".avif", ".bmp")
_FONTS = (".woff", ".woff2", ".ttf", ".otf", ".eot")
_OTHERS = (".webmanifest", ".mp3", ".mp4", ".webm", ".ogg", ".pdf")
#: Files that end up in STATIC_ROOT of a typical Django project.
STATIC_EXTENSIONS = _CODE + _PICTURES + _FONTS + _OTHERS
#: Folders whose whole content is collected, whatever its extension.
STATIC_FOLDERS = ("static", "staticfiles", "assets")
#: Where a lock is kept; the first is the default.
LOCKS = ("origin", "branch", "local")
#: What is measured; the first is the default.
MEASURE = ("no", "unknown", "all")

#: What follows where a watched release is worse; the first is the default.
ON_FAILURE = ("ask", "rollback", "say")


@dataclass(frozen=True)
class Key:
    """One key by its `path`, in which NAME stands for any environment.

    `said` words a default that depends on other things, or is too long to be told.
    `comment` is what stands beside it in a file that ``fab init`` writes.
    """

    path: str
    meaning: str
    default: Default = None
    said: str = ""
    comment: str = ""

    @property
    def default_text(self) -> str:
        """The default as people read it; "" where there is none."""
        return self.said or ("" if self.default is None else f"`{toml(self.default)}`")


_ALL = (
    Key(
        "project.main_branch",
        "the branch that goes live",
        "master",
        comment="the only branch that reaches the live site",
    ),
    Key(
        "project.origin",
        "where release tags and locks are pushed: a remote's name, a URL, or a path from the "
        "repository's root; of a remote with several push URLs the one that is fetched from, "
        "else the first",
        "origin",
        comment="a remote, URL or path: where tags and locks are pushed",
    ),
    Key(
        "project.lock",
        'where locks are kept: `"origin"`, there in a `"branch"`, or `"local"`',
        LOCKS[0],
    ),
    Key("project.config", "the folder of `ENV.env` files"),
    Key(
        "project.static_extensions",
        "the ends of static files' names",
        STATIC_EXTENSIONS,
        said=f"{len(STATIC_EXTENSIONS)} of them, from `.css` to `.pdf`",
    ),
    Key("project.static_folders", "folders of nothing but static files", STATIC_FOLDERS),
    Key(
        "commands.migrate",
        "what a one-off dyno runs for migrations, with several databases a command for each, "
        'joined by `&&`, the default one last; this and the next three: `""` for never',
        "python manage.py migrate --noinput",
    ),
    Key(
        "commands.syncdb",
        "the same for apps without migrations",
        "python manage.py migrate --run-syncdb --noinput",
    ),
    Key(
        "commands.fixtures",
        "the same for fixtures; `{fixtures}` stands for the paths",
        "python manage.py loaddata {fixtures}",
    ),
    Key(
        "commands.collectstatic",
        "the same for static files",
        "python manage.py collectstatic --noinput",
    ),
    Key(
        "commands.anonymise",
        "what makes moved data anonymous",
        "python manage.py anonymise_data",
    ),
    Key(
        "commands.lock_timeout",
        "how long a migration may wait for a lock before it gives way and is tried again; "
        '`"0"` for ever',
        said="`5s`; for ever behind the page, and with what runs in no transaction",
    ),
    Key("commands.lock_tries", "how often such a migration is tried, 1 to 50", 5),
    Key(
        "commands.lock_pause",
        "the pause before the second try; each is twice the one before, up to a minute",
        "2s",
    ),
    Key(
        "downtime.measure",
        "which migrations are carried out on a scratch database before their downtime is told: "
        '`"no"` of them, those that are `"unknown"` when read, or `"all"`',
        MEASURE[0],
    ),
    Key(
        "watch.errors",
        "how many of the requests may be answered with 5xx before a watched release is worse than "
        "the one before; where it was more before, as many",
        "1%",
    ),
    Key("watch.status", "with which status `health` is to answer", 200),
    Key(
        "watch.on_failure",
        'what follows where it is worse: `"ask"` whether to go back, go back by `"rollback"` where '
        'no migration stands against it, or only `"say"` so',
        ON_FAILURE[0],
    ),
    Key("data.pii", "columns that are personal"),
    Key("data.pii_ignore", "columns that are not, although their name or content says so"),
    Key("data.local", "your own database, where `DATABASE_URL` does not say"),
    Key("environments.NAME.app", "the app"),
    Key("environments.NAME.apps", "or several apps of one stage"),
    Key("environments.NAME.branch", "its own branch", said="the main branch"),
    Key(
        "environments.NAME.pipeline",
        "promote from the environment below",
        False,
        comment="promote what the environment below runs",
    ),
    Key("environments.NAME.preboot", "deploy with preboot", said="as the app is found"),
    Key(
        "environments.NAME.watch",
        "for how long a release is watched once it serves, `60s` or `5min`",
        said="not at all",
    ),
    Key("environments.NAME.health", "the path that is asked for meanwhile, such as `/healthz`"),
    Key("environments.NAME.remote_only", "config vars that stand in no file on purpose"),
    Key(
        "environments.NAME.tag",
        "the release tag; with several apps it needs `{app}`, too",
        "{environment}-v{version}",
    ),
)
KEYS: Mapping[str, Key] = {key.path: key for key in _ALL}


def text_default(path: str) -> str:
    """The default of a key that is a text."""
    default = KEYS[path].default
    assert isinstance(default, str), path
    return default


def number_default(path: str) -> int:
    """The default of a key that is a number."""
    default = KEYS[path].default
    assert isinstance(default, int), path
    return default


def toml(value: str | bool | int | tuple[str, ...]) -> str:
    """`value` as it is written in TOML."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
