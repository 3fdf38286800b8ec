"""DaemonSet: one pod on every node."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.deployment import Update
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, exceptions_annotation, mount_refusals, pod_template, restart_refusals
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import AddedLabels, Annotations, Count
from quantacirc_cdk.limits.pod_spec import NO_PODS

ONE_BY_ONE = Update(max_surge=0, max_unavailable=1)
"""Updates one node at a time, as Kubernetes does by default."""


@dataclass(frozen=True, kw_only=True)
class DaemonSetProps:
    """A DaemonSet."""

    identity: Identity
    pod: Pod
    revision_history: Count = 5
    """Old revisions kept for a rollback."""
    update: Update = ONE_BY_ONE
    """Update strategy; with a surge, the new pod of a node starts before the old one stops."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""
    labels: AddedLabels = field(default_factory=dict)
    """Additional labels of the DaemonSet."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the DaemonSet."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield mounts without a volume, and update settings that the API refuses."""
        yield from (refusal.below("pod") for refusal in mount_refusals(self.pod))
        yield from restart_refusals(self.pod, "Always")
        if self.update.recreate:
            yield Refusal("update.recreate", "True", "False: a DaemonSet replaces its pods node by node")
        surge, missing = self.update.max_surge, self.update.max_unavailable
        if self.on_delete and (surge, missing) != (ONE_BY_ONE.max_surge, ONE_BY_ONE.max_unavailable):
            yield Refusal("update", f"max_surge {surge}, max_unavailable {missing}", "the default with `on_delete`")
        elif surge not in NO_PODS and missing not in NO_PODS:
            yield Refusal("update.max_surge", describe(surge), f"0 if max_unavailable is {missing}")


def daemon_set_spec(props: DaemonSetProps) -> Data:
    """Return the ``spec`` of a DaemonSet. It has no replicas: there is one pod on every node that its placement
    allows.
    """
    update = props.update
    rolling = {"maxSurge": update.max_surge, "maxUnavailable": update.max_unavailable}
    return {
        **compact(minReadySeconds=update.min_ready_seconds or None),
        "revisionHistoryLimit": props.revision_history,
        "selector": {"matchLabels": props.identity.selector},
        "template": pod_template(props.identity, props.pod),
        "updateStrategy": {"type": "OnDelete"}
        if props.on_delete
        else {"rollingUpdate": rolling, "type": "RollingUpdate"},
    }


class DaemonSet(Manifest):
    """A DaemonSet named after its identity."""

    def __init__(self, scope: Construct, id: str, props: DaemonSetProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="apps/v1",
            kind="DaemonSet",
            name=props.identity.name,
            labels={**props.identity.labels, **props.labels},
            annotations={**props.annotations, **exceptions_annotation(props.pod)},
            spec=daemon_set_spec(props),
        )
