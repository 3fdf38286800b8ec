"""An S3 server on the loopback address: moto, which keeps what it is given in memory."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

from support.ports import free_port
from support.tools import TOOLS, require_file


@dataclass(frozen=True)
class ObjectStore:
    """A running S3 server."""

    endpoint: str


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Run a server of its own."""
    port = free_port()
    python = require_file(TOOLS / "moto" / "bin" / "python", "run tools/fetch_environments.py")
    command = [str(python), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    store = ObjectStore(endpoint=f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, "moto's server ended"
            try:
                urlopen(f"{store.endpoint}/moto-api/data.json", timeout=5).close()
                break
            except URLError:
                assert time.monotonic() < deadline, "moto's server does not answer"
                time.sleep(0.2)
        yield store
    finally:
        process.kill()
        process.wait()
