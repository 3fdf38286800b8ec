"""Resource requests and limits of a container."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import Bytes, Quantity
from quantacirc_cdk.limits.kubernetes_names import ExtendedResource
from quantacirc_cdk.limits.quantity import extended_refusal, parse_quantity


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of a container. For a value of None, the namespace's LimitRange applies.

    There is a memory limit, because memory cannot be reclaimed, and a leak would affect the other pods of the node. By
    default, there is no CPU limit, because CPU can be shared: a limit would only throttle a container while the node
    has idle CPU (https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/).
    """

    cpu: Quantity | None
    """CPU request, in cores or millicores (``250m``)."""
    memory: Bytes | None
    """Memory request, in bytes with a unit (``512Mi``)."""
    memory_limit: Bytes | None
    """Memory limit: the container is killed above it."""
    ephemeral_storage: Bytes | None = "1Gi"
    """Disk for logs and temporary files, as request and limit."""
    cpu_limit: Quantity | None = None
    """CPU limit: the container is throttled above it; no limit for None."""
    extended: Mapping[ExtendedResource, Quantity] = field(default_factory=dict)
    """Extended resources, such as ``nvidia.com/gpu: 1`` or ``hugepages-2Mi: 64Mi``, as request and limit: Kubernetes
    requires them to be equal.
    """

    def refusals(self) -> Iterator[Refusal]:
        """Yield limits below the requests."""
        for key, least in (("cpu", self.cpu), ("memory", self.memory)):
            most = getattr(self, f"{key}_limit")
            if least and most and parse_quantity(most) < parse_quantity(least):
                yield Refusal(f"{key}_limit", describe(most), f"at least the request, {least}")
        for key, amount in self.extended.items():
            if expected := extended_refusal(key, amount):
                yield Refusal(f"extended.{key}", describe(amount), expected)


SMALL = Resources(cpu="100m", memory="256Mi", memory_limit="512Mi", ephemeral_storage="512Mi")
MEDIUM = Resources(cpu="250m", memory="512Mi", memory_limit="1Gi")
LARGE = Resources(cpu="1", memory="2Gi", memory_limit="4Gi", ephemeral_storage="2Gi")
TINY = Resources(cpu="10m", memory="32Mi", memory_limit="64Mi", ephemeral_storage="64Mi")
"""Resources of a sidecar or a short script."""


def resource_requirements(resources: Resources) -> Data:
    """Return the ``resources`` of a container."""
    both = {"ephemeral-storage": resources.ephemeral_storage, **resources.extended}
    limits = {**both, "cpu": resources.cpu_limit, "memory": resources.memory_limit}
    requests = {**both, "cpu": resources.cpu, "memory": resources.memory}
    return compact(limits=compact(**limits), requests=compact(**requests))
