"""A real PostgreSQL server on the loopback address, for as long as a test needs it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.ports import free_port
from support.tools import TOOLS, require_file, unavailable

PASSWORD = "p@ss w0rd'\"$"  # nothing in a script may trip over it


def programs() -> Path:
    """Return the folder of the newest installed release's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        unavailable("PostgreSQL", "install Debian's package postgresql")
    return found[-1].parent


def default_release() -> Path:
    """Return the folder of the programs of PostgreSQL 17, which environments have by default."""
    found = require_file(TOOLS / "postgresql" / "bin" / "initdb", "run tools/fetch_postgresql.py").parent
    if subprocess.run([found / "postgres", "--version"], capture_output=True, check=False).returncode:
        unavailable("a library of PostgreSQL 17", "install Debian's package postgresql, which brings it")
    return found


@dataclass(frozen=True)
class Server:
    """A running server and its superuser."""

    port: int
    bin: Path
    version: int
    """Major version."""
    user: str = "keeper"
    password: str = PASSWORD

    @property
    def environment(self) -> dict[str, str]:
        """Return what lets PostgreSQL's programs connect."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.password}
        return {**os.environ, **place, "PATH": path, "PGDATABASE": "postgres"}

    def sql(self, text: str, database: str = "postgres") -> list[list[str]]:
        """Run statements and return the rows of their results."""
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]
        run = subprocess.run(
            command, input=text, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert run.returncode == 0, run.stderr
        return [line.split("|") for line in run.stdout.splitlines()]

    def secret(self, folder: Path, database: str) -> Path:
        """Write the files that a pod sees of the database's Secret."""
        folder.mkdir()
        values = {"database": database, "host": "127.0.0.1", "port": str(self.port)}
        for key, value in {**values, "username": self.user, "password": self.password}.items():
            (folder / key).write_text(value)
        return folder


@contextmanager
def postgresql(found: Path) -> Iterator[Server]:
    """Run a server of these programs, not as root, which PostgreSQL refuses; its data is gone afterwards."""
    # Not below pytest's folder, which nobody but its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user = "postgres" if os.geteuid() == 0 else None
    try:
        (folder / "password").write_text(PASSWORD)
        if user:
            for path in (folder, folder / "password"):
                shutil.chown(path, user, user)
            if found.is_relative_to(TOOLS):  # which may be below a folder that only root enters
                shutil.copytree(found.parent, folder / "programs", symlinks=True)
                found = folder / "programs" / "bin"
        version = subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
        server = Server(port=free_port(), bin=found, version=int(version.split()[-1].split(".")[0]))
        data, files = str(folder / "data"), {"cwd": folder, "user": user}
        create = [found / "initdb", "-D", data, "-U", server.user, "-A", "scram-sha-256", "--no-sync"]
        subprocess.run(
            [*create, "--pwfile", str(folder / "password"), "-E", "UTF8"], check=True, capture_output=True, **files
        )
        options = ["-c", "fsync=off", "-c", f"port={server.port}", "-c", "listen_addresses=127.0.0.1"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [found / "postgres", "-D", data, "-k", str(folder), *options], stdout=log, stderr=log, **files
            )
        try:
            _wait(server, process, folder / "log")
            yield server
        finally:
            process.send_signal(3)  # at once: nothing in it is worth a clean end
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        run = subprocess.run([server.bin / "pg_isready", "-q"], env=server.environment, check=False)
        if run.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
