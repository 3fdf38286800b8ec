"""Start the emulator, and ask it what there is."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from support.tools import ROOT, TOOLS, require_file

START_SECONDS = 600
"""Seconds that the emulator may take to start, on a machine that is ten times as busy as it should be."""
Call = tuple[str, str, str, dict[str, Any]]
"""Service, region, operation and parameters, as boto3 takes them."""


@dataclass(frozen=True)
class Aws:
    """An account on loopback."""

    url: str
    account: str
    region: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which Terraform, its provider and its S3 backend find the account, and no other."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "emulated",
            "AWS_SECRET_ACCESS_KEY": "emulated",
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def lose(self, region: str) -> None:
        """Refuse every later request to a region."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_lost/{region}", method="PUT")).close()

    def refused(self) -> int:
        """Return the number of requests to regions that are lost."""
        with urllib.request.urlopen(f"{self.url}/_lost") as answer:
            return int(answer.read())

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """Return the answer of one operation in the account's region."""
        return self.ask_all([(service, self.region, operation, parameters)])[0]

    def has_object(self, bucket: str, key: str) -> bool:
        """Whether there is such an object; nobody's question is refused if so, and answered with 404 if not."""
        question = urllib.request.Request(f"{self.url}/{bucket}/{key}", method="HEAD")
        try:
            urllib.request.urlopen(question).close()
        except urllib.error.HTTPError as error:
            return error.code != HTTPStatus.NOT_FOUND
        return True

    def await_object(self, bucket: str, key: str) -> None:
        """Return as soon as there is such an object."""
        deadline = time.monotonic() + START_SECONDS
        while not self.has_object(bucket, key):
            assert time.monotonic() < deadline, f"nothing at {bucket}/{key}"
            time.sleep(0.05)

    def ask_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the answer of each operation."""
        command = [_python(), "-m", "aws.emulator.client", self.url]
        asked = json.dumps(calls)
        run = subprocess.run(command, input=asked, env=_environment(), capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr[-2000:]
        return list(json.loads(run.stdout))


@contextmanager
def served(account: str, region: str, folder: Path) -> Iterator[Aws]:
    """Serve an empty account until the block ends."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = _environment() | {"MOTO_ACCOUNT_ID": account, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    log = folder / "emulator.log"
    with log.open("w") as output:
        command = [_python(), "-m", "aws.emulator.server", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _await(process, port, log)
            yield Aws(f"http://127.0.0.1:{port}", account, region)
        finally:
            # Asked politely, it waits for threads that wait for it.
            process.send_signal(signal.SIGKILL)
            process.wait()


def _python() -> str:
    return str(require_file(TOOLS / "moto" / "bin" / "python", "run tools/fetch_environments.py"))


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return inherited | {"PYTHONPATH": str(ROOT / "tests")}


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the emulator did not start: {log.read_text()[-2000:]}")
