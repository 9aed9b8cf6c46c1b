"""Every command, with marked secrets in all that it is given: none of them comes out anywhere."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import tried

sys.path.insert(0, str(Path(__file__).parents[1]))
from gits import GitServer, record_arguments
from leaks import Front, Processes, Scanner

ORIGIN_USER, ORIGIN_PASSWORD = "marked-user-5167", "marked%2Fpassword-5168"
VALUES = {
    "API_KEY": "marked-value-5169",
    "PRIVATE_KEY": "-----BEGIN KEY-----\nmarkedMIIEpAIBAAKC5170\nmarked5171==\n-----END KEY-----",
    "QUOTED": "marked'\"$`5172",
}
REMOTE = "marked-remote-5173"
READS = (
    "plan:dev,branch=work",
    "plan:dev,branch=work,format=json",
    "status",
    "status:format=json",
    "doctor",
    "config:dev,check=yes",
    "config:dev,check=yes,format=json",
    "config:dev,check=yes,prune=yes",
    "analyse:HEAD~1",
    "analyse:HEAD~1,format=json",
)
WRITES = (
    "config:dev,confirm=bookshop-dev",
    "deploy:dev,branch=work,confirm=bookshop-dev",
    "rollback:dev,confirm=bookshop-dev",
    "maintenance:dev,on",
    "migrate_data:uat,dev,confirm=bookshop-dev",
)
#: Those that make every kind of request, for each way in which Heroku may fail.
SOME_READS = ("plan:dev,branch=work,format=json", "status", "doctor", "config:dev,check=yes")
#: An end for what a fault has left behind; they may have nothing to do.
RESUME = "resume:dev,how=back"
ENDS = ("unlock:dev", "maintenance:dev,off")
#: Files that somebody has written in haste, each with a secret that is nowhere else.
HASTY = {
    "several lines without quotes": "A=-----BEGIN KEY-----\nmarkedMIIE5174+/x\nmarked5175==\n",
    "a line that goes on": "A=one\\\nmarked5176=\n",
    "a quote that is missing": 'A="marked-5177\nB=1\n',
    "a line that is no key": "A=1\nmarked5178\n",
    "twice": "marked5179=1\nmarked5179=2\n",
    "a NUL": "A=1\nB=marked-5180\0\n",
    "a database URL that is none": "DATABASE_URL=postgres://u:marked-5181@h:port/x\n",
    "an add-on's variable": "DATABASE_URL=postgres://u:marked-5182@h/x\n",
}


class Office:
    """Somebody with secrets everywhere, whose every word is scanned."""

    def __init__(self, operator, shop, tmp_path: Path) -> None:
        self.operator, self.shop = operator, shop
        self.env_file = shop.project.parent / "config" / "dev.env"
        self.kept = self.env_file.read_bytes()
        self.front = Front(shop.state["api_url"])
        self.server = GitServer(shop.project.parent, ORIGIN_USER, ORIGIN_PASSWORD)
        self.log, variables = record_arguments(tmp_path)
        passwords = {
            f"the password of {name}'s database": urlsplit(app["database_url"]).password
            for name, app in shop.state["apps"].items()
        }
        self.scanner = Scanner(
            {
                "the token": shop.token,
                "origin's user": ORIGIN_USER,
                "origin's password": ORIGIN_PASSWORD,
                "a remote config var": REMOTE,
                **passwords,
                **{f"{key} line {n}": line for key, n, line in self._lines()},
                **{f"{why} {n}": word for why, n, word in _words()},
            }
        )
        self.environ = {**shop.state["environ"], **variables, "MINION_TIMEOUT": "3"}
        self.environ["HEROKU_HOST"] = f"http://{self.front.place}"
        self.environ["HEROKU_API_KEY"] = ""
        netrc = Path(operator.environ["HOME"], ".netrc")
        netrc.write_text(f"machine {self.front.place}\n login ann\n password {shop.token}\n")
        netrc.chmod(0o600)

    @staticmethod
    def _lines():
        for key, value in VALUES.items():
            for number, line in enumerate(value.splitlines()):
                if "marked" in line:
                    yield key, number, line

    def write(self, content: bytes) -> None:
        self.env_file.write_bytes(content)

    def fab(self, call: str, status: int | None = None):
        """Type it, and have all that comes of it scanned; its traceback would be, too."""
        done = self.operator.fab(call, status=status, cwd=self.shop.project, **self.environ)
        self.scanner.text(f"stdout of {call}", done.stdout)
        self.scanner.text(f"stderr of {call}", done.stderr)
        return done

    def check(self, what: str) -> None:
        """Nothing was found, in what is left behind neither."""
        self.scanner.folder("minion's notes", self.shop.project / ".git" / "minion")
        self.scanner.repository("the clone", self.shop.project)
        self.scanner.repository("origin", self.shop.project.parent / "origin.git")
        if self.log.exists():
            self.scanner.text("git's arguments", self.log.read_bytes())
        tried.LINES.append(
            f"{what}: {len(self.scanner.found)} found of {len(self.scanner.secrets)} secrets "
            f"in {self.scanner.scanned} texts"
        )
        assert self.scanner.found == []

    def close(self) -> None:
        self.write(self.kept)
        self.front.close()
        self.server.close()


def _words():
    for why, content in HASTY.items():
        pieces = content.replace("=", " ").replace("@", " ").replace(":", " ").split()
        for number, piece in enumerate(pieces):
            if "marked" in piece:
                yield why, number, piece.strip("\"'\0")


@pytest.fixture(scope="module")
def office(operator, shop, tmp_path_factory):
    shop.git("checkout", "-q", "-b", "work", "dev")
    office = Office(operator, shop, tmp_path_factory.mktemp("arguments"))
    url = office.server.url.replace("://", f"://{ORIGIN_USER}:{_quoted(ORIGIN_PASSWORD)}@")
    shop.git("config", "remote.origin.url", f"{url}/origin.git")
    shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"OLD_KEY": REMOTE, "API_KEY": REMOTE})
    yield office
    office.close()


def _quoted(password: str) -> str:
    return password.replace("%", "%25")


@pytest.fixture(autouse=True)
def afresh(office):
    from minion.settings.envfile import render

    text, left_out = render(VALUES)
    assert not left_out
    office.write(text.encode())
    yield
    office.front.fault = ""


def test_the_scanner_sees_each_of_them(office):
    for name, secret in office.scanner.secrets.items():
        other = Scanner(office.scanner.secrets)
        other.text("here", f"…{secret}…")
        assert f"{name} in here" in other.found


def test_nothing_comes_out_where_all_is_well(office):
    office.shop.commit("Say more.", {"README.md": "more\n"})
    with Processes(office.scanner):
        for call in READS:
            done = office.fab(call)
            assert done.returncode == 0 or "not what dev.env says" in done.stderr, done.stderr
        for call in WRITES:
            office.fab(call, status=0)
        office.fab(ENDS[-1], status=0)
    assert office.front.spoiled == 0
    office.check("all is well")


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=pytest.mark.whole) for fault in ("drop", "401", "html")],
)
def test_nothing_comes_out_where_heroku_fails(office, fault):
    with Processes(office.scanner):
        office.front.methods = ("GET", "POST", "PATCH", "PUT", "DELETE")
        office.front.fault = fault
        for call in READS if fault == "401" else SOME_READS:
            office.fab(call)
        assert office.front.spoiled > 0
        office.front.methods = ("POST", "PATCH", "PUT", "DELETE")
        for number, call in enumerate(WRITES):
            office.front.fault = ""
            office.shop.api("PATCH", "/apps/bookshop-dev/config-vars", {"API_KEY": REMOTE})
            office.shop.commit(f"Say {fault}.", {"README.md": f"{fault} {number}\n"})
            office.front.fault = fault
            office.fab(call, status=1)
            office.front.fault = ""
            office.fab(RESUME)
        for call in ENDS:
            office.fab(call)
    office.check(f"Heroku fails ({fault})")


@pytest.mark.whole
def test_nothing_comes_out_of_a_file_written_in_haste(office):
    with Processes(office.scanner):
        for why, content in HASTY.items():
            office.write(content.encode())
            for call in ("config:dev,check=yes,format=json", "config:dev,confirm=bookshop-dev"):
                assert office.fab(call).returncode == 1, why
            office.fab("plan:dev,branch=work,format=json")
    office.check("an env file is written in haste")
