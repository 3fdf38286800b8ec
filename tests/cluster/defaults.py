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


def fill_in(resource: Resource, item: Json) -> None:
    """Add the defaults of the kind to an object."""
    if isinstance(spec := item.get("spec"), dict):
        for name, value in SPECS.get(resource.kind, {}).items():
            spec.setdefault(name, value)
    if resource.kind == "CustomResourceDefinition":
        item["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
