"""HorizontalPodAutoscaler: adjusts the number of pods to the load."""

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
from quantacirc_cdk.limits.kubernetes_names import ApiVersion, ObjectKind, TriggerType

ROLLOUTS_API = "argoproj.io/v1alpha1"
"""API version of Argo Rollouts."""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Unprocessed messages of a JetStream consumer, as an autoscaling metric."""

    stream: str
    consumer: str
    """Durable name of the consumer."""
    messages: Positive
    """Target number of unprocessed messages per pod; more pods are added above it."""
    monitor: str
    """Host and port of the servers' monitoring endpoint; with several servers, the headless Service in which each has a
    name.
    """
    account: str
    """NATS account of the stream."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of the cluster's metrics API and its target value; more pods are added above it.

    Without ``object_kind`` and ``external``, it is a metric of the pods.
    """

    name: str
    average: Quantity | None = None
    """Target value per pod, a quantity such as ``100`` or ``500m``; exactly one of this and ``value``."""
    value: Quantity | None = None
    """Target value of the whole metric; not for a metric of the pods."""
    labels: Labels = field(default_factory=dict)
    """Labels of the metric's series."""
    external: bool = False
    """The metric describes something outside the cluster, such as the length of a queue."""
    object_kind: ObjectKind | None = None
    """Kind of the object that the metric describes."""
    object_name: str | None = None
    """Name of that object, in the same namespace."""
    object_api: ApiVersion | None = None
    """API version of that object, such as ``networking.k8s.io/v1``."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a missing or duplicate target, and a target that does not fit the type of metric."""
        if (self.average is None) == (self.value is None):
            yield Refusal("", f"average {self.average!r} and value {self.value!r}", "one of the two")
        elif self.value is not None and not (self.external or self.object_kind):
            yield Refusal("value", describe(self.value), "`average`, for a metric of the pods")
        if bool(self.object_kind) != bool(self.object_name):
            yield Refusal("object_name", describe(self.object_name), "a name where there is an `object_kind`")


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A KEDA trigger (https://keda.sh/docs/latest/scalers/)."""

    type: TriggerType
    """Trigger type, such as ``kafka`` or ``prometheus``."""
    metadata: Mapping[str, str]
    """Metadata of the trigger type."""
    authentication: ObjectName | None = None
    """Name of a TriggerAuthentication in the namespace."""
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = None
    """AverageValue, Value or Utilization; KEDA's default for the type when absent."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Scaling speed in one direction."""

    percent: Positive | None = None
    """Percentage of the pods per ``period_seconds``."""
    pods: Positive | None = None
    """Number of pods per ``period_seconds``; the larger of this and ``percent`` applies."""
    period_seconds: PeriodSeconds = 60
    stabilization_seconds: StabilizationSeconds = 0
    """Stabilization window in seconds: the most conservative recommendation in it applies."""
    disabled: bool = False
    """Never scale in this direction."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a scaling speed without a number."""
        if self.percent is None and self.pods is None and not self.disabled:
            yield Refusal("", "neither percent nor pods", "one of the two, or `disabled`")


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Minimum and maximum number of pods, and the metrics that the autoscaler uses."""

    min_replicas: Count = 1
    """Minimum number of pods; 0 only if KEDA triggers can scale the workload up again."""
    max_replicas: Count = 1
    """Maximum number of pods."""
    cpu_percent: Positive | None = 70
    """Target mean CPU use, in percent of the request; None to ignore CPU use."""
    memory_percent: Positive | None = None
    """Target mean memory use, in percent of the request; None to ignore memory use."""
    scale_down_seconds: StabilizationSeconds = 300
    """Seconds of low load before pods are removed."""
    backlogs: Sequence[Backlog] = ()
    """JetStream backlogs to scale on; requires KEDA in the cluster."""
    metrics: Sequence[Metric] = ()
    """Other metrics to scale on; not with ``backlogs`` or ``triggers``."""
    triggers: Sequence[Trigger] = ()
    """KEDA triggers; require KEDA in the cluster."""
    up: Pace | None = None
    """Speed of scaling up; doubles the pods in half a minute when absent."""
    down: Pace | None = None
    """Speed of scaling down; one pod in ten per minute, after ``scale_down_seconds``, when absent."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield metrics in addition to KEDA triggers, because KEDA ignores them."""
        if self.metrics and self.by_events:
            yield Refusal("metrics", f"{len(self.metrics)}", "none beside `backlogs` or `triggers`")

    @property
    def scales(self) -> bool:
        """Whether anything determines the number of pods; otherwise it is the minimum."""
        return self.by_use or self.by_events

    @property
    def by_use(self) -> bool:
        """Whether CPU, memory or another metric of the cluster determines the number of pods."""
        return self.cpu_percent is not None or self.memory_percent is not None or bool(self.metrics)

    @property
    def by_events(self) -> bool:
        """Whether KEDA determines the number of pods."""
        return bool(self.backlogs or self.triggers)


@dataclass(frozen=True, kw_only=True)
class AutoscalerProps:
    """An autoscaler of one workload."""

    identity: Identity
    """Identity of the workload that it scales."""
    kind: Literal["Deployment", "Rollout", "StatefulSet"] = "Deployment"
    """Deployment, Rollout of Argo Rollouts, or StatefulSet."""
    scaling: Scaling = field(default_factory=Scaling)

    def refusals(self) -> Iterator[Refusal]:
        """Yield a minimum and maximum that leave no range to scale in."""
        yield from (refusal.below("scaling") for refusal in bound_refusals(self.scaling))


def scale_target(props: AutoscalerProps) -> Data:
    """Return the ``scaleTargetRef`` of an autoscaler."""
    api_version = ROLLOUTS_API if props.kind == "Rollout" else "apps/v1"
    return {"apiVersion": api_version, "kind": props.kind, "name": props.identity.name}


def bound_refusals(scaling: Scaling) -> Iterator[Refusal]:
    """Yield bounds that the API refuses, and a minimum of 0 if nothing can scale the workload up again.

    Without autoscaling, the minimum is the number of pods, and a larger maximum would have no effect.
    """
    if not scaling.scales:
        if scaling.max_replicas > max(scaling.min_replicas, 1):
            what, expected = f"{scaling.max_replicas}, and nothing scales it", "at most min_replicas, or something"
            yield Refusal("max_replicas", what, f"{expected} to scale by")
        return
    if scaling.max_replicas < 1:
        yield Refusal("max_replicas", f"{scaling.max_replicas}", "at least 1")
    elif scaling.min_replicas > scaling.max_replicas:
        yield Refusal("min_replicas", f"{scaling.min_replicas}", f"at most max_replicas, {scaling.max_replicas}")
    if scaling.min_replicas == 0 and not scaling.by_events:
        yield Refusal("min_replicas", "0", "at least 1; only `backlogs` and `triggers` can scale up from 0")


def autoscaler_spec(props: AutoscalerProps) -> Data:
    """Return the ``spec`` of an ``autoscaling/v2`` HorizontalPodAutoscaler.

    By default, it doubles the pods within half a minute, because work is waiting. It removes one pod in ten per minute,
    and only after a period of low load, because stopping a pod interrupts its work.
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
        "scaleTargetRef": scale_target(props),
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
    """Return the ``behavior`` of an autoscaler: the scaling speed in both directions."""
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
