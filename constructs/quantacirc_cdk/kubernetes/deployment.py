"""Pods that are all alike."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, pod_template


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


def deployment_spec(props: DeploymentProps) -> Data:
    """Return the ``spec`` of a Deployment that is updated without ever having a pod too few."""
    return {
        **({} if props.replicas is None else {"replicas": props.replicas}),
        "progressDeadlineSeconds": props.progress_deadline_seconds,
        "revisionHistoryLimit": props.revision_history,
        "selector": {"matchLabels": props.identity.selector},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}, "type": "RollingUpdate"},
        "template": pod_template(props.identity, props.pod),
    }


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
            spec=deployment_spec(props),
        )
