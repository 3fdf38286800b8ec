"""What the API refuses: fields that are immutable, as the sources of Kubernetes have it."""

from typing import Any

from cluster.resources import Resource
from cluster.store import Refused

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
JOB_FIELDS = ("parallelism", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "suspend")


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
    return []


def _immutable(resource: Resource, old: Json, new: Json) -> list[str]:
    before, after = old.get("spec") or {}, new.get("spec") or {}

    def changed(*fields: str) -> list[str]:
        return [f"spec.{one}: Invalid value: field is immutable" for one in fields if before.get(one) != after.get(one)]

    if resource.kind in ("Deployment", "DaemonSet"):
        return changed("selector")
    if resource.kind == "StatefulSet" and _without(before, STATEFUL_SET_FIELDS) != _without(after, STATEFUL_SET_FIELDS):
        fields = ", ".join(f"'{name}'" for name in STATEFUL_SET_FIELDS)
        return [f"spec: Forbidden: updates to statefulset spec for fields other than {fields} are forbidden"]
    if resource.kind == "Job" and _without(before, JOB_FIELDS) != _without(after, JOB_FIELDS):
        return ["spec.template: Invalid value: field is immutable"]
    if resource.kind == "Service" and before.get("clusterIP") and after.get("clusterIP") != before["clusterIP"]:
        return ["spec.clusterIPs[0]: Invalid value: may not change once set"]
    if resource.kind == "RoleBinding" and old.get("roleRef") != new.get("roleRef"):
        return ["roleRef: Invalid value: cannot change roleRef"]
    if resource.kind in ("ConfigMap", "Secret") and old.get("immutable") and old.get("data") != new.get("data"):
        return ["data: Forbidden: field is immutable when `immutable` is set"]
    claim = ("resources", "volumeName")
    if resource.kind == "PersistentVolumeClaim" and _without(before, claim) != _without(after, claim):
        return ["spec: Forbidden: spec is immutable after creation except resources.requests"]
    return []


def _without(spec: Json, fields: tuple[str, ...]) -> Json:
    return {name: value for name, value in spec.items() if name not in fields}
