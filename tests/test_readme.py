"""What the README shows is what minion does."""

import re
from pathlib import Path

import pytest
from builders import SETTINGS, facts

from minion import tasks
from minion.commands.init.guesses import Guess, Place
from minion.commands.init.writing import text_of
from minion.operations.deploy.plan import make_plan
from minion.operations.deploy.report import report
from minion.operations.deploy.request import DeployRequest
from minion.settings import parse
from minion.settings.keys import KEYS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
COMMANDS = sorted(
    {
        line.strip()
        for _, block in BLOCKS
        for line in block.splitlines()
        if re.match(r"(\.venv/bin/)?fab ", line)
    }
)


def test_the_sample_is_a_real_report():
    sample = next(block for _, block in BLOCKS if block.startswith("$ fab deploy:live"))
    found = facts(promoted=True, paths=("admin.py",))
    said = report(make_plan(DeployRequest("live"), SETTINGS, found))
    head, _, tail = sample.partition("\n\n")
    body, _, prompt = tail.rpartition("\n\n")
    assert head == "$ fab deploy:live"
    assert body == said
    assert re.fullmatch(r"Please confirm .* '(\d{6})' at the prompt: \1\n", prompt)


def test_the_settings_that_it_shows_are_accepted():
    block = next(block for kind, block in BLOCKS if kind == "toml")
    settings = parse(block.encode(), Path("/repo/minion.toml"))
    assert [one.name for one in settings.environments] == ["dev", "uat", "live"]


def test_its_list_of_keys_is_the_reader_s():
    rows = [
        f"| `{key.path}` | {key.meaning}{f' ({key.default_text})' if key.default_text else ''} |"
        for key in KEYS.values()
    ]
    table = re.search(r"^\| key \| meaning \|\n\|---\|---\|\n((?:\|.*\n)*)", README, re.M).group(1)
    assert table.splitlines() == rows


def test_the_comments_of_its_settings_are_those_that_init_writes():
    block = next(block for kind, block in BLOCKS if kind == "toml")
    places = (
        Place("dev", ("my-app-dev",), "", branch="dev"),
        Place("live", ("my-app",), "", is_promoted=True, is_preboot=True),
    )
    for line in text_of(Guess("master", "origin", places)).splitlines():
        key, has_comment, comment = line.partition("#")
        if has_comment and key.strip():
            name = key.partition("=")[0].strip()
            assert re.search(rf"^{name} = .*# {re.escape(comment.strip())}$", block, re.M)


@pytest.mark.parametrize("name", tasks.__all__)
def test_every_task_is_told_of(name):
    assert re.search(rf"(fab|minion) (sandbox )?{name}\b", README), (
        f"the README says nothing of {name}"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_names_tasks_and_arguments_that_exist(command):
    for word in command.split()[1:]:
        name, _, arguments = word.partition(":")
        assert name in tasks.__all__
        for argument in arguments.split(","):
            key, equals, _ = argument.partition("=")
            if equals:
                # Fabric keeps the undecorated function on its task.
                parameters = getattr(tasks, name).wrapped.__annotations__
                assert key in parameters, f"{name} takes no {key}"
