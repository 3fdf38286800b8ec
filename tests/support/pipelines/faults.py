"""A deployment job of a CI system on a small project with a cluster, and what the system does to its processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from support.operations.bakery import Bakery
from support.pipelines.jobs import ReadJob, Script

FAULTS = (
    "test fails",
    "build fails",
    "health fails",
    "crash after ready",
    "cancelled",
    "timed out",
    "runner killed",
    "two merges",
    "approval late",
    "approval refused",
    "window closed",
    "registry down",
    "signature wrong",
    "API lost",
)
SYSTEMS = ("github", "gitlab", "jenkins")
SHORTER = {"--timeout 10m": "--timeout 6s", "--undo-file build/undo": "--undo-file build/undo --timeout 15s"}
"""A test does not wait as long as a deployment may take."""
DEPLOYMENT = ("Deploy", "Check health")
UNDO = "Roll back"
RECORD = "Record the release"

Process: TypeAlias = "subprocess.Popen[str]"


@dataclass
class Deployment:
    """The job of a system that deploys, run for the environment ``home``: its steps that concern the cluster."""

    system: str
    job: ReadJob
    bakery: Bakery
    ran: list[str] = field(default_factory=list)
    """Each step with its exit status."""
    recorded: bool = False
    output: str = ""

    def run(
        self,
        before: Mapping[str, Callable[[], object]] | None = None,
        during: Mapping[str, Callable[[Process], object]] | None = None,
        *,
        runner_lives: bool = True,
    ) -> None:
        """Run the steps in their order, then ``Roll back`` where one fails and the runner still lives."""
        before, during = before or {}, during or {}
        labels = [script.label for script in self.job.scripts]
        assert [label for label in labels if label in (*DEPLOYMENT, RECORD)] == [*DEPLOYMENT, RECORD]
        self.recorded = False
        (self.bakery.project.root / "build").mkdir(exist_ok=True)
        for label in DEPLOYMENT:
            before.get(label, lambda: None)()
            if self._step(self.job.scripts, label, during.get(label)):
                if runner_lives:
                    before.get(UNDO, lambda: None)()
                    self._step(self.job.on_failure, UNDO, None)
                return
        self.recorded = True

    def _step(self, scripts: Sequence[Script], label: str, during: Callable[[Process], object] | None) -> int:
        (text,) = [script.text for script in scripts if script.label == label]
        for long, short in SHORTER.items():
            text = text.replace(long, short)
        if self.system == "github":
            text = f"exec {text}"  # as the workflow does: the runner signals the process of the step alone
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.bakery.project.root,
            env=self.bakery.environment | {"CI": "true", "ENVIRONMENT": "home", "REQUEST_TIMEOUT": "5s"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        if during:
            during(process)
        said, _ = process.communicate(timeout=900)
        self.output += f"── {label}\n{said}"
        self.ran.append(f"{label} {process.returncode}")
        return process.returncode

    def cancel(self, process: Process) -> None:
        """Do what the system does to a job that is cancelled, or whose time is over."""
        alone = self.system == "github"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL) if alone else (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                process.send_signal(number) if alone else os.killpg(process.pid, number)
            for _ in range(30):
                if process.poll() is not None:
                    break
                time.sleep(0.1)
        kill(process)  # what is left, so that no process of a test outlives it

    def cluster(self) -> str:
        """Return what the cluster holds: image, revision, lock."""
        history = self.bakery.history()
        held = ", ".join(f"{number} {status}" for number, status in history[-1:]) or "no release"
        image = self.bakery.image("baker").rpartition("/")[2] if history else "nothing"
        return f"{image} (revision {held}), {'locked' if self.bakery.cluster.list('Lease') else 'no lock'}"


def kill(process: Process) -> None:
    """Kill all processes of a job, as a machine does that is switched off."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
