"""Wait until what was deployed is ready, say how far it is, and notice early what will never be."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from quantacirc_cdk.operations.expectations import Expectations
from quantacirc_cdk.operations.health import look, read_objects
from quantacirc_cdk.operations.kubectl import Kubectl, LoggedOutError, OperationError, UnreachableError
from quantacirc_cdk.operations.report import (
    ApplicationHealth,
    CertificateHealth,
    Consumer,
    Part,
    ReleaseHealth,
    Report,
    State,
    Task,
    Workload,
)
from quantacirc_cdk.operations.tasks import tasks
from quantacirc_cdk.operations.workloads import (
    WORKLOAD_KINDS,
    Objects,
    failing_for_good,
    pod_problems,
    workloads,
)

FOR_GOOD = ("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "CrashLoopBackOff",
            "CreateContainerConfigError", "CreateContainerError", "RunContainerError")  # fmt: skip
"""Reasons of the kubelet that hardly ever pass by themselves."""
PATIENCE_SECONDS = 120
"""Time that such a reason has to pass all the same: a Secret may come a little later than who reads it."""
POLL_SECONDS = 2.0

NOT_JUDGED = (ApplicationHealth, Consumer, CertificateHealth, ReleaseHealth)
"""What a deployment is not judged by: Argo CD's view of what is done beside it, backlogs, certificates, and
the release, which it changes itself."""

Listener = Callable[[list[Workload]], None]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was wrong before: a deployment is not blamed for it."""

    degraded: frozenset[tuple[str, str]] = frozenset()
    """Area and name of each part."""
    failing: frozenset[str] = frozenset()
    """What would never become ready."""
    pods: frozenset[str] = frozenset()
    """Pods that were there, which a rollout takes away."""


@dataclass(kw_only=True)
class Rollout:
    """One wait for a release to be ready."""

    kubectl: Kubectl
    expected: Expectations
    seconds: float
    listener: Listener = lambda _: None
    baseline: Baseline = Baseline()
    poll_seconds: float = POLL_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    report: Report | None = None
    """The last full look at the environment."""
    _since: dict[str, float] = field(default_factory=dict)

    def wait(self) -> list[str]:
        """Wait until all is ready; return why it is not, nothing where it is.

        Raises ``UnreachableError`` where the cluster has not answered until time was up.
        """
        deadline = time.monotonic() + self.seconds
        while True:
            reasons: list[str] = []
            silent: UnreachableError | None = None
            try:
                reasons, final = self._look()
                if not reasons or final:
                    return reasons
            except LoggedOutError:
                raise
            except UnreachableError as error:
                silent = error
            left = deadline - time.monotonic()
            if left <= 0:
                if silent is not None:
                    raise silent
                return [f"not ready after {self.seconds:.0f} s: {reason}" for reason in reasons]
            time.sleep(min(self.poll_seconds, left))

    def _look(self) -> tuple[list[str], bool]:
        """Return what is not ready yet, and whether waiting is no use."""
        objects = read_objects(self.kubectl)
        found = workloads(objects, self.expected.components, datetime.now(UTC))
        self.listener(found)
        hopeless = [why for why in failing_for_good(objects) if why not in self.baseline.failing]
        hopeless += self._too_long(objects)
        if hopeless:
            return hopeless, True
        waiting = list(self._not_ready([*found, *tasks(objects, datetime.now(UTC))]))
        if waiting:
            return waiting, False
        # All pods are ready: now, and only now, everything else is worth a look.
        self.report = look(self.kubectl, self.expected, objects=objects)
        return list(self._not_ready(self.report.parts)), False

    def _not_ready(self, parts: Iterable[Part]) -> Iterator[str]:
        for part in parts:
            if part.state is not State.DEGRADED or isinstance(part, NOT_JUDGED):
                continue
            if isinstance(part, Task) and part.kind == "CronJob":
                continue  # its clock decides when it runs, and a new schedule makes its last run look too old
            if isinstance(part, Workload) or (part.area, part.name) not in self.baseline.degraded:
                yield f"{part.name}: {part.note}"

    def _too_long(self, objects: Objects) -> list[str]:
        """Return what new pods have given as a hopeless reason for as long as patience lasts."""
        now = time.monotonic()
        hopeless = {
            f"{item['metadata']['name']}: {problem}"
            for item in objects.own(*WORKLOAD_KINDS)
            for pod in objects.pods_of(item)
            if pod["metadata"].get("uid") not in self.baseline.pods
            for problem in pod_problems(pod, datetime.now(UTC))
            if any(name in problem for name in FOR_GOOD)
        }
        self._since = {said: self._since.get(said, now) for said in sorted(hopeless)}
        patience = min(self.patience_seconds, self.seconds / 2)
        return [said for said, since in self._since.items() if now - since >= patience]


def baseline(kubectl: Kubectl, expected: Expectations) -> Baseline:
    """Return what is wrong now, before anything is changed."""
    try:
        objects = read_objects(kubectl)
        report = look(kubectl, expected, objects=objects)
    except OperationError as error:
        if isinstance(error, UnreachableError):
            raise
        return Baseline()
    return Baseline(
        degraded=frozenset((part.area, part.name) for part in report.parts if part.state is State.DEGRADED),
        failing=frozenset(failing_for_good(objects)),
        pods=frozenset(str(pod["metadata"].get("uid")) for pod in objects.of("Pod")),
    )
