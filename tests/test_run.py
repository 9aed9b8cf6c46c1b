"""Taking steps: order, failure, interruption, and taking up again."""

import os
import resource
import signal
from dataclasses import dataclass, replace

import pytest
from builders import app

from minion.engine.journal import Journal
from minion.engine.operation import Before, Work
from minion.engine.progress import Progress
from minion.engine.run import Run
from minion.errors import DeployInterrupted, HerokuError
from minion.operations.migrate_data import MoveRequest
from minion.operations.migrate_data.outcome import MoveOutcome
from minion.steps import MaintenanceOn, Step
from minion.steps.world import World
from minion.terminal.console import Console

DEEDS = []
BEFORE = (Before("app", 1, None, 1),)


@pytest.fixture(autouse=True)
def no_deeds():
    DEEDS.clear()


@dataclass(frozen=True)
class Deed(Step):
    """A step that says what was done with it, and does what its name asks for."""

    how: str = ""
    undo_fails: bool = False

    @property
    def title(self):
        return f"{self.app}: {self.how}"

    @property
    def is_closing(self):
        return "closing" in self.how

    @property
    def needs_release(self):
        return False

    @property
    def exposes_data(self):
        return "bare" in self.how

    @property
    def touches_database(self):
        return "database" in self.how

    @property
    def proves_data(self):
        return "safe" in self.how

    def do(self, world):
        DEEDS.append(f"do {self.app}" + (" again" if world.is_repeating else ""))
        world.note(by=self.app)
        if "fail" in self.how:
            raise HerokuError("no such luck")
        if "bug" in self.how:
            raise ZeroDivisionError
        for _ in range(self.how.count("ctrl-c")):
            os.kill(os.getpid(), signal.SIGINT)

    def undo(self, world):
        DEEDS.append(f"undo {self.app}")
        if "press" in self.how:
            os.kill(os.getpid(), signal.SIGINT)
        if self.undo_fails:
            raise HerokuError("stuck")

    def recall(self, world):
        DEEDS.append(f"recall {self.app}")
        if "forgotten" in self.how:
            raise HerokuError("there is no such release any more")


class Page(MaintenanceOn):
    """The page, where there is no Heroku."""

    needs_release = False

    def do(self, world):
        DEEDS.append("page up")

    def undo(self, world):
        DEEDS.append("page down")


def run_of(folder, *steps, journal=None):
    work = Work("migrate_data", MoveRequest("live", "uat"), "p1", BEFORE, tuple(steps))
    journal = journal or Journal.create(folder, "uat", {})
    return Run(work, MoveOutcome(), World(None, None, Console(), None), journal)


def again(folder, run):
    run.journal.let_go()
    return run_of(folder, *run.work.steps, journal=Journal.open(folder, "uat"))


def test_every_step_is_taken_once_and_the_journal_is_closed(tmp_path):
    run = run_of(tmp_path, Deed("a"), Deed("b"))
    run.finish()
    assert DEEDS == ["do a", "do b"]
    assert run.journal.is_closed


def test_a_failure_goes_back_in_reverse(tmp_path):
    run = run_of(tmp_path, Deed("a"), Deed("b", "fail"), Deed("c"))
    with pytest.raises(DeployInterrupted, match="no such luck"):
        run.finish()
    assert DEEDS == ["do a", "do b", "undo b", "undo a"]
    assert run.journal.is_closed


def test_a_disk_that_is_full_at_the_last_word_undoes_nothing(tmp_path, capsys):
    whole = run_of(tmp_path / "whole", Deed("a"))
    whole.finish()
    lines = whole.journal.path.read_bytes().splitlines(keepends=True)
    DEEDS.clear()
    run = run_of(tmp_path, Deed("a"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (sum(map(len, lines[:-1])) + 1, before[1]))
    try:
        run.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert DEEDS == ["do a"]
    assert "cannot be written" in capsys.readouterr().out


@pytest.mark.parametrize(("status", "stays"), [("succeeded", True), ("failed", False)])
def test_the_page_stays_before_a_release_without_its_migrations(tmp_path, status, stays):
    run = run_of(tmp_path, Page("app", False), Deed("b", "fail"), Deed("c", "database"))
    run.world.released["app"] = replace(app().running, status=status)
    with pytest.raises(DeployInterrupted):
        run.finish()
    expected = ["page up", "do b", "undo b", *([] if stays else ["page down"])]
    assert expected == DEEDS


def test_a_bug_goes_back_too(tmp_path):
    run = run_of(tmp_path, Deed("a"), Deed("b", "bug"))
    with pytest.raises(ZeroDivisionError):
        run.finish()
    assert DEEDS[-2:] == ["undo b", "undo a"]
    assert run.journal.is_closed


def test_an_undo_that_fails_hides_nothing_and_leaves_the_journal_open(tmp_path, capsys):
    run = run_of(tmp_path, Deed("a"), Deed("b", undo_fails=True), Deed("c", "fail"))
    with pytest.raises(DeployInterrupted, match=r"(?s)no such luck.*fab resume:uat"):
        run.finish()
    assert "stuck" in capsys.readouterr().out
    assert DEEDS[-3:] == ["undo c", "undo b", "undo a"]
    assert not run.journal.is_closed


def test_what_hides_open_data_stays_until_they_are_gone(tmp_path):
    run = run_of(tmp_path, Deed("page"), Deed("data", "bare", undo_fails=True), Deed("c", "fail"))
    with pytest.raises(DeployInterrupted):
        run.finish()
    assert DEEDS[-2:] == ["undo c", "undo data"]
    assert not run.journal.is_closed


def test_data_that_are_proven_safe_are_not_thrown_away(tmp_path):
    run = run_of(tmp_path, Deed("data", "bare"), Deed("data", "safe"), Deed("c", "fail"))
    with pytest.raises(DeployInterrupted):
        run.finish()
    # That of the proof itself, which has nothing to undo.
    assert DEEDS.count("undo data") == 1


def test_of_two_databases_the_one_that_is_not_proven_is_emptied(tmp_path):
    one, two = Deed("one", "bare"), Deed("two", "bare")
    run = run_of(tmp_path, one, Deed("one", "safe"), two, Deed("c", "fail"))
    with pytest.raises(DeployInterrupted, match="The database of two is empty"):
        run.finish()
    # Once for the step that proved it, not for the one that laid it bare.
    assert DEEDS[-3:] == ["undo c", "undo two", "undo one"]


@pytest.mark.parametrize(
    ("taken", "can_finish"), [(1, False), (2, False), (3, False), (4, True), (5, True)]
)
def test_a_killed_move_is_finished_only_when_every_database_is_proven(tmp_path, taken, can_finish):
    steps = [Deed("a", "bare"), Deed("a", "safe"), Deed("b", "bare"), Deed("b", "safe"), Deed("c")]
    run = run_of(tmp_path, *steps)
    for number in range(1, taken + 1):
        run.journal.begin(number)
        run.journal.done(number)
    progress = Progress.read(run.work.steps, run.journal.entries)
    ways = MoveOutcome().ways(run.work, progress, run.world)
    assert (ways.can_finish, ways.can_go_back) == (can_finish, not can_finish)


def test_ctrl_c_ends_after_the_step_and_goes_back(tmp_path, capsys):
    run = run_of(tmp_path, Deed("a", "ctrl-c"), Deed("b"), Deed("c", "closing"))
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    assert DEEDS == ["do a", "undo a"]
    assert "Stopping when this step is done" in capsys.readouterr().out
    assert run.journal.is_closed


def test_ctrl_c_when_only_tidying_is_left_does_not_go_back(tmp_path):
    run = run_of(tmp_path, Deed("a", "ctrl-c"), Deed("b", "closing"))
    run.finish()
    assert DEEDS == ["do a", "do b"]


def test_ctrl_c_twice_stops_at_once_and_can_be_resumed(tmp_path, capsys):
    run = run_of(tmp_path, Deed("a"), Deed("b", "ctrl-c ctrl-c"), Deed("c"))
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    assert DEEDS == ["do a", "do b"]
    assert "fab resume:uat" in capsys.readouterr().out
    assert not run.journal.is_closed
    assert again(tmp_path, run).go_back()
    assert DEEDS[2:] == ["recall a", "undo b", "undo a"]


def test_ctrl_c_twice_does_not_leave_data_open(tmp_path):
    run = run_of(tmp_path, Deed("a"), Deed("data", "bare ctrl-c ctrl-c press"), Deed("c"))
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    assert DEEDS == ["do a", "do data", "undo data", "undo a"]
    assert run.journal.is_closed


def test_what_a_killed_process_left_is_taken_up_where_it_was(tmp_path):
    run = run_of(tmp_path, Deed("a"), Deed("b"), Deed("c"))
    run.journal.begin(1)
    run.journal.done(1)
    run.journal.begin(2)
    run.journal.note(2, by="the dead")
    taken_up = again(tmp_path, run)
    taken_up.finish()
    assert DEEDS == ["recall a", "do b again", "do c"]
    assert taken_up.journal.is_closed


def test_going_back_does_not_depend_on_what_can_be_found_again(tmp_path, capsys):
    run = run_of(tmp_path, Deed("a", "forgotten"), Deed("b"))
    run.journal.begin(1)
    run.journal.done(1)
    taken_up = again(tmp_path, run)
    taken_up.go_back()
    assert DEEDS == ["recall a", "undo a"]
    assert taken_up.journal.is_closed
    assert "no such release any more" in capsys.readouterr().out


def test_the_terminal_is_as_before(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    run_of(tmp_path, Deed("a")).finish()
    assert signal.getsignal(signal.SIGINT) is before
