"""Names of Services and of pods of StatefulSets, as aliases of services in Compose."""

import json
import re
from collections.abc import Iterator

from quantacirc_cdk.compose.manifests import Manifests
from quantacirc_cdk.manifests import Data


def aliases(manifests: Manifests) -> dict[str, list[str]]:
    """Return the names besides its own by which others connect to each workload."""
    workloads = {one.name: one for one in manifests.workloads()}
    found: dict[str, list[str]] = {}
    for item in manifests.of_kind("Service"):
        name, namespace = str(item["metadata"]["name"]), item["metadata"].get("namespace", "default")
        for target in manifests.selected({"matchLabels": item["spec"].get("selector") or {}}):
            if target not in workloads or (name in workloads and name != target):
                continue
            set_of = workloads[target].kind == "StatefulSet" and item["spec"].get("clusterIP") == "None"
            names = [name, *([f"{target}-0.{name}"] if set_of else [])]
            full = [f"{one}{end}" for one in names for end in endings(namespace)]
            found[target] = list(dict.fromkeys([*found.get(target, []), *(one for one in full if one != target)]))
    return found


def endings(namespace: str) -> list[str]:
    """Return what can follow the name of a Service in its namespace."""
    return ["", f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local"]


def absent_pods(manifests: Manifests) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the StatefulSets of several pods with the names of those that texts contain: Compose runs the first."""
    text = json.dumps(list(manifests.of_kind("ConfigMap", "CronJob", "Deployment", "Job", "StatefulSet")))
    services = [str(item["metadata"]["name"]) for item in manifests.of_kind("Service")]
    for one in manifests.workloads():
        if one.kind == "StatefulSet" and one.replicas > 1 and services:
            listed = "|".join(map(re.escape, services))
            pattern = rf"(?<![\w.-]){re.escape(one.name)}-[1-9][0-9]*\.(?:{listed})(?![\w-])"
            names = sorted(set(re.findall(pattern, text)))
            if names:
                yield one.name, one.replicas, names


def attached(name: str, networks: list[str], known: list[str]) -> Data | list[str]:
    """Return the networks of a service, with its other names on the network of its clients."""
    if not known or name not in networks:
        return networks
    return {one: {"aliases": known} if one == name else {} for one in networks}
