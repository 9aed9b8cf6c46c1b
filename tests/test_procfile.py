"""minion.analyser.procfile: Heroku's rule for a line, and what a release phase does."""

from __future__ import annotations

import pytest

from minion.analyser.procfile import (
    Migrates,
    Moment,
    hooks,
    parse,
    release_phase,
    release_phase_migrates,
)
from minion.analyser.procfile.shell import commands


def test_parse_takes_the_lines_that_heroku_takes():
    text = (
        "# a comment: not a type\n"
        "web: gunicorn shop.wsgi --log-file -\r\n"
        " release: python manage.py migrate\n"
        "\tclock python clock.py\n"
        "close:no\n"
        "two.words: no\n"
        "empty: \n"
        "worker-2_x:   celery -A shop:app worker   \n"
        "\n"
        "web: gunicorn later"
    )
    assert parse(text) == {
        "web": "gunicorn later",
        "release": "python manage.py migrate",
        "clock": "python clock.py",
        "worker-2_x": "celery -A shop:app worker",
    }


def judged(command: str, **files: str) -> Migrates:
    names = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return release_phase({"release": command}, names.get)


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py migrate",
        "python3.12 manage.py migrate --noinput",
        "./manage.py migrate",
        "python src/manage.py migrate --no-input -v 2",
        "django-admin migrate --settings shop.settings",
        "django-admin migrate --settings=shop.settings --pythonpath .",
        "python -m django migrate",
        "python -u -W ignore manage.py migrate --database default",
        "python manage.py migrate --run-syncdb && python manage.py collectstatic",
        "python manage.py check --deploy && python manage.py migrate",
        "python manage.py check; python manage.py migrate; python manage.py loaddata x",
        "bash -c 'python manage.py migrate'",
        'bash -ec "cd src && DEBUG=0 python manage.py migrate"',
        "DJANGO_SETTINGS_MODULE=a.b PYTHONPATH=. python manage.py migrate",
        "env DEBUG= python manage.py migrate",
        "exec timeout -k 5 600 python manage.py migrate",
        "newrelic-admin run-program python manage.py migrate",
        "launcher python manage.py migrate",
        "poetry run python manage.py migrate",
        "python manage.py migrate 2>&1",
        "python manage.py migrate > /dev/null 2>&1 && echo done",
        "python manage.py migrate &> log.txt",
        "(cd src && python manage.py migrate)",
        "{ python manage.py migrate; }",
        "python manage.py migrate || exit 1",
        "python manage.py migrate # and nothing else",
        "/app/.heroku/python/bin/python manage.py migrate",
    ],
)
def test_a_release_phase_that_migrates(command):
    assert judged(command) is Migrates.YES
    assert release_phase_migrates({"release": command})


@pytest.mark.parametrize(
    "command",
    [
        "echo released",
        "python manage.py collectstatic --noinput",
        "python manage.py check --deploy && ./manage.py createcachetable",
        "python manage.py migrate --check",
        "python manage.py migrate --plan",
        "python -m django migrate --help",
        "true # python manage.py migrate",
        "bash -c 'true'",
        "bash",
        "",
    ],
)
def test_a_release_phase_that_does_not(command):
    assert judged(command) is Migrates.NO


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py migrate shop",
        "python manage.py migrate shop 0004",
        "python manage.py migrate --database=replica",
        "python manage.py migrate --database replica",
        "python manage.py migrate_schemas --shared",
        "python manage.py migrate || true",
        "python manage.py check && python manage.py migrate && echo x || true",
        "python manage.py check || python manage.py migrate",
        '[ -n "$MIGRATE" ] && python manage.py migrate',
        'if [ -n "$MIGRATE" ]; then python manage.py migrate; fi',
        "python manage.py migrate &",
        "python manage.py migrate | tee log",
        "f() { python manage.py migrate; }; f",
        "alembic upgrade head && ./scripts/db-migrations",
        "npm run release",
        "make release",
        "./release.sh",
        "bash bin/release",
        "sh -c 'python manage.py migrate",
    ],
)
def test_a_release_phase_that_may(command):
    assert judged(command) is Migrates.MAYBE
    assert not release_phase_migrates({"release": command})


def test_no_release_phase():
    assert release_phase({"web": "python manage.py migrate && gunicorn"}) is Migrates.NO


SCRIPT = "#!/usr/bin/env bash\nset -euo pipefail\n# migrate first\npython manage.py \\\n  migrate\n"


@pytest.mark.parametrize(
    "command",
    [
        "./release.sh",
        "bash release.sh",
        "sh ./release.sh --fast",
        "/app/release.sh",
        "bash $HOME/release.sh",
        ". ./release.sh",
        "python manage.py check && ./release.sh",
    ],
)
def test_a_script_is_looked_into(command):
    assert judged(command, release_sh=SCRIPT) is Migrates.YES
    assert judged(command, release_sh="#!/bin/sh\necho hello\n") is Migrates.NO


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ('if [ "$A" ]\nthen\n  python manage.py migrate\nfi\n', Migrates.MAYBE),
        ("for db in a b; do python manage.py migrate; done\n", Migrates.MAYBE),
        ("run() {\n  python manage.py migrate\n}\nrun\n", Migrates.MAYBE),
        ("function run {\n  python manage.py migrate\n}\nrun\n", Migrates.MAYBE),
        ("if true; then echo; fi\npython manage.py migrate\n", Migrates.YES),
        ("run() { echo; }\nrun\npython manage.py migrate\n", Migrates.YES),
        ("case $A in b) echo;; esac\npython manage.py migrate\n", Migrates.YES),
        ("case $A in\n  b) python manage.py migrate;;\n  *) echo;;\nesac\n", Migrates.MAYBE),
        ("while read x; do (python manage.py migrate); done\n", Migrates.MAYBE),
        ("function run() {\n  python manage.py migrate\n}\n", Migrates.MAYBE),
        ("./other.sh\n", Migrates.MAYBE),
        ("echo 'migrate later\n", Migrates.MAYBE),
        ("#!/usr/bin/env python\nimport os\n", Migrates.NO),
        ("#!/usr/bin/env python\ncall_command('migrate')\n", Migrates.MAYBE),
    ],
)
def test_scripts(script, outcome):
    assert judged("bin/release", bin__release=script) is outcome


def test_a_python_script_is_searched():
    assert judged("python bin/release.py", bin__release_py="print()") is Migrates.NO
    assert judged("python bin/release.py", bin__release_py="migrate()") is Migrates.MAYBE
    assert judged("python bin/release.py") is Migrates.MAYBE


@pytest.mark.parametrize(
    ("makefile", "outcome"),
    [
        ("release:\n\t@python manage.py migrate\n", Migrates.YES),
        ("release:\n\t-python manage.py migrate\n", Migrates.MAYBE),
        ("release: check\n\tpython manage.py migrate\n", Migrates.YES),
        ("release: migrate\n\techo done\n", Migrates.MAYBE),
        ("release:\n\techo done\nother:\n\tpython manage.py migrate\n", Migrates.NO),
        ("other:\n\tpython manage.py migrate\n", Migrates.MAYBE),
        ("release := x\n", Migrates.MAYBE),
    ],
)
def test_a_make_target_is_looked_into(makefile, outcome):
    assert judged("make release", Makefile=makefile) is outcome


def test_commands_keep_quoted_operators_and_words():
    found = commands("echo 'a && b; c' | tee \"x y\" >> out; done_ 2>/dev/null 1\n(a);b")
    assert [(one.words, one.is_certain) for one in found] == [
        (["echo", "a && b; c"], False),
        (["tee", "x y"], False),
        (["done_", "1"], True),
        (["a"], True),
        (["b"], True),
    ]


@pytest.mark.parametrize("text", ["))", "}", "fi; fi", "((((", "&& ||", "'", "|", "case x", "\\\n"])
def test_what_is_no_shell_is_never_a_crash(text):
    assert judged(text) is Migrates.NO
    assert judged(text + " python manage.py migrate") in Migrates


# -- hooks


def found_hooks(procfile=None, **files):
    named = {
        name.replace("__", "/").replace("_json", ".json"): text for name, text in files.items()
    }
    return [(hook.where, hook.moment, hook.is_sure) for hook in hooks(procfile or {}, named.get)]


def test_a_hook_of_the_build_migrates():
    assert found_hooks(bin__post_compile="#!/bin/sh\npython manage.py migrate --noinput\n") == [
        ("bin/post_compile", Moment.BUILD, True)
    ]
    assert found_hooks(bin__pre_compile='[ -n "$X" ] && ./manage.py migrate') == [
        ("bin/pre_compile", Moment.BUILD, False)
    ]
    assert found_hooks(bin__post_compile="python manage.py collectstatic --noinput") == []


def test_a_script_that_a_hook_calls_is_looked_into():
    script = "set -e\npython manage.py migrate\n"
    assert found_hooks(bin__post_compile="bash bin/setup", bin__setup=script) == [
        ("bin/post_compile", Moment.BUILD, True)
    ]
    assert found_hooks({"web": "./bin/start"}, bin__start=script + "exec gunicorn shop.wsgi") == [
        ("the web command", Moment.BOOT, True)
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python manage.py migrate && gunicorn shop.wsgi", [True]),
        ("sh -c 'python manage.py migrate; gunicorn shop.wsgi'", [True]),
        ("python manage.py migrate --check && gunicorn shop.wsgi", []),
        ("gunicorn shop.wsgi", []),
        ("bin/start-nginx gunicorn -c gunicorn.conf shop.wsgi", []),
        ("npm start", []),
        ("newrelic-admin run-program gunicorn shop.wsgi", []),
        ("python manage.py runserver 0.0.0.0:$PORT", []),
    ],
)
def test_a_web_command_that_migrates(command, expected):
    assert [sure for _, _, sure in found_hooks({"web": command})] == expected


def test_other_processes_boot_as_well_and_the_release_phase_is_no_hook():
    migrate = "python manage.py migrate"
    assert found_hooks({"release": migrate, "worker": f"{migrate} && celery worker"}) == [
        ("the worker command", Moment.BOOT, True)
    ]


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ('{"scripts": {"postdeploy": "python manage.py migrate"}}', ["postdeploy"]),
        ('{"scripts": {"postdeploy": {"command": "./manage.py migrate"}}}', ["postdeploy"]),
        (
            '{"environments": {"review": {"scripts": {"postdeploy": "./manage.py migrate"}}}}',
            ["postdeploy"],
        ),
        ('{"scripts": {"test": "python manage.py migrate"}}', []),
        ('{"scripts": ["python manage.py migrate"], "environments": 3}', []),
        ("[]", []),
        ("{", []),
    ],
)
def test_a_script_of_app_json_runs_when_an_app_is_made(manifest, expected):
    found = found_hooks(app_json=manifest)
    assert [where.split()[-1] for where, _, _ in found] == expected
    assert all(moment is Moment.CREATION for _, moment, _ in found)


M = "python manage.py migrate\n"


@pytest.mark.parametrize(
    ("procfile", "files", "expected"),
    [
        (
            {"web": "bash scripts/start.sh"},
            {"scripts/start.sh": "./scripts/db.sh\nexec gunicorn x", "scripts/db.sh": M},
            ("the web command", Moment.BOOT, True),
        ),
        (
            {},
            {"bin/post_compile": "bash bin/a", "bin/a": "source bin/b", "bin/b": M},
            ("bin/post_compile", Moment.BUILD, True),
        ),
        ({}, {".profile": M}, (".profile", Moment.BOOT, True)),
        ({}, {".profile.d/a.sh": M}, (".profile.d/a.sh", Moment.BOOT, True)),
        (
            {},
            {"package.json": '{"scripts": {"heroku-postbuild": "python manage.py migrate"}}'},
            ("package.json's script heroku-postbuild", Moment.BUILD, True),
        ),
        (
            {"web": "npm start"},
            {"package.json": '{"scripts": {"start": "./manage.py migrate && node x"}}'},
            ("the web command", Moment.BOOT, True),
        ),
        (
            {"web": "gunicorn shop.wsgi:application"},
            {"shop/wsgi.py": "call_command('migrate')"},
            ("the web command", Moment.BOOT, False),
        ),
        (
            {"web": "python -m gunicorn shop.wsgi"},
            {"gunicorn.conf.py": "def on_starting(server): call_command('migrate')"},
            ("the web command", Moment.BOOT, False),
        ),
        (
            {"web": "honcho start -f Procfile.all"},
            {"Procfile.all": f"web: gunicorn x\ndb: {M}"},
            ("the web command", Moment.BOOT, False),
        ),
        (
            {"web": "python -m shop.start"},
            {"shop/start.py": "call_command('migrate')"},
            ("the web command", Moment.BOOT, False),
        ),
    ],
)
def test_what_migrates_is_seen_wherever_it_stands(procfile, files, expected):
    (hook,) = hooks(procfile, files.get, files)
    assert (hook.where, hook.moment, hook.is_sure) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"a.sh": "bash b.sh", "b.sh": "bash a.sh"},
        {"a.sh": "exec gunicorn shop.wsgi", "shop/wsgi.py": "application = get_wsgi_application()"},
        {"a.sh": "npm start", "package.json": "["},
        {"a.sh": "gunicorn shop.wsgi", "shop/wsgi.py": "# runs once migrations are done\n"},
        {"package.json": '{"scripts": {"build": "vite build"}}', ".profile": "export A=1"},
    ],
)
def test_what_does_not_migrate_is_no_hook(files):
    assert hooks({"web": "bash a.sh"}, files.get, files) == ()
