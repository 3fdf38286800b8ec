"""``scripts/record.sh`` in the clone of a private repository, which keeps no credentials."""

import base64
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from support.tools import ROOT

TOKEN = "Basic " + base64.b64encode(b"x-access-token:a-token").decode()
"""The only authorization that the server takes."""


class Private(SimpleHTTPRequestHandler):
    """A repository that nobody reads without the token."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") == TOKEN:
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, *_: object) -> None:
        pass


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """Return a clone whose remote has a newer commit, which changes no file of a release."""
    source, served = tmp_path / "source", tmp_path / "served"
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch", "main")
    (source / "apps").mkdir()
    (source / "apps" / "system.yaml").write_text("name: shop\n")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Start")
    git(tmp_path, "clone", "--quiet", str(source), "clone")
    (source / "README.md").write_text("Read me.\n")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "Describe it")
    git(tmp_path, "clone", "--quiet", "--bare", str(source), str(served))
    git(served, "update-server-info")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Private, directory=str(served)))
    Thread(target=server.serve_forever, daemon=True).start()
    git(tmp_path / "clone", "remote", "set-url", "origin", f"http://127.0.0.1:{server.server_port}/")
    yield tmp_path / "clone"
    server.shutdown()
    server.server_close()


def record(clone: Path, token: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "DEFAULT_BRANCH": "main",
        "GIT_USER": "x-access-token",
        "GIT_TOKEN": token,
        "GIT_TERMINAL_PROMPT": "0",
    }
    command = [str(ROOT / "scripts" / "record.sh"), "newest", "apps/**"]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_newest_commit_is_fetched_with_the_token_of_the_job(clone: Path) -> None:
    before = git(clone, "rev-parse", "HEAD")
    done = record(clone, "a-token")
    assert done.returncode == 0, done.stderr
    assert git(clone, "rev-parse", "HEAD^") == before
    assert "a-token" not in (clone / ".git" / "config").read_text()


@pytest.mark.slow
def test_another_token_changes_nothing(clone: Path) -> None:
    before = git(clone, "rev-parse", "HEAD")
    assert record(clone, "another").returncode != 0
    assert git(clone, "rev-parse", "HEAD") == before
