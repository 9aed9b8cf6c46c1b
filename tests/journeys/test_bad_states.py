"""States that nobody wished for: one clear line each, and a way out of it."""

import json
import shutil
from pathlib import Path

import pytest
from disturbing import kill_at_request

from minion.engine.lock import Locks
from minion.git import Repository

UAT = "bookshop-uat"


@pytest.fixture
def clone(operator, shop, tmp_path):
    """Somebody's clone, from which the sandbox is reached as Heroku is."""
    folder = tmp_path / "clone"
    shop.git("clone", "-q", shop.git("remote", "get-url", "origin"), str(folder))
    return folder


@pytest.fixture
def killed(operator, shop):
    """The journal of a command that was killed as it changed uat's page; the lock is held."""
    kill_at_request(operator, shop, ["sandbox", "maintenance:uat,on"], "PATCH", f"/apps/{UAT}$")
    journal = shop.project / ".git" / "minion" / "journals" / "uat.journal"
    assert locks(shop)
    written = journal.read_text()
    yield journal
    if journal.exists():
        journal.write_text(written)
    operator.fab("sandbox", "resume:uat", status=None)
    operator.fab("sandbox", f"unlock:uat,confirm={UAT}", status=None)
    operator.fab("sandbox", "maintenance:uat,off")


def locks(shop):
    return shop.git("ls-remote", "origin", "refs/minion/*", "refs/heads/minion-lock/*")


def there(operator, shop, folder, call, status=0):
    """`fab CALL` in `folder`; the last line that it said where it failed."""
    done = operator.fab(call, cwd=folder, status=status, **shop.state["environ"])
    return done.stderr.strip().splitlines()[-1] if status else done.stdout


def test_nothing_to_resume(operator, shop):
    said = operator.fab("sandbox", "resume:uat", status=1).stderr
    assert said.strip().endswith("There is nothing to resume on uat.")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 3}, "its format is 3, this minion reads 2"),
        ({"work": {"operation": "dance"}}, "of another version of minion"),
    ],
)
def test_a_journal_of_a_newer_version(operator, shop, killed, change, says):
    before = killed.read_text()
    header, *rest = before.splitlines(keepends=True)
    changed = json.dumps({**json.loads(header), **change}) + "\n" + "".join(rest)
    killed.write_text(changed)
    said = operator.fab("sandbox", "resume:uat", status=1).stderr.strip().splitlines()
    assert says in said[-1]
    assert (
        "fab sandbox resume:uat" in operator.fab("sandbox", "maintenance:uat,on", status=1).stderr
    )
    assert killed.read_text() == changed
    # The version that wrote it can go on.
    killed.write_text(before)
    operator.fab("sandbox", "resume:uat")
    assert not locks(shop)


@pytest.mark.parametrize(
    "damage", [b"", b"\0\0\0\n", b"{not json\n", b"[" * 100000 + b"\n", b'{"format": 99}\n']
)
def test_a_journal_beyond_help_is_put_aside(operator, shop, killed, damage):
    """What was written after the damage does not count either."""
    if not damage:
        damage = killed.read_bytes().splitlines(keepends=True)[0] + b"\xff\xfe\n" + b"more\n"
    killed.write_bytes(damage)
    said = operator.fab("sandbox", "resume:uat", status=1).stderr
    assert str(killed) in said
    assert "fab sandbox unlock:uat,journal=drop" in said
    call = f"unlock:uat,journal=drop,confirm={UAT}"
    done = operator.fab("sandbox", call).stdout
    assert "is not known any more" in done
    assert not killed.exists()
    assert killed.with_suffix(".dropped").read_bytes() == damage
    if locks(shop):
        operator.fab("sandbox", f"unlock:uat,confirm={UAT}")
    operator.fab("sandbox", "maintenance:uat,off")
    assert "There is no journal" in operator.fab("sandbox", call, status=1).stderr


def test_a_journal_of_another_repository(operator, shop, killed, clone):
    copy = clone / ".git" / "minion" / "journals"
    copy.mkdir(parents=True)
    shutil.copy(killed, copy)
    assert "The journal here is a copy of" in there(operator, shop, clone, "resume:uat", 1)
    assert locks(shop)
    settings = clone / "minion.toml"
    settings.write_text(settings.read_text().replace('"bookshop-uat"', '"bookshop-next"'))
    said = there(operator, shop, clone, "resume:uat", 1)
    assert "The journal is about bookshop-uat, while uat is bookshop-next" in said
    operator.fab("sandbox", "resume:uat")
    assert not locks(shop)


def test_a_journal_that_was_ended_but_not_put_away(operator, shop, killed):
    with killed.open("a") as file:
        file.write('{"event": "closed", "outcome": "finished"}\n')
    assert "had come to its end" in operator.fab("sandbox", "resume:uat").stdout
    assert not killed.exists()
    assert not locks(shop)


def test_a_lock_that_is_older_than_its_promise(operator, shop, clone):
    lock = Locks(Repository.open(clone), "origin")
    shop.git("config", "user.name", "Bob", cwd=clone)
    lock.take("uat", "to deploy", plan=None, minutes=-30)
    said = operator.fab("sandbox", "maintenance:uat,on", status=1).stderr
    assert "Bob" in said
    assert "overdue" in said
    assert "fab sandbox unlock:uat" in said
    assert "overdue" in operator.fab("sandbox", "status").stdout
    said = operator.fab("sandbox", f"unlock:uat,confirm={UAT}").stdout
    assert said.count("Bob") == 1
    assert not locks(shop)


def test_an_origin_that_cannot_be_reached(operator, shop, clone):
    before = shop.newest(UAT)
    shop.git("remote", "set-url", "origin", "https://127.0.0.1:1/nowhere.git", cwd=clone)
    for call in (f"deploy:uat,confirm={UAT}", "maintenance:uat,on", f"unlock:uat,confirm={UAT}"):
        said = there(operator, shop, clone, call, 1)
        assert "origin" in said, call
    assert shop.newest(UAT) == before
    assert shop.api("GET", f"/apps/{UAT}")["maintenance"] is False
    assert not list((clone / ".git" / "minion" / "journals").glob("*.journal"))


def test_an_origin_that_refuses_such_refs(operator, shop, clone):
    hook = Path(shop.git("remote", "get-url", "origin")) / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        '#!/bin/sh\ncase "$1" in refs/minion/*) echo "only branches and tags" >&2; exit 1;; esac\n'
    )
    hook.chmod(0o755)
    try:
        said = there(operator, shop, clone, "maintenance:uat,on", 1)
        assert 'lock = "branch"' in said
        assert shop.api("GET", f"/apps/{UAT}")["maintenance"] is False
        settings = clone / "minion.toml"
        plain = settings.read_text()
        for mode in ("branch", "local"):
            settings.write_text(plain.replace("[project]", f'[project]\nlock = "{mode}"'))
            said = there(operator, shop, clone, "maintenance:uat,on")
            assert ("does not keep out" in said) is (mode == "local")
            there(operator, shop, clone, "maintenance:uat,off")
    finally:
        hook.unlink()
    assert not locks(shop)


def test_no_room_for_a_journal(operator, shop, clone):
    (clone / ".git" / "minion").mkdir()
    (clone / ".git" / "minion" / "journals").write_text("no folder")
    said = there(operator, shop, clone, "maintenance:uat,on", 1)
    assert "The journal" in said
    assert "cannot be written" in said
    assert not locks(shop)
