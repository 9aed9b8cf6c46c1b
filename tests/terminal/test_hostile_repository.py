"""A repository whose every name wants to be obeyed by a terminal or by GitHub's log."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

FAB = Path(sys.executable).with_name("fab")
#: What git allows in the name of a branch or a tag.
REF = "a\u202eb\u2028c\x9bd\u200be%0A"
ANYTHING = f"{REF}\x1b[2J\r\x07\n::error file=a,line=1::b\n##[error]c"
FILES = (
    f"shop/migrations/0002_{ANYTHING}.py".encode(),
    b"-::warning::x\n.css",
    b"caf\xe9.css",
)
MIGRATION = b"""from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [("shop", "0001_\\x1b[2J\\n::error::x")]
    operations = [migrations.RenameField("book\\x1b[2J", "a\\n::error::x", "b\\u202e##[error]")]
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")

    def git(*words):
        identity = ("-c", "user.name=A\x1b[2J\u202e", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (folder / "fabfile.py").write_text("from minion.tasks import *\n")
    git("add", ".")
    git("commit", "-qm", "One")
    git("tag", REF)
    git("checkout", "-qb", f"branch-{REF}")
    for name in FILES:
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MIGRATION if name.endswith(b".py") else b"x")
    git("add", "-A")
    git("commit", "-qm", "::error::\x1b[2J\u202e##[error]x\rstill the subject")
    return folder


def analyse(folder, *, style, status=0, target=f"branch-{REF}", **environ):
    words = f"analyse:{REF},{target},format={style},fail_on=breaking"
    done = subprocess.run(
        [str(FAB), words],
        cwd=folder,
        env={
            **os.environ,
            "CI": "",
            "NO_COLOR": "",
            "FORCE_COLOR": "",
            "PYTHONWARNINGS": "ignore",
            **environ,
        },
        capture_output=True,
        timeout=180,
    )
    said = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert done.returncode == status, said
    assert "Traceback" not in said[1]
    return said


def harmful(text):
    """The characters that a terminal would obey or hide."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n"]


def obeyed(log):
    """The lines that GitHub's runner takes for commands."""
    return [line for line in log.split("\n") if line.strip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("environ", [{}, {"FORCE_COLOR": "1"}], ids=str)
def test_a_report_shows_what_the_names_are(repository, environ):
    out, err = analyse(repository, style="text", status=1, **environ)
    assert harmful(out + err) == []
    assert "::error::\\x1b[2J\\u202e##[error]x\\rstill the subject" in out
    assert "* caf\\udce9.css" in out
    assert "breaking" in out
    assert err.lstrip().count("\n") == 1


def test_nothing_in_githubs_log_is_obeyed(repository):
    out, err = analyse(repository, style="text", status=1, GITHUB_ACTIONS="true")
    assert obeyed(out + err) == []


def test_annotations_are_what_they_are_meant_to_be(repository):
    out, err = analyse(repository, style="github", status=1, GITHUB_ACTIONS="true")
    assert harmful(out + err) == []
    assert obeyed(err) == []
    lines = [line for line in out.split("\n") if line and line != "Done."]
    for line in lines:
        place = r"( file=[^:,]*,line=\d+)?"
        assert re.fullmatch(rf"::(warning|notice){place}::(?!.*##\[).*", line), line
    assert any("RenameField" in line for line in lines)


def test_a_document_is_valid_and_tells_the_names_whole(repository):
    out, err = analyse(repository, style="json", status=1, GITHUB_ACTIONS="true")
    assert harmful(out + err) == []
    assert obeyed(out + err) == []
    document = json.loads(out)
    json.dumps(document, ensure_ascii=False).encode("utf-8")
    paths = {one["path"] for one in document["files"]}
    assert paths == {FILES[0].decode(), FILES[1].decode(), "caf\\xe9.css"}
    assert (
        document["commits"][0]["subject"] == "::error::\x1b[2J\u202e##[error]x\rstill the subject"
    )


def test_a_message_about_a_name_shows_what_it_is(repository):
    out, err = analyse(repository, style="text", status=1, target=f"gone-{ANYTHING}")
    assert harmful(out + err) == []
    assert "gone-" in err


def test_a_comment_shows_the_names_and_nothing_obeys_them(repository):
    out, err = analyse(repository, style="markdown", status=1, GITHUB_ACTIONS="true")
    assert harmful(out + err) == []
    assert obeyed(out + err) == []
    assert "2J\\\\u202e" in out
