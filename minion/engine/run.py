"""Taking an operation's steps, and going back when one fails.

Until a step touches the database everything can be undone: the page comes
down and preboot is put back. From there on the page stays up where the
operation says so, because nobody but a person can tell what state the data is
in. Preboot is put back all the same. Each step stands in the journal before it
is taken and after it, so that another process can go on where this one ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from typing import Any

from minion.engine.guard import Guard, HeldLock
from minion.engine.interrupts import Interrupts, heeded
from minion.engine.journal import DONE, Journal, JournalUnwritable
from minion.engine.lock import LockLost
from minion.engine.operation import Outcome, Work
from minion.engine.progress import Progress
from minion.engine.recording import record_of
from minion.errors import DeployInterrupted, HerokuError, MinionError
from minion.steps import Step
from minion.steps.world import World

EXPOSED = (
    "Not now: the database holds data that nobody may see. It is emptied first, "
    "and only then does this end."
)
GOING_BACK = "Going back already; this takes a moment."


class Run:
    """One process's work on an operation, while it holds `lock`."""

    def __init__(
        self,
        work: Work,
        outcome: Outcome,
        world: World,
        journal: Journal,
        lock: HeldLock | None = None,
    ) -> None:
        self.work = work
        self.world = world
        self.journal = journal
        self.progress = Progress()
        self._outcome = outcome
        self._guard = Guard(work, world, lock)
        world.check_release = self._guard.check_release
        world.recorded = lambda: record_of(work, journal.entries, datetime.now(timezone.utc))

    def finish(self) -> None:
        """Take every step that the journal does not show as taken.

        The journal is closed then, unless something is left that must be resumed.

        Raises:
            DeployInterrupted: a step failed; says what stands and what to type next.
            KeyboardInterrupt: at the operator's wish, after undoing what can be
                undone; if the operator insisted, at once and with nothing undone.
        """
        with heeded(self.world.console.say) as interrupts:
            self.world.is_stopping = lambda: interrupts.is_asked
            is_finished = False
            try:
                is_finished = self._take_steps(interrupts)
                if is_finished:
                    self._close("finished")
                why = "Interrupted."
            except LockLost as error:
                # Whatever is there now may be another operation's work.
                raise DeployInterrupted("\n".join([str(error), *self._stop_here()])) from error
            except MinionError as error:
                if not interrupts.is_asked:
                    raise DeployInterrupted(
                        "\n".join([str(error), *self._back(interrupts)])
                    ) from error
                why = f"Interrupted. {error}"
            except KeyboardInterrupt:
                if not self.progress.exposed:
                    self._say_half_way()
                    raise
                why = "Interrupted."
            except Exception:
                # A bug in minion: the page comes down all the same.
                self._back(interrupts)
                raise
            if not is_finished:
                self.world.console.say("\n".join([why, *self._back(interrupts)]))
                raise KeyboardInterrupt
        self._look_back()

    def go_back(self) -> Sequence[str]:
        """Undo what the journal shows as begun; what stands then, a line each.

        Raises:
            KeyboardInterrupt: the operator insisted on stopping, half way.
        """
        self.progress = Progress.read(self.work.steps, self.journal.entries)
        for number, step in enumerate(self.work.steps, 1):
            if step not in self.progress.done:
                continue
            try:
                self._recall(number, step)
            except MinionError as error:
                # What it found again only makes the last words more exact.
                self.world.console.say(f"About `{step.title}`: {error}")
        with heeded(self.world.console.say) as interrupts:
            return self._back(interrupts)

    def _look_back(self) -> None:
        """Raise DeployInterrupted where what was brought about does not stand at the end."""
        taken_back: list[str] = []
        for step in self.work.steps:
            # Where Heroku does not answer, nothing is known against it.
            with suppress(HerokuError):
                taken_back += filter(None, [step.taken_back(self.world)])
        if taken_back:
            again = f"To look and go on: {self.work.request.command}"
            first = "Every step was taken, but somebody has undone some of it since."
            raise DeployInterrupted("\n".join([first, *taken_back, again]))
        others = self._guard.look_back() if self.work.commit else []
        if others:
            lines = self._outcome.lines(self.work, self.progress, self.world)
            apps = ", ".join(others)
            first = f"Every step was taken, but somebody has released other code on {apps} since."
            raise DeployInterrupted("\n".join([first, *lines]))

    def _take_steps(self, interrupts: Interrupts) -> bool:
        """Whether the end was reached; not so if the operator wants to stop."""
        steps, progress = self.work.steps, self.progress
        for number, step in enumerate(steps, 1):
            state = self.journal.entries.state(number)
            if state == DONE:
                progress.begun.append(step)
                self._recall(number, step)
            else:
                if interrupts.is_asked and not all(s.is_closing for s in steps[number - 1 :]):
                    return False
                self._take(number, step, is_repeating=state is not None)
            progress.done.append(step)
        return True

    def _recall(self, number: int, step: Step) -> None:
        self.world.noted = dict(self.journal.entries.notes.get(number, {}))
        step.recall(self.world)

    def _take(self, number: int, step: Step, *, is_repeating: bool) -> None:
        world, journal = self.world, self.journal
        world.is_repeating = is_repeating
        world.noted = dict(journal.entries.notes.get(number, {}))
        world.note = partial(journal.note, number)
        world.record = partial(self._record, number)
        if is_repeating:
            # Begun by another process: it is undone if it must not be taken any more.
            self.progress.begun.append(step)
        self._guard.check(step, is_repeating=is_repeating)
        journal.begin(number)
        if not is_repeating:
            # Only now: a step that the journal does not know was not begun.
            self.progress.begun.append(step)
        try:
            with world.console.step(number, len(self.work.steps), step.title):
                step.do(world)
        except BaseException:
            with suppress(JournalUnwritable):
                journal.failed(number)
            raise
        journal.done(number)

    def _record(self, number: int, kind: str, **facts: Any) -> None:
        """What cannot be written down is not remembered; the work goes on without."""
        with suppress(JournalUnwritable):
            self.journal.record(number, kind, **facts)

    def _back(self, interrupts: Interrupts) -> Sequence[str]:
        """Undo, end the journal if nothing is left to do, and say what stands."""
        with interrupts.shielded(EXPOSED if self.progress.exposed else GOING_BACK):
            is_whole = self._unwind()
            if not is_whole and self.progress.exposed:
                self.journal.let_go()
                return [f"THIS IS NOT OVER. TYPE: fab resume:{self.work.environment}"]
            lines = self._outcome.lines(self.work, self.progress, self.world)
            if is_whole:
                self._close("went back")
                return lines
            self.journal.let_go()
            env = self.work.environment
            return [*lines, f"Not everything could be put back. First of all: fab resume:{env}"]

    def _unwind(self) -> bool:
        """Undo what was begun, the last step first; whether all of it went well."""
        keeps_page = self._outcome.keeps_page(self.work, self.progress, self.world)
        proven = self.progress.proven
        numbers = {id(step): number for number, step in enumerate(self.work.steps, 1)}
        is_whole = True
        for step in reversed(self.progress.begun):
            self.world.noted = dict(self.journal.entries.notes.get(numbers[id(step)], {}))
            self.world.record = partial(self._record, numbers[id(step)])
            if keeps_page and step.puts_page_up:
                continue
            if step.exposes_data and step.app in proven:
                continue
            try:
                step.undo(self.world)
            except MinionError as error:
                # The first failure is the one to explain; this one is only added to it.
                is_whole = False
                say = self.world.console.say
                say(f"Could not put back what `{step.title}` had changed: {error}")
                if step.by_hand:
                    say(f"By hand: {step.by_hand}")
                if step.exposes_data:
                    # What hides the data from view stays as it is.
                    return False
        return is_whole

    def _stop_here(self) -> list[str]:
        """End without touching anything: the environment is somebody else's by now."""
        self.journal.let_go()
        begun = [step for step in self.progress.begun if step not in self.progress.done]
        done = ", ".join(step.title for step in self.progress.done) or "nothing"
        lines = [f"Stopped at once, and nothing was put back. Done before: {done}."]
        lines += [f"Not, or not surely, done: {step.title}." for step in begun]
        env = self.work.environment
        return [*lines, f"Ask who it was, look with fab status, then: fab resume:{env}"]

    def _close(self, outcome: str) -> None:
        """What could not be written down is no reason to call the work failed."""
        try:
            self.journal.close(outcome)
        except JournalUnwritable as error:
            env = self.work.environment
            self.world.console.say(f"{error} When there is room again: fab resume:{env}")

    def _say_half_way(self) -> None:
        self.world.console.say(
            "Stopped half way. What was done stands in the journal; "
            f"type: fab resume:{self.work.environment}"
        )
