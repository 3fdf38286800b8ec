"""Users of a component's processes, and exceptions to Pod Security Standards *restricted*."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import kubernetes, kubernetes_names
from quantacirc_cdk.model.base import Section

Reason = Annotated[str, Field(min_length=1)]


class ContainerSecurity(Section):
    """User and exceptions of a container. The value of each exception is its reason, which the report shows."""

    user: kubernetes.UserId | None = None
    """UID of its processes; 0 requires `root`."""
    group: kubernetes.UserId | None = None
    """Primary GID of its processes."""
    root: Reason | None = None
    """Reason why its processes run as root: as user 0, or as the user of the image with `image_user`."""
    writable_root: Reason | None = None
    """Reason why its processes may write to the root file system."""
    privilege_escalation: Reason | None = None
    """Reason why a process may gain more privileges than its parent, as with `sudo`."""
    privileged: Reason | None = None
    """Reason why the container is privileged: as root, its processes have root access to the node. Requires `root`, or
    a `user` that you choose."""
    unconfined: Reason | None = None
    """Reason why it runs without a seccomp profile."""
    default_capabilities: Reason | None = None
    """Reason why it keeps the default capabilities of the container runtime."""
    capabilities: dict[kubernetes.Capability, Reason] = {}
    """Additional Linux capabilities, such as `NET_ADMIN`, each with its reason. Processes of other users than root have
    them only if their program file has them, as set by `setcap`."""


class PodSecurity(ContainerSecurity):
    """User and exceptions of a component's container, and of its pods."""

    image_user: bool = False
    """Use the user and group of the image, which must be a number, and other than 0 without `root`."""
    fs_group: kubernetes.UserId | None = None
    """GID of its volumes; the user when absent."""
    supplemental_groups: list[kubernetes.UserId] = []
    """Additional GIDs of its processes."""
    sysctls: dict[kubernetes_names.Sysctl, str] = {}
    """Kernel parameters of the pod."""
    unsafe_sysctls: Reason | None = None
    """Reason why it sets kernel parameters other than those that Kubernetes calls safe; the kubelets of its nodes must
    allow them."""
    host_network: Reason | None = None
    """Reason why its containers share the node's network."""
    host_pid: Reason | None = None
    """Reason why its containers see the node's processes."""
    host_ipc: Reason | None = None
    """Reason why its containers share the node's inter-process communication."""
