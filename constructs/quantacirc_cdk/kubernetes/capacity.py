"""Total requests of a set of Kubernetes objects when every workload runs its maximum number of pods.

Pure arithmetic on plain objects, to compute the quota that a namespace needs, and whether the nodes can hold the pods.
Amounts are integers, in millicores and bytes, so that sums are exact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.limits.cron import Cron, schedule_refusal
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity
from quantacirc_cdk.manifests import NODES, pod_template, running_together


@dataclass(frozen=True, kw_only=True)
class PodGroup:
    """Identical pods: those of one workload."""

    name: str
    """Kind and name of the workload."""
    count: int
    """Maximum number of pods at the same time."""
    cpu: int
    """CPU request of each pod, in millicores."""
    memory: int
    """Memory request of each pod, in bytes."""
    memory_limit: int
    """Memory limit of each pod, in bytes."""
    ephemeral_storage: int
    """Request of ephemeral storage of each pod, in bytes."""
    extended: Mapping[str, int] = field(default_factory=dict)
    """Request of each extended resource, such as GPUs, of each pod."""
    apart: bool = False
    """At most one of the pods on each host."""
    on_every_node: bool = False
    """Whether a DaemonSet puts one of them on each node."""
    selector: Mapping[str, str] = field(default_factory=dict)
    """Labels that their nodes must have."""
    tolerations: Sequence[Data] = ()
    """Taints of nodes that they tolerate."""
    pools: frozenset[str] | None = None
    """Names of the nodes that they can run on; all when absent."""

    @property
    def gpus(self) -> int:
        """Number of GPUs that each pod requests."""
        return sum(self.extended.get(name, 0) for name in GPUS)


GPUS = ("nvidia.com/gpu", "amd.com/gpu")
"""Extended resources that are GPUs of a node (https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/)."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Identical nodes, with the capacity that is left for the pods of the system."""

    name: str
    count: int
    cpu: int
    """CPU for pods, in millicores."""
    memory: int
    """Memory for pods, in bytes."""
    pods: int = 50
    """Maximum number of pods of the system on a node."""
    gpus: int = 0

    def admit(self, group: PodGroup) -> bool:
        """Return whether pods can run on these nodes, if there is room."""
        return group.pools is None or self.name in group.pools

    def hold(self, group: PodGroup) -> bool:
        """Return whether an empty node has room for one of the pods, which can run on it."""
        room = (self.cpu, self.memory, self.gpus)
        return self.admit(group) and all(
            amount <= rest for amount, rest in zip((group.cpu, group.memory, group.gpus), room, strict=True)
        )


def pod_groups(objects: Iterable[Data], nodes: int = 1) -> list[PodGroup]:
    """Return the pods of the workloads among ``objects`` at their maximum, sorted by name.

    A Deployment counts the maximum of its autoscaler, or the pods of the Rollout that runs it, and the surge of an
    update. A CronJob counts the runs that can overlap. A DaemonSet counts one pod on each of the nodes in its
    annotation, else on each of ``nodes``.
    """
    found = list(objects)
    maxima = {name: maximum for item in found for name, maximum in _maximum(item)}
    groups = (_group(item, maxima, nodes) for item in found)
    return sorted((group for group in groups if group), key=lambda group: group.name)


def claimed_storage(objects: Iterable[Data]) -> tuple[int, int]:
    """Return the maximum number of volume claims of ``objects`` at any time, and their total size in bytes.

    A generic ephemeral volume exists as long as its pod, and finished pods exist as long as their Job. A CronJob
    therefore counts the pods of all runs in its history, and those of a run with all its retries.
    """
    found = list(objects)
    maxima = {name: maximum for item in found for name, maximum in _maximum(item)}
    claims = [claim for item in found for claim in _claims(item, maxima)]
    return sum(count for count, _ in claims), sum(count * size for count, size in claims)


def allocatable(name: str, *, cpu: int, memory: str, count: int, gpus: int = 0) -> Nodes:
    """Return the capacity that nodes with ``cpu`` cores, ``memory`` and ``gpus`` leave for the pods of a system.

    Subtracts the resources that Kubernetes reserves, by the formula of
    https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes, the most conservative of the three clouds,
    and the agents that run on every node.
    """
    reserved_cpu = sum(rate * max(0, min(cpu, top) - low) for low, top, rate in _CPU_RESERVED)
    gib = 1024 * MEBIBYTE
    total = int(parse_quantity(memory))
    reserved = sum(max(0, min(total, top * gib) - low * gib) * rate // 100 for low, top, rate in _MEMORY_RESERVED)
    return Nodes(
        name=name,
        count=count,
        cpu=cpu * 1000 - -(-reserved_cpu // 10) - AGENTS_CPU,
        memory=total - reserved - EVICTION - AGENTS_MEMORY,
        gpus=gpus,
    )


_CPU_RESERVED = ((0, 1, 600), (1, 2, 100), (2, 4, 50), (4, 1000, 25))
"""Range of cores, and the part of it that is reserved, in units of 0.01 %."""
_MEMORY_RESERVED = ((0, 4, 25), (4, 8, 20), (8, 16, 10), (16, 128, 6), (128, 100_000, 2))
"""Range of memory in GiB, and the part of it that is reserved, in percent."""
EVICTION = 100 * MEBIBYTE
"""Free memory below which the kubelet evicts pods."""
AGENTS_CPU = 300
"""Millicores for agents on every node: network, volumes, logs, metrics."""
AGENTS_MEMORY = 600 * MEBIBYTE
ADDONS = PodGroup(
    name="cluster add-ons",
    count=8,
    cpu=250,
    memory=512 * MEBIBYTE,
    memory_limit=0,
    ephemeral_storage=0,
)
"""Resources for the add-ons of every cluster: DNS, ingress, certificates, secrets, metrics."""


def more_nodes(groups: Sequence[PodGroup], pools: Sequence[Nodes]) -> int | None:
    """Return how many nodes of the largest types are missing to hold these pods: 0 if the nodes are sufficient.

    Returns None if a pod fits on no type of node. The result is an actual placement (first fit: pods with GPUs first,
    then anti-affinity, then the largest pods), so 0 is a proof. Other results can be one or two nodes too high.
    """
    largest = max(pools, key=lambda pool: (pool.cpu, pool.memory))
    # Pods without GPUs take nodes without GPUs first.
    free = [_Node(pool) for pool in sorted(pools, key=_size) for _ in range(pool.count)]
    given = len(free)

    def order(one: PodGroup) -> tuple[bool, bool, float]:
        # A DaemonSet uses resources on every node; other pods get the rest.
        return one.gpus > 0, one.apart, one.cpu / largest.cpu + one.memory / largest.memory

    for group in sorted(groups, key=order, reverse=True):
        fitting = [pool for pool in pools if pool.hold(group)]
        if not fitting:
            return None
        _place(group, free, max(fitting, key=lambda pool: (pool.cpu, pool.memory)))
    return len(free) - given


class _Node:
    """A node with the room that is left on it."""

    def __init__(self, pool: Nodes) -> None:
        self.pool, self.room = pool, [pool.cpu, pool.memory, pool.pods, pool.gpus]

    def take(self, group: PodGroup) -> bool:
        """Place a pod if there is room for it; return whether there was."""
        wanted = (group.cpu, group.memory, 1, group.gpus)
        if not self.pool.admit(group) or any(amount > room for amount, room in zip(wanted, self.room, strict=True)):
            return False
        self.room = [room - amount for amount, room in zip(wanted, self.room, strict=True)]
        return True


def _place(group: PodGroup, free: list[_Node], largest: Nodes) -> None:
    start = 0
    for _ in range(group.count):
        # Earlier nodes had no room for the previous identical pod, so they have none for this one.
        index = next((index for index in range(start, len(free)) if free[index].take(group)), len(free))
        if index == len(free):
            free.append(_Node(largest))
            free[index].take(group)
        start = index + 1 if group.apart else index


def _size(pool: Nodes) -> tuple[int, int, int]:
    return pool.gpus, -pool.cpu, -pool.memory


def _maximum(item: Data) -> Iterator[tuple[str, int]]:
    spec = item.get("spec", {})
    if item["kind"] == "HorizontalPodAutoscaler":
        yield spec["scaleTargetRef"]["name"], spec["maxReplicas"]
    elif item["kind"] == "ScaledObject":
        # https://keda.sh/docs/latest/reference/scaledobject-spec/#maxreplicacount
        yield spec["scaleTargetRef"]["name"], spec.get("maxReplicaCount", 100)
    elif item["kind"] == "Rollout" and "workloadRef" in spec and "replicas" in spec:
        yield spec["workloadRef"]["name"], spec["replicas"]


def _group(item: Data, maxima: dict[str, int], nodes: int) -> PodGroup | None:
    spec, name = item.get("spec", {}), item["metadata"]["name"]
    match item["kind"]:
        case "Deployment":
            count = maxima.get(name, spec.get("replicas", 1))
            count += _surge(spec.get("strategy", {}), count)
        case "StatefulSet" | "ReplicaSet" | "ReplicationController":
            count = spec.get("replicas", 1)
        case "Pod":
            count, spec = 1, {"template": item}
        case "DaemonSet":
            count = int(item["metadata"].get("annotations", {}).get(NODES, nodes))
            # During a surge, the old and the new pod of a node both run on it.
            pods = _pods_of(item, spec, count)
            surge = _surge(spec.get("updateStrategy", {}), count, 0)
            return replace(pods, apart=not surge, count=count + surge, on_every_node=True)
        case "Job":
            count = spec.get("parallelism", 1)
        case "CronJob":
            count = runs_at_once(spec) * spec["jobTemplate"]["spec"].get("parallelism", 1)
            spec = spec["jobTemplate"]["spec"]
        case _:
            return None
    return _pods_of(item, spec, count)


def _pods_of(item: Data, spec: Data, count: int) -> PodGroup:
    pod = spec["template"]["spec"]
    found = replace(pod_group(pod), name=f"{item['kind']} {item['metadata']['name']}", count=count)
    # Each pod needs a node in another zone.
    zones = max((one.get("minDomains", 0) for one in pod.get("topologySpreadConstraints", [])), default=0)
    return replace(found, apart=True) if 1 < count <= zones else found


def _surge(strategy: Data, count: int, default: str | int = "25%") -> int:
    """Return the number of additional pods during a rollout of ``count`` pods; percentages are rounded up."""
    if strategy.get("type") in ("Recreate", "OnDelete") or not count:
        return 0
    surge = strategy.get("rollingUpdate", {}).get("maxSurge", default)
    return surge if isinstance(surge, int) else -(-count * int(surge.rstrip("%")) // 100)


def pod_group(spec: Data) -> PodGroup:
    """Return the resources that a pod requests, as the scheduler counts them."""
    constraints = spec.get("topologySpreadConstraints", [])
    return PodGroup(
        name="",
        count=1,
        cpu=_pod_amount(spec, "requests", "cpu", 1000),
        memory=_pod_amount(spec, "requests", "memory"),
        memory_limit=_pod_amount(spec, "limits", "memory"),
        ephemeral_storage=_pod_amount(spec, "requests", "ephemeral-storage"),
        selector=spec.get("nodeSelector", {}),
        tolerations=spec.get("tolerations", []),
        extended={name: _pod_amount(spec, "requests", name) for name in sorted(_extended(spec))},
        apart=any(
            one["topologyKey"] == "kubernetes.io/hostname" and one["whenUnsatisfiable"] == "DoNotSchedule"
            for one in constraints
        ),
    )


def _pod_amount(spec: Data, section: str, resource: str, unit: int = 1) -> int:
    def amount(container: Data) -> int:
        stated = container.get("resources", {})
        text = stated.get(section, {}).get(resource) or stated.get("limits", {}).get(resource, "0")
        return -int(-parse_quantity(str(text)) * unit // 1)

    return max(sum(map(amount, containers)) for containers in running_together(spec))


def _extended(spec: Data) -> set[str]:
    """Return the extended resources that a pod requests."""
    known = {"cpu", "memory", "ephemeral-storage"}
    every = (*spec.get("initContainers", []), *spec["containers"])
    return {name for one in every for name in one.get("resources", {}).get("limits", {})} - known


def runs_at_once(spec: Data) -> int:
    """Return the maximum number of runs of a CronJob at the same time.

    With ``Allow``, a run overlaps the runs that start before its deadline. A run without a deadline may never end, so
    no number is an upper bound; it counts as one hour. With ``Replace``, the pod of the terminated run exists at the
    same time as the new one.
    """
    match spec.get("concurrencyPolicy", "Allow"):
        case "Forbid":
            return 1
        case "Replace":
            return 2
    if spec.get("suspend") or schedule_refusal(spec["schedule"]):
        return 1
    deadline = spec["jobTemplate"]["spec"].get("activeDeadlineSeconds", 3600)
    return 1 + int(deadline) // Cron(spec["schedule"]).shortest_interval()


def pods_of_run(spec: Data) -> int:
    """Return the maximum number of pods that one Job leaves until it is deleted: each retry is another pod."""
    return int(spec.get("completions", 1)) - 1 + int(spec.get("backoffLimit", 6)) + int(spec.get("parallelism", 1))


def _pods_kept(item: Data, maxima: Mapping[str, int]) -> int:
    """Return the maximum number of pods at any time, including finished pods that are not deleted yet."""
    spec = item["spec"]
    if item["kind"] == "CronJob":
        kept = spec.get("successfulJobsHistoryLimit", 3) + spec.get("failedJobsHistoryLimit", 1)
        return int(kept + runs_at_once(spec)) * pods_of_run(spec["jobTemplate"]["spec"])
    if item["kind"] == "Job":
        return pods_of_run(spec)
    group = _group(item, dict(maxima), 1)
    return group.count if group else 0


def _claims(item: Data, maxima: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Yield the number and size of the claims of an object."""
    spec = item.get("spec", {})
    if item["kind"] == "PersistentVolumeClaim":
        yield 1, _requested(item)
    elif item["kind"] == "StatefulSet":
        yield from ((spec.get("replicas", 1), _requested(claim)) for claim in spec.get("volumeClaimTemplates", []))
    template = pod_template(item) if item["kind"] != "DaemonSet" else None
    if template is not None:
        for volume in template["spec"].get("volumes", []):
            claim = volume.get("ephemeral", {}).get("volumeClaimTemplate")
            if claim:
                yield _pods_kept(item, maxima), _requested(claim)


def _requested(claim: Data) -> int:
    """Return the size of a claim in bytes; 0 for a claim that names an existing volume."""
    return int(parse_quantity(str(claim["spec"].get("resources", {}).get("requests", {}).get("storage", "0"))))
