"""Translate placement, DNS and user settings of a Kubernetes pod."""

from quantacirc_cdk.importing.source import Data
from quantacirc_cdk.limits.pod_spec import is_unsafe_sysctl

_REASON = "The imported source sets it."


def pod_keys(spec: Data, part: Data) -> Data:
    """Return the keys of a component for the fields of its pods; ``part`` contains the keys from its containers."""
    found: Data = {}
    lifecycle = dict(part.get("lifecycle") or {})
    lifecycle["termination_grace_seconds"] = spec.get("terminationGracePeriodSeconds", 30) or 1
    found["lifecycle"] = lifecycle
    place = {
        "node_selector": {key: str(value) for key, value in (spec.get("nodeSelector") or {}).items()},
        "tolerations": [_toleration(one) for one in spec.get("tolerations") or []],
        "spread": [],
        "runtime_class": spec.get("runtimeClassName"),
        "priority_class": spec.get("priorityClassName"),
        "scheduler": None if spec.get("schedulerName") == "default-scheduler" else spec.get("schedulerName"),
    }
    found["placement"] = {key: value for key, value in place.items() if value or key == "spread"}
    config = spec.get("dnsConfig") or {}
    dns = {
        "policy": None if spec.get("dnsPolicy") == "ClusterFirst" else spec.get("dnsPolicy"),
        "nameservers": config.get("nameservers"),
        "searches": config.get("searches"),
        "options": {one["name"]: str(one.get("value") or "") for one in config.get("options") or []},
        "host_aliases": {one["ip"]: one.get("hostnames") for one in spec.get("hostAliases") or []},
        "hostname": spec.get("hostname"),
        "subdomain": spec.get("subdomain"),
    }
    found["dns"] = {key: value for key, value in dns.items() if value}
    shared = spec.get("securityContext") or {}
    security = dict(part.get("security") or {})
    for key, ours in (("fsGroup", "fs_group"), ("supplementalGroups", "supplemental_groups")):
        if shared.get(key) is not None:
            security[ours] = shared[key]
    if shared.get("sysctls"):
        security["sysctls"] = {one["name"]: str(one["value"]) for one in shared["sysctls"]}
        if any(map(is_unsafe_sysctl, security["sysctls"])):
            security["unsafe_sysctls"] = _REASON
    for key, ours in (("hostNetwork", "host_network"), ("hostPID", "host_pid"), ("hostIPC", "host_ipc")):
        if spec.get(key):
            security[ours] = _REASON
    found["security"] = security
    found["pull_secrets"] = [one.get("name") for one in spec.get("imagePullSecrets") or []]
    found["share_processes"] = spec.get("shareProcessNamespace") or False
    found["service_links"] = spec.get("enableServiceLinks") is not False
    return {key: value for key, value in found.items() if value not in ({}, [], False, None)}


def _toleration(one: Data) -> Data:
    found = {"key": one.get("key"), "effect": one.get("effect"), "seconds": one.get("tolerationSeconds")}
    if one.get("operator", "Equal") != "Exists":
        found["value"] = str(one.get("value", ""))
    return {key: value for key, value in found.items() if value is not None}
