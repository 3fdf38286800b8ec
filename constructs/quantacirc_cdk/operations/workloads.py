"""How workloads are, from the objects that the API returns. Pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from quantacirc_cdk.operations.argo_rollouts import KIND, degraded, deployment_of, state_of
from quantacirc_cdk.operations.replies import parse_time
from quantacirc_cdk.operations.report import Workload

Json = dict[str, Any]

WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet")
KINDS = ("deployments", "statefulsets", "daemonsets", "pods", "jobs", "cronjobs", "services", "endpointslices")
"""What has to be read to judge them."""
INSTANCE = "app.kubernetes.io/instance"
NAME = "app.kubernetes.io/name"

_AVAILABLE = {"Deployment": "availableReplicas", "DaemonSet": "numberAvailable"}
"""Field of the status with the pods that have been ready for `minReadySeconds`; kubectl ignores a StatefulSet's."""

RECENT = timedelta(minutes=10)
"""A container that ended so short a time ago, and not for the first time, is not well even while it is ready."""
RESTARTS = 3
"""Restarts that a pod may have had in its life without a word, if the last one is long ago."""


@dataclass(frozen=True)
class Objects:
    """The objects of a namespace, by kind."""

    items: Sequence[Json]
    release: str
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why the API refuses the pods of a workload, or the claims of a pod, by ``uid``."""

    def refusal(self, item: Json) -> str | None:
        """Return why the API refuses what an object needs; None if it says nothing."""
        return condition(item, "ReplicaFailure") or self.refused.get(item["metadata"].get("uid", ""))

    def of(self, kind: str) -> list[Json]:
        """Return the objects of a kind."""
        return [item for item in self.items if item.get("kind") == kind]

    def own(self, *kinds: str) -> list[Json]:
        """Return the objects of these kinds that belong to the system, by their label."""
        return [item for kind in kinds for item in self.of(kind) if labels(item).get(INSTANCE) == self.release]

    def pods_of(self, workload: Json) -> list[Json]:
        """Return the pods that a workload selects."""
        selector = workload["spec"].get("selector", {}).get("matchLabels") or {}
        return [pod for pod in self.of("Pod") if selector.items() <= labels(pod).items()]

    def endpoints_of(self, workload: Json) -> list[tuple[str, int]]:
        """Return the Services that lead to a workload's pods, each with the number of endpoints that are ready."""
        # A Rollout has no pod template; its Services select its pods by the labels of its selector.
        template = workload["spec"].get("template")
        metadata = template["metadata"] if template else {"labels": workload["spec"]["selector"].get("matchLabels")}
        pod_labels = metadata.get("labels") or {}
        found = []
        for service in self.of("Service"):
            selector = service["spec"].get("selector")
            if selector and selector.items() <= pod_labels.items():
                found.append((service["metadata"]["name"], self._ready_endpoints(service["metadata"]["name"])))
        return found

    def _ready_endpoints(self, service: str) -> int:
        slices = [one for one in self.of("EndpointSlice") if labels(one).get("kubernetes.io/service-name") == service]
        return len(
            {
                address
                for one in slices
                for endpoint in one.get("endpoints") or []
                if (endpoint.get("conditions") or {}).get("ready") is not False
                for address in endpoint.get("addresses") or []
            }
        )


def labels(item: Json) -> Json:
    """Return an object's labels."""
    found: Json = item["metadata"].get("labels") or {}
    return found


def workloads(objects: Objects, expected: Sequence[str], now: datetime) -> list[Workload]:
    """Return every workload of the system, and every component that should be one and is not there."""
    run = {deployment_of(item) for item in objects.own(KIND)}
    items = [one for one in objects.own(*WORKLOAD_KINDS, KIND) if one["kind"] != "Deployment" or _name(one) not in run]
    found = [workload(item, objects, now) for item in items]
    there = {labels(item).get(NAME) for item in objects.own(*WORKLOAD_KINDS)}
    missing = [
        Workload(name=name, kind="", rollout="absent", reasons=("the component is not in the cluster",))
        for name in expected
        if name not in there
    ]
    return sorted([*found, *missing], key=lambda one: one.name)


def absent(objects: Objects, added: Sequence[tuple[str, str]], why: str = "the project adds it") -> Iterator[Workload]:
    """Yield each of the added workloads, by kind and name, that is not there; ``why`` it should be."""
    there = {(str(item.get("kind")), item["metadata"]["name"]) for item in objects.items}
    for kind, name in added:
        if (kind, name) not in there:
            reason = f"{why}, and it is not in the cluster"
            yield Workload(name=name, kind=kind, rollout="absent", reasons=(reason,))


def _name(item: Json) -> str:
    return str(item["metadata"]["name"])


def _deployment(rollout: Json, objects: Objects) -> Json | None:
    name = deployment_of(rollout)
    return next((one for one in objects.of("Deployment") if _name(one) == name), None)


def workload(item: Json, objects: Objects, now: datetime) -> Workload:
    """Return how one workload is."""
    status, kind = item.get("status") or {}, item["kind"]
    if kind == "DaemonSet":
        wanted, updated = status.get("desiredNumberScheduled", 0), status.get("updatedNumberScheduled", 0)
        ready = status.get("numberReady", 0)
    else:
        wanted, updated = item["spec"].get("replicas", 1), status.get("updatedReplicas", 0)
        ready = status.get("readyReplicas", 0)
    pods = objects.pods_of(item)
    if kind == KIND:
        rollout = state_of(item, _deployment(item, objects))
    else:
        rollout = rollout_of(item, wanted=wanted, updated=updated, ready=ready)
    services = objects.endpoints_of(item) if wanted else []
    reasons = [] if rollout == "complete" else [rollout]
    if rollout != "complete" and (refusal := objects.refusal(item)):
        reasons.append(f"the API refuses its pods: {refusal}")
    reasons += dict.fromkeys(reason for pod in pods for reason in pod_problems(pod, now))
    reasons += [f"Service {name} leads nowhere" for name, count in services if not count]
    return Workload(
        name=item["metadata"]["name"],
        kind=kind,
        ready=ready,
        wanted=wanted,
        updated=updated,
        restarts=sum(one.get("restartCount", 0) for pod in pods for one in _containers(pod)),
        endpoints=max((count for _, count in services), default=None),
        rollout=rollout,
        reasons=tuple(reasons),
    )


def rollout_of(item: Json, *, wanted: int, updated: int, ready: int) -> str:
    """Return what is left of a rollout, as ``kubectl rollout status`` decides it; ``complete`` where nothing is."""
    status, spec, kind = item.get("status") or {}, item["spec"], item["kind"]
    if status.get("observedGeneration", 0) < item["metadata"].get("generation", 0):
        return "its controller has not seen the last change"
    progressing = {one["type"]: one for one in status.get("conditions") or []}.get("Progressing") or {}
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return "stuck: its progress deadline is over"
    strategy = spec.get("updateStrategy") or {}
    manual = kind != "Deployment" and strategy.get("type") == "OnDelete"
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    if not manual and updated < wanted - partition:
        return f"{updated} of {wanted} pods are new"
    whole = kind == "StatefulSet" and not manual and not partition
    if whole and status.get("updateRevision") != status.get("currentRevision"):
        return "its last pod is not replaced yet"
    if kind == "Deployment" and status.get("replicas", 0) > updated:
        return f"{status['replicas'] - updated} old pods are still there"
    if ready < wanted:
        return f"{ready} of {wanted} pods are ready"
    if kind in _AVAILABLE and status.get(_AVAILABLE[kind], 0) < wanted:
        return f"{status.get(_AVAILABLE[kind], 0)} of {wanted} pods are available"
    return "complete"


def pod_problems(pod: Json, now: datetime) -> Iterator[str]:
    """Yield what keeps a pod from running, in the words of the kubelet and the scheduler."""
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return
    for one in status.get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            yield f"no node for a pod: {one.get('message') or one.get('reason', '')}"
    if status.get("reason") == "Evicted":
        yield "a pod was evicted"
    for container in _containers(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            yield f"container {container['name']}: {waiting['reason']}" + _detail(waiting.get("message"))
        elif container.get("restartCount", 0) >= RESTARTS and _ended_recently(container, now):
            ended = container["lastState"]["terminated"]
            times = f"{container['restartCount']} times, last {ended.get('reason', '')}"
            yield f"container {container['name']}: restarted {times}"


def failing_for_good(objects: Objects) -> Iterator[str]:
    """Yield what waiting will not mend by itself: failed Jobs, rollouts that ended, or whose deadline is over."""
    for item in objects.own("Deployment"):
        conditions = {one["type"]: one for one in (item.get("status") or {}).get("conditions") or []}
        seen = (item.get("status") or {}).get("observedGeneration", 0) >= item["metadata"].get("generation", 0)
        if seen and (conditions.get("Progressing") or {}).get("reason") == "ProgressDeadlineExceeded":
            yield f"{item['metadata']['name']}: its progress deadline is over"
    for item in objects.own(KIND):
        if degraded(item, _deployment(item, objects)):
            message = (item.get("status") or {}).get("message") or "its last release was taken back"
            yield f"{_name(item)}: {message}"
    for item in objects.own("Job"):
        if not owner_of(item) and (why := condition(item, "Failed")) is not None:
            yield f"Job {item['metadata']['name']} failed: {why}"


def owner_of(job: Json) -> str | None:
    """Return the uid of the CronJob that a Job is a run of."""
    references = job["metadata"].get("ownerReferences") or []
    return next((str(one["uid"]) for one in references if one.get("kind") == "CronJob"), None)


def condition(item: Json, kind: str) -> str | None:
    """Return why a condition is true; None where it is not."""
    for one in (item.get("status") or {}).get("conditions") or []:
        if one["type"] == kind and one["status"] == "True":
            return str(one.get("message") or one.get("reason") or "")
    return None


def _containers(pod: Json) -> Iterable[Json]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _detail(message: str | None) -> str:
    return f" ({message})" if message else ""


def _ended_recently(container: Json, now: datetime) -> bool:
    ended = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
    return ended is not None and now - parse_time(ended) < RECENT
