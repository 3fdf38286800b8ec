"""Where packages come from: an index with credentials, a folder; and that nothing unexpected is installed."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from images.workshop import VERSION, Workshop, tag

pytestmark = pytest.mark.slow

TOKEN = "s3cr3t-t0ken"


class Index(SimpleHTTPRequestHandler):
    """A package index (PEP 503) that wants a password."""

    def do_GET(self) -> None:
        if "Basic" not in self.headers.get("Authorization", ""):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="packages"')
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index(built: Workshop, tmp_path: Path) -> Iterator[Path]:
    """A served index of the wheels; the pip.conf to reach it."""
    for wheel in built.wheelhouse.iterdir():
        folder = tmp_path / "simple" / wheel.name.split("-")[0].replace("_", "-").lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / wheel.name).symlink_to(wheel)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        conf = tmp_path / "pip.conf"
        conf.write_text(f"[global]\nindex-url = http://build:{TOKEN}@{host}/simple/\ntrusted-host = {host}\n")
        yield conf
        server.shutdown()


def sha256(built: Workshop) -> str:
    wheel = built.wheelhouse / f"quantacirc-{VERSION}-py3-none-any.whl"
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_wheels_from_an_index_make_the_same_image_and_its_password_stays_out(built: Workshop, index: Path):
    before = built.config(tag("cli"))["rootfs"]["diff_ids"]
    output = built.folder / "from-index.json"
    options = ["--only", "cli", "--no-cache", "--pip-conf", str(index), "--sha256", sha256(built)]
    done = built.build(*options, "--output", str(output), wheelhouse=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert list(json.loads(output.read_text())["images"]) == ["cli"]
    assert built.config(tag("cli"))["rootfs"]["diff_ids"] == before
    assert TOKEN not in json.dumps(built.config(tag("cli")))
    for layer in built.layers(tag("cli")):
        assert all(TOKEN.encode() not in content for _, content in layer)


def test_a_wheel_with_another_hash_is_refused_by_the_build(built: Workshop, index: Path):
    output = built.folder / "refused.json"
    options = ["--only", "cli", "--no-cache", "--pip-conf", str(index), "--sha256", "0" * 64]
    done = built.build(*options, "--output", str(output), wheelhouse=False)
    assert done.returncode not in (0, 2)
    assert "DO NOT MATCH THE HASHES" in done.stdout + done.stderr
    assert not output.exists()
