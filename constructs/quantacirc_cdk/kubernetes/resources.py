"""What a container asks for and may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of a container; what is None is not stated, and the namespace's LimitRange decides.

    There is a memory limit, because memory cannot be taken back and one leak would take the node's other pods along;
    there is no CPU limit unless asked for, because CPU can: a limit only throttles a container while the node idles
    (https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/).
    """

    cpu: str | None
    """CPU requested, in cores or thousandths (``250m``)."""
    memory: str | None
    """Memory requested, in bytes with a unit (``512Mi``)."""
    memory_limit: str | None
    """Memory above which the container is killed."""
    ephemeral_storage: str | None = "1Gi"
    """Disk for logs and temporary files, requested and limited."""
    cpu_limit: str | None = None
    """CPU above which the container is throttled; none."""
    extended: Mapping[str, str] = field(default_factory=dict)
    """Amounts of extended resources, such as ``nvidia.com/gpu: 1`` or ``hugepages-2Mi: 64Mi``, requested and limited:
    Kubernetes takes no limit above the request."""


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
