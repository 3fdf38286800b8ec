"""Types of fields, and rules about fields together, that finished objects of Kubernetes' own kinds keep.

Props and the model make no such object; patches, and objects that a project adds, can.
Source: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.limits.kubernetes_fields import fields_of
from quantacirc_cdk.limits.network_policies import policy_refusals
from quantacirc_cdk.limits.pod_spec import Object, Refused
from quantacirc_cdk.limits.quantity import parse_quantity

_WHOLE = frozenset(
    (
        "activeDeadlineSeconds averageUtilization backoffLimit completions containerPort failedJobsHistoryLimit "
        "failureThreshold fsGroup hostPort initialDelaySeconds maxReplicas maxSkew minReadySeconds minReplicas "
        "nodePort parallelism periodSeconds progressDeadlineSeconds replicas revisionHistoryLimit runAsGroup "
        "runAsUser stabilizationWindowSeconds startingDeadlineSeconds successThreshold successfulJobsHistoryLimit "
        "terminationGracePeriodSeconds timeoutSeconds tolerationSeconds ttlSecondsAfterFinished"
    ).split()
)
_FLAGS = frozenset(
    (
        "allowPrivilegeEscalation automountServiceAccountToken enableServiceLinks hostIPC hostNetwork hostPID paused "
        "privileged publishNotReadyAddresses readOnly readOnlyRootFilesystem runAsNonRoot shareProcessNamespace suspend"
    ).split()
)
_LISTS = frozenset(
    (
        "args command containers egress env envFrom hostAliases imagePullSecrets ingress initContainers metrics "
        "policyTypes ports rules subjects tolerations topologySpreadConstraints volumeClaimTemplates volumeMounts "
        "volumes"
    ).split()
)
_MAPPINGS = frozenset(
    (
        "affinity annotations behavior hard jobTemplate labels livenessProbe matchLabels metadata nodeSelector "
        "podSelector readinessProbe roleRef rollingUpdate scaleTargetRef securityContext selector spec startupProbe "
        "strategy template updateStrategy"
    ).split()
)
_FREE = frozenset(
    {"annotations", "binaryData", "data", "labels", "matchLabels", "nodeSelector", "parameters", "stringData"}
)
"""Mappings whose keys are no fields."""


def finished_refusals(item: Object) -> Iterator[Refused]:
    """Yield what the API refuses of a finished object, with its place; nothing for a kind of a custom resource."""
    if fields_of(item["apiVersion"], item["kind"]) is None:
        return
    wrong = list(_types(item, ""))
    yield from wrong or _together(item)


def _types(value: Any, place: str) -> Iterator[Refused]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _types(inner, f"{place}[{index}]")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            inside = f"{place}.{key}".lstrip(".")
            if inner is not None and (expected := _expected(key, inner)):
                yield f"{inside} {inner!r}", expected
            elif key not in _FREE and not (key == "selector" and _is_texts(inner)):
                yield from _types(inner, inside)


def _is_texts(value: Any) -> bool:
    """Return whether a value is a mapping of texts, such as the labels that a Service selects."""
    return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())


def _expected(key: str, value: Any) -> str | None:
    """Return the type of a field that has another one."""
    if key in _WHOLE and (isinstance(value, bool) or not isinstance(value, int)):
        return "a whole number"
    if key in _FLAGS and not isinstance(value, bool):
        return "true or false"
    if key in _LISTS and not isinstance(value, list):
        return "a list"
    if key in _MAPPINGS and not isinstance(value, Mapping):
        return "a mapping"
    if key == "hard" and not all(map(_is_quantity, value.values())):
        return "quantities"
    return None


def _is_quantity(value: Any) -> bool:
    try:
        parse_quantity(str(value))
    except ValueError:
        return False
    return True


def _together(item: Object) -> Iterator[Refused]:
    spec = item.get("spec") or {}
    match item["kind"]:
        case "PodDisruptionBudget" if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
            yield "minAvailable and maxUnavailable", "one of them; a merge patch removes the other with null"
        case "NetworkPolicy":
            yield from policy_refusals(spec)
        case "HorizontalPodAutoscaler":
            least, most = spec.get("minReplicas"), spec.get("maxReplicas")
            least = 1 if least is None else least  # A null is the default, as an absent key is.
            if most is None:
                yield "no maxReplicas", "a whole number"
            elif least > most:
                yield f"minReplicas {least} above maxReplicas {most}", "at most maxReplicas"
        case "Deployment" | "DaemonSet" | "StatefulSet":
            update = spec.get("strategy") or spec.get("updateStrategy") or {}
            if update.get("type", "RollingUpdate") != "RollingUpdate" and update.get("rollingUpdate"):
                yield f"rollingUpdate beside {update['type']}", "type RollingUpdate, or no rollingUpdate"
        case "Service":
            for index, port in enumerate(spec.get("ports") or ()):
                if isinstance(port, Mapping) and not isinstance(port.get("port"), int):
                    yield f"spec.ports[{index}].port {port.get('port')!r}", "a whole number"
