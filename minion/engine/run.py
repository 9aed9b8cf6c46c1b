"""Taking an operation's steps, and going back when one fails.

Until a step touches the database everything can be undone: the page comes
down and preboot is put back. From there on the page stays up, because nobody
but a person can tell what state the data is in; and so it does in front of a
release that is out, but without its migrations. Preboot is put back all the
same. Each step stands in the journal before it is taken and after it, so that
another process can take up what this one could not end.
"""

from __future__ import annotations

from functools import partial

from minion.engine.aftermath import aftermath
from minion.engine.interrupts import Interrupts, heeded
from minion.engine.journal import DONE, Journal, JournalUnwritable
from minion.engine.operation import Operation
from minion.errors import DeployInterrupted, MinionError
from minion.steps import MaintenanceOn, PrebootSwitch, Push, Step, laid_bare, made_safe
from minion.steps.world import World

BARE = (
    "Not now: the database holds data that nobody may see. It is emptied first, "
    "and only then does this end."
)
GOING_BACK = "Going back already; this takes a moment."


class Run:
    """One process's work on an operation.

    `begun` are the steps that were begun, by this process or one before it, in
    their order; `done` those that came to their end.
    """

    def __init__(self, operation: Operation, world: World, journal: Journal) -> None:
        self.operation = operation
        self.world = world
        self.journal = journal
        self.begun: list[Step] = []
        self.done: list[Step] = []

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
            try:
                if self._take_steps(interrupts):
                    self._close("finished")
                    return
                why = "Interrupted."
            except MinionError as error:
                if not interrupts.is_asked:
                    raise DeployInterrupted(
                        "\n".join([str(error), *self._back(interrupts)])
                    ) from error
                why = f"Interrupted. {error}"
            except KeyboardInterrupt:
                if not self.is_bare:
                    self._say_half_way()
                    raise
                why = "Interrupted."
            except Exception:
                # A bug in minion: the page comes down all the same.
                self._back(interrupts)
                raise
            self.world.console.say("\n".join([why, *self._back(interrupts)]))
            raise KeyboardInterrupt

    def go_back(self) -> list[str]:
        """Undo what the journal shows as begun; what stands then, a line each.

        Raises:
            KeyboardInterrupt: the operator insisted on stopping, half way.
        """
        for number, step in enumerate(self.operation.steps, 1):
            state = self.journal.entries.state(number)
            if state is None:
                break
            self.begun.append(step)
            if state == DONE:
                self.done.append(step)
                try:
                    step.recall(self.world)
                except MinionError as error:
                    # What it found again only makes the last words more exact.
                    self.world.console.say(f"About `{step.title}`: {error}")
        with heeded(self.world.console.say) as interrupts:
            return self._back(interrupts)

    @property
    def is_bare(self) -> bool:
        """Whether data that nobody may see is, or may be, open to view."""
        return bool(laid_bare(self.begun, self.done))

    @property
    def _needs_page(self) -> bool:
        """Whether the code that runs and the database may not fit each other."""
        if any(step.touches_database for step in self.begun):
            return True
        is_out = any(release.status != "failed" for release in self.world.released.values())
        return is_out and any(step.touches_database for step in self.operation.steps)

    def _take_steps(self, interrupts: Interrupts) -> bool:
        """Whether the end was reached; not so if the operator wants to stop."""
        steps = self.operation.steps
        for number, step in enumerate(steps, 1):
            state = self.journal.entries.state(number)
            if state == DONE:
                self.begun.append(step)
                step.recall(self.world)
            else:
                if interrupts.is_asked and not all(s.is_closing for s in steps[number - 1 :]):
                    return False
                self._take(number, step, is_repeating=state is not None)
            self.done.append(step)
        return True

    def _take(self, number: int, step: Step, *, is_repeating: bool) -> None:
        world, journal = self.world, self.journal
        world.is_repeating = is_repeating
        world.noted = dict(journal.entries.notes.get(number, {}))
        world.note = partial(journal.note, number)
        journal.begin(number)
        # Only now: a step that the journal does not know was not begun.
        self.begun.append(step)
        with world.console.step(number, len(self.operation.steps), step.title):
            step.do(world)
        journal.done(number)

    def _back(self, interrupts: Interrupts) -> list[str]:
        """Undo, end the journal if nothing is left to do, and say what stands."""
        with interrupts.shielded(BARE if self.is_bare else GOING_BACK):
            is_whole = self._unwind()
            if not is_whole and self.is_bare:
                self.journal.let_go()
                return [f"THIS IS NOT OVER. TYPE: fab resume:{self.operation.environment}"]
            lines = aftermath(self.operation, self.begun, self.done, self.world)
            if is_whole:
                self._close("went back")
                return lines
            self.journal.let_go()
            env = self.operation.environment
            return [*lines, f"Not everything could be put back. First of all: fab resume:{env}"]

    def _unwind(self) -> bool:
        """Undo what was begun, the last step first; whether all of it went well."""
        keeps_page = self._needs_page
        safe = made_safe(self.done)
        is_whole = True
        for number, step in reversed(list(enumerate(self.begun, 1))):
            self.world.noted = dict(self.journal.entries.notes.get(number, {}))
            if keeps_page and isinstance(step, (MaintenanceOn, Push)):
                continue
            if step.lays_bare and step.app in safe:
                continue
            try:
                step.undo(self.world)
            except MinionError as error:
                # The first failure is the one to explain; this one is only added to it.
                is_whole = False
                say = self.world.console.say
                say(f"Could not put back what `{step.title}` had changed: {error}")
                if isinstance(step, PrebootSwitch):
                    command = "enable" if step.found else "disable"
                    say(f"By hand: heroku features:{command} preboot -a {step.app}")
                if step.lays_bare:
                    # What hides the data from view stays as it is.
                    return False
        return is_whole

    def _close(self, outcome: str) -> None:
        """What could not be written down is no reason to call the work failed."""
        try:
            self.journal.close(outcome)
        except JournalUnwritable as error:
            env = self.operation.environment
            self.world.console.say(f"{error} When there is room again: fab resume:{env}")

    def _say_half_way(self) -> None:
        self.world.console.say(
            "Stopped half way. What was done stands in the journal; "
            f"type: fab resume:{self.operation.environment}"
        )
