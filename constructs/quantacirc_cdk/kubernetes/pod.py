"""The pod template: the one place that decides how pods run here."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.container import Container, container_data, uses_scratch
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.placement import PodOptions, placement_fields
from quantacirc_cdk.kubernetes.security import EXCEPTIONS
from quantacirc_cdk.kubernetes.spread import spread_constraints
from quantacirc_cdk.kubernetes.volume import Volume, scratch, volume_data


@dataclass(frozen=True, kw_only=True)
class Pod(PodOptions):
    """A pod of one or more containers."""

    containers: Sequence[Container]
    init_containers: Sequence[Container] = ()
    """Containers that run before the others, in turn; those with ``side_car`` keep running."""
    volumes: Sequence[Volume] = ()
    """Volumes besides the scratch directory at ``/tmp``."""
    service_account: str
    """Name of its ServiceAccount."""
    mount_token: bool = False
    """Give its processes a token for the Kubernetes API; only for what calls it."""
    user_id: int | None = 10001
    """User and group its processes run as, and group of its volumes; nobody on the host from 10000 on. None leaves the
    user to the image, which must name a number."""
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
    """Return a ``PodTemplateSpec`` that passes Pod Security Standards *restricted*, but for the exceptions it states.

    Processes run as a fixed non-root user without capabilities, under the runtime's seccomp profile, on a read-only
    root file system with a scratch directory at ``/tmp``; there is no API token and no environment full of Service
    addresses unless asked for. Raises ``PropsError`` for what a cluster would refuse.
    """
    found = [Problem(key=identity.name, what=what, expected=expected) for what, expected in pod_problems(pod)]
    if found:
        raise PropsError(found)
    group, fs_group = (pod.user_id if one is None else one for one in (pod.group_id, pod.fs_group))
    security_context = {
        **_known(fsGroup=fs_group, runAsGroup=group, runAsUser=pod.user_id),
        **({"fsGroupChangePolicy": "OnRootMismatch"} if fs_group is not None else {}),
        **compact(
            supplementalGroups=list(pod.supplemental_groups),
            sysctls=[{"name": name, "value": value} for name, value in sorted(pod.sysctls.items())],
        ),
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    every = (*pod.init_containers, *pod.containers)
    name = "scratch" if any(volume.name == "tmp" for volume in pod.volumes) else "tmp"
    volumes = [*pod.volumes, *([scratch(name, pod.scratch_size)] if any(map(uses_scratch, every)) else [])]
    spread = (
        spread_constraints(identity.selector, strict=pod.spread_strictly)
        if pod.spread and pod.spread_constraints is None
        else None
    )
    spec = {
        **compact(
            initContainers=[container_data(container, scratch=name) for container in pod.init_containers],
            activeDeadlineSeconds=pod.active_deadline_seconds,
            priorityClassName=pod.priority_class,
            shareProcessNamespace=pod.share_processes or None,
            topologySpreadConstraints=spread,
            volumes=sorted((volume_data(volume) for volume in volumes), key=lambda volume: str(volume["name"])),
        ),
        **placement_fields(pod, identity.selector),
        "automountServiceAccountToken": pod.mount_token,
        "containers": [container_data(container, scratch=name) for container in pod.containers],
        "enableServiceLinks": pod.service_links,
        "restartPolicy": pod.restart_policy,
        "securityContext": security_context,
        "serviceAccountName": pod.service_account,
        "terminationGracePeriodSeconds": pod.termination_grace_seconds,
    }
    labels = {**identity.labels, **pod.labels}
    metadata = compact(labels=labels, annotations=dict(pod.annotations))
    return {"metadata": metadata, "spec": spec}


def exceptions_annotation(pod: Pod) -> dict[str, str]:
    """Return the annotation of a workload that tells each exception to *restricted* with its reason, if it has any."""
    found = [{"allows": what, "for": subject, "reason": reason} for subject, what, reason in exceptions(pod)]
    return {EXCEPTIONS: json.dumps(found, ensure_ascii=False)} if found else {}


def exceptions(pod: Pod) -> Iterator[tuple[str, str, str]]:
    """Yield each exception of a pod: what it is for (the pod, a container or a volume), what it allows, and why."""
    for key in ("host_network", "host_pid", "host_ipc"):
        if reason := getattr(pod, key):
            yield "the pod", key.replace("_", " "), reason
    for volume in pod.volumes:
        if "hostPath" in volume.source:
            yield f"volume {volume.name}", f"host path {_host_path(volume)}", volume.reason
    for container in (*pod.init_containers, *pod.containers):
        for what, reason in container.security.exceptions():
            yield f"container {container.name}", what, reason


def pod_problems(pod: Pod) -> Iterator[tuple[str, str]]:
    """Yield what a cluster would refuse or what lacks its reason, each with what was expected."""
    for volume in pod.volumes:
        if "hostPath" in volume.source and not volume.reason:
            yield f"volume {volume.name}: a path of the host without a reason", "`reason`"
    names: set[str] = set()
    for container in (*pod.init_containers, *pod.containers):
        if container.name in names:
            yield f'two containers called "{container.name}"', "a name of its own for each"
        names.add(container.name)
        user = pod.user_id if container.security.user_id is None else container.security.user_id
        if user == 0 and not container.security.root:
            yield f"container {container.name}: user 0 without a reason", "`root` with the reason, or another user"
        paths = [mount.path.rstrip("/") for mount in container.mounts]
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            yield f"container {container.name}: two mounts at {path}", "one mount at each path"
    for container in pod.containers:
        if container.side_car:
            yield f"container {container.name}: a side-car among the containers", "a side-car among `init_containers`"


def _host_path(volume: Volume) -> str:
    found = volume.source["hostPath"]
    return str(found["path"]) if isinstance(found, Mapping) else ""


def _known(**fields: int | None) -> Data:
    return {key: value for key, value in fields.items() if value is not None}
