"""Deployment: interchangeable pods."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, exceptions_annotation, mount_refusals, pod_template, restart_refusals
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import AddedLabels, Annotations, Count, CountOrPercent, PositiveSeconds, Seconds


@dataclass(frozen=True, kw_only=True)
class Update:
    """Update strategy of a Deployment."""

    recreate: bool = False
    """Stop all pods before the first new one starts, for a volume that only one node at a time can mount."""
    max_surge: CountOrPercent = 1
    """Maximum number or percentage (``25%``) of pods above the replicas during an update."""
    max_unavailable: CountOrPercent = 0
    """Maximum number or percentage of unavailable pods during an update."""
    min_ready_seconds: Seconds = 0
    """Seconds that a new pod must be ready before it counts as available."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield an update that could never replace a pod, and limits of a rolling update where there is none."""
        if self.recreate:
            for key in ("max_surge", "max_unavailable"):
                if getattr(self, key) != type(self).__dataclass_fields__[key].default:
                    yield Refusal(key, describe(getattr(self, key)), "none with `recreate`, which stops all pods first")
        none = (0, "0%")
        if not self.recreate and self.max_surge in none and self.max_unavailable in none:
            yield Refusal("max_unavailable", describe(self.max_unavailable), "more than 0 if max_surge is 0")


@dataclass(frozen=True, kw_only=True)
class DeploymentProps:
    """A Deployment."""

    identity: Identity
    pod: Pod
    replicas: Count | None = None
    """Number of pods; None with an autoscaler, because applying the manifest would reset its number."""
    revision_history: Count = 5
    """Old ReplicaSets to keep for a rollback."""
    progress_deadline_seconds: PositiveSeconds | None = None
    """Seconds without progress after which a rollout has failed; 600 plus ``update.min_ready_seconds`` when absent."""
    update: Update = Update()
    labels: AddedLabels = field(default_factory=dict)
    """Additional labels of the Deployment."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the Deployment."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield mounts without a volume, and a restart policy other than Always."""
        yield from (refusal.below("pod") for refusal in mount_refusals(self.pod))
        yield from restart_refusals(self.pod, "Always")
        if self.deadline <= self.update.min_ready_seconds:
            least = f"more than update.min_ready_seconds, {self.update.min_ready_seconds}"
            yield Refusal("progress_deadline_seconds", f"{self.deadline}", least)

    @property
    def deadline(self) -> int:
        """Seconds without progress after which a rollout has failed."""
        return self.progress_deadline_seconds or 600 + self.update.min_ready_seconds


def deployment_spec(props: DeploymentProps) -> Data:
    """Return the ``spec`` of a Deployment. By default, an update never reduces the number of available pods."""
    return {
        **compact(minReadySeconds=props.update.min_ready_seconds or None),
        **({} if props.replicas is None else {"replicas": props.replicas}),
        "progressDeadlineSeconds": props.deadline,
        "revisionHistoryLimit": props.revision_history,
        "selector": {"matchLabels": props.identity.selector},
        "strategy": _strategy(props.update),
        "template": pod_template(props.identity, props.pod),
    }


def _strategy(update: Update) -> Data:
    if update.recreate:
        return {"type": "Recreate"}
    rolling = {"maxSurge": update.max_surge, "maxUnavailable": update.max_unavailable}
    return {"rollingUpdate": rolling, "type": "RollingUpdate"}


class Deployment(Manifest):
    """A Deployment named after its identity."""

    def __init__(self, scope: Construct, id: str, props: DeploymentProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="apps/v1",
            kind="Deployment",
            name=props.identity.name,
            labels={**props.identity.labels, **props.labels},
            annotations={**props.annotations, **exceptions_annotation(props.pod)},
            spec=deployment_spec(props),
        )
