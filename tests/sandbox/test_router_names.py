"""The name by which an app is asked for, where its ALLOWED_HOSTS has not this machine's."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from runtime_kit import FILES, Site, Timing, build, make_repo

from minion.sandbox.router.names import names_in

CHOOSY = '''
"""Answers 400 to all names but those in TAKEN, as Django does; counts what it was asked."""

import os, http.server

TAKEN = os.environ["TAKEN"].split(",")
asked = []

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.headers["Host"])
        if self.headers["Host"] not in TAKEN or self.path == "/bad":
            return self.answer(400, "Bad Request")
        if self.path == "/asked":
            return self.answer(200, " ".join(asked))
        if self.path == "/away":
            return self.answer(302, "", [("Location", "https://elsewhere.org/")])
        if self.path == "/login":
            host = self.headers["Host"]
            cookie = ("Set-Cookie", f"sessionid=1; Domain={host}; Path=/; Secure")
            return self.answer(302, "", [("Location", f"https://{host}/in?a=1"), cookie])
        names = ("Host", "Origin", "Referer")
        self.answer(200, " ".join(str(self.headers[name]) for name in names))

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def answer(self, status, text, headers=()):
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(text)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler)
server.serve_forever()
'''
SETTINGS = """
ALLOWED_HOSTS = ["shop.example.com", ".example.org"]
"""


def site_files(settings: str = SETTINGS) -> dict[str, str]:
    return {
        **FILES,
        "choosy.py": CHOOSY,
        "shop/settings/production.py": settings,
        "Procfile": "web: python choosy.py\n",
    }


@pytest.mark.parametrize(
    ("taken", "settings"),
    [
        ("shop-live.herokuapp.com", "import os\n"),
        ("shop-live.herokuapp.com", "ALLOWED_HOSTS = ['.herokuapp.com']\n"),
        ("shop-1a2b3c.herokuapp.com", "ALLOWED_HOSTS = ['shop-1a2b3c.herokuapp.com']\n"),
        ("shop.example.com", SETTINGS),
        ("example.org", SETTINGS),
    ],
)
def test_an_app_gets_a_name_that_it_takes(tmp_path: Path, taken: str, settings: str) -> None:
    repo = make_repo(tmp_path / "repo", site_files(settings))

    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            spec = site.spec(slug, 1, TAKEN=taken)
            await site.formation.roll(spec, {"web": 1}, False, Timing())
            here = f"http://127.0.0.1:{site.router.port}"
            assert (await site.get()).text == f"{taken} None None"
            # A form is sent from a page of the app, and says so.
            sent = {"Origin": here, "Referer": f"{here}/basket"}
            posted = await site.get("/", headers=sent, data=b"a=1")
            assert posted.text == f"{taken} http://{taken} http://{taken}/basket"
            # Where the app sends a visitor there is nobody: it is here.
            async with aiohttp.ClientSession() as visitor:
                async with visitor.get(f"{here}/login", allow_redirects=False) as answer:
                    place = f"https://127.0.0.1:{site.router.port}/in?a=1"
                    assert answer.headers["Location"] == place
                    assert answer.headers["Set-Cookie"] == "sessionid=1; Path=/; Secure"
                async with visitor.get(f"{here}/away", allow_redirects=False) as answer:
                    assert answer.headers["Location"] == "https://elsewhere.org/"
            # Who asks by a name of his own gets the answer to that name.
            other = urllib.request.Request(here, headers={"Host": "other.example.net"})
            assert (await site.get("/", headers=dict(other.header_items()))).status == 400

    asyncio.run(main())


def test_the_other_name_of_this_machine_comes_first(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", site_files())

    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            other = f"localhost:{site.router.port}"
            spec = site.spec(slug, 1, TAKEN=f"{other},shop.example.com")
            await site.formation.roll(spec, {"web": 1}, False, Timing())
            assert (await site.get()).text == f"{other} None None"

    asyncio.run(main())


def test_an_app_that_takes_this_machine_is_asked_once(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", site_files())

    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            here = f"127.0.0.1:{site.router.port}"
            spec = site.spec(slug, 1, TAKEN=here)
            await site.formation.roll(spec, {"web": 1}, False, Timing())
            assert (await site.get()).text == f"{here} None None"
            assert (await site.get("/bad")).status == 400
            assert (await site.get("/asked")).text == " ".join([here] * 3)

    asyncio.run(main())


def test_what_is_sent_is_never_sent_twice(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", site_files())

    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            spec = site.spec(slug, 1, TAKEN="shop.example.com")
            await site.formation.roll(spec, {"web": 1}, False, Timing())
            assert (await site.get("/", data=b"a=1")).status == 400
            asked = (await site.get("/asked")).text.split()
            assert asked.count(f"127.0.0.1:{site.router.port}") == 2
            assert asked[-1] == "shop.example.com"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ("ALLOWED_HOSTS = ['localhost', '127.0.0.1', '*', '[::1]']", []),
        ("ALLOWED_HOSTS = env.list('HOSTS', default=['a.example.com'])", ["a.example.com"]),
        ("ALLOWED_HOSTS = config('H', 'a.org,.b.org').split(',')", ["a.org", "b.org"]),
        ("if LIVE:\n    ALLOWED_HOSTS += ['a.org']", ["a.org"]),
        ("ALLOWED_HOSTS: list[str] = ['a.org']", ["a.org"]),
        ("ALLOWED_HOSTS.append('a.org')", ["a.org"]),
        ("ALLOWED_HOSTS = ['.herokuapp.com']", ["shop.herokuapp.com"]),
        ("ALLOWED_HOSTS = ['a.org'", []),
        ("OTHER = ['a.org']", []),
    ],
)
def test_names_are_read_where_the_settings_say_them(
    tmp_path: Path, settings: str, names: list[str]
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.py").write_text(settings)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "a.py").write_text("ALLOWED_HOSTS = ['no.example.com']")
    first = [] if "shop.herokuapp.com" in names else ["shop.herokuapp.com"]
    assert names_in(tmp_path, {}, "shop") == [*first, *names]


def test_names_are_read_from_config_vars(tmp_path: Path) -> None:
    config_vars = {
        "DJANGO_ALLOWED_HOSTS": "www.a.org, .b.org",
        "ALLOWED_HOST": "c.org",
        "HOST_NAME": "shop-123.herokuapp.com",
        "SITE_URL": "https://shop-456.herokuapp.com/",
        "DATABASE_HOST": "db.example.com",
    }
    named = ["www.a.org", "b.org", "c.org", "shop-123.herokuapp.com", "shop-456.herokuapp.com"]
    assert names_in(tmp_path, config_vars, "shop") == [*named, "shop.herokuapp.com"]
