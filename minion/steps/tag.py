"""The repository remembers what was released, where and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from minion.deployments.record import Record, Released
from minion.deployments.trailers import render
from minion.errors import GitError
from minion.git.records import Commit
from minion.steps.base import Step
from minion.steps.world import World


@dataclass(frozen=True)
class TagRelease(Step):
    """The released commit gets an annotated tag, pushed to `origin` if there is one.

    `origin` is what the project's origin is called: this is written down, and no
    place for a password. Where it is, the settings say.
    In a rehearsal `is_local` is false: the operator's own repository must not
    remember a release that the real Heroku never made. `version` is that of a release
    which is out already; None for the one that this operation makes. Where it `may_fail`,
    what was done before is not undone for want of a tag.
    """

    environment: str
    template: str
    commit: str
    commits: tuple[Commit, ...]
    origin: str | None
    is_local: bool = True
    version: int | None = None
    may_fail: bool = False

    @property
    def title(self) -> str:
        where = f", pushed to {self.origin}" if self.origin else ""
        return f"{self.app}: tag {self.commit[:7]} as {self.name(self.version or 'N')}{where}"

    @property
    def is_closing(self) -> bool:
        return True

    def name(self, version: int | str) -> str:
        """The tag's name for a release `version`."""
        return self.template.format(environment=self.environment, app=self.app, version=version)

    def by_git(self, version: int) -> str:
        """What to type to have the tag, though without its record."""
        name = self.name(version)
        push = f" && git push {self.origin} {name}" if self.origin else ""
        return f"git tag -a {name} {self.commit[:7]}{push}"

    def do(self, world: World) -> None:
        version = self.version or world.released[self.app].version
        try:
            self._tag(world, version)
        except GitError as error:
            if not self.may_fail:
                raise
            world.console.say(f"{self.app}: v{version} is not tagged ({error}). Type:")
            world.console.say(f"  {self.by_git(version)}")

    def _tag(self, world: World, version: int) -> None:
        name = self.name(version)
        message = self._message(version, world.recorded())
        if self.is_local:
            world.repository.tag(name, self.commit, message)
            if self.origin:
                world.repository.push_tag(world.settings.origin, name)
        elif self.origin:
            world.repository.tag_on_remote(world.settings.origin, name, self.commit, message)
        world.console.say(f"{self.app}: tagged {name}.")

    def _message(self, version: int, record: Record | None) -> str:
        """The release, its commits a line each, and as the last paragraph the record."""
        lines = [f"{self.app} v{version} ({self.environment})", ""]
        lines += [f"* {commit.sha[:7]}  {_on_a_line(commit.subject)}" for commit in self.commits]
        text = "\n".join(lines) + "\n"
        if record is None:
            return text
        known = {(one.app, one.version): one for one in record.releases}
        known.setdefault((self.app, version), Released(self.app, version))
        trailers = render(replace(record, releases=tuple(known.values())))
        return f"{text}\n{trailers}" if self.commits else text + trailers


def _on_a_line(subject: str) -> str:
    """A subject that no reader of the message takes for more than one line."""
    return "".join(
        one if one.isprintable() or one == "\t" or not one.isspace() else " " for one in subject
    )
