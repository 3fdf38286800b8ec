"""The Compose file's own containers, run for real: what prepares, the bus, an agent; nothing of it is rewritten.

An engine's part is played by podman with the options that the file asks for. Where the file names an image of somebody
else, the Debian base stands in, with this machine's nats-server.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from images.container import LIMITS
from images.workshop import BASE_IMAGE, Workshop, alone, tag
from support.tools import ROOT, require

pytestmark = pytest.mark.slow

Json = dict[str, Any]


class Engine:
    """Runs services of a Compose file; named volumes are folders."""

    def __init__(self, workshop: Workshop, folder: Path, volumes: Path) -> None:
        self.workshop, self.folder, self.volumes = workshop, folder, volumes
        self.document: Json = yaml.safe_load((folder / "compose.yaml").read_text())
        self.name = f"compose-{volumes.parent.name[-8:].strip('-_')}"
        self.running: list[subprocess.Popen[bytes]] = []
        for name in self.document["volumes"]:
            (volumes / name).mkdir(parents=True)

    def command(self, service: str, image: str, *, network: str, **given: str) -> list[str]:
        """Return the podman command of a service."""
        data = self.document["services"][service]
        words = ["podman", "run", "--rm", f"--name={self.name}-{service}", f"--user={data['user']}", "--read-only"]
        words += ["--cgroup-manager=cgroupfs", "--runtime=runc", "--no-healthcheck", *LIMITS, f"--network={network}"]
        words += [f"--cap-drop={name}" for name in data["cap_drop"]]
        words += [f"--cap-add={name}" for name in data.get("cap_add", [])]
        words += [f"--security-opt={name.removesuffix(':true')}" for name in data["security_opt"]]
        words += [f"--tmpfs={place}" for place in data.get("tmpfs", [])]
        variables = {key: text for key, text in data.get("environment", {}).items() if not text.startswith("${")}
        words += [f"--env={key}={text.replace('$$', '$')}" for key, text in (variables | given).items()]
        words += [f"--volume={self._source(mount)}:{mount['target']}{_mode(mount)}" for mount in data["volumes"]]
        if "entrypoint" in data:
            words.append(f"--entrypoint={json.dumps(data['entrypoint']).replace('$$', '$')}")
        return [*words, image, *data.get("command", [])]

    def _source(self, mount: Json) -> Path:
        if mount["type"] == "bind":
            return self.folder / mount["source"]
        return self.volumes / mount["source"] / mount.get("volume", {}).get("subpath", "")

    def run(self, service: str, image: str, **given: str) -> str:
        """Run a service to its end and return what it said."""
        assert self.document["services"][service]["network_mode"] == "none"
        return self.workshop.engine(*self.command(service, image, network="none", **given))

    def start(self, service: str, image: str, *options: str, network: str) -> None:
        """Start a service."""
        podman, verb, *words = self.command(service, image, network=network)
        with (self.volumes / f"{service}.log").open("wb") as log:
            self.running.append(
                subprocess.Popen(
                    [podman, verb, *options, *words], env=self.workshop.environment, stdout=log, stderr=log
                )
            )

    def ask(self, service: str, path: str) -> Json:
        """Return the JSON that a service answers to itself; empty while it does not."""
        code = (
            "import sys, urllib.request, urllib.error\n"
            "try: answer = urllib.request.urlopen('http://localhost:8080' + sys.argv[1], timeout=3)\n"
            "except urllib.error.HTTPError as error: answer = error\n"
            "print(answer.read().decode())"
        )
        words = ["podman", "exec", f"{self.name}-{service}", "python", "-c", code, path]
        done = subprocess.run(words, env=self.workshop.environment, capture_output=True, text=True, check=False)
        return dict(json.loads(done.stdout)) if done.returncode == 0 else {}

    def log(self, service: str) -> str:
        return (self.volumes / f"{service}.log").read_text()

    def stop(self) -> None:
        """End everything, the last first."""
        for process in reversed(self.running):
            process.terminate()
            process.wait(30)


def _mode(mount: Json) -> str:
    return ":ro" if mount.get("read_only") else ""


@pytest.fixture
def engine(built: Workshop, tmp_path: Path) -> Iterator[Engine]:
    out = tmp_path / "dist"
    command = [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "local", "--project", ROOT, "--out", out]
    command += ["--only", "kubernetes", "--only", "compose"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = Engine(built, out / "compose", tmp_path / "volumes")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def bus_image(built: Workshop) -> str:
    """The Debian base with this machine's nats-server."""
    name, program = "localhost/bus:test", require("nats-server", "install Debian's package nats-server")
    with alone(built.folder / "lock"):
        container = built.engine("buildah", "from", BASE_IMAGE).strip()
        built.engine("buildah", "copy", "--quiet", container, str(program), "/usr/local/bin/nats-server")
        built.engine("buildah", "commit", "--quiet", "--rm", container, name)
    return name


def prepare(engine: Engine, **given: str) -> None:
    engine.run("certificates", BASE_IMAGE)
    assert engine.run("prepare", BASE_IMAGE, **given) == "ready\n"


def values(engine: Engine) -> dict[str, bytes]:
    folder = engine.volumes / "secrets" / ".values"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_preparing_makes_every_secret_once_and_shows_each_service_its_own(engine: Engine) -> None:
    prepare(engine)
    first = values(engine)
    assert {"bus-credentials/admin", "ledger/password", "bus-tls/tls.key", "artifacts/endpoint"} <= first.keys()
    assert first["ledger/host"] == b"ledger"
    passwords = [text for name, text in first.items() if name.startswith("bus-credentials/")]
    assert len(passwords) == len(set(passwords)) > 10
    prepare(engine, OPENAI_API_KEY="given by hand")
    assert values(engine) == first | {"llm-providers/OPENAI_API_KEY": b"given by hand"}

    seen = engine.volumes / "secrets" / "london-link" / "etc" / "secrets"
    assert [path.name for path in (seen / "bus-credentials").iterdir()] == ["london-link"]
    login = {path.name: path.read_bytes() for path in (seen / "ledger").iterdir()}
    assert login == {
        **{key: first[f"ledger/{key}"] for key in ("database", "host", "port")},
        **{key: first[f"ledger-writer/{key}"] for key in ("password", "username")},
    }
    assert not (seen / "llm-providers").exists()
    given = engine.volumes / "secrets" / "planck-forge" / "etc" / "secrets" / "llm-providers"
    assert [path.name for path in given.iterdir()] == ["OPENAI_API_KEY"]
    for file in (path for path in seen.rglob("*") if path.is_file()):
        assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (10001, 0o400)
    for volume in ("bus-data", "ledger-data", "artifacts-data"):
        assert (engine.volumes / volume).stat().st_uid == 10001


def test_an_agent_finds_its_bus_with_what_was_prepared(engine: Engine, bus_image: str) -> None:
    prepare(engine)
    hosts = engine.volumes / "hosts"
    hosts.write_text("127.0.0.1 localhost bus\n")  # one network of their own, without the world and without a resolver
    engine.start("bus", bus_image, network="none")
    shared = f"container:{engine.name}-bus"
    wait(lambda: "Server is ready" in engine.log("bus"), lambda: engine.log("bus"))
    engine.start("pauli-guard", tag("agents"), f"--volume={hosts}:/etc/hosts:ro", network=shared)
    wait(
        lambda: engine.ask("pauli-guard", "/readyz").get("dependencies") == {"bus": True, "ledger": False},
        lambda: engine.log("pauli-guard"),
    )


def wait(condition: Any, explain: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.2)
