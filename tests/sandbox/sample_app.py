"""A small web app to push, without a framework so that it builds and boots at once."""

import subprocess
from pathlib import Path

SERVER = """
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = open("version.txt").read().strip()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"version": VERSION, "greeting": os.environ.get("GREETING"),
                           "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        print("served", self.path, flush=True)

ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
"""
# Its exit status and its duration are the app's config vars.
RELEASE = """
import os, sys, time
version = open("version.txt").read().strip()
print("releasing", version, "for", os.environ.get("GREETING"), flush=True)
time.sleep(float(os.environ.get("RELEASE_S", "0")))
sys.exit(int(os.environ.get("RELEASE_STATUS", "0")))
"""
WEB = "web: python server.py\nworker: python -c 'import time; time.sleep(3600)'\n"


class SampleApp:
    """A git repository with one commit, `first`; `commit` makes more."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=master")
        self.first = self.commit("one")

    def commit(self, version: str, *, release_phase: bool = False, **files: str) -> str:
        """The full sha of a new commit; `files` are extra files by name."""
        procfile = WEB + ("release: python release.py\n" if release_phase else "")
        contents = {
            "Procfile": procfile,
            "requirements.txt": "",
            "server.py": SERVER,
            "release.py": RELEASE,
            "version.txt": version,
            **files,
        }
        for name, text in contents.items():
            (self.root / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", f"Version {version}.")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        """What git prints."""
        identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()
