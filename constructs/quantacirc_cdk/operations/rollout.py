"""Wait until a deployment is ready, report its progress, and detect early that it will never be ready."""

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
"""Kubelet reasons that rarely resolve by themselves."""
PATIENCE_SECONDS = 120
"""Seconds in which such a reason may still resolve: a Secret may be created shortly after the pod that reads it."""
POLL_SECONDS = 2.0

NOT_JUDGED = (ApplicationHealth, Consumer, CertificateHealth, ReleaseHealth)
"""Areas that do not count for a deployment: Argo CD's view of changes outside Git, backlogs, certificates, and the
release, which the deployment changes itself.
"""

Listener = Callable[[list[Workload]], None]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Problems before the deployment, which do not count against it."""

    degraded: frozenset[tuple[str, str]] = frozenset()
    """Area and name of each degraded part."""
    failing: frozenset[str] = frozenset()
    """Parts that would never become ready."""
    pods: frozenset[str] = frozenset()
    """Existing pods, which a rollout removes."""


@dataclass(kw_only=True)
class Rollout:
    """Waits for a release to become ready."""

    kubectl: Kubectl
    expected: Expectations
    seconds: float
    listener: Listener = lambda _: None
    baseline: Baseline = Baseline()
    poll_seconds: float = POLL_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    report: Report | None = None
    """The last complete health report."""
    _since: dict[str, float] = field(default_factory=dict)

    def wait(self) -> list[str]:
        """Wait until everything is ready. Return the reasons why it is not; empty if it is.

        Raises ``UnreachableError`` if the cluster has not responded by the end of the time.
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
        """Return what is not ready yet, and whether waiting is useless."""
        objects = read_objects(self.kubectl, self.expected)
        found = workloads(objects, self.expected.components, datetime.now(UTC))
        self.listener(found)
        hopeless = [why for why in failing_for_good(objects) if why not in self.baseline.failing]
        hopeless += self._too_long(objects)
        if hopeless:
            return hopeless, True
        waiting = list(self._not_ready([*found, *tasks(objects, datetime.now(UTC))]))
        if waiting:
            return waiting, False
        # All pods are ready, so check everything else now.
        self.report = look(self.kubectl, self.expected, objects=objects)
        return list(self._not_ready(self.report.parts)), False

    def _not_ready(self, parts: Iterable[Part]) -> Iterator[str]:
        for part in parts:
            if part.state is not State.DEGRADED or isinstance(part, NOT_JUDGED):
                continue
            if isinstance(part, Task) and part.kind == "CronJob":
                continue  # The schedule determines its runs, and with a new schedule the last run looks overdue.
            if isinstance(part, Workload) or (part.area, part.name) not in self.baseline.degraded:
                yield f"{part.name}: {part.note}"

    def _too_long(self, objects: Objects) -> list[str]:
        """Return the permanent failures of new pods that have lasted longer than the patience."""
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
    """Return the current problems, before any change."""
    try:
        objects = read_objects(kubectl, expected)
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
