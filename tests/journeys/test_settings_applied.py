"""The team's settings are applied in one release, and nothing of them is ever shown."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minion.settings.envfile import render

CANARY = "canary-8421"
AWKWARD = {
    "PEM": f"-----BEGIN-----\n{CANARY}=\n-----END-----\n",
    "QUOTES": f"""it's "{CANARY}" \\' \\" `x` $HOME ${{HOME}} $(id)""",
    "SIGNS": f"# {CANARY} = # export A=1; \t é 書 \u2028 🎩",
    "SPACES": f"  {CANARY}  ",
    "BACKSLASH": f"C:\\{CANARY}\\",
    "CARRIAGE": f"a\r\n{CANARY}\r",
}


def generated(count=40):
    """Values of any characters but NUL, the troublesome ones often; always the same."""
    dice = random.Random(8421)
    troublesome = "\n\r\t '\"`=#$\\{}!%&;,\u0085\u2028\ufeff"

    def character():
        if dice.random() < 0.5:
            return dice.choice(troublesome)
        code = dice.choice([dice.randrange(1, 0x80), dice.randrange(1, 0xD800), 0x1F3A9])
        return chr(code)

    values = {}
    while len(values) < count:
        value = CANARY + "".join(character() for _ in range(dice.randrange(30)))
        # dotenv cannot hold several lines that end with a backslash.
        values[f"GENERATED_{len(values)}"] = value.rstrip("\\")
    return values


AWKWARD.update(generated())


@pytest.fixture(scope="module")
def folder(shop):
    return shop.project.parent / "config"


def write(folder, values, name="dev"):
    text, left_out = render(values)
    assert not left_out
    (folder / f"{name}.env").write_bytes(text.encode())


def wanted(shop, folder, app="bookshop-dev"):
    remote = shop.api("GET", f"/apps/{app}/config-vars")
    kept_out = ("DATABASE_URL", "OLD_BANNER")
    return {key: value for key, value in remote.items() if key not in kept_out}


def versions(shop):
    return shop.newest("bookshop-dev")["version"]


def quiet(done):
    """No value on the screen."""
    assert CANARY not in done.stdout + done.stderr
    return done


def test_the_drift_is_shown_and_applied_as_one_release(operator, shop, folder):
    before = versions(shop)
    shown = operator.fab("sandbox", "config:dev,check=yes", status=1)
    assert "! SHOP_NAME" in shown.stdout
    assert "? OLD_BANNER" in shown.stdout
    assert versions(shop) == before
    operator.fab("sandbox", "config:dev,confirm=bookshop-dev")
    assert versions(shop) == before + 1
    again = operator.fab("sandbox", "config:dev")
    assert "Nothing to do" in again.stdout
    assert operator.fab("sandbox", "config:dev,check=yes").returncode == 0


def test_awkward_values_reach_the_dynos_byte_for_byte(operator, shop, folder):
    write(folder, {**wanted(shop, folder), **AWKWARD})
    quiet(operator.fab("sandbox", "config:dev,confirm=bookshop-dev"))
    remote = shop.api("GET", "/apps/bookshop-dev/config-vars")
    assert {key: remote[key] for key in AWKWARD} == AWKWARD
    deadline = time.monotonic() + 60
    while not any(AWKWARD.items() <= found.items() for found in environments()):
        assert time.monotonic() < deadline, "no process of the dyno has the values"
        time.sleep(0.2)


def environments():
    """The environment of every process, as the kernel has it."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            pairs = path.read_bytes().split(b"\0")
        except OSError:
            continue
        yield dict(pair.decode("utf-8", "replace").split("=", 1) for pair in pairs if b"=" in pair)


def test_the_heroku_cli_agrees(operator, shop, folder):
    program = os.environ.get("HEROKU_CLI")
    if not program:
        pytest.skip("no HEROKU_CLI")
    done = subprocess.run(
        [program, "config", "--json", "-a", "bookshop-dev"],
        env={**operator.environ, **shop.state["environ"], "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == shop.api("GET", "/apps/bookshop-dev/config-vars")


def test_prune_has_a_confirmation_of_its_own(operator, shop, folder):
    call = "config:dev,prune=yes"
    refused = quiet(operator.fab("sandbox", f"{call},confirm=bookshop-dev", status=1))
    assert "OLD_BANNER" in shop.api("GET", "/apps/bookshop-dev/config-vars")
    code = refused.stderr.split("confirm=")[1][:12]
    quiet(operator.fab("sandbox", f"{call},confirm={code}"))
    remote = shop.api("GET", "/apps/bookshop-dev/config-vars")
    assert "OLD_BANNER" not in remote
    assert "DATABASE_URL" in remote


def test_json_has_keys_and_signs_but_no_values(operator, shop, folder):
    document = operator.json("sandbox", "config:dev,check=yes,format=json")
    assert document["app"] == "bookshop-dev"
    assert {"key": "PEM", "status": "="} in document["diff"]
    assert CANARY not in json.dumps(document)


def test_another_operator_s_change_between_diff_and_apply_is_noticed(operator, shop, folder):
    write(folder, {**wanted(shop, folder), "MINE": CANARY})
    before = versions(shop)
    code = operator.fab("sandbox", "config:dev", status=1).stderr.split(" or confirm=")[1][:12]
    shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"THEIRS": "1"})
    quiet(operator.fab("sandbox", f"config:dev,confirm={code}", status=1))
    assert versions(shop) == before + 1
    assert "MINE" not in shop.api("GET", "/apps/bookshop-dev/config-vars")
    shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"THEIRS": None})


@pytest.mark.parametrize("fault", [{"after": True}, {"drop": True}, {"status": 503}])
def test_an_answer_that_fails_or_is_lost_never_makes_two_releases(operator, shop, folder, fault):
    write(folder, {**wanted(shop, folder), "LOST": f"{CANARY}{fault}"})
    path = "/apps/bookshop-dev/config-vars$"
    shop.api("POST", "/_sandbox/faults", {"method": "PATCH", "path": path, "times": 1, **fault})
    before = versions(shop)
    carried_out = "after" in fault
    done = operator.fab(
        "sandbox", "config:dev,confirm=bookshop-dev", status=0 if carried_out else 1
    )
    assert versions(shop) == before + carried_out
    assert ("Heroku has the values" in quiet(done).stdout) is carried_out
    assert ("nothing was changed" in done.stderr) is not carried_out
    shop.api("DELETE", "/_sandbox/faults")


def test_live_refuses_what_is_not_committed_and_pushed(operator, shop, folder):
    path = folder / "live.env"
    content = path.read_text()
    path.write_text(content + f"EXTRA={CANARY}\n")
    call = "config:live,confirm=bookshop-live"
    assert "uncommitted changes" in quiet(operator.fab("sandbox", call, status=1)).stderr
    shop.git("commit", "-qam", "Extra", cwd=folder)
    assert "not in step with origin" in quiet(operator.fab("sandbox", call, status=1)).stderr
    shop.git("push", "-q", cwd=folder)
    quiet(operator.fab("sandbox", call))
    assert shop.api("GET", "/apps/bookshop-live/config-vars")["EXTRA"] == CANARY


def test_the_report_names_what_is_missing_and_what_is_not_applied(operator, shop, folder):
    write(folder, {**wanted(shop, folder, "bookshop-uat"), "LATER": CANARY}, "uat")
    said = quiet(operator.fab("sandbox", "plan:uat")).stdout
    assert "missing here: bookshop-uat lacks" in said
    assert "uat.env is not applied (LATER): fab sandbox config:uat" in said


def test_pull_writes_a_private_file_once(operator, shop, folder):
    (folder / "dev.env").unlink()
    said = quiet(operator.fab("sandbox", "config_pull:dev")).stdout
    assert "DATABASE_URL, which the add-on" in said
    assert (folder / "dev.env").stat().st_mode & 0o777 == 0o600
    assert "Nothing to do" in operator.fab("sandbox", "config:dev").stdout
    again = operator.fab("sandbox", "config_pull:dev", status=1)
    assert "never written over" in again.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        (f"A={CANARY}\nwhat {CANARY}\n", "dev.env:2: not KEY=value"),
        (f"A={CANARY}\nA=2\n", "dev.env:2: A is set already in line 1"),
        (f"A-B={CANARY}\n", "dev.env:1: not a key"),
        (f"A={CANARY * 5000}\n", "bytes of keys and values"),
        (f"X_DATABASE_URL=postgres://u:{CANARY}@h:port/x\n", "not a database URL"),
        (f"DATABASE_URL=postgres://u:{CANARY}@127.0.0.1/x\n", "Heroku lets nobody overwrite it"),
    ],
)
def test_bad_input_gets_one_clear_line(operator, shop, folder, content, says):
    path = folder / "dev.env"
    kept = path.read_bytes()
    before = versions(shop)
    try:
        path.unlink()
        if content is not None:
            path.write_text(content, encoding="utf-8")
        done = quiet(
            operator.fab(
                "config:dev,confirm=bookshop-dev",
                status=1,
                cwd=shop.project,
                **shop.state["environ"],
            )
        )
    finally:
        path.write_bytes(kept)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1
    assert says in lines[0]
    assert versions(shop) == before


def test_two_environments_on_one_database_are_refused(operator, shop, folder):
    url = shop.api("GET", "/apps/bookshop-uat/config-vars")["DATABASE_URL"]
    path = folder / "dev.env"
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept + f"OTHER_DATABASE_URL={url}\n", encoding="utf-8")
    done = operator.fab("sandbox", "config:dev,confirm=bookshop-dev", status=1)
    path.write_text(kept, encoding="utf-8")
    assert "two environments must not share one" in done.stderr
    assert url not in done.stdout + done.stderr


def test_no_value_is_in_any_process_s_arguments(operator, shop, folder):
    """minion runs git while it holds the values; nothing that it starts is told them."""
    write(folder, {**wanted(shop, folder), "SECRET": CANARY})
    trace = folder.parent / "trace"
    git = folder.parent / "bin" / "git"
    git.parent.mkdir()
    git.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(trace)!r}, 'a').write(repr(sys.argv) + chr(10))\n"
        f"os.execv('/usr/bin/git', sys.argv)\n"
    )
    git.chmod(0o755)
    path = f"{git.parent}{os.pathsep}{operator.environ['PATH']}"
    quiet(operator.fab("sandbox", "config:dev,confirm=bookshop-dev", PATH=path))
    assert trace.read_text().count("\n") >= 2
    assert CANARY not in trace.read_text()
