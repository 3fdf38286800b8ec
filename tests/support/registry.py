"""A real registry on a port of this machine."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from images.servers import wait_for_port
from support.ports import free_port
from support.tools import require


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Run a registry that keeps its content below ``folder``, and yield its host and port."""
    program = require("docker-registry", "install Debian's package docker-registry")
    port = free_port()
    config = {
        "version": 0.1,
        "log": {"accesslog": {"disabled": True}, "level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=log, stderr=log)
    try:
        wait_for_port(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
