"""StatefulSet: pods with stable names and their own volumes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.claim import Claim, claim_spec
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, exceptions_annotation, mount_refusals, pod_template, restart_refusals
from quantacirc_cdk.limits.check import Refusal, describe, repeated, too_long
from quantacirc_cdk.limits.kubernetes import LONGEST_NAME, Annotations, Count, Labels, Seconds, ServiceName

__all__ = ["Claim", "StatefulSet", "StatefulSetProps", "stateful_set_spec"]


@dataclass(frozen=True, kw_only=True)
class StatefulSetProps:
    """A StatefulSet."""

    identity: Identity
    pod: Pod
    service: ServiceName
    """Name of the headless Service that gives each pod its DNS name."""
    replicas: Count = 1
    claims: Sequence[Claim] = ()
    parallel: bool = False
    """Start all pods at once, because members of a quorum wait for each other. Immutable."""
    revision_history: Count = 5
    """Old revisions to keep for a rollback."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""
    partition: Count | None = None
    """Ordinal of the first pod that an update replaces; pods with lower ordinals do not change."""
    min_ready_seconds: Seconds = 0
    """Seconds that a new pod must be ready before it counts as available."""
    when_deleted: Literal["Retain", "Delete"] = "Retain"
    """Retain or delete the claims when the StatefulSet is deleted."""
    when_scaled: Literal["Retain", "Delete"] = "Retain"
    """Retain or delete the claims of pods that scaling down removes."""
    labels: Labels = field(default_factory=dict)
    """Additional labels of the StatefulSet."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the StatefulSet."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a name that is too long, mounts without a volume or claim, and a restart policy other than Always."""
        if len(self.identity.name) > LONGEST_NAME["StatefulSet"]:
            yield too_long("identity.name", self.identity.name, LONGEST_NAME["StatefulSet"])
        names = [claim.name for claim in self.claims]
        yield from (refusal.below("pod") for refusal in mount_refusals(self.pod, names))
        yield from restart_refusals(self.pod, "Always")
        if self.on_delete and self.partition is not None:
            yield Refusal("partition", describe(self.partition), "None with `on_delete`")
        for index, name in repeated((*names, *(volume.name for volume in self.pod.volumes))):
            place = f"claims[{index}].name" if index < len(names) else f"pod.volumes[{index - len(names)}].name"
            yield Refusal(place, describe(name), "a different name for each claim and volume")


def stateful_set_spec(props: StatefulSetProps) -> Data:
    """Return the ``spec`` of a StatefulSet.

    By default, claims are retained when the StatefulSet or its pods are deleted. Claims have only the selector's
    labels: a claim template is immutable, so a version label would make the next release fail.
    """
    return {
        **compact(minReadySeconds=props.min_ready_seconds or None),
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": props.when_deleted, "whenScaled": props.when_scaled},
        "podManagementPolicy": "Parallel" if props.parallel else "OrderedReady",
        "replicas": props.replicas,
        "revisionHistoryLimit": props.revision_history,
        "selector": {"matchLabels": props.identity.selector},
        "serviceName": props.service,
        "template": pod_template(props.identity, props.pod),
        "updateStrategy": _update(props),
        "volumeClaimTemplates": [_claim(claim, props.identity) for claim in props.claims],
    }


def _claim(claim: Claim, identity: Identity) -> Data:
    metadata = {"labels": identity.selector, "name": claim.name, **compact(annotations=dict(claim.annotations))}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": claim_spec(claim)}


def _update(props: StatefulSetProps) -> Data:
    if props.on_delete:
        return {"type": "OnDelete"}
    rolling = {} if props.partition is None else {"rollingUpdate": {"partition": props.partition}}
    return {**rolling, "type": "RollingUpdate"}


class StatefulSet(Manifest):
    """A StatefulSet named after its identity."""

    def __init__(self, scope: Construct, id: str, props: StatefulSetProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="apps/v1",
            kind="StatefulSet",
            name=props.identity.name,
            labels={**props.identity.labels, **props.labels},
            annotations={**props.annotations, **exceptions_annotation(props.pod)},
            spec=stateful_set_spec(props),
        )
