"""A cluster: its objects, its faults, and the server that lets clients at them."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from cluster.controllers import Controllers
from cluster.defaults import fill_in
from cluster.handler import Handler
from cluster.patches import given_up
from cluster.resources import DEFINITION, RESOURCES, Resource, defined
from cluster.store import Json, Store
from cluster.validation import validate


@dataclass
class Fault:
    """What goes wrong with requests whose ``METHOD /path`` matches."""

    matches: str
    does: str
    """``hang`` until the fault is lifted, ``close`` the connection, or a status code."""
    after: int = 0
    """Requests that still work."""
    times: int = 10**9
    """Requests that do not."""

    def strikes(self, request: str) -> bool:
        if not re.search(self.matches, request):
            return False
        self.after -= 1
        if self.after >= 0:
            return False
        self.times -= 1
        return self.times >= 0


@dataclass
class Cluster:
    """A running API with its objects, its faults and a memory of what was asked."""

    resources: tuple[Resource, ...] = RESOURCES
    minor: int = 34
    delay: float = 0.1
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    """What a Service answers through the API's proxy, by ``service:port/path``."""
    forbidden: set[str] = field(default_factory=set)
    """What the user may not do: ``VERB RESOURCE``, such as ``create namespaces``."""
    applied: dict[tuple[str, ...], Json] = field(default_factory=dict)
    scaled: dict[tuple[str, ...], str] = field(default_factory=dict)
    """The manager that last changed the number of pods of a workload without applying it."""
    store: Store = field(default_factory=lambda: Store(validate, fill_in))
    began: timedelta = timedelta(0)
    """How long ago the cluster began."""
    port: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    lifted: threading.Event = field(default_factory=threading.Event)

    @property
    def served(self) -> tuple[Resource, ...]:
        """The kinds that the API serves: its own, and those of CustomResourceDefinitions."""
        definitions = self.store.list(DEFINITION) if DEFINITION in self.resources else []
        return (*self.resources, *(defined(item) for item in definitions))

    @property
    def kinds(self) -> dict[str, Resource]:
        return {resource.kind: resource for resource in self.served}

    @property
    def changes(self) -> list[str]:
        """The requests that were not only questions."""
        return [
            one
            for one in self.requests
            if not one.startswith("GET") and "selfsubject" not in one and "dryRun" not in one
        ]

    def get(self, kind: str, name: str, namespace: str = "bakery") -> Json:
        return self.store.get(self.kinds[kind], namespace, name)

    def list(self, kind: str, namespace: str = "bakery", labels: str = "") -> list[Json]:
        return self.store.list(self.kinds[kind], namespace, labels)

    def put(self, item: Json, namespace: str = "bakery") -> Json:
        return self.store.create(self.kinds[item["kind"]], namespace, item)

    def set(self, kind: str, name: str, namespace: str = "bakery", **values: Any) -> None:
        """Replace top-level fields of an object."""
        item = {**self.get(kind, name, namespace), **values}
        self.store.update(self.kinds[kind], namespace, name, item, status="status" in values)

    def scale(self, kind: str, name: str, number: int, namespace: str = "bakery") -> None:
        """Set the number of pods of a workload, as the controller of autoscalers does."""
        item = self.get(kind, name, namespace)
        self.store.update(self.kinds[kind], namespace, name, {**item, "spec": {**item["spec"], "replicas": number}})
        self.owns_replicas(self.store.key(self.kinds[kind], namespace, name), "kube-controller-manager")

    def owns_replicas(self, key: tuple[str, ...], manager: str) -> None:
        """Let a manager that changed the number of pods own it, and nobody else."""
        self.scaled[key] = manager
        for other, owned in list(self.applied.items()):
            if other[:-1] == key and "replicas" in (owned.get("spec") or {}):
                self.applied[other] = given_up(owned, "spec.replicas")

    def break_down(self, matches: str, does: str, after: int = 0, times: int = 10**9) -> Fault:
        fault = Fault(matches, does, after, times)
        self.faults.append(fault)
        return fault

    def mend(self) -> None:
        self.faults.clear()
        self.lifted.set()
        self.lifted = threading.Event()

    def slow_down(self, seconds: float) -> None:
        """Let pods that are made from now on take so long to become ready."""
        self.controllers.pods.delay = seconds

    def pass_time(self, **duration: float) -> None:
        """Let time pass: CronJobs start, and finished Jobs come to the end of their time. The clock of a cluster that
        ``began`` in the past has so much time to pass until it shows the present.
        """
        self.store.behind -= timedelta(**duration)
        self.controllers.tasks.passed = self.store.now()

    def kubeconfig(self, path: Path, context: str = "kind-bakery", current: str | None = None) -> Path:
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": current or context,
            "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [{"name": "me", "user": {}}],
            "contexts": [
                {"name": name, "context": {"cluster": "fake", "user": "me"}} for name in {context, current or context}
            ],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    @contextmanager
    def running(self) -> "Iterator[Cluster]":
        for name in ("default", "kube-system"):
            self.store.create(self.kinds["Namespace"], "", {"metadata": {"name": name}})
        cluster = self
        self.store.behind = self.began

        class Bound(Handler):
            api = cluster

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128  # clients open a connection for each group of the API at once

        server = Server(("127.0.0.1", 0), Bound)
        self.port = server.server_address[1]
        controllers = self.controllers = Controllers(self.store, self.kinds, self.delay)

        def control() -> None:
            while not self.stopping.wait(0.05):
                controllers.tick()

        threads = [
            threading.Thread(target=target, daemon=True) for target in (lambda: server.serve_forever(0.05), control)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self.mend()
            with self.store.changed:
                self.store.changed.notify_all()
            server.shutdown()
            server.server_close()
