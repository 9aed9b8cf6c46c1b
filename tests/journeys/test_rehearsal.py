"""A project of one's own on the sandbox: the report that teams know, and origin untouched."""

import subprocess
import time

import pytest
import requests

SETTINGS = """
[environments.uat]
app = "my-app-uat"

[environments.live]
app = "my-app-123"
pipeline = true
preboot = true
tag = "v{version}"
"""
SITE = """
import http.server, os

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(open("admin.py", "rb").read())

http.server.HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Page).serve_forever()
"""
BLOCK = """\
Options have been automatically set to a value of 1 from the contents of the deployment.

----------------------------
Target environment:  live
Git branch:          master
Git remote:          https://{git}/my-app-123.git
Force push:          False
Preboot:             True
Pipeline:            True
Heroku app:          my-app-123

Options:             1

[1] Git push:        True
[2] Syncdb:          False
[4] Migrations:      False
[8] Load fixtures:   False
[16] Collect static: False
"""


@pytest.fixture(scope="module")
def project(operator, tmp_path_factory):
    """A project with an origin, live at v423 and uat one commit ahead, by their release tags."""
    folder = tmp_path_factory.mktemp("own")
    origin, project = folder / "origin.git", folder / "my project"

    def git(*words, cwd=project):
        subprocess.run(["git", *words], cwd=cwd, env=operator.environ, check=True)

    git("init", "-q", "--bare", "-b", "master", str(origin), cwd=folder)
    git("clone", "-q", str(origin), str(project), cwd=folder)
    files = {
        "minion.toml": SETTINGS,
        "fabfile.py": "from minion.tasks import *\n",
        "requirements.txt": "",
        "Procfile": "web: python site_.py\n",
        "site_.py": SITE,
        "admin.py": "# first\n",
    }
    for name, content in files.items():
        (project / name).write_text(content)
    git("checkout", "-q", "-B", "master")
    git("add", ".")
    git("commit", "-qm", "Begin")
    git("tag", "-a", "v423", "-m", "live")
    (project / "admin.py").write_text("# mended\n")
    git("commit", "-qam", "Fix for 1397.")
    git("tag", "-a", "uat-v77", "-m", "uat")
    git("push", "-q", "origin", "master", "v423", "uat-v77")
    yield project
    operator.fab("sandbox:stop", cwd=project)


def test_the_report_of_a_small_fix(operator, project):
    said = operator.fab("sandbox", "plan:live", cwd=project).stdout
    state = operator.json("sandbox:status,format=json", cwd=project)
    head = "File changes:\n\n* admin.py\n\nGit log since latest release (v423):\n\n* "
    assert said.startswith(head)
    assert said[len(head) + 7 :].startswith("  Fix for 1397.\n\n")
    assert BLOCK.format(git=state["git_url"].partition("://")[2]) in said


def test_a_rehearsal_leaves_the_real_origin_alone(operator, project):
    def real_refs():
        words = ["git", "ls-remote", "origin"]
        return subprocess.run(words, cwd=project, capture_output=True, check=True).stdout

    before = real_refs()
    operator.fab("sandbox", "deploy:live,confirm=my-app-123", cwd=project)
    assert real_refs() == before
    state = operator.json("sandbox:status,format=json", cwd=project)
    rehearsed = subprocess.run(
        ["git", "ls-remote", state["environ"]["MINION_ORIGIN"], "refs/tags/*"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "refs/tags/v424" in rehearsed
    local = subprocess.run(["git", "tag"], cwd=project, capture_output=True, text=True, check=True)
    assert local.stdout.split() == ["uat-v77", "v423"]
    url = state["apps"]["my-app-123"]["web_url"]
    # Preboot: the old dynos answer for a while.
    assert eventually(lambda: requests.get(url, timeout=20).text == "# mended\n")


def eventually(holds, within_s=60):
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
