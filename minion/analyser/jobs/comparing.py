"""One task before and after: which jobs of one side the other side cannot take."""

from __future__ import annotations

from collections.abc import Iterator

from minion.analyser.jobs.tasks import Arguments, Task

_ADVICE = (
    "Take both forms first, with a default for what is new, and change those who call it one "
    "deployment later"
)


def compared(old: Task, new: Task) -> Iterator[str]:
    """One line where jobs of one side fail at workers of the other; nothing where none do."""
    queued = list(_queued(old.arguments, new.arguments))
    later = list(_later(old.arguments, new.arguments))
    said = []
    if queued:
        said.append(f"jobs that the old code has queued {', '.join(queued)}")
    if later:
        said.append(f"the new code {', '.join(later)}")
    if said:
        where = f"{new.path}:{new.line}: the task {new.name}"
        yield f"{where} takes other arguments: {'; '.join(said)}. {_ADVICE}"


def _queued(old: Arguments, new: Arguments) -> Iterator[str]:
    """What is wrong, for a worker with the new code, with what the old code has queued."""
    gone = [name for name in old.named if name not in new.named and not new.more_names]
    if gone:
        yield f"pass {_listed(gone)}, which it does not take any more"
    for name in (*new.places[new.by_place :], *sorted(new.names)):
        if name in new.optional:
            continue
        if name not in old.named:
            yield f"lack {name}"
        elif name in old.optional:
            yield f"may lack {name}"
    moved = [
        name
        for place, name in enumerate(old.places)
        if name in new.places and new.places.index(name) != place
    ]
    if moved and not (set(old.places) - set(new.places)):
        yield f"have {_listed(moved)} in another place"
    only_named = [name for name in old.places if name in new.names]
    if only_named:
        yield f"may pass {_listed(only_named)} by place, which goes only by name now"
    if old.more_names and not new.more_names:
        yield "may pass others by name"
    if old.more_places and not new.more_places:
        yield "may pass more by place"


def _later(old: Arguments, new: Arguments) -> Iterator[str]:
    """What is wrong, for a worker with the old code, with what the new code queues."""
    known = set(old.named)
    unknown = [name for name in new.named if name not in known and not old.more_names]
    if unknown:
        must = any(name not in new.optional for name in unknown)
        verb = "will" if must else "may"
        yield f"{verb} pass {_listed(unknown)}, which old workers do not know"
    left_out = [name for name in old.named if name not in old.optional and name in new.optional]
    if left_out:
        yield f"may leave out {_listed(left_out)}, which old workers need"
    if new.more_places and not old.more_places:
        yield "may pass more by place, which old workers do not know"


def _listed(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else ", ".join(names)
