"""What the API refuses: fields that are immutable, as the sources of Kubernetes have it."""

from fractions import Fraction
from typing import Any

from cluster.quantities import amount
from cluster.refusal import Refused
from cluster.resources import Resource

Json = dict[str, Any]

STATEFUL_SET_FIELDS = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
JOB_FIELDS = (
    "parallelism",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "suspend",
    "podReplacementPolicy",
)
VOLUME_FIELDS = (
    "capacity",
    "accessModes",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "mountOptions",
    "claimRef",
    "nodeAffinity",
)
"""What a volume may change; its source is what remains. The first affinity may be added."""
WHOLE = {"Deployment": ("selector",), "DaemonSet": ("selector",), "IngressClass": ("controller",)}
"""Fields of the spec that may not change."""
OUTSIDE_OF_SPEC = {
    "PriorityClass": ("value", "preemptionPolicy"),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "RuntimeClass": ("handler",),
}
"""Fields beside the metadata that may not change."""


def validate(resource: Resource, old: Json | None, new: Json) -> None:
    """Raise ``Refused`` with the words of the API for a change it would not take."""
    name = new.get("metadata", {}).get("name", "")
    problems = [*_required(resource, new), *(_immutable(resource, old, new) if old else ())]
    if problems:
        said = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        title = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        raise Refused(422, "Invalid", f'{title} "{name}" is invalid: {said}')


def _required(resource: Resource, new: Json) -> list[str]:
    if resource.kind in ("Deployment", "StatefulSet", "DaemonSet"):
        spec = new.get("spec") or {}
        labels = spec.get("template", {}).get("metadata", {}).get("labels") or {}
        wanted = spec.get("selector", {}).get("matchLabels") or {}
        if not wanted:
            return ["spec.selector: Required value"]
        if any(labels.get(key) != value for key, value in wanted.items()):
            return ["spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`"]
    if resource.kind == "HorizontalPodAutoscaler" and new["spec"].get("minReplicas") == 0:
        return ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"]
    return []


def _immutable(resource: Resource, old: Json, new: Json) -> list[str]:
    before, after = old.get("spec") or {}, new.get("spec") or {}

    def changed(*fields: str) -> list[str]:
        return [f"spec.{one}: Invalid value: field is immutable" for one in fields if before.get(one) != after.get(one)]

    if resource.kind in WHOLE and any(before.get(one) != after.get(one) for one in WHOLE[resource.kind]):
        return changed(*WHOLE[resource.kind])
    if resource.kind in OUTSIDE_OF_SPEC:
        return [
            f"{one}: Invalid value: field is immutable"
            for one in OUTSIDE_OF_SPEC[resource.kind]
            if old.get(one) != new.get(one)
        ]
    if resource.kind == "StatefulSet" and _without(before, STATEFUL_SET_FIELDS) != _without(after, STATEFUL_SET_FIELDS):
        fields = ", ".join(f"'{name}'" for name in STATEFUL_SET_FIELDS)
        return [f"spec: Forbidden: updates to statefulset spec for fields other than {fields} are forbidden"]
    if resource.kind == "Job" and _without(before, JOB_FIELDS) != _without(after, JOB_FIELDS):
        return ["spec.template: Invalid value: field is immutable"]
    if resource.kind == "Service" and before.get("clusterIP") not in (None, after.get("clusterIP")):
        return (
            []
            if after.get("type") == "ExternalName"
            else ["spec.clusterIPs[0]: Invalid value: may not change once set"]
        )
    if resource.kind in ("RoleBinding", "ClusterRoleBinding") and old.get("roleRef") != new.get("roleRef"):
        return ["roleRef: Invalid value: cannot change roleRef"]
    if resource.kind in ("ConfigMap", "Secret"):
        kept = [one for one in ("data", "binaryData", "immutable") if old.get(one) != new.get(one)]
        if old.get("immutable") and kept:
            return [f"{kept[0]}: Forbidden: field is immutable when `immutable` is set"]
        if old.get("type", "Opaque") != new.get("type", "Opaque"):
            return [f'type: Invalid value: "{new.get("type")}": field is immutable']
    if resource.kind == "PersistentVolumeClaim":
        return _claim(before, after)
    if resource.kind == "PersistentVolume" and _without(before, VOLUME_FIELDS) != _without(after, VOLUME_FIELDS):
        return ["spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation"]
    if resource.kind == "Pod" and _without_images(before) != _without_images(after):
        free = "spec.containers[*].image, spec.initContainers[*].image, spec.activeDeadlineSeconds, spec.tolerations"
        return [f"spec: Forbidden: pod updates may not change fields other than {free}"]
    return []


def _claim(before: Json, after: Json) -> list[str]:
    free = ("resources", "volumeName", "volumeAttributesClassName")
    if _without(before, free) != _without(after, free):
        return [f"spec: Forbidden: spec is immutable after creation except {', '.join(free)} for bound claims"]
    if claimed(after) < claimed(before):
        return ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]
    return []


def claimed(spec: Json) -> Fraction:
    """Return the bytes that a claim asks for."""
    return amount((spec.get("resources") or {}).get("requests", {}).get("storage", "0"))


def _without_images(spec: Json) -> Json:
    kinds = ("containers", "initContainers")
    free = _without(spec, ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", *kinds))
    return free | {kind: [_without(one, ("image",)) for one in spec.get(kind) or ()] for kind in kinds}


def _without(spec: Json, fields: tuple[str, ...]) -> Json:
    return {name: value for name, value in spec.items() if name not in fields}
