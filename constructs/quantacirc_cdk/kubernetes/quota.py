"""Quota of a namespace, and default resources of its containers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.capacity import PodGroup, claimed_storage, pod_groups
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.limits.kubernetes import Labels, ObjectName
from quantacirc_cdk.limits.quantity import MEBIBYTE

HEADROOM = 1.25
"""Reserve above the maximum, for pods that are terminating while others replace them, and for manually started jobs."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Amounts of all resources that a quota counts."""

    cpu: int
    """CPU requests, in millicores."""
    memory: int
    """Memory requests, in bytes."""
    memory_limit: int
    """Memory limits, in bytes."""
    ephemeral_storage: int
    """Requests of ephemeral storage, in bytes."""
    pods: int
    storage: int
    """Size of all volumes, in bytes."""
    claims: int
    """Number of volumes."""
    load_balancers: int = 0
    """Number of Services with a load balancer."""
    node_ports: int = 0
    """Number of node ports, including those of Services with a load balancer."""
    extended: Mapping[str, int] = field(default_factory=dict)
    """Amounts of extended resources, such as GPUs."""


def usage(objects: Iterable[Data], nodes: int = 1) -> Usage:
    """Return what ``objects`` use when every workload runs its maximum number of pods, on this number of nodes."""
    found = list(objects)
    claims, storage = claimed_storage(found)
    groups = pod_groups(found, nodes)
    return Usage(
        cpu=_sum(groups, "cpu"),
        memory=_sum(groups, "memory"),
        memory_limit=_sum(groups, "memory_limit"),
        ephemeral_storage=_sum(groups, "ephemeral_storage"),
        pods=sum(group.count for group in groups),
        storage=storage,
        claims=claims,
        load_balancers=len([item for item in found if _service_type(item) == "LoadBalancer"]),
        node_ports=sum(len(item["spec"].get("ports", [])) for item in found if _service_type(item) in _OPEN),
        extended=_extended(groups),
    )


_OPEN = ("LoadBalancer", "NodePort")


def _service_type(item: Data) -> str:
    return str(item.get("spec", {}).get("type", "")) if item["kind"] == "Service" else ""


def _extended(groups: Sequence[PodGroup]) -> dict[str, int]:
    names = sorted({name for group in groups for name in group.extended})
    return {name: sum(group.count * group.extended.get(name, 0) for group in groups) for name in names}


def with_headroom(used: Usage) -> Usage:
    """Return the quota for a usage: a quarter more, except for volumes, whose number is fixed."""
    return Usage(
        cpu=_up(used.cpu, 1000),
        memory=_up(used.memory, 1024 * MEBIBYTE),
        memory_limit=_up(used.memory_limit, 1024 * MEBIBYTE),
        ephemeral_storage=_up(used.ephemeral_storage, 1024 * MEBIBYTE),
        pods=_up(used.pods, 1),
        storage=used.storage,
        claims=used.claims,
        load_balancers=used.load_balancers,
        node_ports=used.node_ports,
        extended=used.extended,
    )


def quota_spec(allowed: Usage) -> Data:
    """Return the ``spec`` of a ResourceQuota.

    It has no ``limits.cpu``, which would require a CPU limit for each container. It allows only the existing Services
    with load balancers and node ports: none if all traffic uses the ingress.
    """
    return {
        "hard": {
            "limits.memory": _mebibytes(allowed.memory_limit),
            "persistentvolumeclaims": str(allowed.claims),
            "pods": str(allowed.pods),
            "requests.cpu": f"{allowed.cpu}m",
            "requests.ephemeral-storage": _mebibytes(allowed.ephemeral_storage),
            "requests.memory": _mebibytes(allowed.memory),
            "requests.storage": _mebibytes(allowed.storage),
            **{f"requests.{name}": str(amount) for name, amount in allowed.extended.items()},
            "services.loadbalancers": str(allowed.load_balancers),
            "services.nodeports": str(allowed.node_ports),
        }
    }


def limit_range_spec(default: Resources, *, most_memory: int) -> Data:
    """Return the ``spec`` of a LimitRange: default resources of a container, and the maximum memory.

    Without containers (``most_memory`` 0), there is no maximum. There is no maximum for CPU, because Kubernetes would
    apply it as the limit of containers without one.
    """
    return {
        "limits": [
            {
                "default": {"ephemeral-storage": default.ephemeral_storage, "memory": default.memory_limit},
                "defaultRequest": {
                    "cpu": default.cpu,
                    "ephemeral-storage": default.ephemeral_storage,
                    "memory": default.memory,
                },
                **({"max": {"memory": _mebibytes(most_memory)}} if most_memory else {}),
                "type": "Container",
            }
        ]
    }


class ResourceQuota(Manifest):
    """A ResourceQuota over a whole namespace."""

    def __init__(self, scope: Construct, id: str, *, name: ObjectName, labels: Labels, allowed: Usage) -> None:
        spec = quota_spec(allowed)
        super().__init__(scope, id, api_version="v1", kind="ResourceQuota", name=name, labels=labels, spec=spec)


class LimitRange(Manifest):
    """A LimitRange: default resources of containers, and their maximum memory in bytes."""

    def __init__(
        self, scope: Construct, id: str, *, name: ObjectName, labels: Labels, default: Resources, most_memory: int
    ) -> None:
        spec = limit_range_spec(default, most_memory=most_memory)
        super().__init__(scope, id, api_version="v1", kind="LimitRange", name=name, labels=labels, spec=spec)


def _sum(groups: Sequence[PodGroup], amount: str) -> int:
    return sum(group.count * getattr(group, amount) for group in groups)


def _up(amount: int, step: int) -> int:
    """Return the amount with headroom, rounded up to a multiple of ``step``."""
    return -int(-amount * HEADROOM // step) * step


def _mebibytes(amount: int) -> str:
    """Return bytes as a quantity in the largest unit without a fraction."""
    whole = -(-amount // MEBIBYTE)
    return f"{whole // 1024}Gi" if whole and whole % 1024 == 0 else f"{whole}Mi"
