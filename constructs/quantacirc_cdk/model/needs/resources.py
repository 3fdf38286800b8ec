"""Resources that replace those of a size."""

from quantacirc_cdk.limits import kubernetes, kubernetes_names
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Quantity


class ResourcesSpec(Section):
    """Requests and limits of a container; absent values are those of the size."""

    cpu: Quantity | None = None
    """CPU requested."""
    memory: Bytes | None = None
    """Memory requested."""
    memory_limit: Bytes | None = None
    """Memory limit: the container is killed above it."""
    ephemeral_storage: Bytes | None = None
    """Disk for logs and temporary files, as request and limit."""
    cpu_limit: Quantity | None = None
    """CPU limit: the container is throttled above it; no limit when absent."""
    extended: dict[kubernetes_names.ExtendedResource, kubernetes.WholeQuantity] = {}
    """Extended resources, such as `nvidia.com/gpu: "1"`."""
