"""The number of pods follows the load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
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
class Metric:
    """Any metric of the cluster's metrics API, and its value above which pods are added.

    Without ``object_kind`` and ``external`` it is a metric of the pods.
    """

    name: str
    average: str | None = None
    """Value a pod, a quantity such as ``100`` or ``500m``; either this or ``value``."""
    value: str | None = None
    """Value of the metric as a whole; not for a metric of the pods."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the metric's series."""
    external: bool = False
    """It belongs to nothing in the cluster, such as the length of a queue."""
    object_kind: str | None = None
    """Kind of the object that it belongs to."""
    object_name: str | None = None
    """Name of that object, in the same namespace."""
    object_api: str | None = None
    """API version of that object, such as ``networking.k8s.io/v1``."""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """Any trigger of KEDA (https://keda.sh/docs/latest/scalers/)."""

    type: str
    """Its type, such as ``kafka`` or ``prometheus``."""
    metadata: Mapping[str, str]
    """What the type takes."""
    authentication: str | None = None
    """Name of a TriggerAuthentication of the namespace."""
    metric_type: str | None = None
    """AverageValue, Value or Utilization; KEDA's default for the type when absent."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast pods come, or go."""

    percent: int | None = None
    """Percent of the pods within ``period_seconds``."""
    pods: int | None = None
    """Pods within ``period_seconds``; the larger of the two counts."""
    period_seconds: int = 60
    stabilization_seconds: int = 0
    """Seconds over which the most cautious wish counts."""
    disabled: bool = False
    """Never in this direction."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many pods there may be, and when there should be more."""

    min_replicas: int = 1
    """Pods at rest; 0 only where KEDA's triggers bring them back."""
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
    metrics: Sequence[Metric] = ()
    """Other metrics that say when there should be more; not with ``backlogs`` or ``triggers``."""
    triggers: Sequence[Trigger] = ()
    """Any triggers of KEDA; needs it in the cluster."""
    up: Pace | None = None
    """How fast pods come; they double in half a minute when absent."""
    down: Pace | None = None
    """How fast pods go; one in ten a minute, after ``scale_down_seconds``, when absent."""

    @property
    def by_use(self) -> bool:
        """Whether CPU, memory or another metric of the cluster says how many pods there are."""
        return self.cpu_percent is not None or self.memory_percent is not None or bool(self.metrics)

    @property
    def by_events(self) -> bool:
        """Whether KEDA says how many pods there are."""
        return bool(self.backlogs or self.triggers)


@dataclass(frozen=True, kw_only=True)
class AutoscalerProps:
    """What scales a workload."""

    identity: Identity
    """Whose workload it scales."""
    kind: str = "Deployment"
    """Deployment or StatefulSet."""
    scaling: Scaling = field(default_factory=Scaling)


def autoscaler_spec(props: AutoscalerProps) -> Data:
    """Return the ``spec`` of an ``autoscaling/v2`` HorizontalPodAutoscaler.

    It doubles the pods within half a minute, since work is waiting, and takes away one in ten every minute only
    after the load has been low for a while, since a pod that goes stops what it does.
    """
    scaling = props.scaling
    targets = {"cpu": scaling.cpu_percent, "memory": scaling.memory_percent}
    return {
        "behavior": scaling_behavior(scaling),
        "maxReplicas": scaling.max_replicas,
        "metrics": [
            {
                "resource": {"name": name, "target": {"averageUtilization": percent, "type": "Utilization"}},
                "type": "Resource",
            }
            for name, percent in targets.items()
            if percent is not None
        ]
        + [_metric(metric) for metric in scaling.metrics],
        "minReplicas": scaling.min_replicas,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": props.kind, "name": props.identity.name},
    }


def _metric(metric: Metric) -> Data:
    named: Data = {"name": metric.name}
    if metric.labels:
        named["selector"] = {"matchLabels": dict(sorted(metric.labels.items()))}
    target = {"averageValue": metric.average, "type": "AverageValue"}
    if metric.average is None:
        target = {"type": "Value", "value": metric.value}
    if metric.external:
        return {"external": {"metric": named, "target": target}, "type": "External"}
    if metric.object_kind:
        described = compact(apiVersion=metric.object_api, kind=metric.object_kind, name=metric.object_name)
        return {"object": {"describedObject": described, "metric": named, "target": target}, "type": "Object"}
    return {"pods": {"metric": named, "target": target}, "type": "Pods"}


def scaling_behavior(scaling: Scaling) -> Data:
    """Return how fast pods come and go; the same whatever the metric."""
    found = _usual_behavior(scaling.scale_down_seconds)
    if scaling.down:
        found["scaleDown"] = _pace(scaling.down)
    if scaling.up:
        found["scaleUp"] = _pace(scaling.up)
    return found


def _pace(pace: Pace) -> Data:
    if pace.disabled:
        return {"selectPolicy": "Disabled"}
    policies = [
        {"periodSeconds": pace.period_seconds, "type": kind, "value": value}
        for kind, value in (("Percent", pace.percent), ("Pods", pace.pods))
        if value is not None
    ]
    return {
        **compact(policies=policies),
        "selectPolicy": "Max",
        "stabilizationWindowSeconds": pace.stabilization_seconds,
    }


def _usual_behavior(scale_down_seconds: int) -> Data:
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
    """A HorizontalPodAutoscaler of the workload with the same name."""

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
