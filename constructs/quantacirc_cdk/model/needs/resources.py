"""Resources in place of a size."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Quantity

ExtendedName = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9][-A-Za-z0-9_.]*|hugepages-[0-9A-Za-z]+)$")
]


class ResourcesSpec(Section):
    """What a container asks for and may use; what is absent is the size's."""

    cpu: Quantity | None = None
    """CPU requested."""
    memory: Bytes | None = None
    """Memory requested."""
    memory_limit: Bytes | None = None
    """Memory above which the container is killed."""
    ephemeral_storage: Bytes | None = None
    """Disk for logs and temporary files, requested and limited."""
    cpu_limit: Quantity | None = None
    """CPU above which the container is throttled; no limit when absent."""
    extended: dict[ExtendedName, kubernetes.WholeQuantity] = {}
    """Extended resources, such as `nvidia.com/gpu: "1"`."""
