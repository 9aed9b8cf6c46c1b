"""What is advised can be typed where it is shown."""

import pytest

from minion.terminal import typed


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(typed, "_before", {})


def test_advice_stays_as_it_is_where_nothing_else_is_needed():
    assert typed.as_typed_here("Type: fab resume:uat") == "Type: fab resume:uat"


def test_in_the_sandbox_its_name_stands_before_every_task():
    typed.begin_with(sandbox=True)
    told = typed.as_typed_here("Type: fab resume:uat, or fab deploy:uat,a=b; see fab status")
    assert told == (
        "Type: fab sandbox resume:uat, or fab sandbox deploy:uat,a=b; see fab sandbox status"
    )
    # What stands there already is not doubled, and the sandbox's own tasks are none of these.
    assert typed.as_typed_here("fab sandbox:stop") == "fab sandbox:stop"
    assert typed.as_typed_here("fab sandbox deploy:uat") == "fab sandbox deploy:uat"


def test_the_fabfile_and_the_settings_that_were_named_are_named_again():
    typed.begin_with(environment="MINION_SETTINGS='my settings.toml'", fabfile="ops/fab file.py")
    assert typed.as_typed_here("fab resume:uat") == (
        "MINION_SETTINGS='my settings.toml' fab -f 'ops/fab file.py' resume:uat"
    )


@pytest.mark.parametrize(
    ("arguments", "named", "expected"),
    [
        ([], {}, "fab deploy"),
        (
            ["uat"],
            {"force": True, "preboot": False, "branch": None},
            "deploy:uat,force=yes,preboot=no",
        ),
        (["uat"], {"branch": "a,b=c d"}, "'deploy:uat,branch=a\\,b\\=c d'"),
    ],
)
def test_a_call_is_quoted_for_fabric_and_the_shell(arguments, named, expected):
    assert typed.command("deploy", *arguments, **named).removeprefix("fab ") == (
        expected.removeprefix("fab ")
    )
