"""Tasks that wait in a queue for workers, and what a deployment changes about their arguments.

Between two releases jobs of the old code meet workers with the new one, and the other way
round: what is queued stays queued, and with preboot both serve. Nothing is imported or run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from minion.analyser.changes.paths import is_for_tests
from minion.analyser.jobs.comparing import compared
from minion.analyser.jobs.tasks import Task, is_readable, tasks_in
from minion.git.records import Change

if TYPE_CHECKING:
    from minion.git import Repository

__all__ = ["changed_tasks", "task_notes"]


def task_notes(
    repository: Repository, base: str, target: str, changes: Sequence[Change]
) -> tuple[str, ...]:
    """A line for each task that the commit `target` takes other arguments for than `base` does.

    `changes` are the paths that differ; no other file is read.

    Raises:
        GitError: a commit cannot be read.
    """
    paths = {
        change.path
        for change in changes
        if change.path.endswith(".py") and not is_for_tests(change.path)
    }
    if not paths:
        return ()
    before, after = (repository.read_all(one, paths.__contains__) for one in (base, target))
    return changed_tasks(before, after)


def changed_tasks(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[str, ...]:
    """The same for two sets of files, by their paths. Files that cannot be read are passed over."""
    old, new = _all_tasks(before), _all_tasks(after)
    lines: list[str] = []
    for name, task in old.items():
        if name in new:
            lines += compared(task, new[name])
        elif is_readable(after.get(task.path, b"")):
            lines.append(
                f"{task.path}: the task {name} is gone: what is queued of it then fails, or is "
                "thrown away. Keep it until its queue is empty"
            )
    return tuple(lines)


def _all_tasks(files: Mapping[str, bytes]) -> dict[str, Task]:
    """The tasks by name."""
    return {task.name: task for path, content in files.items() for task in tasks_in(path, content)}
