"""The Python that a project asks for, by the buildpack's rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from minion.analyser.project.concerns import Concern
from minion.analyser.project.tree import Tree
from minion.buildpack.managers import manifest_of
from minion.buildpack.pythons import CURE, FILE, RUNTIME, asked, ended
from minion.buildpack.source import Refusal


def concerns(tree: Tree, today: date) -> Iterator[Concern]:
    """What is of concern in the version that is asked for, or in how it is."""
    manifest = manifest_of(tree)
    found = asked(tree, manifest if isinstance(manifest, str) else "")
    is_refused = isinstance(found, Refusal) and found.where == RUNTIME
    if RUNTIME in tree.paths and not is_refused:
        problem = f"is deprecated, and hides {FILE}" if FILE in tree.paths else "is deprecated"
        cure = f"git rm {RUNTIME}" if FILE in tree.paths else f"git rm {RUNTIME}, and {CURE}"
        yield Concern(RUNTIME, problem, cure, fails=False)
    if isinstance(found, Refusal):
        yield Concern(found.where, f"{found.problem}: the build fails", found.cure)
    elif found:
        end = ended(found, today)
        if end:
            problem = f"Python 3.{found.minor} has been at its end of life since {end}"
            yield Concern(found.where, f"{problem}; builds will come to fail", CURE, fails=False)
