"""Pods that are all alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, exceptions_annotation, pod_template


@dataclass(frozen=True, kw_only=True)
class Update:
    """How a Deployment replaces its pods by those of another revision."""

    recreate: bool = False
    """Stop all pods before the first new one starts: for a volume that one node at a time can mount."""
    max_surge: int | str = 1
    """Pods, or percent of them (``25%``), that there may be more than the replicas meanwhile."""
    max_unavailable: int | str = 0
    """Pods, or percent of them, that may be missing meanwhile."""
    min_ready_seconds: int = 0
    """Seconds that a new pod must be ready before it counts."""


@dataclass(frozen=True, kw_only=True)
class DeploymentProps:
    """A Deployment."""

    identity: Identity
    pod: Pod
    replicas: int | None = None
    """Number of pods; None when an autoscaler owns the number, which an applied manifest would reset."""
    revision_history: int = 5
    """Old ReplicaSets kept for a rollback."""
    progress_deadline_seconds: int = 600
    """Seconds without progress after which a rollout counts as failed."""
    update: Update = Update()
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Annotations of the Deployment itself."""


def deployment_spec(props: DeploymentProps) -> Data:
    """Return the ``spec`` of a Deployment that, by default, is updated without ever having a pod too few."""
    return {
        **compact(minReadySeconds=props.update.min_ready_seconds or None),
        **({} if props.replicas is None else {"replicas": props.replicas}),
        "progressDeadlineSeconds": props.progress_deadline_seconds,
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
            labels=props.identity.labels,
            annotations={**props.annotations, **exceptions_annotation(props.pod)},
            spec=deployment_spec(props),
        )
