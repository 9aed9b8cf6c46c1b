"""Whether the web process can be reached, and what migrates besides the release phase."""

from __future__ import annotations

import re
from collections.abc import Iterator

from minion.analyser.procfile import Hook, Moment, hooks, parse
from minion.analyser.procfile.servers import trouble
from minion.analyser.project.concerns import Concern
from minion.analyser.project.tree import Tree

PROCFILE = "Procfile"
_SCRIPT = re.compile(r"(?:^|\s)(?:\./|/app/)?([\w./-]+\.sh|bin/[\w.-]+)(?=\s|$)")


def concerns(tree: Tree) -> Iterator[Concern]:
    """Those of the Procfile and of what it calls."""
    text = tree.text(PROCFILE)
    if text is None:
        yield Concern(
            PROCFILE,
            "is missing: Heroku starts no web process",
            'add one with a line such as "web: gunicorn NAME.wsgi"',
        )
        return
    procfile = parse(text)
    if "web" not in procfile:
        yield Concern(
            PROCFILE,
            "has no web process",
            'add a line such as "web: gunicorn NAME.wsgi"',
            fails=False,
        )
    else:
        yield from _of_web(tree, procfile["web"])
    for hook in hooks(procfile, tree.text, tree.paths):
        yield _of_hook(tree, hook)


def _of_web(tree: Tree, command: str) -> Iterator[Concern]:
    """The web command, or else the scripts that it calls."""
    places = [(tree.line_of(PROCFILE, "web:"), command)]
    for match in _SCRIPT.finditer(command):
        script = tree.text(match[1])
        if script is not None:
            places.append((match[1], script))
    for where, shell in places:
        found = trouble(shell, tree.text)
        if found is None:
            continue
        if found.path:
            where = tree.line_of(found.path, found.words)
        elif ":" not in where:
            where = tree.line_of(where, found.words)
        yield Concern(where, found.problem, found.cure, is_of_router=True)
        return


def _of_hook(tree: Tree, hook: Hook) -> Concern:
    where = hook.where
    if hook.moment is Moment.BUILD:
        path = "package.json" if hook.where.startswith("package.json") else hook.where
        where = tree.line_of(path, "migrat")
    elif hook.moment is Moment.CREATION:
        where = tree.line_of("app.json", "migrat")
    elif hook.where.endswith(" command"):
        where = tree.line_of(PROCFILE, f"{hook.where.split()[1]}:")
    does = "runs migrate" if hook.is_sure else "may run migrate"
    cure = 'let "release: python manage.py migrate" in the Procfile do it, or minion'
    if hook.moment is Moment.CREATION:
        cure = "fine for review apps; for others it is once only"
    return Concern(where, f"{does} {hook.moment.value}", cure, fails=False)
