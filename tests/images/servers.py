"""A real NATS server and a real PostgreSQL, on ports of their own on the loopback address."""

import asyncio
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import nats
from nats.js.api import AckPolicy, RetentionPolicy

from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.config import (
    ADMIN_USER,
    SYSTEM_USER,
    ServerConfig,
    password_variable,
    server_config,
)
from quantacirc_cdk.kubernetes.nats.stream import consumers, streams
from quantacirc_cdk.kubernetes.scripts import script
from quantacirc_cdk.model import System
from quantacirc_cdk.model.component import Program
from support.ports import free_port
from support.postgresql import programs
from support.tools import require, unavailable


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", seconds: float = 20) -> None:
    """Wait until somebody listens on the port; fails when the process ends first or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args} ended with status {process.returncode}"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port} after {seconds} s")


class Nats:
    """A NATS server as the manifests configure it: encrypted, every component a user with its own permissions.

    It can go away and come back with what it stored.
    """

    def __init__(self, folder: Path, system: System) -> None:
        self.program = require("nats-server", "install Debian's package nats-server")
        self.folder = folder
        self.port = free_port()
        self.url = f"tls://localhost:{self.port}"
        self.tls = folder / "made" / "bus-tls"
        self.clients = {
            name: Client(name=name, publishes=part.publishes, consumes=part.consumes)
            for name, part in system.components.items()
            if isinstance(part, Program) and (part.publishes or part.consumes)
        }
        self.streams = streams(list(self.clients.values()))
        self.consumers = consumers(list(self.clients.values()), self.streams)
        # The server reads a bare word of digits as a number; the manifests' passwords start with a letter, too.
        self.passwords = {name: f"p{secrets.token_hex(16)}" for name in (*self.clients, ADMIN_USER, SYSTEM_USER)}
        self.process: subprocess.Popen[bytes] | None = None

    def create_certificate(self) -> None:
        """Make the server's certificate with the script that makes it in the cluster."""
        require("openssl", "install Debian's package openssl")
        (self.folder / "certificates").write_text("bus-tls bus localhost\n")
        places = {"CERTIFICATES_FILE": str(self.folder / "certificates"), "CERTIFICATES": str(self.folder / "made")}
        command = ["sh", "-c", script("create-certificates.sh")]
        subprocess.run(command, env=os.environ | places, check=True, capture_output=True)

    def start(self) -> None:
        """Start the server and wait until it listens."""
        config = ServerConfig(
            name="bus",
            tls_path=str(self.tls),
            replicas=1,
            store_path=str(self.folder),
            store_bytes=2**28,
            clients=list(self.clients.values()),
            consumers=self.consumers,
        )
        (self.folder / "nats.conf").write_text(server_config(config))
        command = [self.program, "--config", self.folder / "nats.conf", "--addr", "127.0.0.1"]
        ports = ["--port", str(self.port), "--http_port", str(free_port())]
        variables = {password_variable(name): password for name, password in self.passwords.items()}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *ports], stdout=log, stderr=log, env=os.environ | variables | {"POD_NAME": "bus-0"}
            )
        wait_for_port(self.port, self.process)

    def create_streams(self) -> None:
        """Create the streams and consumers, which components cannot."""
        asyncio.run(self._create_streams())

    async def _create_streams(self) -> None:
        secure = ssl.create_default_context(cafile=self.tls / "ca.crt")
        client = await nats.connect(self.url, user=ADMIN_USER, password=self.passwords[ADMIN_USER], tls=secure)
        jetstream = client.jetstream()
        for stream in self.streams:
            retention = RetentionPolicy(stream.retention)
            await jetstream.add_stream(name=stream.name, subjects=list(stream.subjects), retention=retention)
        for consumer in self.consumers:
            (subject,) = consumer.subjects
            await jetstream.add_consumer(
                consumer.stream, durable_name=consumer.name, filter_subject=subject, ack_policy=AckPolicy.EXPLICIT
            )
        await client.close()

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


class Postgres:
    """A PostgreSQL server with the database of the ledger."""

    user = database = "quantacirc"
    password = "p@ss/w:rd"

    def __init__(self, folder: Path) -> None:
        self.programs = programs()
        if os.geteuid() == 0 and not shutil.which("runuser"):
            unavailable("runuser", "PostgreSQL refuses to run as root; install util-linux")
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def _command(self, program: str, *arguments: str) -> list[str]:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*as_user, str(self.programs / program), *arguments]

    def create(self) -> None:
        """Create the cluster and the database's owner."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        if os.geteuid() == 0:
            for path in (self.folder, secret):
                shutil.chown(path, "postgres", "postgres")
        data = str(self.folder / "data")
        command = self._command("initdb", "-D", data, "-U", self.user, "-A", "scram-sha-256", "--pwfile", str(secret))
        subprocess.run([*command, "--no-sync"], cwd=self.folder, check=True, capture_output=True)

    def start(self) -> None:
        """Start the server and create the database, if it is not there yet."""
        options = ["-c", "fsync=off", "-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1"]
        command = self._command("postgres", "-D", str(self.folder / "data"), *options, "-k", str(self.folder))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        wait_for_port(self.port, self.process)
        create = self._command("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.user, self.database)
        for _ in range(50):  # it listens a moment before it accepts
            environment = os.environ | {"PGPASSWORD": self.password}
            done = subprocess.run(create, env=environment, cwd=self.folder, capture_output=True, text=True)
            if done.returncode == 0 or "already exists" in done.stderr:
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop the server at once."""
        if self.process is not None:
            pid = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
            os.kill(int(pid), 3)  # SIGQUIT: nothing in it is worth a clean end
            self.process.wait(20)
            self.process = None
