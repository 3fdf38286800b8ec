"""What changes of Deployments, StatefulSets and DaemonSets do."""

from typing import Any

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule

DOCS = "https://kubernetes.io/docs"
STATEFUL_SET_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/apps/validation/validation.go"

REPLICATED = ("Deployment", "StatefulSet", "ReplicaSet")
MUTABLE_IN_STATEFUL_SETS = (
    "replicas",
    "template",
    "updateStrategy",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
)


def _replicas(workload: Any) -> int:
    """Return how many pods the manifest asks for; two where an autoscaler decides, as one alone is never sure."""
    replicas = look_up(workload, "spec", "replicas")
    return replicas if isinstance(replicas, int) else 2


def _strategy(change: FieldChange) -> str:
    return str(look_up(change.new, "spec", "strategy", "type", default="RollingUpdate"))


def _on_delete(change: FieldChange) -> bool:
    return bool(look_up(change.new, "spec", "updateStrategy", "type") == "OnDelete")


def _selector_misses_template(change: FieldChange) -> bool:
    wanted = look_up(change.new, "spec", "selector", "matchLabels", default={})
    labels = look_up(change.new, "spec", "template", "metadata", "labels", default={})
    return any(labels.get(key) != value for key, value in wanted.items())


def _all_at_once(change: FieldChange) -> bool:
    """Whether the update may take down every pod: maxUnavailable covers them all."""
    unavailable = look_up(change.new, "spec", "strategy", "rollingUpdate", "maxUnavailable", default="25%")
    replicas = _replicas(change.new)
    if isinstance(unavailable, str) and unavailable.endswith("%"):
        unavailable = int(unavailable[:-1]) * replicas // 100  # the API rounds maxUnavailable down
    return isinstance(unavailable, int) and unavailable >= replicas > 0


def _fewer(change: FieldChange) -> bool:
    before, after = (value if isinstance(value, int) else 1 for value in (change.before, change.after))
    return after < before


def _deletes_claims(change: FieldChange, event: str) -> bool:
    return bool(look_up(change.new, "spec", "persistentVolumeClaimRetentionPolicy", event) == "Delete")


TEMPLATE = ("spec.template",)

RULES = (
    Rule(
        id="selector-immutable",
        impact=Impact.RECREATE,
        kinds=("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
        paths=("spec.selector",),
        says="the label selector of a workload cannot be changed",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#label-selector-updates",
    ),
    Rule(
        id="template-labels-miss-selector",
        impact=Impact.RECREATE,
        kinds=("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
        paths=("spec.template.metadata.labels",),
        when=_selector_misses_template,
        says="the pod template's labels must match the selector, which cannot be changed",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#selector",
    ),
    Rule(
        id="paused",
        impact=Impact.NO_OP,
        kinds=("Deployment",),
        paths=TEMPLATE,
        when=lambda change: look_up(change.new, "spec", "paused") is True,
        says="a paused Deployment rolls nothing out until it is resumed",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment",
    ),
    Rule(
        id="recreate-strategy",
        impact=Impact.UNAVAILABILITY,
        kinds=("Deployment",),
        paths=TEMPLATE,
        when=lambda change: _strategy(change) == "Recreate",
        says="strategy Recreate stops every pod before the first new one starts",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#recreate-deployment",
    ),
    Rule(
        id="all-unavailable",
        impact=Impact.UNAVAILABILITY,
        kinds=("Deployment",),
        paths=TEMPLATE,
        when=_all_at_once,
        says="maxUnavailable lets the update take down every pod at once",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#max-unavailable",
    ),
    Rule(
        id="deployment-template",
        impact=Impact.ROLLING_RESTART,
        kinds=("Deployment",),
        paths=TEMPLATE,
        says="a change of the pod template starts a rolling update",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#updating-a-deployment",
    ),
    Rule(
        id="on-delete",
        impact=Impact.NO_OP,
        kinds=("StatefulSet", "DaemonSet"),
        paths=TEMPLATE,
        when=_on_delete,
        says="with updateStrategy OnDelete, pods keep the old template until somebody deletes them",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#on-delete",
    ),
    Rule(
        id="single-member",
        impact=Impact.UNAVAILABILITY,
        kinds=("StatefulSet",),
        paths=TEMPLATE,
        when=lambda change: _replicas(change.new) <= 1,
        says="a StatefulSet deletes a pod before it creates its successor: the only one is gone for that time",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#rolling-updates",
    ),
    Rule(
        id="stateful-set-template",
        impact=Impact.ROLLING_RESTART,
        kinds=("StatefulSet",),
        paths=TEMPLATE,
        says="a change of the pod template restarts the pods one by one, from the last to the first",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#rolling-updates",
    ),
    Rule(
        id="daemon-set-template",
        impact=Impact.ROLLING_RESTART,
        kinds=("DaemonSet",),
        paths=TEMPLATE,
        says="a change of the pod template replaces the pods node by node",
        source=f"{DOCS}/tasks/manage-daemon/update-daemon-set/",
    ),
    Rule(
        id="claim-templates-immutable",
        impact=Impact.RECREATE,
        kinds=("StatefulSet",),
        paths=("spec.volumeClaimTemplates",),
        says="volumeClaimTemplates of a StatefulSet cannot be changed, not even to grow",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#volume-claim-templates",
    ),
    Rule(
        id="stateful-set-immutable",
        impact=Impact.RECREATE,
        kinds=("StatefulSet",),
        paths=("spec",),
        when=lambda change: len(change.path) > 1 and change.path[1] not in MUTABLE_IN_STATEFUL_SETS,
        says="this field of a StatefulSet cannot be changed",
        source=STATEFUL_SET_UPDATE,
    ),
    Rule(
        id="ordinals",
        impact=Impact.DATA_LOSS,
        kinds=("StatefulSet",),
        paths=("spec.ordinals",),
        says="other ordinals are other pod names, whose claims are new and empty",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#start-ordinal",
    ),
    Rule(
        id="scale-in-deletes-claims",
        impact=Impact.DATA_LOSS,
        kinds=("StatefulSet",),
        paths=("spec.replicas",),
        when=lambda change: _fewer(change) and _deletes_claims(change, "whenScaled"),
        says="fewer replicas, and whenScaled: Delete removes their claims",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
    ),
    Rule(
        id="claims-will-be-deleted",
        impact=Impact.DATA_LOSS,
        kinds=("StatefulSet",),
        paths=("spec.persistentVolumeClaimRetentionPolicy",),
        when=lambda change: change.after == "Delete",
        says="from now on scaling in or deleting the StatefulSet deletes its claims",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention",
    ),
    Rule(
        id="scaled-to-zero",
        impact=Impact.UNAVAILABILITY,
        kinds=REPLICATED,
        paths=("spec.replicas",),
        when=lambda change: change.after == 0,
        says="nothing is left to answer",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#scaling-a-deployment",
    ),
    Rule(
        id="members-leave",
        impact=Impact.UNAVAILABILITY,
        kinds=("StatefulSet",),
        paths=("spec.replicas",),
        when=_fewer,
        says="members leave: a quorum changes and what only they held must move; their claims stay",
        source=f"{DOCS}/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees",
    ),
    Rule(
        id="replicas",
        impact=Impact.NO_OP,
        kinds=REPLICATED,
        paths=("spec.replicas",),
        says="pods are added or removed; those that stay are not restarted",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#scaling-a-deployment",
    ),
    Rule(
        id="rollout-settings",
        impact=Impact.NO_OP,
        kinds=("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
        paths=("spec",),
        says="takes effect with the next rollout; no pod is restarted for it",
        source=f"{DOCS}/concepts/workloads/controllers/deployment/#writing-a-deployment-spec",
    ),
)
