"""What the API fills in where an object does not say it, as far as a test depends on it.

The defaults are those of https://kubernetes.io/docs/reference/kubernetes-api/.
"""

from typing import Any

from cluster.resources import Resource

Json = dict[str, Any]

SPECS: dict[str, Json] = {
    "Deployment": {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600},
    "StatefulSet": {"replicas": 1, "revisionHistoryLimit": 10, "podManagementPolicy": "OrderedReady"},
    "DaemonSet": {"revisionHistoryLimit": 10},
    "CronJob": {"concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 1},
    "Service": {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"},
    "HorizontalPodAutoscaler": {"minReplicas": 1},
}  # fmt: skip


def fill_in(resource: Resource, old: Json | None, item: Json) -> None:
    """Add the defaults of the kind to an object, and the address that a Service has already."""
    if isinstance(spec := item.get("spec"), dict):
        for name, value in SPECS.get(resource.kind, {}).items():
            spec.setdefault(name, value)
    if resource.kind == "Service" and old and item["spec"]["type"] != "ExternalName" and "clusterIP" in old["spec"]:
        item["spec"].setdefault("clusterIP", old["spec"]["clusterIP"])
    if resource.kind == "Pod":
        for container in (*(item["spec"].get("initContainers") or ()), *item["spec"]["containers"]):
            stated = container.get("resources") or {}
            if stated.get("limits"):
                container["resources"] = {**stated, "requests": {**stated["limits"], **(stated.get("requests") or {})}}
    if resource.kind == "CustomResourceDefinition":
        item["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
