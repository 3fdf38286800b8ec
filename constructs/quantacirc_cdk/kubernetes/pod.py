"""The pod template of all workloads: the only place that defines how pods run."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.container import Container, container_data, uses_scratch
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.placement import PodOptions, placement_fields
from quantacirc_cdk.kubernetes.security import EXCEPTIONS, as_root
from quantacirc_cdk.kubernetes.spread import spread_constraints
from quantacirc_cdk.kubernetes.volume import Volume, scratch, volume_data
from quantacirc_cdk.limits.check import Refusal, check, describe, repeated
from quantacirc_cdk.limits.kubernetes import (
    AddedLabels,
    Annotations,
    Bytes,
    ObjectName,
    PositiveSeconds,
    Seconds,
    UserId,
)
from quantacirc_cdk.limits.pod_spec import is_unsafe_sysctl
from quantacirc_cdk.limits.pod_spec import pod_refusals as pod_refusals_of


@dataclass(frozen=True, kw_only=True)
class Pod(PodOptions):
    """A pod of one or more containers."""

    containers: Sequence[Container]
    init_containers: Sequence[Container] = ()
    """Containers that run before the others, in order; those with ``side_car`` keep running."""
    volumes: Sequence[Volume] = ()
    """Volumes in addition to the scratch directory at ``/tmp``."""
    service_account: ObjectName
    """Name of its ServiceAccount."""
    mount_token: bool = False
    """Mount a token for the Kubernetes API; only for pods that use the API."""
    user_id: UserId | None = 10001
    """UID and GID of its processes and GID of its volumes. From 10000 on, it is no user of the host. None uses the user
    of the image, which must be a number.
    """
    termination_grace_seconds: Seconds = 60
    """Seconds between SIGTERM and SIGKILL."""
    priority_class: ObjectName | None = None
    """Name of its PriorityClass; the cluster's default when absent."""
    restart_policy: Literal["Always", "OnFailure", "Never"] = "Always"
    """Restart policy: Always, or Never or OnFailure for pods that run to completion."""
    active_deadline_seconds: PositiveSeconds | None = None
    """Seconds after which a pod that runs to completion is killed; no deadline for None."""
    share_processes: bool = False
    """Let its containers see and signal each other's processes."""
    spread: bool = True
    """Spread the pods of the workload over zones and hosts, if possible."""
    spread_strictly: bool = False
    """Keep a pod pending instead of running it on a host with another pod of the workload."""
    scratch_size: Bytes = "256Mi"
    """Size of ``/tmp``."""
    labels: AddedLabels = field(default_factory=dict)
    """Additional labels."""
    annotations: Annotations = field(default_factory=dict)

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that a cluster would refuse, and user 0 without a reason."""
        found = list(self._own_refusals())
        yield from found or (Refusal("", what, expected) for what, expected in pod_refusals_of(_spec(self, {})))

    def _own_refusals(self) -> Iterator[Refusal]:
        if not self.containers:
            yield Refusal("containers", "none", "at least one")
        for index, name in repeated(volume.name for volume in self.volumes):
            yield Refusal(f"volumes[{index}].name", describe(name), "a different name for each volume")
        if not self.unsafe_sysctls:
            for name in filter(is_unsafe_sysctl, self.sysctls):
                yield Refusal("sysctls", describe(name), "a safe one, or the reason in `unsafe_sysctls`")
        if self.min_zones is not None and (self.spread_constraints is not None or not self.spread):
            yield Refusal("min_zones", describe(self.min_zones), "none without the spread over zones and hosts")
        every = (*self.init_containers, *self.containers)
        for _, name in repeated(container.name for container in every):
            yield Refusal("", f'two containers named "{name}"', "a different name for each")
        for container in every:
            if container.security.root and container.security.user_id:
                what, expected = f"root as user {container.security.user_id}", "one of them"
                yield Refusal("", f"container {container.name}: {what}", expected)
            user = self.user_id if container.security.user_id is None else container.security.user_id
            if user == 0 and not container.security.root:
                what, expected = "user 0 without a reason", "`root` with the reason, or another user"
                yield Refusal("", f"container {container.name}: {what}", expected)
        for container in self.containers:
            if container.side_car:
                what, expected = "a sidecar among the containers", "a sidecar in `init_containers`"
                yield Refusal("", f"container {container.name}: {what}", expected)


def pod_template(identity: Identity, pod: Pod) -> Data:
    """Return a ``PodTemplateSpec`` that meets Pod Security Standards *restricted*, except for its explicit exceptions.

    Processes run as a fixed non-root user without capabilities, with the runtime's seccomp profile, and on a read-only
    root file system with a scratch directory at ``/tmp``. By default, there is no API token and there are no service
    environment variables. Raises ``PropsError`` for settings that a cluster would refuse.
    """
    found = [refusal.problem(identity.name) for refusal in check(pod)]
    if found:
        raise PropsError(found)
    labels = {**identity.labels, **pod.labels}
    metadata = compact(labels=labels, annotations=dict(pod.annotations))
    return {"metadata": metadata, "spec": _spec(pod, identity.selector)}


def _spec(pod: Pod, selector: Mapping[str, str]) -> Data:
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
    if pod.user_id is not None:
        starts, runs = map(_as_roots, (pod.init_containers, pod.containers))
        pod = replace(pod, init_containers=starts, containers=runs)
    every = (*pod.init_containers, *pod.containers)
    name = "scratch" if any(volume.name == "tmp" for volume in pod.volumes) else "tmp"
    volumes = [*pod.volumes, *([scratch(name, pod.scratch_size)] if any(map(uses_scratch, every)) else [])]
    spread = (
        spread_constraints(selector, strict=pod.spread_strictly, min_zones=pod.min_zones)
        if pod.spread and pod.spread_constraints is None
        else None
    )
    return {
        **compact(
            initContainers=[container_data(container, scratch=name) for container in pod.init_containers],
            activeDeadlineSeconds=pod.active_deadline_seconds,
            priorityClassName=pod.priority_class,
            shareProcessNamespace=pod.share_processes or None,
            topologySpreadConstraints=spread,
            volumes=sorted((volume_data(volume) for volume in volumes), key=lambda volume: str(volume["name"])),
        ),
        **placement_fields(pod, selector),
        "automountServiceAccountToken": pod.mount_token,
        "containers": [container_data(container, scratch=name) for container in pod.containers],
        "enableServiceLinks": pod.service_links,
        "restartPolicy": pod.restart_policy,
        "securityContext": security_context,
        "serviceAccountName": pod.service_account,
        "terminationGracePeriodSeconds": pod.termination_grace_seconds,
    }


def _as_roots(containers: Sequence[Container]) -> Sequence[Container]:
    return [replace(one, security=as_root(one.security)) for one in containers]


def exceptions_annotation(pod: Pod) -> dict[str, str]:
    """Return the annotation of a workload that lists its exceptions to *restricted* with their reasons, if there are
    any.
    """
    found = [{"allows": what, "for": subject, "reason": reason} for subject, what, reason in exceptions(pod)]
    return {EXCEPTIONS: json.dumps(found, ensure_ascii=False)} if found else {}


def exceptions(pod: Pod) -> Iterator[tuple[str, str, str]]:
    """Yield each exception of a pod: its subject (the pod, a container or a volume), what it allows, and the reason."""
    for key in ("host_network", "host_pid", "host_ipc"):
        if reason := getattr(pod, key):
            yield "the pod", key.replace("_", " "), reason
    for name in filter(is_unsafe_sysctl, sorted(pod.sysctls)):
        yield "the pod", f"kernel parameter {name}", pod.unsafe_sysctls
    for volume in pod.volumes:
        if "hostPath" in volume.source:
            yield f"volume {volume.name}", f"host path {_host_path(volume)}", volume.reason
    for container in (*pod.init_containers, *pod.containers):
        for port in container.ports:
            if port.host_port is not None:
                yield f"container {container.name}", f"host port {port.host_port}", port.host_reason
        for what, reason in container.security.exceptions():
            yield f"container {container.name}", what, reason
    for what, reason in pod.cloud_access.items():
        yield "its cloud identity", what, reason


def mount_refusals(pod: Pod, claims: Collection[str] = ()) -> Iterator[Refusal]:
    """Yield mounts of volumes that neither the pod nor the ``claims`` of its StatefulSet declare."""
    known = {*claims, *(volume.name for volume in pod.volumes)}
    for key in ("init_containers", "containers"):
        for index, container in enumerate(getattr(pod, key)):
            for at, mount in enumerate(container.mounts):
                if mount.volume not in known:
                    place = f"{key}[{index}].mounts[{at}].volume"
                    yield Refusal(place, describe(mount.volume), f"a volume of the pod: {', '.join(sorted(known))}")


def pod_refusals(pod: Pod, claims: Collection[str] = ()) -> Iterator[Refusal]:
    """Yield all problems of a pod that was created from other props."""
    yield from (refusal.below("pod") for refusal in check(pod) or mount_refusals(pod, claims))


def restart_refusals(pod: Pod, *policies: str) -> Iterator[Refusal]:
    """Yield a restart policy other than these; each kind of workload accepts different ones."""
    if pod.restart_policy not in policies:
        yield Refusal("pod.restart_policy", describe(pod.restart_policy), " or ".join(map(describe, policies)))


def _host_path(volume: Volume) -> str:
    found = volume.source["hostPath"]
    return str(found["path"]) if isinstance(found, Mapping) else ""


def _known(**fields: int | None) -> Data:
    return {key: value for key, value in fields.items() if value is not None}
