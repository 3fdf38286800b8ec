"""What a container asks for and may use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import Bytes, LabelKey, Quantity
from quantacirc_cdk.limits.quantity import parse_quantity


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of a container; what is None is not stated, and the namespace's LimitRange decides.

    There is a memory limit, because memory cannot be taken back and one leak would take the node's other pods along;
    there is no CPU limit unless asked for, because CPU can: a limit only throttles a container while the node idles
    (https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/).
    """

    cpu: Quantity | None
    """CPU requested, in cores or thousandths (``250m``)."""
    memory: Bytes | None
    """Memory requested, in bytes with a unit (``512Mi``)."""
    memory_limit: Bytes | None
    """Memory above which the container is killed."""
    ephemeral_storage: Bytes | None = "1Gi"
    """Disk for logs and temporary files, requested and limited."""
    cpu_limit: Quantity | None = None
    """CPU above which the container is throttled; none."""
    extended: Mapping[LabelKey, Quantity] = field(default_factory=dict)
    """Amounts of extended resources, such as ``nvidia.com/gpu: 1`` or ``hugepages-2Mi: 64Mi``, requested and limited:
    Kubernetes takes no limit above the request."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield limits below what is requested."""
        for key, least in (("cpu", self.cpu), ("memory", self.memory)):
            most = getattr(self, f"{key}_limit")
            if least and most and parse_quantity(most) < parse_quantity(least):
                yield Refusal(f"{key}_limit", describe(most), f"at least what is requested, {least}")
        for key, amount in self.extended.items():
            if "/" in key and parse_quantity(amount).denominator != 1:
                yield Refusal(f"extended.{key}", describe(amount), "a whole number")


SMALL = Resources(cpu="100m", memory="256Mi", memory_limit="512Mi", ephemeral_storage="512Mi")
MEDIUM = Resources(cpu="250m", memory="512Mi", memory_limit="1Gi")
LARGE = Resources(cpu="1", memory="2Gi", memory_limit="4Gi", ephemeral_storage="2Gi")
TINY = Resources(cpu="10m", memory="32Mi", memory_limit="64Mi", ephemeral_storage="64Mi")
"""For a side-car or a script of a few lines."""


def resource_requirements(resources: Resources) -> Data:
    """Return the ``resources`` of a container."""
    both = {"ephemeral-storage": resources.ephemeral_storage, **resources.extended}
    limits = {**both, "cpu": resources.cpu_limit, "memory": resources.memory_limit}
    requests = {**both, "cpu": resources.cpu, "memory": resources.memory}
    return compact(limits=compact(**limits), requests=compact(**requests))
