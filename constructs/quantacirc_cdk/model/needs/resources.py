"""Resources that replace those of a size."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Quantity

ExtendedName = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9][-A-Za-z0-9_.]*|hugepages-[0-9A-Za-z]+)$")
]


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
    extended: dict[ExtendedName, kubernetes.WholeQuantity] = {}
    """Extended resources, such as `nvidia.com/gpu: "1"`."""
