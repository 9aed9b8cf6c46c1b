"""A release is watched once it serves: its requests, its dynos, and whether it answers."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minion.errors import HerokuError, ReleaseIsWorse
from minion.heroku.traffic import Seen, Traffic
from minion.heroku.waiting import Stopped, clock, until
from minion.steps.base import Step
from minion.steps.judging import percent, span, told, worse
from minion.steps.switch import NewDynosUp, NotUp, wait_for_preboot
from minion.steps.world import World

POLL_S = 1.0
#: How often the path is asked for.
ASK_S = 5.0
#: So many times in a row it must not answer as it is to.
TIMES = 3
#: How often the numbers are shown meanwhile.
TELL_S = 15.0


@dataclass(frozen=True)
class LookBefore(Step):
    """How the apps answer before anything is changed, for a comparison afterwards.

    What cannot be read is not known; that is no reason not to deploy.
    """

    apps: tuple[str, ...]
    health: str | None
    status: int

    @property
    def title(self) -> str:
        return f"{', '.join(self.apps)}: read how it has answered lately"

    @property
    def needs_release(self) -> bool:
        return False

    def do(self, world: World) -> None:
        before, ill = {}, []
        for app in self.apps:
            try:
                before[app] = world.heroku.logs.seen_lately(app)
            except HerokuError as error:
                world.console.say(f"{app}: how it answered before is not known ({error}).")
            if self.health and not self._is_well(world, app, self.health):
                ill.append(app)
        world.handover.before.update(before)
        world.handover.ill.update(ill)
        seen = {app: dataclasses.asdict(one) for app, one in before.items()}
        world.note(seen=seen, ill=ill)

    def recall(self, world: World) -> None:
        for app, facts in world.noted.get("seen", {}).items():
            world.handover.before[app] = Seen.of(facts)
        world.handover.ill.update(world.noted.get("ill", ()))

    def _is_well(self, world: World, app: str, path: str) -> bool:
        try:
            return _status(world, app, path) == self.status
        except HerokuError:
            return False


def _status(world: World, app: str, path: str) -> int:
    return world.heroku.health.status(world.heroku.apps.get(app).web_url or "", path)


@dataclass(frozen=True)
class Watch(Step):
    """What was released on `apps` is watched for some seconds, from when it serves.

    Of the requests the share `errors` may be answered with 5xx, or as many as before; the path
    `health` is to answer with `status`. `on_failure` is what follows where it is worse, which
    is for whoever called. It ends at the operator's wish, with what was seen by then.
    """

    apps: tuple[str, ...]
    seconds: float
    health: str | None
    status: int
    errors: float
    on_failure: str
    preboot: bool

    @property
    def title(self) -> str:
        return f"{', '.join(self.apps)}: watch for {span(self.seconds)}"

    @property
    def acts_on(self) -> tuple[str, ...]:
        return self.apps

    @property
    def is_closing(self) -> bool:
        return True

    def do(self, world: World) -> None:
        try:
            for app in self.apps:
                self._wait_until_it_serves(world, app)
        except Stopped:
            world.console.say("Not watched: stopped before the new release serves alone.")
            return
        except NotUp as error:
            raise self._is_worse(world, str(error)) from None
        watched = [_Watched(world, app, self) for app in self.apps if _is_open(world, app)]
        if not watched:
            return
        try:
            evidence = self._look(world, watched)
        finally:
            for one in watched:
                one.close()
        if evidence:
            raise self._is_worse(world, "\n".join(evidence))

    def _is_worse(self, world: World, evidence: str) -> ReleaseIsWorse:
        code = {app: release.code for app, release in world.released.items()}
        return ReleaseIsWorse(evidence, self.on_failure, code)

    def _wait_until_it_serves(self, world: World, app: str) -> None:
        NewDynosUp(app).do(world)
        release = world.released.get(app)
        if self.preboot and release is not None:
            wait_for_preboot(world, app, release)

    def _look(self, world: World, watched: list[_Watched]) -> list[str]:
        """What is worse, a line each; as soon as it is certain, else when time is up."""
        begun, told_at = clock(), clock()
        evidence: list[str] = []
        with world.console.waiting(f"watching {', '.join(self.apps)}") as tell_left:

            def is_over() -> bool:
                nonlocal told_at
                now = clock()
                tell_left(max(0.0, begun + self.seconds - now))
                for one in watched:
                    one.ask(now)
                    evidence.extend(one.worse(is_over=False))
                if evidence:
                    return True
                if now - told_at >= TELL_S:
                    told_at = now
                    for one in watched:
                        world.console.output(one.line(now - begun))
                return False

            try:
                until(
                    is_over,
                    timeout_s=self.seconds,
                    poll_s=min(POLL_S, self.seconds),
                    is_stopping=world.is_stopping,
                )
            except Stopped:
                world.console.say("Stopped watching.")
        passed_s = clock() - begun
        for one in watched:
            world.console.say(one.line(passed_s))
        return evidence or [line for one in watched for line in one.worse(is_over=True)]


def _is_open(world: World, app: str) -> bool:
    """Whether visitors get to the app: behind a page that was up before there is nothing to see."""
    if not world.heroku.apps.get(app).maintenance:
        return True
    world.console.say(f"{app}: not watched, as its maintenance page is up.")
    return False


class _Watched:
    """One app that is watched."""

    def __init__(self, world: World, app: str, step: Watch) -> None:
        self._world = world
        self._app = app
        self._step = step
        self._before = world.handover.before.get(app)
        self._traffic = Traffic()
        self._guard = threading.Lock()
        self._asked_at: float | None = None
        self._asked = self._failed = self._in_a_row = 0
        self._answer = ""
        self._log = world.heroku.logs.follow(app, self._take)

    def close(self) -> None:
        self._log.close()

    def ask(self, now: float) -> None:
        """Ask for the path, if it is time to."""
        step = self._step
        if not step.health:
            return
        if self._asked_at is not None and now - self._asked_at < ASK_S:
            return
        self._asked_at = now
        self._asked += 1
        try:
            status = _status(self._world, self._app, step.health)
            self._answer, is_right = f"answered {status}", status == step.status
        except HerokuError as error:
            self._answer, is_right = str(error), False
        self._failed += not is_right
        self._in_a_row = 0 if is_right else self._in_a_row + 1

    def worse(self, *, is_over: bool) -> list[str]:
        return [*self._ill(is_over), *self._unlike_before(is_over)]

    def line(self, seconds: float) -> str:
        """What was seen, with the app's name where there are several."""
        name = f"{self._app}: " if len(self._step.apps) > 1 else ""
        text = f"{name}{told(seconds, self._seen(), self._before)}"
        if self._asked:
            text += f"; {self._step.health} {self._answer}"
            text += f" ({self._failed} of {self._asked} were wrong)" if self._failed else ""
            text += ", as before" if self._failed and self._app in self._world.handover.ill else ""
        lost_s = self._log.lost_s
        if not self._log.was_open:
            return f"{text}; its log could not be read ({self._log.why or 'no answer'})"
        return text + (f"; without its log for {span(lost_s)}" if lost_s >= 2 * POLL_S else "")

    def _ill(self, is_over: bool) -> Iterator[str]:
        """Whether the path does not answer as it is to, and did: for a while, or at the end."""
        if self._app in self._world.handover.ill:
            return
        if self._in_a_row >= (min(2, self._asked) if is_over else TIMES) and self._in_a_row:
            often = f", {self._in_a_row} times in a row" if self._in_a_row > 1 else ""
            wanted = f"it is to answer {self._step.status}"
            yield f"{self._app}: {self._step.health} {self._answer}{often}; {wanted}"

    def _unlike_before(self, is_over: bool) -> Iterator[str]:
        seen = self._seen()
        yield from worse(self._app, seen, self._before, self._step.errors, is_over=is_over)

    def _take(self, line: str) -> None:
        with self._guard:
            self._traffic.take(line)

    def _seen(self) -> Seen:
        with self._guard:
            return self._traffic.seen()


def in_words(step: Watch, against: Sequence[str]) -> str:
    """What is watched and what follows, for the plan's report.

    `against` are the migrations over which nothing goes back by itself.
    """
    health = f", {step.health} is to answer {step.status}" if step.health else ""
    then = {
        "ask": "you are asked whether to go back",
        "rollback": f"that is said, as nothing goes back by itself over {', '.join(against)}"
        if against
        else "it goes back by itself, where nothing refuses that",
        "say": "that is said",
    }[step.on_failure]
    return (
        f"Once it serves, the release is watched for {span(step.seconds)}: at most "
        f"{percent(step.errors)} of its requests may be answered with 5xx, or as many as "
        f"before{health}. If it is worse, {then}; the exit status is 1."
    )
