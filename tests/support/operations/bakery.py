"""The small project with a chart of its own, its fake cluster, and commands run against the two."""

import fcntl
import io
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cluster.server import Cluster
from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.settings import write_targets
from support.project import Project
from support.tools import ROOT, require

HOW = "run tools/fetch_helm.py"
VERSIONS = ("helm", "helm-oldest")
OLDER_KUBECTLS = ("kubectl-1.27", "kubectl-1.30", "kubectl-1.32")
"""The oldest that is supported, and two that read streams, check fields and write errors in other ways."""

TEMPLATE = """\
{{- range $name, $part := .Values.parts }}
---
apiVersion: apps/v1
kind: {{ $part.kind }}
metadata:
  name: {{ $name }}
  namespace: {{ $.Release.Namespace }}
  labels: &labels
    app.kubernetes.io/name: {{ $name }}
    app.kubernetes.io/instance: {{ $.Release.Name }}
    app.kubernetes.io/component: {{ $part.component }}
spec:
  {{- with $part.replicas }}
  replicas: {{ . }}
  {{- end }}
  {{- if eq $part.kind "Deployment" }}
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  {{- else }}
  serviceName: {{ $name }}
  updateStrategy: { type: RollingUpdate }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: {{ $part.storage }} } } }
  {{- end }}
  selector:
    matchLabels: { app.kubernetes.io/name: {{ $name }}, app.kubernetes.io/instance: {{ $.Release.Name }} }
  template:
    metadata: { labels: *labels }
    spec:
      containers:
        - name: {{ $name }}
          image: {{ $part.image }}
          resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 256Mi } }
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  namespace: {{ $.Release.Namespace }}
  labels: { app.kubernetes.io/name: {{ $name }}, app.kubernetes.io/instance: {{ $.Release.Name }} }
spec:
  selector: { app.kubernetes.io/name: {{ $name }}, app.kubernetes.io/instance: {{ $.Release.Name }} }
  ports: [{ name: http, port: 80 }]
{{- end }}
{{- if .Values.priorityClasses.create }}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: bakery-services }
value: 10000
{{- end }}
{{- range .Values.extra }}
---
{{ toYaml . }}
{{- end }}
"""

VALUES: dict[str, Any] = {
    "parts": {
        "baker": {"kind": "Deployment", "component": "worker", "replicas": 2, "image": "registry.invalid/oven:1"},
        "shop": {"kind": "Deployment", "component": "web", "replicas": 1, "image": "registry.invalid/oven:1"},
        "bus": {
            "kind": "StatefulSet", "component": "bus", "replicas": 1, "image": "registry.invalid/nats:1",
            "storage": "1Gi",
        },
    },
    "extra": [],
    "priorityClasses": {"create": False},
}  # fmt: skip


def consumer(name: str, pending: int) -> dict[str, Any]:
    return {"name": name, "num_pending": pending, "num_ack_pending": 1, "num_redelivered": 0}


def jsz(pending: int = 0) -> dict[str, Any]:
    """Return what the bus answers on its monitoring port, as nats-server 2.11 does."""
    stream = {
        "name": "BAKERY_ORDERS",
        "state": {"messages": pending, "bytes": 100 * pending},
        "consumer_detail": [consumer("baker", pending)],
    }
    return {"streams": 1, "account_details": [{"name": "SYSTEM", "stream_detail": [stream]}]}


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, command: list[str], bakery: "Bakery") -> None:
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            command, cwd=bakery.project.root, env=bakery.environment | {"TERM": "xterm", "COLUMNS": "120"},
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        self.theirs = theirs
        self.shown = ""

    def read_until(self, text: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self.ours], [], [], 0.1)[0]:
                self.shown += os.read(self.ours, 65536).decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def hang_up(self) -> None:
        """Close the terminal, as somebody does who closes the window."""
        os.close(self.theirs)
        os.close(self.ours)

    def end(self) -> tuple[int, str]:
        while self.process.poll() is None:
            if select.select([self.ours], [], [], 0.1)[0]:
                self.shown += os.read(self.ours, 65536).decode(errors="replace")
        while select.select([self.ours], [], [], 0.1)[0]:
            self.shown += os.read(self.ours, 65536).decode(errors="replace")
        self.after = termios.tcgetattr(self.theirs)
        os.close(self.ours)
        os.close(self.theirs)
        return self.process.returncode, self.shown


@dataclass
class Bakery:
    """A project, its cluster, and how to run a command."""

    root: Path
    cluster: Cluster
    release: str = "helm"
    kubectl: str = "kubectl"
    environment: dict[str, str] = field(default_factory=dict)

    def set_up(self) -> "Bakery":
        self.project = Project.small(self.root / "project")
        chart = self.chart
        (chart / "templates").mkdir(parents=True)
        document = {"apiVersion": "v2", "name": "bakery", "version": "1.0.0", "appVersion": "1.0.0"}
        (chart / "Chart.yaml").write_text(yaml.safe_dump(document | {"kubeVersion": ">=1.27.0-0"}))
        (chart / "templates" / "all.yaml").write_text(TEMPLATE)
        (chart / "values.yaml").write_text(yaml.safe_dump(VALUES))
        self.values()
        tools = self.root / "bin"
        tools.mkdir()
        (tools / "helm").symlink_to(require(self.release, HOW))
        (tools / "kubectl").symlink_to(require(self.kubectl, HOW))
        config = self.cluster.kubeconfig(self.root / "kubeconfig")
        self.environment = {
            "PATH": f"{tools}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.root),
            "KUBECONFIG": str(config),
            "USER": "ann",
            "PYTHONPATH": str(ROOT / "constructs"),
            "POLL_SECONDS": "0.5",
        }
        return self

    @property
    def chart(self) -> Path:
        return self.project.root / "dist" / "helm" / "bakery"

    def values(
        self, *, extra: Sequence[dict[str, Any]] = (), priorities: bool = False, **parts: dict[str, Any] | None
    ) -> None:
        """Set what differs from the values of the chart, by part; None takes the part away."""
        classes = {"priorityClasses": {"create": priorities}}
        text = yaml.safe_dump({"parts": parts, "extra": list(extra), **classes})
        (self.chart / "values-home.yaml").write_text(text)

    def scripts(self) -> None:
        """Give the project the scripts, and what they read."""
        root = self.project.root
        shutil.copytree(ROOT / "scripts", root / "scripts")
        project = load_project(root)
        write_targets(project.system, list(project.environments.values()), root / "dist" / "operations")

    def run(self, *command: object, **more: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, cwd=self.project.root,
            env=self.environment | {name: str(value) for name, value in more.items()}, timeout=120,
        )  # fmt: skip

    def qcdk(self, *arguments: object, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Run ``qcdk`` in this process, which spares its start; ``start`` is for what a test interrupts."""
        words = [str(word) for word in arguments]
        before, here = dict(os.environ), Path.cwd()
        out, error, stdin = io.StringIO(), io.StringIO(), sys.stdin
        os.environ.update(self.environment | {name: str(value) for name, value in more.items()})
        os.environ.pop("CI", None) if "CI" not in more else None
        try:
            os.chdir(self.project.root)
            sys.stdin = io.StringIO()
            with redirect_stdout(out), redirect_stderr(error):
                status = main(words)
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            sys.stdin = stdin
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
        return subprocess.CompletedProcess(["qcdk", *words], status, out.getvalue(), error.getvalue())

    def deploy(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return self.qcdk("deploy", "home", "--yes", *arguments)

    def rollback(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return self.qcdk("rollback", "home", *arguments, "--yes")

    def commit(self, message: str) -> str:
        """Commit the project to a Git repository of its own and return the commit."""
        who = {f"GIT_{role}_{what}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", message]):
            assert self.run("git", *command, **who).returncode == 0
        return self.run("git", "rev-parse", "HEAD").stdout.strip()

    def on_a_terminal(self, *arguments: object, typed: str = "", after: str = "") -> tuple[int, str]:
        """Run a command on a terminal of its own; type once it has written ``after``. Return all that it wrote."""
        terminal = Terminal(self.command(*arguments), self)
        if typed:
            terminal.read_until(after or "to continue: ")
            terminal.type(typed)
        return terminal.end()

    @staticmethod
    def command(*arguments: object) -> list[str]:
        return [sys.executable, "-m", "quantacirc_cdk.cli", *map(str, arguments)]

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a command, so that the test can interrupt it."""
        return self.start_program(*self.command(*arguments))

    def start_program(self, *command: object) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=self.project.root,
            env=self.environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def helm(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return self.run("helm", "--namespace", "bakery", "--kube-context", "kind-bakery", *arguments)

    def install(self, ready: Sequence[str] = ("baker", "shop", "bus")) -> None:
        """Install with helm alone, wait for what can become ready, and let the bus answer."""
        done = self.helm("upgrade", "--install", "bakery", self.chart, "--create-namespace", "--values",
                         self.chart / "values-home.yaml")  # fmt: skip
        assert done.returncode == 0, done.stderr
        self.until(lambda: all(map(self.ready, ready)))
        self.answer()

    def answer(self, pending: int = 0) -> None:
        """Let every server of the bus answer on its monitoring port."""
        for pod in self.cluster.list("Pod", labels="app.kubernetes.io/name=bus"):
            self.cluster.answers[f"{pod['metadata']['name']}:8222/jsz"] = jsz(pending)

    def history(self) -> list[tuple[int, str]]:
        done = self.helm("history", "bakery", "--output", "json")
        return [(one["revision"], one["status"]) for one in json.loads(done.stdout)] if done.stdout else []

    def image(self, name: str) -> str:
        kind = VALUES["parts"][name]["kind"]
        found = self.cluster.get(kind, name)
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])

    def ready(self, name: str) -> bool:
        item = self.cluster.get(VALUES["parts"][name]["kind"], name)
        status, wanted = item.get("status", {}), item["spec"]["replicas"]
        counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "readyReplicas")]
        return counts == 3 * [wanted] and status["observedGeneration"] == item["metadata"]["generation"]

    @staticmethod
    def until(condition: Any, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.05)

    @staticmethod
    def interrupt(process: "subprocess.Popen[str]", number: int = signal.SIGINT) -> tuple[int, str, str]:
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
        return process.returncode, out, error
