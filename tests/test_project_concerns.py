"""What of a project will not work on Heroku, by its files."""

import json
import re
from datetime import date

import pytest

from minion.analyser.project import Tree, concerns_of

SERVERS = ("uvicorn", "daphne", "waitress", "hypercorn", "granian", "newrelic")
TODAY = date(2026, 6, 1)
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
SETTINGS = (
    'import dj_database_url\n\nINSTALLED_APPS = ["django.contrib.staticfiles", "whitenoise"]\n'
    'STATIC_URL = "static/"\nSTATIC_ROOT = "staticfiles"\n'
)
#: A project with which all is well.
WELL = {
    "Procfile": "release: python manage.py migrate\nweb: gunicorn shop.wsgi\n",
    "requirements.txt": "Django==5.2\ngunicorn\nwhitenoise[brotli]>=6 # static\ndj_database_url\n",
    ".python-version": "# ours\n3.13\n",
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "shop/settings.py": SETTINGS,
    "shop/wsgi.py": MANAGE,
}


def told(files=(), *, without=(), config_vars=None, today=TODAY):
    """Each concern of a project that is `WELL` but for `files`, as one line."""
    all_files = {**WELL, **dict(files)}
    for path in without:
        del all_files[path]
    tree = Tree(all_files, lambda path: all_files[path].encode())
    return [
        f"{'WRONG' if one.fails else 'NOTE'} {one.where}: {one.problem}. {one.cure}"
        for one in concerns_of(tree, config_vars, today)
    ]


def test_of_a_project_that_is_well_nothing_is_said():
    assert told() == []
    # A container is not built by the buildpack.
    assert told({"heroku.yml": ""}, without=("requirements.txt", "Procfile")) == []


@pytest.mark.parametrize(
    "web",
    [
        "gunicorn shop.wsgi",
        "gunicorn shop.wsgi -b 0.0.0.0:$PORT",
        "gunicorn --bind=:${PORT:-8000} shop.wsgi",
        "newrelic-admin run-program gunicorn shop.wsgi",
        "bin/start-nginx gunicorn -b 127.0.0.1:8000 shop.wsgi",
        "gunicorn --bind unix:/tmp/nginx.socket shop.wsgi",
        "gunicorn -k uvicorn.workers.UvicornWorker shop.asgi",
        "cd shop && exec gunicorn shop.wsgi",
        "uvicorn shop.asgi:application --host 0.0.0.0 --port $PORT",
        "python -m uvicorn shop.asgi:application --host=0.0.0.0 --port=${PORT}",
        "daphne -b 0.0.0.0 -p $PORT shop.asgi:application",
        "daphne -e tcp:port=$PORT:interface=0.0.0.0 shop.asgi:application",
        "waitress-serve --port=$PORT shop.wsgi:application",
        "hypercorn --bind '[::]:'$PORT shop.asgi",
        "python manage.py runserver 0.0.0.0:$PORT",
        "bin/a-program-that-nobody-knows",
        "it 's quotes do not balance",
    ],
)
def test_a_web_process_that_can_be_reached(web):
    listed = "".join(f"{name}\n" for name in SERVERS)
    files = {
        "Procfile": f"web: {web}\n",
        "requirements.txt": WELL["requirements.txt"] + listed,
    }
    assert told(files) == []


@pytest.mark.parametrize(
    ("web", "why"),
    [
        ("gunicorn shop.wsgi -b 127.0.0.1:$PORT", "gunicorn listens on this dyno alone"),
        ("gunicorn shop.wsgi --bind=localhost:$PORT", "gunicorn listens on this dyno alone"),
        ("gunicorn shop.wsgi -b0.0.0.0:8000", r"gunicorn does not listen at \$PORT"),
        ("uvicorn shop.asgi:application --port $PORT", "uvicorn listens on 127.0.0.1"),
        ("uvicorn shop.asgi:application --host 0.0.0.0", r"does not listen at \$PORT"),
        ("daphne shop.asgi:application -p $PORT", "daphne listens on 127.0.0.1"),
        ("python -u manage.py runserver $PORT", "runserver listens on 127.0.0.1"),
        ("python manage.py runserver 0.0.0.0:8000", r"runserver does not listen at \$PORT"),
        ("waitress-serve shop.wsgi:application", r"waitress-serve does not listen at \$PORT"),
        ("granian --interface asgi shop.asgi:application", "granian listens on 127.0.0.1"),
    ],
)
def test_a_web_process_that_cannot_be_reached(web, why):
    listed = "".join(f"{name}\n" for name in SERVERS)
    (line,) = told(
        {
            "Procfile": f"# processes\nweb: {web}\n",
            "requirements.txt": WELL["requirements.txt"] + listed,
        }
    )
    assert line.startswith("WRONG Procfile:2: ")
    assert re.search(why, line)
    assert re.search(r"PORT|gunicorn", line.partition(". ")[2])


def test_scripts_and_gunicorn_s_own_file_are_looked_into():
    (line,) = told(
        {
            "Procfile": "web: bash bin/web.sh\n",
            "bin/web.sh": "#!/bin/sh\nset -e\nexec gunicorn -b 127.0.0.1:8000 shop.wsgi\n",
        }
    )
    assert line.startswith("WRONG bin/web.sh:3: gunicorn listens on this dyno alone")
    (line,) = told({"gunicorn.conf.py": 'workers = 2\nbind = "127.0.0.1:8000"\n'})
    assert line.startswith("WRONG gunicorn.conf.py:2: gunicorn listens on this dyno alone")
    for fine in ('bind = f"0.0.0.0:{port}"\n', 'bind = ["[::]:" + os.environ["PORT"]]\n'):
        assert told({"gunicorn.conf.py": fine}) == []


def test_a_project_without_a_web_process():
    (line,) = told(without=("Procfile",))
    assert line.startswith("WRONG Procfile: is missing")
    assert 'add one with a line such as "web: gunicorn' in line
    lines = told({"Procfile": "worker: bin/work\n"})
    assert [line.partition(". ")[0] for line in lines] == ["NOTE Procfile: has no web process"]


def test_what_migrates_besides_the_release_phase_is_a_note_with_its_line():
    lines = told(
        {
            "Procfile": "web: python manage.py migrate && gunicorn shop.wsgi\n",
            "bin/post_compile": "#!/bin/sh\npython manage.py migrate\n",
            "app.json": '{\n "scripts": {\n  "postdeploy": "python manage.py migrate"\n }\n}\n',
        }
    )
    assert sorted(line[: line.index(" migrate")] for line in lines) == [
        "NOTE Procfile:1: runs",
        "NOTE app.json:3: runs",
        "NOTE bin/post_compile:2: runs",
    ]
    assert all("release" in line or "review apps" in line for line in lines)


@pytest.mark.parametrize(
    ("files", "without", "where", "why", "cure"),
    [
        ({"poetry.lock": ""}, (), "requirements.txt", "several package managers", "git rm"),
        ({"Pipfile": ""}, (), "Pipfile", "has no Pipfile.lock", "pipenv lock"),
        ({}, ("requirements.txt",), "requirements.txt", "there is no requirements.txt", "commit"),
        (
            {"back/requirements.txt": ""},
            ("requirements.txt",),
            "requirements.txt",
            "back/requirements.txt is not at the top",
            "root",
        ),
        ({"pyproject.toml": ""}, ("requirements.txt",), "pyproject.toml", "by itself", "uv lock"),
        ({"setup.py": ""}, ("requirements.txt",), "setup.py", "by itself", "--editable ."),
        ({"uv.lock": ""}, ("requirements.txt", ".python-version"), ".python-version", "uv", "pin"),
    ],
)
def test_a_manifest_that_a_build_refuses(files, without, where, why, cure):
    line = told(files, without=without)[0]
    assert line.startswith(f"WRONG {where}: ")
    assert why in line.partition(". ")[0]
    assert cure in line


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({".python-version": "3.9\n"}, "WRONG .python-version:1: Python 3.9 is past its end"),
        ({".python-version": "2.7.18\n"}, "WRONG .python-version:1: Python 2.7 is past its end"),
        ({".python-version": "\n3.15\n"}, "WRONG .python-version:2: Heroku does not know"),
        ({".python-version": "pypy3.10\n"}, "WRONG .python-version:1: 'pypy3.10' is no version"),
        ({".python-version": "3.13 # ours\n"}, "WRONG .python-version:1: '3.13 # ours' is no"),
        ({".python-version": "3.12\n3.13\n"}, "WRONG .python-version: names several versions"),
        ({".python-version": "# none\n"}, "WRONG .python-version: names no version"),
        ({"runtime.txt": "python-3.13.1\n"}, "NOTE runtime.txt: is deprecated, and hides"),
    ],
)
def test_a_python_that_heroku_does_not_take(files, line):
    (found,) = told(files)
    assert found.startswith(line)
    assert "3.13" in found or "git rm" in found


def test_what_a_build_does_not_take_besides():
    (line,) = told({"venv/pyvenv.cfg": ""})
    assert line.startswith("WRONG venv: is a virtual environment")
    assert "git rm -r --cached venv" in line
    (line,) = told({".heroku/python/bin/python": ""})
    assert line.startswith("WRONG .heroku/python: is where the buildpack installs")
    (line,) = told({".python_version": "3.13"}, without=(".python-version",))
    assert line.startswith("WRONG .python_version: is .python-version misspelt")
    pipenv = {"Pipfile.lock": '{"_meta": {},\n "default": oops}', "Pipfile": ""}
    (line,) = told(pipenv, without=("requirements.txt", ".python-version"))
    assert line.startswith("WRONG Pipfile.lock:2: is no JSON")
    pipenv["Pipfile.lock"] = '{"_meta": {"requires":\n {"python_version": "3.*"}}, "default": {}}'
    (line,) = told(
        pipenv, without=("requirements.txt", ".python-version", "Procfile", "shop/settings.py")
    )[:1]
    assert line.startswith("WRONG Pipfile.lock:2: '3.*' is no version")


def test_the_end_of_a_python_s_life_depends_on_the_day():
    files = {".python-version": "3.10.4\n"}
    assert told(files, today=date(2026, 10, 31)) == []
    (line,) = told(files, today=date(2026, 11, 1))
    assert line.startswith("NOTE .python-version:1: Python 3.10 has been at its end of life since")
    runtime = {"runtime.txt": "python-3.8.10\n"}
    deprecated, ended = told(runtime, without=(".python-version",))
    assert "commit a .python-version" in deprecated
    assert ended.startswith("WRONG runtime.txt:1: Python 3.8 is past its end of life")


def test_static_files_that_have_no_place_to_go():
    bare = {"shop/settings.py": SETTINGS.replace("STATIC_ROOT", "OTHER")}
    (line,) = told(bare)
    assert line.startswith("WRONG shop/settings.py:4: shop.settings sets no STATIC_ROOT")
    assert "WhiteNoise" in line
    assert "DISABLE_COLLECTSTATIC=1" in line
    assert told(bare, config_vars={"DISABLE_COLLECTSTATIC": "1"}) == []
    assert told({**bare, "app.json": '{"env": {"DISABLE_COLLECTSTATIC": "1"}}'}) == []
    elsewhere = bare["shop/settings.py"] + 'STATICFILES_STORAGE = "x.S3StaticStorage"\n'
    assert told({"shop/settings.py": elsewhere}) == []
    # The base that it takes in has it, or the other settings that the config var names.
    split = {
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": SETTINGS,
        "shop/settings/live.py": "from .base import *\n",
        "manage.py": MANAGE.replace("shop.settings", "shop.settings.dev"),
        "shop/wsgi.py": MANAGE.replace("shop.settings", "shop.settings.live"),
    }
    assert told(split, without=("shop/settings.py",)) == []
    named = {"other/__init__.py": "", "other/bare.py": bare["shop/settings.py"]}
    (line,) = told(named, config_vars={"DJANGO_SETTINGS_MODULE": "other.bare"})
    assert "other/bare.py:4" in line


def test_a_package_that_nothing_declares():
    files = {
        "requirements.txt": "Django\n",
        "shop/settings.py": SETTINGS + "MIDDLEWARE = ['corsheaders.middleware.X']\n",
    }
    lines = told(files)
    assert [line.partition(", which")[0] for line in lines] == [
        "WRONG Procfile:2: needs gunicorn",
        "WRONG shop/settings.py:1: needs dj_database_url",
        "WRONG shop/settings.py:3: needs whitenoise",
        "WRONG shop/settings.py:6: needs corsheaders",
    ]
    assert lines[-1].endswith("declare django-cors-headers")


@pytest.mark.parametrize(
    "settings",
    [
        "try:\n    import environ\nexcept ImportError:\n    environ = None\n",
        "if DEBUG:\n    INSTALLED_APPS += ['debug_toolbar']\n",
        "INSTALLED_APPS += ['debug_toolbar'] if DEBUG else []\n",
        "import os, json\nfrom shop import whatever\n",
    ],
)
def test_what_may_not_be_needed_is_not_asked_for(settings):
    assert told({"shop/settings.py": SETTINGS + settings}) == []


@pytest.mark.parametrize(
    "requirements",
    [
        "-r requirements/live.txt\n",
        "gunicorn\nwagtail==6.3\ndj-database-url\nwhitenoise\n",
        "django-heroku\ngunicorn\n",
        "-e .\n",
        "git+https://example.com/all-of-it\n",
        "gunicorn @ https://example.com/g.whl\nDjango ; python_version > '3'\n"
        "whitenoise\ngit+https://example.com/x#egg=dj-database-url\n",
    ],
)
def test_what_is_declared_in_another_way(requirements):
    files = {
        "requirements.txt": requirements,
        "requirements/live.txt": "-r base.txt\ngunicorn\n",
        "requirements/base.txt": WELL["requirements.txt"],
    }
    assert told(files) == []


def test_a_lock_file_says_all_that_is_installed():
    shop = '[[package]]\nname = "shop"\nsource = { virtual = "." }\ndependencies = [%s]\n'
    names = ("django", "whitenoise", "dj-database-url", "gunicorn")
    lines = ", ".join(f'{{ name = "{name}" }}' for name in names)
    packages = "".join(f'[[package]]\nname = "{name}"\n' for name in names)
    lock = {"uv.lock": shop % lines + packages}
    assert told(lock, without=("requirements.txt",)) == []
    # gunicorn is there, but only for developers.
    lines = ", ".join(f'{{ name = "{name}" }}' for name in names[:3])
    (line,) = told({"uv.lock": shop % lines + packages}, without=("requirements.txt",))
    assert "needs gunicorn, which uv.lock does not declare" in line
    poetry = "".join(
        f'[[package]]\nname = "{name}"\ngroups = ["{"dev" if name == "gunicorn" else "main"}"]\n'
        for name in names
    )
    (line,) = told({"poetry.lock": poetry}, without=("requirements.txt",))
    assert "needs gunicorn" in line
    pipenv = '{"default": {"Django": {}, "gunicorn": {}, "whitenoise": {}, "dj-database-url": {}}}'
    assert told({"Pipfile.lock": pipenv, "Pipfile": ""}, without=("requirements.txt",)) == []


@pytest.mark.parametrize(
    "files",
    [
        {"shop/settings.py": "def (:\n"},
        {"app.json": "[1]"},
        {"app.json": '{"env": []}'},
        {"Procfile": "\x00\xff"},
        {"requirements.txt": "-r gone.txt\n"},
        {"gunicorn.conf.py": "bind ="},
    ],
)
def test_broken_files_are_no_reason_to_fail(files):
    told(files)
    told({"uv.lock": "[[", "poetry.lock": "]"}, without=("requirements.txt",))
    told({"Pipfile.lock": "["}, without=("requirements.txt", ".python-version"))


PIPFILE = """
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[packages]
Django = ">=4.2,<4.3"
django_compressor = {version = "*", extras = ["b"]}
gunicorn = "*"

[dev-packages]
black = "*"

[docs]
Sphinx = "*"

[requires]
python_version = "3.12"
"""
#: What Pipenv 2026.7.1 made of it.
PIPFILE_HASH = "2405d7dc1b485b5656097409a3230aae16eb3c57908c67f18c614d0fceb34532"


@pytest.mark.parametrize(
    ("pipfile", "noted", "is_told"),
    [
        (PIPFILE, PIPFILE_HASH, False),
        (f"# a comment\n{PIPFILE}", PIPFILE_HASH, False),
        (PIPFILE.replace("Django =", "django ="), PIPFILE_HASH, False),
        (PIPFILE.replace("<4.3", "<5"), PIPFILE_HASH, True),
        (PIPFILE, "0" * 64, True),
        (
            '[packages]\ndjango = "*"\n',
            "e34336994c9a9a3f014e74492b8c604374a11b34db7a5fc7b9dcb2e1bdc5b79e",
            False,
        ),
        ("[packages", PIPFILE_HASH, False),
        ("packages = 1", PIPFILE_HASH, False),
    ],
)
def test_a_lock_file_that_its_pipenv_refuses(pipfile, noted, is_told):
    packages = {name: {} for name in ("django", "gunicorn", "whitenoise", "dj-database-url")}
    lock = json.dumps({"_meta": {"hash": {"sha256": noted}}, "default": packages})
    said = told({"Pipfile": pipfile, "Pipfile.lock": lock}, without=("requirements.txt",))
    expected = (
        "WRONG Pipfile.lock: is out of date to Heroku's Pipenv, which refuses it: "
        "the build fails. pipenv lock"
    )
    assert said == ([expected] if is_told else [])
