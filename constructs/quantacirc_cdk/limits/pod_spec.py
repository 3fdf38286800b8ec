"""Rules of the API and the kubelet about fields of a pod and its workload together, checked on finished objects.

The props of constructs, patches and objects that a project adds in Python all end as such objects. Sources:
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/validation.go (pods) and
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/apps/validation/validation.go (selectors, updates).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.limits.container_spec import container_refusals
from quantacirc_cdk.limits.scheduling import affinity_refusals
from quantacirc_cdk.limits.volume_sources import volume_refusals

Object = Mapping[str, Any]
Refused = tuple[str, str]
"""What the API refuses, with its place, and what was expected."""

HOST_NETWORK_SYSCTL = re.compile(r"net[./]")
HOST_IPC_SYSCTL = re.compile(r"kernel[./](shm|msg)|kernel[./]sem$|fs[./]mqueue[./]")
BASELINE_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
"""Capabilities that *baseline* allows (https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline)."""
BASELINE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_syncookies",
    }
)
"""Kernel parameters that *baseline* allows
(https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline)."""
NO_PODS = (0, "0%")
"""Numbers and percentages of an update that are no pod."""


def is_unsafe_sysctl(name: str) -> bool:
    """Return whether *baseline* refuses a kernel parameter; a node allows it only if its kubelet lists it."""
    return name.replace("/", ".") not in BASELINE_SYSCTLS


_SELECTING = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")


def workload_refusals(item: Object, template: Object) -> Iterator[Refused]:
    """Yield what the API refuses of an object that creates pods; ``template`` is its pod template."""
    spec = item.get("spec") or {}
    selector = (spec.get("selector") or {}) if item["kind"] not in ("Pod", "Job", "CronJob") else {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if item["kind"] in _SELECTING and not selector:
        yield "no selector", "the labels of its pods in `selector.matchLabels`"
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            yield f"the label {key} of its pods is {labels.get(key)!r}", f"{value!r}, which its selector requires"
    update = _stated((spec.get("strategy") or {}).get("rollingUpdate")) if item["kind"] == "Deployment" else {}
    if update and update.get("maxSurge", "25%") in NO_PODS and update.get("maxUnavailable", "25%") in NO_PODS:
        yield "maxSurge and maxUnavailable are both 0", "one of them above 0"
    if item["kind"] == "DaemonSet":
        yield from _daemon_set_update(_stated((spec.get("updateStrategy") or {}).get("rollingUpdate")))
    yield from pod_refusals(template.get("spec") or {})


def _stated(fields: Object | None) -> Object:
    """Return the fields of a mapping that are not null, which is the default."""
    return {key: value for key, value in (fields or {}).items() if value is not None}


def _daemon_set_update(update: Object) -> Iterator[Refused]:
    """Yield shares of pods that the API refuses; without ``maxUnavailable``, one pod may be unavailable."""
    surges = update.get("maxSurge", 0) not in NO_PODS
    stops = update.get("maxUnavailable", 1) not in NO_PODS
    if surges and stops:
        yield "maxSurge beside maxUnavailable, of which 1 is the default", "maxUnavailable: 0"
    elif not surges and not stops:
        yield "maxSurge and maxUnavailable are both 0", "one of them above 0"


def pod_refusals(spec: Object) -> Iterator[Refused]:
    """Yield what the API, or the kubelet, refuses of the ``spec`` of a pod."""
    if not spec.get("containers"):
        yield "no container", "at least one"
    if spec.get("dnsPolicy") == "None" and not (spec.get("dnsConfig") or {}).get("nameservers"):
        yield "dnsPolicy None without name servers", "name servers"
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        yield "shareProcessNamespace beside hostPID", "one of them"
    for one in (spec.get("securityContext") or {}).get("sysctls") or ():
        for key, pattern in (("hostNetwork", HOST_NETWORK_SYSCTL), ("hostIPC", HOST_IPC_SYSCTL)):
            if spec.get(key) and pattern.match(one["name"]):
                yield f"the sysctl {one['name']} beside {key}", "one of them"
    for one in spec.get("tolerations") or ():
        yield from _toleration(one)
    yield from _volumes(spec.get("volumes") or ())
    yield from affinity_refusals(spec.get("affinity") or {})
    yield from _spread(spec.get("topologySpreadConstraints") or ())
    ports: list[tuple[Any, ...]] = []
    for key in ("initContainers", "containers"):
        for container in spec.get(key) or ():
            for what, expected in container_refusals(container, spec, runs_on=key == "containers"):
                yield f"container {container.get('name')}: {what}", expected
            for port in container.get("ports") or ():
                taken = (port.get("hostIP"), port.get("hostPort"), port.get("protocol", "TCP"))
                if port.get("hostPort") and taken in ports:
                    yield f"host port {port['hostPort']} twice", "each host port once"
                ports.append(taken)


def _spread(constraints: Sequence[Object]) -> Iterator[Refused]:
    seen: list[tuple[Any, Any]] = []
    for one in constraints:
        if (pair := (one.get("topologyKey"), one.get("whenUnsatisfiable"))) in seen:
            yield f"two spread constraints of {pair[0]} with {pair[1]}", "one"
        seen.append(pair)
        if one.get("minDomains") is not None and pair[1] != "DoNotSchedule":
            yield f"minDomains of a spread constraint with {pair[1]}", "DoNotSchedule, or none"
        selector = one.get("labelSelector") or {}
        selected = {*(selector.get("matchLabels") or {})}
        selected |= {expression.get("key") for expression in selector.get("matchExpressions") or ()}
        for key in one.get("matchLabelKeys") or ():
            if key in selected:
                yield f"matchLabelKeys {key}, which labelSelector has too", "one of them"
        if one.get("matchLabelKeys") and one.get("labelSelector") is None:
            yield "matchLabelKeys without labelSelector", "a labelSelector"


def _volumes(volumes: Sequence[Object]) -> Iterator[Refused]:
    names = set()
    for one in volumes:
        if one.get("name") in names:
            yield f"two volumes named {one.get('name')}", "a different name for each"
        names.add(one.get("name"))
        for what, expected in volume_refusals(one):
            yield f"volume {one.get('name')}: {what}", expected


def _toleration(one: Object) -> Iterator[Refused]:
    if one.get("tolerationSeconds") is not None and one.get("effect") != "NoExecute":
        yield "a toleration with seconds and another effect than NoExecute", "effect NoExecute"
    if not one.get("key") and one.get("operator") != "Exists":
        yield "a toleration with a value and no key", "a key"
    if one.get("value") and one.get("operator") == "Exists":
        yield "a toleration with operator Exists and a value", "operator Equal, or no value"
