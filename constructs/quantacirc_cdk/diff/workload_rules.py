"""Effects of changes of Deployments, StatefulSets and DaemonSets."""

from typing import Any

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, rule

DOCS = "https://kubernetes.io/docs"
DEPLOYMENT = f"{DOCS}/concepts/workloads/controllers/deployment/"
STATEFUL_SET = f"{DOCS}/concepts/workloads/controllers/statefulset/"
STATEFUL_SET_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/apps/validation/validation.go"

WORKLOADS = "Deployment StatefulSet DaemonSet ReplicaSet"
REPLICATED = "Deployment StatefulSet ReplicaSet"
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
    """Return the number of pods; two with an autoscaler, because a single pod cannot be assumed."""
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
    """Return whether the update can stop all pods at once: maxUnavailable covers all of them."""
    unavailable = look_up(change.new, "spec", "strategy", "rollingUpdate", "maxUnavailable", default="25%")
    replicas = _replicas(change.new)
    if isinstance(unavailable, str) and unavailable.endswith("%"):
        unavailable = int(unavailable[:-1]) * replicas // 100  # The API rounds maxUnavailable down.
    return isinstance(unavailable, int) and unavailable >= replicas > 0


def _fewer(change: FieldChange) -> bool:
    before, after = (value if isinstance(value, int) else 1 for value in (change.before, change.after))
    return after < before


def _spread_is_required(change: FieldChange) -> bool:
    """Return whether more constraints than before keep a pod pending."""
    path = ("spec", "template", "spec", "topologySpreadConstraints")
    before, after = (
        {
            each.get("topologyKey")
            for each in look_up(one, *path, default=[])
            if each.get("whenUnsatisfiable") == "DoNotSchedule"
        }
        for one in (change.old, change.new)
    )
    return bool(after - before)


def _resets_replicas(change: FieldChange) -> bool:
    return change.removed and isinstance(change.before, int) and change.before > 1


def _deletes_claims(change: FieldChange, event: str) -> bool:
    return bool(look_up(change.new, "spec", "persistentVolumeClaimRetentionPolicy", event) == "Delete")


TEMPLATE = "spec.template"

# fmt: off
RULES = (
    rule("selector-immutable", Impact.RECREATE, WORKLOADS, "spec.selector",
         says="the label selector of a workload cannot be changed",
         source=f"{DEPLOYMENT}#label-selector-updates"),
    rule("template-labels-miss-selector", Impact.RECREATE, WORKLOADS, "spec.template.metadata.labels",
         when=_selector_misses_template,
         says="the pod template's labels must match the selector, which cannot be changed",
         source=f"{DEPLOYMENT}#selector"),
    rule("paused", Impact.NO_OP, "Deployment", TEMPLATE,
         when=lambda change: look_up(change.new, "spec", "paused") is True,
         says="a paused Deployment rolls nothing out until it is resumed",
         source=f"{DEPLOYMENT}#pausing-and-resuming-a-deployment"),
    rule("recreate-strategy", Impact.UNAVAILABILITY, "Deployment", TEMPLATE,
         when=lambda change: _strategy(change) == "Recreate",
         says="strategy Recreate stops every pod before the first new one starts",
         source=f"{DEPLOYMENT}#recreate-deployment"),
    rule("all-unavailable", Impact.UNAVAILABILITY, "Deployment", TEMPLATE, when=_all_at_once,
         says="maxUnavailable lets the update take down every pod at once",
         source=f"{DEPLOYMENT}#max-unavailable"),
    rule("deployment-template", Impact.ROLLING_RESTART, "Deployment", TEMPLATE,
         says="a change of the pod template starts a rolling update",
         source=f"{DEPLOYMENT}#updating-a-deployment"),
    rule("on-delete", Impact.NO_OP, "StatefulSet DaemonSet", TEMPLATE, when=_on_delete,
         says="with updateStrategy OnDelete, pods keep the old template until you delete them",
         source=f"{STATEFUL_SET}#on-delete"),
    rule("single-member", Impact.UNAVAILABILITY, "StatefulSet", TEMPLATE,
         when=lambda change: _replicas(change.new) <= 1,
         says="a StatefulSet deletes a pod before it creates its successor: the only pod is unavailable meanwhile",
         source=f"{STATEFUL_SET}#rolling-updates"),
    rule("spread-required", Impact.UNAVAILABILITY, "StatefulSet", f"{TEMPLATE}.spec.topologySpreadConstraints",
         when=_spread_is_required,
         says="where volumes of several pods are in one zone, the first of them that restarts stays pending until its "
              "volume is moved (docs/kubernetes.md)",
         source=f"{DOCS}/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition"),
    rule("stateful-set-template", Impact.ROLLING_RESTART, "StatefulSet", TEMPLATE,
         says="a change of the pod template restarts the pods one by one, from the last to the first",
         source=f"{STATEFUL_SET}#rolling-updates"),
    rule("daemon-set-template", Impact.ROLLING_RESTART, "DaemonSet", TEMPLATE,
         says="a change of the pod template replaces the pods node by node",
         source=f"{DOCS}/tasks/manage-daemon/update-daemon-set/"),
    rule("claim-templates-immutable", Impact.RECREATE, "StatefulSet", "spec.volumeClaimTemplates",
         says="volumeClaimTemplates of a StatefulSet cannot be changed, not even their size",
         source=f"{STATEFUL_SET}#volume-claim-templates"),
    rule("stateful-set-immutable", Impact.RECREATE, "StatefulSet", "spec",
         when=lambda change: len(change.path) > 1 and change.path[1] not in MUTABLE_IN_STATEFUL_SETS,
         says="this field of a StatefulSet cannot be changed", source=STATEFUL_SET_UPDATE),
    rule("ordinals", Impact.DATA_LOSS, "StatefulSet", "spec.ordinals",
         says="other ordinals give other pod names, with new and empty claims",
         source=f"{STATEFUL_SET}#start-ordinal"),
    rule("scale-in-deletes-claims", Impact.DATA_LOSS, "StatefulSet", "spec.replicas",
         when=lambda change: _fewer(change) and _deletes_claims(change, "whenScaled"),
         says="fewer replicas, and whenScaled: Delete removes their claims",
         source=f"{STATEFUL_SET}#persistentvolumeclaim-retention"),
    rule("claims-will-be-deleted", Impact.DATA_LOSS, "StatefulSet", "spec.persistentVolumeClaimRetentionPolicy",
         when=lambda change: change.after == "Delete",
         says="from now on scaling in or deleting the StatefulSet deletes its claims",
         source=f"{STATEFUL_SET}#persistentvolumeclaim-retention"),
    rule("scaled-to-zero", Impact.UNAVAILABILITY, REPLICATED, "spec.replicas", when=lambda change: change.after == 0,
         says="no pods are left",
         source=f"{DEPLOYMENT}#scaling-a-deployment"),
    rule("members-leave", Impact.UNAVAILABILITY, "StatefulSet", "spec.replicas", when=_fewer,
         says="members leave: a quorum changes, and data that only they held must be moved; their claims stay",
         source=f"{STATEFUL_SET}#deployment-and-scaling-guarantees"),
    rule("replicas-reset", Impact.UNAVAILABILITY, REPLICATED, "spec.replicas", when=_resets_replicas,
         says="without replicas in the manifest, the API resets the number to one until the autoscaler acts",
         source=f"{DOCS}/tasks/run-application/horizontal-pod-autoscale/"
                "#migrating-deployments-and-statefulsets-to-horizontal-autoscaling"),
    rule("replicas", Impact.NO_OP, REPLICATED, "spec.replicas",
         says="pods are added or removed; remaining pods are not restarted",
         source=f"{DEPLOYMENT}#scaling-a-deployment"),
    rule("rollout-settings", Impact.NO_OP, WORKLOADS, "spec",
         says="takes effect with the next rollout; no pod is restarted",
         source=f"{DEPLOYMENT}#writing-a-deployment-spec"),
)
# fmt: on
