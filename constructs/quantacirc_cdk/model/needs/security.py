"""Who the processes of a component are, and what they may do beyond Pod Security Standards *restricted*."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section

Reason = Annotated[str, Field(min_length=1)]
Capability = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]*$")]


class ContainerSecurity(Section):
    """User and exceptions of a container. The value of each exception is its reason, which the report shows."""

    user: kubernetes.UserId | None = None
    """User of its processes; 0 needs `root`."""
    group: kubernetes.UserId | None = None
    """Primary group of its processes."""
    root: Reason | None = None
    """Why its processes may run as root."""
    writable_root: Reason | None = None
    """Why its processes may write to the root file system."""
    privilege_escalation: Reason | None = None
    """Why a process may gain more privileges than its parent, as with `sudo`."""
    privileged: Reason | None = None
    """Why its processes may do to the node what root may."""
    unconfined: Reason | None = None
    """Why it runs without a seccomp profile."""
    default_capabilities: Reason | None = None
    """Why it keeps the capabilities that the container runtime gives to root."""
    capabilities: dict[Capability, Reason] = {}
    """Why each Linux capability, such as `NET_ADMIN`, is added."""


class PodSecurity(ContainerSecurity):
    """User and exceptions of a component's container, and of its pods."""

    image_user: bool = False
    """Leave user and group to the image, which must name a number other than 0."""
    fs_group: kubernetes.UserId | None = None
    """Group of its volumes; the user when absent."""
    supplemental_groups: list[kubernetes.UserId] = []
    """Further groups of its processes."""
    sysctls: dict[Annotated[str, Field(pattern=r"^[a-z0-9._/-]+$")], str] = {}
    """Kernel parameters of the pod."""
    host_network: Reason | None = None
    """Why its containers share the node's network."""
    host_pid: Reason | None = None
    """Why its containers see the node's processes."""
    host_ipc: Reason | None = None
    """Why its containers share the node's inter-process communication."""
