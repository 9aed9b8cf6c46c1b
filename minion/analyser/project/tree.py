"""The files of one commit, read when they are asked for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minion.git import Repository

#: The buildpack looks for manage.py so many folders deep (bin/steps/collectstatic).
MANAGE_DEPTH = 3


class Tree:
    """`paths` are all files; `read` gives one's content, None where there is none."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        self.paths = frozenset(paths)
        self._read = read
        self._texts: dict[str, str | None] = {}

    @classmethod
    def of(cls, repository: Repository, commit: str) -> Tree:
        """The files of `commit`.

        Raises:
            GitError: it cannot be read.
        """
        return cls(repository.paths(commit), lambda path: repository.read(commit, path))

    def has(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        return path in self.paths or any(each.startswith(f"{path}/") for each in self.paths)

    def text(self, path: str) -> str | None:
        """The file as text; None where there is none."""
        if path not in self.paths:
            return None
        if path not in self._texts:
            content = self._read(path)
            self._texts[path] = None if content is None else content.decode("utf-8", "replace")
        return self._texts[path]

    def line_of(self, path: str, words: str) -> str:
        """``path:line`` of the first line that has `words` in it; the path alone without one."""
        for number, line in enumerate((self.text(path) or "").splitlines(), 1):
            if words in line:
                return f"{path}:{number}"
        return path

    @property
    def manage(self) -> str | None:
        """The manage.py that the build runs: the one that lies highest."""
        found = [
            path
            for path in self.paths
            if posixpath.basename(path) == "manage.py" and path.count("/") < MANAGE_DEPTH
        ]
        return min(found, key=lambda path: (path.count("/"), path), default=None)

    def module(self, name: str) -> str | None:
        """The file of the module or package `name`, seen from manage.py, the root, or ``src``."""
        end = name.replace(".", "/")
        manage = posixpath.dirname(self.manage or "")
        for folder in dict.fromkeys((manage, "", "src")):
            base = posixpath.join(folder, end)
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if path in self.paths:
                    return path
        return None

    def has_top_module(self, name: str) -> bool:
        """Whether a module or folder of that name is the project's own, wherever it lies."""
        return any(part in (name, f"{name}.py") for path in self.paths for part in path.split("/"))
