"""What counts as a yes, in person and without a terminal."""

import io
import sys
import threading

import pytest
from screen import looked_at

from minion.errors import NotConfirmed
from minion.terminal.confirmation import choose, confirm
from minion.terminal.console import Console

NAMES = {"apps": "shop-live", "plan": "a1b2c3"}


@pytest.fixture
def no_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())


PROMPT_ENDS = ("prompt:", "go on:", "'back':")


def operator(screen, answers):
    """Somebody who types `answers`; "code" is the code that is asked for then."""

    def type_them():
        for number, answer in enumerate(answers, 1):
            screen.wait_until(lambda text, n=number: sum(map(text.count, PROMPT_ENDS)) >= n)
            code = screen.text.rpartition("typing in '")[2][:6]
            screen.type((code if answer == "code" else answer) + "\n")

    threading.Thread(target=type_them, daemon=True).start()


def asked(monkeypatch, answers, **request):
    """What was on the screen after `confirm` was answered like that; None if it was refused."""
    with looked_at(monkeypatch, columns=120) as screen:
        operator(screen, answers)
        try:
            confirm(Console(), **NAMES, **request)
        except NotConfirmed as error:
            return str(error)
        screen.settle()
        return screen.text


def test_in_person_the_code_is_typed(monkeypatch):
    assert "Please confirm your intention" in asked(monkeypatch, ["code"], given="")
    assert asked(monkeypatch, ["1"], given="") == "That is not the code. Nothing was changed."


@pytest.mark.parametrize("name", NAMES.values())
def test_without_a_terminal_the_apps_or_the_plan_are_named(no_terminal, name):
    confirm(Console(), **NAMES, given=name)


def test_another_name_is_no_yes(no_terminal):
    with pytest.raises(NotConfirmed, match=r"confirm=x is neither shop-live nor this plan, a1b2c3"):
        confirm(Console(), **NAMES, given="x")
    with pytest.raises(NotConfirmed, match=r"confirm=x is not shop-live\. Nothing was changed"):
        confirm(Console(), apps="shop-live", plan="", given="x")


def test_without_a_terminal_silence_is_no_yes(no_terminal):
    with pytest.raises(
        NotConfirmed, match=r"no terminal to ask in: add confirm=shop-live, or confirm=a1b2c3 for"
    ):
        confirm(Console(), **NAMES, given="")
    with pytest.raises(NotConfirmed, match=r"add confirm=shop-live\. Nothing"):
        confirm(Console(), apps="shop-live", plan="", given="")


EXTRA = [{"questions": ("You ask for 1",)}, {"removal": "KEY"}]


@pytest.mark.parametrize("more", EXTRA)
def test_what_must_be_looked_at_is_confirmed_by_the_plan_only(no_terminal, more):
    for given in ("", "shop-live"):
        with pytest.raises(NotConfirmed, match=r"confirm=a1b2c3.*Nothing was changed"):
            confirm(Console(), **NAMES, given=given, **more)
    confirm(Console(), **NAMES, given="a1b2c3", **more)


@pytest.mark.parametrize("more", EXTRA)
def test_in_person_the_plan_says_yes_to_everything(monkeypatch, more):
    assert asked(monkeypatch, [], given="a1b2c3", **more) == ""


def test_in_person_each_question_needs_a_yes_of_its_own(monkeypatch):
    questions = ("You ask for 1", "It is live's database")
    said = asked(monkeypatch, ["yes", "YES", "code"], given="", questions=questions)
    assert all(f"{one}: is it meant? Type 'yes' to go on:" in said for one in questions)
    for answers in (["no"], ["yes", ""], ["yes", "y"]):
        refused = asked(monkeypatch, answers, given="", questions=questions)
        assert refused == "Not confirmed. Nothing was changed."
    said = asked(monkeypatch, ["yes", "yes"], given="shop-live", questions=questions)
    assert "at the prompt" not in said


def test_in_person_a_removal_needs_a_code_of_its_own(monkeypatch):
    said = asked(monkeypatch, ["code", "code"], given="", removal="OLD, OLDER")
    assert "These will be gone from Heroku: OLD, OLDER" in said
    assert said.count("at the prompt") == 2
    assert "not the code" in asked(monkeypatch, ["code", "no"], given="", removal="OLD")
    assert asked(monkeypatch, ["code"], given="shop-live", removal="OLD").count("prompt") == 1


def test_a_way_is_chosen_by_its_name(monkeypatch):
    with looked_at(monkeypatch) as screen:
        operator(screen, ["back"])
        assert choose(Console(), "Finish it?", ("finish", "back")) == "back"
        screen.settle()
        assert "Finish it? Type 'finish' or 'back': back" in screen.text
    with looked_at(monkeypatch) as screen:
        operator(screen, ["b"])
        with pytest.raises(NotConfirmed, match="none of them"):
            choose(Console(), "Finish it?", ("finish", "back"))
