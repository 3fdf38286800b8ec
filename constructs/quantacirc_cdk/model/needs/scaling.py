"""Autoscaling, and replacement of pods in an update."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantacirc_cdk.limits import kubernetes, kubernetes_names
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import PodCount, exactly_one, expected
from quantacirc_cdk.model.values import Percent


class MetricObject(Section):
    """An object of the namespace that a metric describes."""

    kind: kubernetes_names.ObjectKind
    """Kind, such as `Ingress`."""
    name: kubernetes.ObjectName
    """Name."""
    api_version: kubernetes_names.ApiVersion = "v1"
    """API version, such as `networking.k8s.io/v1`."""


class MetricSpec(Section):
    """A metric of the cluster's metrics API: of the pods, unless `external` or `object` is set."""

    name: Annotated[str, Field(min_length=1)]
    """Name of the metric."""
    average: kubernetes.Quantity | None = None
    """Target value per pod; more pods are added above it."""
    value: kubernetes.Quantity | None = None
    """Target value of the whole metric; more pods are added above it. Not for a metric of the pods."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of the metric's series."""
    external: bool = False
    """The metric describes something outside the cluster, such as the length of a queue."""
    object: MetricObject | None = None
    """Object that the metric describes."""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        of_pods = not (self.external or self.object)
        if of_pods and self.value is not None:
            raise expected("average, for a metric of the pods")
        exactly_one(self, ("average",) if of_pods else ("average", "value"))
        return self


class TriggerSpec(Section):
    """A KEDA trigger (https://keda.sh/docs/latest/scalers/); no effect if the cluster has no KEDA."""

    type: kubernetes_names.TriggerType
    """Type, such as `kafka` or `prometheus`."""
    metadata: dict[str, str]
    """Metadata of the trigger type, all as text."""
    authentication: kubernetes.ObjectName | None = None
    """Name of a TriggerAuthentication in the namespace."""
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = None
    """Metric type; KEDA's default for the trigger type when absent."""


class PaceSpec(Section):
    """Scaling speed in one direction; the larger of `percent` and `pods` applies."""

    percent: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Percentage of the pods per `period_seconds`."""
    pods: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Number of pods per `period_seconds`."""
    period_seconds: Annotated[int, Field(ge=1, le=1800)] = 60
    """Length of the period in seconds."""
    stabilization_seconds: kubernetes.StabilizationSeconds = 0
    """Stabilization window in seconds: the most conservative recommendation in it applies."""
    disabled: bool = False
    """Never scale in this direction."""


class Autoscaling(Section):
    """When to add replicas. The environment sets the minimum and maximum."""

    cpu_percent: Percent | None = 70
    """Target mean CPU use, in percent of the request; null turns it off."""
    memory_percent: Percent | None = None
    """Target mean memory use, in percent of the request; null turns it off."""
    backlog: Annotated[int, Field(ge=1)] | None = None
    """Target number of unprocessed messages per replica, if the cluster can scale on them."""
    scale_down_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Seconds of low load before replicas are removed."""
    metrics: list[MetricSpec] = []
    """Other metrics; refused if KEDA scales by a backlog or a trigger, because it would ignore them."""
    triggers: list[TriggerSpec] = []
    """KEDA triggers."""
    up: PaceSpec | None = None
    """Speed of scaling up; doubles in half a minute when absent."""
    down: PaceSpec | None = None
    """Speed of scaling down; one in ten per minute, after `scale_down_seconds`, when absent."""
    recommend: bool = False
    """Let the Vertical Pod Autoscaler, which the cluster must have, recommend resources without changing them."""


class UpdateSpec(Section):
    """How pods are replaced when the revision changes."""

    recreate: bool = False
    """Stop all pods before the first new one starts, for a volume that only one node at a time can mount."""
    max_surge: PodCount = 1
    """Maximum number or percentage (`25%`) of pods above the replicas during an update."""
    max_unavailable: PodCount = 0
    """Maximum number or percentage of unavailable pods during an update."""
    min_ready_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds that a new pod must be ready before it counts as available."""
    revision_history: Annotated[int, Field(ge=0, le=1000)] = 5
    """Old revisions kept for a rollback."""
    progress_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """Seconds without progress after which a rollout has failed; 600 and `min_ready_seconds` when absent."""


class WorkloadSpec(Section):
    """The Deployment, StatefulSet or DaemonSet of a component. Its pods have separate labels and annotations."""

    labels: dict[kubernetes.AddedLabelKey, kubernetes.LabelValue] = {}
    """Additional labels."""
    annotations: Annotated[dict[kubernetes.AnnotationKey, str], kubernetes.ALL_ANNOTATIONS] = {}
    """Annotations."""
