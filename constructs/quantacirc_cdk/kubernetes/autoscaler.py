"""The number of pods follows the load."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Messages of a JetStream consumer that wait."""

    stream: str
    consumer: str
    """Its durable name."""
    messages: int
    """Messages a pod above which pods are added."""
    monitor: str
    """Host and port of the servers' monitoring; with several, the headless Service, below which each has a name."""
    account: str
    """Account of the bus that the stream is in."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many pods there may be, and when there should be more."""

    min_replicas: int = 1
    """Pods at rest."""
    max_replicas: int = 1
    """Pods under load."""
    cpu_percent: int | None = 70
    """Mean CPU use, in percent of the request, above which pods are added; none not to look at it."""
    memory_percent: int | None = None
    """Mean memory use, in percent of the request, above which pods are added; none not to look at it."""
    scale_down_seconds: int = 300
    """Seconds of calm before pods are removed."""
    backlogs: Sequence[Backlog] = ()
    """Work that waits; needs KEDA in the cluster."""

    @property
    def by_use(self) -> bool:
        """Whether CPU or memory says how many pods there are."""
        return self.cpu_percent is not None or self.memory_percent is not None


@dataclass(frozen=True, kw_only=True)
class AutoscalerProps:
    """What scales a Deployment."""

    identity: Identity
    """Whose Deployment it scales."""
    scaling: Scaling = field(default_factory=Scaling)


def autoscaler_spec(props: AutoscalerProps) -> Data:
    """Return the ``spec`` of an ``autoscaling/v2`` HorizontalPodAutoscaler.

    It doubles the pods within half a minute, since work is waiting, and takes away one in ten every minute only
    after the load has been low for a while, since a pod that goes stops what it does.
    """
    scaling = props.scaling
    targets = {"cpu": scaling.cpu_percent, "memory": scaling.memory_percent}
    return {
        "behavior": scaling_behavior(scaling.scale_down_seconds),
        "maxReplicas": scaling.max_replicas,
        "metrics": [
            {
                "resource": {"name": name, "target": {"averageUtilization": percent, "type": "Utilization"}},
                "type": "Resource",
            }
            for name, percent in targets.items()
            if percent is not None
        ],
        "minReplicas": scaling.min_replicas,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": props.identity.name},
    }


def scaling_behavior(scale_down_seconds: int) -> Data:
    """Return how fast pods come and go; the same whatever the metric."""
    return {
        "scaleDown": {
            "policies": [
                {"periodSeconds": 60, "type": "Percent", "value": 10},
                {"periodSeconds": 60, "type": "Pods", "value": 1},
            ],
            "selectPolicy": "Max",
            "stabilizationWindowSeconds": scale_down_seconds,
        },
        "scaleUp": {
            "policies": [
                {"periodSeconds": 30, "type": "Percent", "value": 100},
                {"periodSeconds": 30, "type": "Pods", "value": 2},
            ],
            "selectPolicy": "Max",
            "stabilizationWindowSeconds": 0,
        },
    }


class Autoscaler(Manifest):
    """A HorizontalPodAutoscaler of the Deployment with the same name."""

    def __init__(self, scope: Construct, id: str, props: AutoscalerProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="autoscaling/v2",
            kind="HorizontalPodAutoscaler",
            name=props.identity.name,
            labels=props.identity.labels,
            spec=autoscaler_spec(props),
        )
