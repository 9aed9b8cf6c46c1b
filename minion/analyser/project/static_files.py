"""Whether the build's collectstatic has a place to collect to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from minion.analyser.project.concerns import Concern
from minion.analyser.project.settings import environment_of, settings_files
from minion.analyser.project.tree import Tree

DISABLE = "DISABLE_COLLECTSTATIC"
#: What sets STATIC_ROOT by itself, or stores elsewhere than in a folder.
_OTHERS = ("django_heroku", "django_on_heroku", "storages", "S3", "Cloudinary", "globals", "exec")


def concerns(tree: Tree, config_vars: Mapping[str, str]) -> Iterator[Concern]:
    """STATIC_ROOT missing from settings with which the build collects static files."""
    if tree.manage is None or ".heroku/collectstatic_disabled" in tree.paths:
        return
    if {**environment_of(tree), **config_vars}.get(DISABLE, "0") != "0":
        return
    files = settings_files(tree, config_vars)
    if files is None or not files.names("django.contrib.staticfiles"):
        return
    if files.names("STATIC_ROOT") or any(map(files.names, _OTHERS)):
        return
    path = next(iter(files.trees))
    yield Concern(
        tree.line_of(path, "STATIC_URL"),
        f"{files.name} sets no STATIC_ROOT: the build's collectstatic fails",
        'STATIC_ROOT = BASE_DIR / "staticfiles", with WhiteNoise to serve them; '
        f"or the config var {DISABLE}=1",
    )
