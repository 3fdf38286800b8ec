"""The number of pods follows the load."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import (
    Count,
    Labels,
    ObjectName,
    PeriodSeconds,
    Positive,
    Quantity,
    StabilizationSeconds,
)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Messages of a JetStream consumer that wait."""

    stream: str
    consumer: str
    """Its durable name."""
    messages: Positive
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
    average: Quantity | None = None
    """Value a pod, a quantity such as ``100`` or ``500m``; either this or ``value``."""
    value: Quantity | None = None
    """Value of the metric as a whole; not for a metric of the pods."""
    labels: Labels = field(default_factory=dict)
    """Labels of the metric's series."""
    external: bool = False
    """It belongs to nothing in the cluster, such as the length of a queue."""
    object_kind: str | None = None
    """Kind of the object that it belongs to."""
    object_name: str | None = None
    """Name of that object, in the same namespace."""
    object_api: str | None = None
    """API version of that object, such as ``networking.k8s.io/v1``."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield that there is not one target, or that it does not suit the kind of metric."""
        if (self.average is None) == (self.value is None):
            yield Refusal("", f"average {self.average!r} and value {self.value!r}", "one of the two")
        elif self.value is not None and not (self.external or self.object_kind):
            yield Refusal("value", describe(self.value), "`average`, for a metric of the pods")
        if bool(self.object_kind) != bool(self.object_name):
            yield Refusal("object_name", describe(self.object_name), "a name where there is an `object_kind`")


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """Any trigger of KEDA (https://keda.sh/docs/latest/scalers/)."""

    type: str
    """Its type, such as ``kafka`` or ``prometheus``."""
    metadata: Mapping[str, str]
    """What the type takes."""
    authentication: ObjectName | None = None
    """Name of a TriggerAuthentication of the namespace."""
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = None
    """AverageValue, Value or Utilization; KEDA's default for the type when absent."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast pods come, or go."""

    percent: Positive | None = None
    """Percent of the pods within ``period_seconds``."""
    pods: Positive | None = None
    """Pods within ``period_seconds``; the larger of the two counts."""
    period_seconds: PeriodSeconds = 60
    stabilization_seconds: StabilizationSeconds = 0
    """Seconds over which the most cautious wish counts."""
    disabled: bool = False
    """Never in this direction."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a pace without a number."""
        if self.percent is None and self.pods is None and not self.disabled:
            yield Refusal("", "neither percent nor pods", "one of the two, or `disabled`")


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many pods there may be, and when there should be more."""

    min_replicas: Count = 1
    """Pods at rest; 0 only where KEDA's triggers bring them back."""
    max_replicas: Count = 1
    """Pods under load."""
    cpu_percent: Positive | None = 70
    """Mean CPU use, in percent of the request, above which pods are added; none not to look at it."""
    memory_percent: Positive | None = None
    """Mean memory use, in percent of the request, above which pods are added; none not to look at it."""
    scale_down_seconds: StabilizationSeconds = 300
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

    def refusals(self) -> Iterator[Refusal]:
        """Yield metrics beside KEDA's triggers, which would not be looked at."""
        if self.metrics and self.by_events:
            yield Refusal("metrics", f"{len(self.metrics)}", "none beside `backlogs` or `triggers`")

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
    kind: Literal["Deployment", "StatefulSet"] = "Deployment"
    """Deployment or StatefulSet."""
    scaling: Scaling = field(default_factory=Scaling)

    def refusals(self) -> Iterator[Refusal]:
        """Yield bounds that leave the autoscaler nothing to choose."""
        yield from (refusal.below("scaling") for refusal in bound_refusals(self.scaling))


def bound_refusals(scaling: Scaling) -> Iterator[Refusal]:
    """Yield bounds that the API refuses, and a minimum of 0 where nothing would bring pods back.

    Where nothing scales, the minimum is the number of pods, and the maximum is not used.
    """
    if not (scaling.by_use or scaling.by_events):
        return
    if scaling.max_replicas < 1:
        yield Refusal("max_replicas", f"{scaling.max_replicas}", "at least 1")
    elif scaling.min_replicas > scaling.max_replicas:
        yield Refusal("min_replicas", f"{scaling.min_replicas}", f"at most max_replicas, {scaling.max_replicas}")
    if scaling.min_replicas == 0 and not scaling.by_events:
        yield Refusal("min_replicas", "0", "at least 1; only `backlogs` and `triggers` bring pods back")


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
