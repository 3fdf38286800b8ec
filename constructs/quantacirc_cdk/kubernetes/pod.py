"""The pod template: the one place that decides how pods run here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Container, container_data
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.spread import spread_constraints
from quantacirc_cdk.kubernetes.volume import Volume, scratch, volume_data


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod of one or more containers."""

    containers: Sequence[Container]
    init_containers: Sequence[Container] = ()
    volumes: Sequence[Volume] = ()
    """Volumes besides the scratch directory at ``/tmp``, which every pod has."""
    service_account: str
    """Name of its ServiceAccount."""
    mount_token: bool = False
    """Give its processes a token for the Kubernetes API; only for what calls it."""
    user_id: int = 10001
    """User and group its processes run as, and group of its volumes; at least 10000: nobody on the host."""
    termination_grace_seconds: int = 60
    """Seconds between SIGTERM and SIGKILL."""
    priority_class: str | None = None
    """Name of its PriorityClass; the cluster's default when absent."""
    restart_policy: str = "Always"
    """Always; Never or OnFailure for what runs to its end."""
    active_deadline_seconds: int | None = None
    """Seconds after which a pod that should have ended is killed; none."""
    share_processes: bool = False
    """Let its containers see and signal each other's processes."""
    spread: bool = True
    """Keep the pods of the workload on different zones and hosts, as far as there are any."""
    spread_strictly: bool = False
    """Rather wait for a host without such a pod than share one."""
    scratch_size: str = "256Mi"
    """Size of ``/tmp``."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels besides the identity's."""
    annotations: Mapping[str, str] = field(default_factory=dict)


def pod_template(identity: Identity, pod: Pod) -> Data:
    """Return a ``PodTemplateSpec`` that passes Pod Security Standards *restricted*.

    Processes run as a fixed non-root user without capabilities, under the runtime's seccomp profile, on a read-only
    root file system with a scratch directory at ``/tmp``; there is no API token and no environment full of Service
    addresses unless asked for.
    """
    security_context = {
        "fsGroup": pod.user_id,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsGroup": pod.user_id,
        "runAsNonRoot": True,
        "runAsUser": pod.user_id,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    spec = {
        **compact(
            initContainers=[container_data(container) for container in pod.init_containers],
            activeDeadlineSeconds=pod.active_deadline_seconds,
            priorityClassName=pod.priority_class,
            shareProcessNamespace=pod.share_processes or None,
            topologySpreadConstraints=(
                spread_constraints(identity.selector, strict=pod.spread_strictly) if pod.spread else None
            ),
        ),
        "automountServiceAccountToken": pod.mount_token,
        "containers": [container_data(container) for container in pod.containers],
        "enableServiceLinks": False,
        "restartPolicy": pod.restart_policy,
        "securityContext": security_context,
        "serviceAccountName": pod.service_account,
        "terminationGracePeriodSeconds": pod.termination_grace_seconds,
        "volumes": sorted(
            (volume_data(volume) for volume in (*pod.volumes, scratch("tmp", pod.scratch_size))),
            key=lambda volume: str(volume["name"]),
        ),
    }
    labels = {**identity.labels, **pod.labels}
    metadata = compact(labels=labels, annotations=dict(pod.annotations))
    return {"metadata": metadata, "spec": spec}
