"""Which extensions a database's owner can create, as on Heroku: its list, without a superuser.

Dev Center: Extensions, PostGIS, and Full Text Search Dictionaries on Heroku Postgres. They
go into the schema `public` unless another is named; `heroku_ext` is no longer special
(Changelog 2646, July 2023).
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from pathlib import Path

from minion.sandbox.postgres.home import Home

_SINCE = 18
"""The first version that looks for extensions in other folders than its own."""

_LOADED = "pg_stat_statements"
"""Of use only where the server has loaded it from the start, as Heroku's has."""

HEROKUS = frozenset(
    (
        "address_standardizer",
        "address_standardizer_data_us",
        "bloom",
        "btree_gin",
        "btree_gist",
        "citext",
        "cube",
        "dblink",
        "dict_int",
        "dict_xsyn",
        "earthdistance",
        "fuzzystrmatch",
        "hstore",
        "intarray",
        "isn",
        "lo",
        "ltree",
        "pg_stat_statements",
        "pg_trgm",
        "pgcrypto",
        "pgrowlocks",
        "pgstattuple",
        "plpgsql",
        "postgis",
        "postgis_raster",
        "postgis_tiger_geocoder",
        "postgis_topology",
        "postgres_fdw",
        "tablefunc",
        "unaccent",
        "uuid-ossp",
        "vector",
    )
)


def settings_of_extensions(home: Home) -> dict[str, str]:
    """The settings by which the server finds Heroku's extensions, all of them trusted.

    On Heroku the owner of a database creates them all, here only those that their
    makers call trusted. The folder named first has the same extensions, so called.
    """
    own = _folder_of_extensions(home)
    if own is None:
        return {}
    found: dict[str, str] = {}
    if (own / f"{_LOADED}.control").exists():
        found["shared_preload_libraries"] = _LOADED
    if home.install().version < _SINCE:
        return found
    trusted = home.place / "trusted"
    home.make_folder(trusted)
    home.make_folder(trusted / "extension")
    for control in own.glob("*.control"):
        text = control.read_text(encoding="utf-8")
        if control.stem in HEROKUS and not re.search(r"^trusted\s*=\s*true", text, re.M):
            text = re.sub(r"^(trusted|directory)\b.*\n?", "", text, flags=re.M).rstrip()
            text += f"\ntrusted = true\ndirectory = '{own}'\n"
            home.keep(f"trusted/extension/{control.name}", text.encode("utf-8"))
    return {**found, "extension_control_path": f"{trusted}:$system"}


def _folder_of_extensions(home: Home) -> Path | None:
    asking = [str(home.server_programs() / "pg_config"), "--sharedir"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(asking, capture_output=True, text=True, timeout=20, check=True)
        return Path(done.stdout.strip()) / "extension"
    return None
