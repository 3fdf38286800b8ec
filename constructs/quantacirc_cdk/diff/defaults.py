"""Defaults that the Kubernetes API fills in before it compares a manifest with the stored object.

An explicit default changes nothing. The defaults are those of https://kubernetes.io/docs/reference/kubernetes-api/ for
Kubernetes 1.27 and newer.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from quantacirc_cdk.manifests import PODS

Json = dict[str, Any]

_POD: Json = {
    "dnsPolicy": "ClusterFirst",
    "enableServiceLinks": True,
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_CONTAINER: Json = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE: Json = {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}
_MODE = 0o644
_VOLUMES: Mapping[str, Json] = {
    "configMap": {"defaultMode": _MODE},
    "downwardAPI": {"defaultMode": _MODE},
    "emptyDir": {},
    "hostPath": {"type": ""},
    "projected": {"defaultMode": _MODE},
    "secret": {"defaultMode": _MODE},
}
_CLAIM: Json = {"volumeMode": "Filesystem"}
_JOB: Json = {"backoffLimit": 6, "completionMode": "NonIndexed", "podReplacementPolicy": "TerminatingOrFailed"}
_SPECS: Mapping[str, Json] = {
    "CronJob": {
        "concurrencyPolicy": "Allow",
        "failedJobsHistoryLimit": 1,
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
    },
    "DaemonSet": {"minReadySeconds": 0, "revisionHistoryLimit": 10, "updateStrategy": {"type": "RollingUpdate"}},
    "Deployment": {
        "minReadySeconds": 0,
        "progressDeadlineSeconds": 600,
        "revisionHistoryLimit": 10,
        "strategy": {"type": "RollingUpdate"},
    },
    "Job": {**_JOB, "suspend": False},
    "PersistentVolumeClaim": _CLAIM,
    "Service": {"internalTrafficPolicy": "Cluster", "sessionAffinity": "None", "type": "ClusterIP"},
    "StatefulSet": {
        "minReadySeconds": 0,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "podManagementPolicy": "OrderedReady",
        "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate"},
    },
}
"""Defaults of the fields of ``spec`` that reset to them when removed.

``replicas`` is not among them: without it, the autoscaler keeps its number.
"""


def stored(item: Mapping[str, Any]) -> Json:
    """Return an object in the form in which the API stores it."""
    found = deepcopy(dict(item))
    kind, spec = str(found.get("kind", "")), found.get("spec")
    if isinstance(spec, dict):
        _fill(spec, _SPECS.get(kind, {}))
        if kind == "Service":
            for port in _mappings(spec.get("ports")):
                _fill(port, {"protocol": "TCP", "targetPort": port.get("port")})
        if kind == "CronJob" and isinstance(job := _inner(spec, "jobTemplate", "spec"), dict):
            _fill(job, _JOB)
        for claim in _mappings(spec.get("volumeClaimTemplates")):
            if isinstance(claim.get("spec"), dict):
                _fill(claim["spec"], _CLAIM)
    pod = _inner(found, *PODS.get(kind, ("none",)), "spec")
    if isinstance(pod, dict):
        _pod(pod)
    return found


def _pod(pod: Json) -> None:
    _fill(pod, _POD)
    for volume in _mappings(pod.get("volumes")):
        for source, defaults in _VOLUMES.items():
            if isinstance(volume.get(source), dict):
                _fill(volume[source], defaults)
    for container in [*_mappings(pod.get("initContainers")), *_mappings(pod.get("containers"))]:
        _fill(container, _CONTAINER)
        _fill(container, {"imagePullPolicy": _pull_policy(str(container.get("image", "")))})
        for port in _mappings(container.get("ports")):
            _fill(port, {"protocol": "TCP"})
        for name in ("livenessProbe", "readinessProbe", "startupProbe"):
            if isinstance(probe := container.get(name), dict):
                _fill(probe, _PROBE)
                for action in ("httpGet", "grpc"):
                    if isinstance(probe.get(action), dict):
                        _fill(probe[action], {"scheme": "HTTP"} if action == "httpGet" else {"service": ""})
        for variable in _mappings(container.get("env")):
            if isinstance(field := _inner(variable, "valueFrom", "fieldRef"), dict):
                _fill(field, {"apiVersion": "v1"})


def _pull_policy(image: str) -> str:
    """Return the default pull policy: Always for an image without a tag or with ``latest``."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if not digest and tag in ("", "latest") else "IfNotPresent"


def _fill(target: Json, defaults: Mapping[str, Any]) -> None:
    for name, default in defaults.items():
        if target.get(name) is None and default is not None:
            target[name] = dict(default) if isinstance(default, dict) else default
        elif isinstance(default, dict) and isinstance(target[name], dict):
            _fill(target[name], default)


def _inner(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _mappings(values: Any) -> list[Json]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
