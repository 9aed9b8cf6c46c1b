"""What `app.json` and the packages say that an app needs."""

import json

import pytest

from minion.analyser.project import Tree, needs_postgres, wishes_of


def tree(**files):
    named = {path.replace("__", "."): text.encode() for path, text in files.items()}
    return Tree(named, named.get)


def test_add_ons_and_config_vars_are_read():
    found = wishes_of(
        tree(
            app__json=json.dumps(
                {
                    "addons": [
                        "heroku-postgresql:essential-0",
                        {"plan": "heroku-redis:mini", "as": "CACHE"},
                        "heroku-redis",
                        7,
                    ],
                    "env": {
                        "PLAIN": "text",
                        "NUMBER": {"value": 3},
                        "KEY": {"generator": "secret", "description": "of Django"},
                        "NEEDED": {"description": "no value"},
                        "EMPTY": {"value": ""},
                        "MAYBE": {"required": False},
                        "ODD": None,
                    },
                }
            )
        )
    )
    assert found.addons == ("heroku-postgresql", "heroku-redis")
    assert found.values == {"PLAIN": "text", "NUMBER": "3"}
    assert (found.secrets, found.missing) == (("KEY",), ("NEEDED", "EMPTY"))
    assert "text" not in repr(found)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"addons": 3, "env": []}', "[" * 100_000])
def test_what_cannot_be_read_asks_for_nothing(text):
    found = wishes_of(tree(app__json=text))
    assert (found.addons, found.values, found.secrets, found.missing) == ((), {}, (), ())


@pytest.mark.parametrize(
    ("files", "needed"),
    [
        ({"requirements__txt": "Django\npsycopg[binary]>=3\n"}, True),
        ({"requirements__txt": "Django\npsycopg2-binary==2.9\n"}, True),
        ({"requirements__txt": "django-heroku\n"}, True),
        ({"requirements__txt": "Django\n# psycopg[binary]\n"}, False),
        ({"requirements__txt": "Django\n", "app__json": '{"addons": ["heroku-postgresql"]}'}, True),
        ({"requirements__txt": "Django\n", "app__json": '{"env": {}}'}, False),
        ({"requirements__txt": "git+https://example.com/all.git\n"}, True),
        ({}, True),
    ],
)
def test_a_database_is_for_projects_that_can_speak_to_one(files, needed):
    assert needs_postgres(tree(**files)) is needed
