"""The servers of a bus as the rendered manifests configure them, on the loopback address, and the jobs that feed it."""

import itertools
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import nats
from nats.aio.client import Client

from quantacirc_cdk.kubernetes.nats.config import TRIAL_USER
from quantacirc_cdk.kubernetes.nats.requests import CONSUMER_DESCRIPTION
from quantacirc_cdk.kubernetes.scripts import script
from support.kubernetes.manifests import Object, containers, find, of_kind
from support.ports import free_port
from support.tools import require

MISSING = "install Debian's package nats-server"
SHIM = Path(__file__).parent / "nats_shim.py"


def make_certificates(folder: Path, lines: str) -> Path:
    """Run ``create-certificates.sh`` on its input; return the directory of the certificates."""
    require("openssl", "install Debian's package openssl")
    (folder / "certificates").write_text(lines)
    environment = {"CERTIFICATES": str(folder / "made"), "CERTIFICATES_FILE": str(folder / "certificates")}
    run_script("create-certificates.sh", folder, environment)
    return folder / "made"


def run_script(name: str, folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a job's script as its container does; ``nats`` is a stand-in that speaks the real protocol."""
    shim = folder / "bin" / "nats"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {SHIM} "$@"\n')
    shim.chmod(0o755)
    (folder / name).write_text(script(name))
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", folder / name],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


class Bus:
    """The bus of an environment: its servers' configuration with other ports and directories, nothing else changed."""

    def __init__(
        self, folder: Path, objects: Sequence[Object], certificates: Path, passwords: Sequence[str] = ()
    ) -> None:
        """Give the users these passwords in turn, or random ones."""
        self.given = itertools.cycle(passwords) if passwords else iter(lambda: secrets.token_hex(16), "")
        self.folder, self.certificates = folder, certificates
        self.set = find(objects, "StatefulSet", "bus")
        files = find(objects, "ConfigMap", "bus")["data"]
        self.config, self.script = files["nats.conf"], files["start-bus.sh"]
        self.requests = find(objects, "ConfigMap", "bus-streams")["data"]
        (self.job,) = [one for one in of_kind(objects, "Job") if one["metadata"]["name"].startswith("bus-streams-")]
        self.replicas: int = self.set["spec"]["replicas"]
        self.ports = [free_port() for _ in range(self.replicas)]
        self.route_ports = [free_port() for _ in range(self.replicas)]
        self.environment = self._environment()
        self.processes: list[subprocess.Popen[bytes]] = []

    def _environment(self) -> dict[str, str]:
        """Return the variables of the container: a password for each reference to a Secret."""
        server = containers(self.set["spec"]["template"])[0]
        found: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        for variable in server["env"]:
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                password = next(self.given)
                self.passwords[reference["key"]] = found[variable["name"]] = password
            elif "value" in variable:
                found[variable["name"]] = variable["value"]
        for index, port in enumerate(self.route_ports):
            if "ROUTES" in found:
                found["ROUTES"] = found["ROUTES"].replace(f"bus-{index}.bus-headless:6222", f"localhost:{port}")
        return found

    def write_config(self, index: int) -> tuple[Path, dict[str, str]]:
        """Write the configuration of a server; return its directory and the server's environment."""
        place = self.folder / f"bus-{index}"
        (place / "data").mkdir(parents=True, exist_ok=True)
        text = self.config
        for old, new in {
            '"/etc/nats-tls/': f'"{self.certificates}/',
            '"/data"': f'"{place}/data"',
            '"/tmp/nats.pid"': f'"{place}/nats.pid"',
            "port: 4222": f'listen: "127.0.0.1:{self.ports[index]}"',
            "http_port: 8222": f'http: "127.0.0.1:{free_port()}"',
            "port: 6222": f'listen: "127.0.0.1:{self.route_ports[index]}"',
        }.items():
            assert old in text or "6222" in old, old
            text = text.replace(old, new)
        (place / "nats.conf").write_text(text)
        path = f"{require('nats-server', MISSING).parent}{os.pathsep}{os.environ['PATH']}"
        own = {"CONFIG": str(place / "nats.conf"), "POD_NAME": f"bus-{index}"}
        return place, {"PATH": path, **self.environment, **own}

    def check(self) -> "subprocess.CompletedProcess[str]":
        """Have the server check the configuration of the first of its kind."""
        _, environment = self.write_config(0)
        return subprocess.run([*self.command, "-t"], env=environment, capture_output=True, text=True, check=False)

    @property
    def command(self) -> list[str]:
        """The command of the container, with the text of its script."""
        shell, path = containers(self.set["spec"]["template"])[0]["command"]
        assert path.endswith("/start-bus.sh")
        return [shell, "-c", self.script, path]

    def start(self) -> None:
        """Start all servers and wait until they listen."""
        for index in range(self.replicas):
            place, environment = self.write_config(index)
            with (place / "log").open("wb") as log:
                process = subprocess.Popen(self.command, env=environment, stdout=log, stderr=log)
            self.processes.append(process)
        deadline = time.monotonic() + 20
        for port in self.ports:
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert time.monotonic() < deadline, (self.folder / "bus-0" / "log").read_text()[-2000:]
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop all servers."""
        for process in self.processes:
            process.kill()
            process.wait()

    def create_streams(self, requests: Mapping[str, str] | None = None) -> str:
        """Run the Job that creates the streams, with other requests if given; return what it says."""
        place = self.folder / "streams"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for name, text in (self.requests if requests is None else requests).items():
            (place / name).write_text(text)
        variables = {
            "DESCRIPTION": CONSUMER_DESCRIPTION,
            "NATS_CA": str(self.certificates / "ca.crt"),
            "NATS_PASSWORD": self.passwords["admin"],
            "NATS_URL": f"tls://localhost:{self.ports[0]}",
            "NATS_USER": "admin",
            "STREAMS": str(place),
        }
        (container,) = containers(self.job["spec"]["template"])
        assert set(variables) <= {variable["name"] for variable in container["env"]}
        return run_script("create-streams.sh", self.folder, variables).stdout

    def declared(self, suffix: str) -> list[Object]:
        """Return the requests of a kind, ``stream`` or ``consumer``."""
        return [json.loads(text) for name, text in self.requests.items() if name.endswith(f".{suffix}.json")]

    def trust(self) -> ssl.SSLContext:
        """Return what a client trusts."""
        return ssl.create_default_context(cafile=str(self.certificates / "ca.crt"))

    async def connect(self, user: str, *, password: str | None = None, tls: bool = True) -> Client:
        """Return a connection as a user, with the settings a component is given."""
        return await nats.connect(
            f"{'tls' if tls else 'nats'}://localhost:{self.ports[0]}",
            user=user,
            password=password or self.passwords["admin" if user == TRIAL_USER else user],
            inbox_prefix=f"_INBOX_{user}" if user not in ("admin", "system") else "_INBOX",
            tls=self.trust() if tls else None,
            allow_reconnect=False,
            connect_timeout=3,
        )
