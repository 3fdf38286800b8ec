"""A running container, watched from outside as a cluster would."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from images.workshop import Workshop, tag
from support.ports import free_port
from support.tools import require

# The first line is what the manifests grant; the second what a machine without systemd or CNI needs.
HARDENED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
)
PLAIN = ("--network=host", "--cgroup-manager=cgroupfs", "--runtime=runc", "--no-healthcheck")
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")


def command(image: str, *arguments: str, name: str, environment: Mapping[str, str], options: tuple[str, ...] = ()):
    """Return the podman command that runs an image as the manifests do."""
    for program in ("podman", "runc"):
        require(program, f"install Debian's package {program}")
    variables = [f"--env={key}={value}" for key, value in sorted(environment.items())]
    fixed = ["podman", "run", "--rm", f"--name={name}", *HARDENED, *PLAIN, *LIMITS]
    return [*fixed, *variables, *options, tag(image), *arguments]


class Container:
    """One process of the system."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, name: str, http: int, metrics: int) -> None:
        self.process = process
        self.log = log
        self.name = name
        self.url = f"http://127.0.0.1:{http}"
        self.metrics_url = f"http://127.0.0.1:{metrics}/metrics"

    def status(self, path: str) -> int:
        """Return the HTTP status of a path; 0 when nobody answers."""
        return self.ask(path)[0]

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        """Return the status and JSON body of a path; posts ``body`` if there is one."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError:
            return 0, None

    def wait_until(self, path: str, status: int, seconds: float = 30) -> None:
        """Wait until a path answers with a status."""
        deadline = time.monotonic() + seconds
        while (last := self.status(path)) != status:
            assert self.process.poll() is None, f"{self.name} ended: {self.log.read_text()}"
            assert time.monotonic() < deadline, f"{path} answers {last}, not {status}: {self.log.read_text()}"
            time.sleep(0.1)

    def metrics(self) -> dict[str, float]:
        """Return the metrics, by name with labels as written."""
        with urllib.request.urlopen(self.metrics_url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}

    def wait_for_metric(self, name: str, value: float, seconds: float = 20) -> None:
        """Wait until a metric has a value."""
        deadline = time.monotonic() + seconds
        while (last := self.metrics().get(name)) != value:
            assert time.monotonic() < deadline, f"{name} is {last}, not {value}: {self.log.read_text()}"
            time.sleep(0.2)

    def terminate(self) -> None:
        """Send SIGTERM, as the end of a pod begins."""
        self.process.terminate()


@contextmanager
def running(
    workshop: Workshop, image: str, *arguments: str, environment: Mapping[str, str], options: tuple[str, ...] = ()
) -> Iterator[Container]:
    """Run a container until the block ends."""
    name, http, metrics = f"{image}-{uuid.uuid4().hex[:8]}", free_port(), free_port()
    ports = {"QUANTACIRC_HTTP_PORT": str(http), "QUANTACIRC_METRICS_PORT": str(metrics)}
    words = command(image, *arguments, name=name, environment={**environment, **ports}, options=options)
    log = workshop.folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(words, env=workshop.environment, stdout=output, stderr=output)
    try:
        yield Container(process, log, name, http, metrics)
    finally:
        if process.poll() is None:
            subprocess.run(
                ["podman", "kill", "--signal=KILL", name],
                env=workshop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            process.wait(20)


def run(workshop: Workshop, image: str, *arguments: str, options: tuple[str, ...] = (), **environment: str):
    """Run a container to its end and return status and output."""
    words = command(image, *arguments, name=f"{image}-{os.urandom(4).hex()}", environment=environment, options=options)
    return subprocess.run(words, env=workshop.environment, capture_output=True, text=True, timeout=60)
